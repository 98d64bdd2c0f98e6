"""Training of the vocoder within a given time.

    python -m gss.vocoder.train CACHE RUN --minutes 100

CACHE holds `LIST.audio.npy` as `gss.data` writes it; RUN receives `checkpoint.pt` (everything that
a later call needs to go on), `generator.safetensors` (the moving average, weight norm folded) and
`log.jsonl`. The first part of the time trains with spectral losses alone, the rest adds
discriminators. On two CPU cores only the spectrogram discriminator is affordable; with a GPU,
`--discriminators mpd msd --widths 32 128` is HiFi-GAN's own pair.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..config import AudioConfig
from ..mel import log_mel
from .discriminators import (
    MultiPeriodDiscriminator,
    MultiResolutionDiscriminator,
    MultiScaleDiscriminator,
    adversarial_loss,
    discriminator_loss,
    feature_loss,
)
from .export import save_vocoder
from .generator import VERSIONS, Generator
from .spectral import SILENT_MEL, MultiResolutionLoss

DISCRIMINATORS = {
    "mpd": MultiPeriodDiscriminator,
    "msd": MultiScaleDiscriminator,
    "mrd": MultiResolutionDiscriminator,
}
# Frames at either end of a cut whose windows would reach beyond it: (n_fft - hop) / 2 samples.
MARGIN = 2
LOG_EVERY = 50
SAVE_EVERY_S = 240.0


class Segments:
    """Random cuts of all recordings, at random levels."""

    def __init__(self, cache: Path, lists: list[str], audio: AudioConfig, frames: int) -> None:
        self.waves = [np.load(cache / f"{name}.audio.npy", mmap_mode="r") for name in lists]
        self.shares = np.array([len(wave) for wave in self.waves], dtype=float)
        self.shares /= self.shares.sum()
        self.audio = audio
        self.frames = frames

    def batch(self, size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Mel [size, n_mels, frames] and the audio [size, samples] that it describes."""
        hop = self.audio.hop_length
        samples = (self.frames + 2 * MARGIN) * hop
        cuts = []
        for source in rng.choice(len(self.waves), size, p=self.shares):
            wave = self.waves[source]
            start = rng.integers(len(wave) - samples)
            # Recordings are levelled; other levels, 9 dB down to 3 dB up, keep the vocoder general.
            gain = 10.0 ** (rng.uniform(-9.0, 3.0) / 20.0)
            cuts.append(np.clip(wave[start : start + samples].astype(np.float32) / 32768.0 * gain, -1.0, 1.0))
        audio = torch.from_numpy(np.stack(cuts))
        mel = log_mel(audio, self.audio)[..., MARGIN:-MARGIN]
        return mel, audio[:, MARGIN * hop : -MARGIN * hop]


class Training:
    """The state of a run and its update."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.audio = AudioConfig()
        self.segments = Segments(options.cache, options.lists, self.audio, options.frames)
        self.generator = Generator(VERSIONS[options.version]).add_weight_norm()
        self.average = self._copy(self.generator)
        self.discriminators = nn.ModuleList(
            DISCRIMINATORS[name](width) for name, width in zip(options.discriminators, options.widths, strict=True)
        )
        self.spectral = MultiResolutionLoss()
        betas = (0.8, 0.99)
        self.optimizer = torch.optim.AdamW(self.generator.parameters(), options.rate, betas, weight_decay=0.01)
        self.critic = torch.optim.AdamW(self.discriminators.parameters(), 2e-4, betas, weight_decay=0.01)
        self.step = 0
        self.elapsed = 0.0
        self.rng = np.random.default_rng(options.seed)

    @staticmethod
    def _copy(generator: Generator) -> Generator:
        """A copy outside the optimisation; a module with weight norm cannot be deep-copied."""
        twin = Generator(generator.config).add_weight_norm()
        twin.load_state_dict(generator.state_dict())
        return twin.requires_grad_(False)

    def progress(self) -> float:
        """Share of the given time that has passed."""
        return self.elapsed / (60.0 * self.options.minutes)

    def adversarial(self) -> bool:
        """Whether the discriminators take part by now."""
        return self.progress() >= self.options.spectral_share

    def schedule(self) -> None:
        """Warm-up, then constant; linear down to a twentieth over the last third of the time."""
        warm = min(1.0, (self.step + 1) / 100)
        decay = max(0.05, min(1.0, 3.0 * (1.0 - self.progress())))
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * warm * decay

    def audible_mel(self, audio: Tensor) -> Tensor:
        """Log-mel without what lies below hearing."""
        return log_mel(audio, self.audio).clamp_min(SILENT_MEL)

    def update(self) -> dict[str, float]:
        """One update of the generator, and of the discriminators in their part of the time."""
        self.schedule()
        mel, real = self.segments.batch(self.options.batch, self.rng)
        made = self.generator(mel).squeeze(1)
        losses = {
            "mel": (self.audible_mel(made) - self.audible_mel(real)).abs().mean(),
            "spectral": self.spectral(made, real),
        }
        total = losses["mel"] + losses["spectral"]
        if self.adversarial():
            critic = sum(discriminator_loss(d(real), d(made.detach())) for d in self.discriminators)
            self.critic.zero_grad()
            critic.backward()
            self.critic.step()
            self.discriminators.requires_grad_(False)
            seen = [(d(real), d(made)) for d in self.discriminators]
            self.discriminators.requires_grad_(True)
            losses["critic"] = critic
            losses["adversarial"] = sum(adversarial_loss(m) for _, m in seen)
            losses["features"] = sum(feature_loss(r, m) for r, m in seen)
            # HiFi-GAN's ratios, mel 45 : features 2 : adversarial 1, brought to a mel weight of 1;
            # five times more, since a spectral loss stands beside the mel loss here.
            total = total + (losses["adversarial"] + 2.0 * losses["features"]) / 9.0
        self.optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.generator.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        decay = min(0.999, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.average.parameters(), self.generator.parameters(), strict=True):
                slow.lerp_(fast, 1.0 - decay)
        return {name: float(loss) for name, loss in losses.items()}

    def state(self) -> dict:
        """Everything that `restore` needs."""
        parts = (self.generator, self.average, self.discriminators, self.optimizer, self.critic)
        return {"parts": [part.state_dict() for part in parts], "step": self.step, "elapsed": self.elapsed}

    def restore(self, state: dict) -> None:
        """Goes on from a saved state, with other random cuts than before it."""
        parts = (self.generator, self.average, self.discriminators, self.optimizer, self.critic)
        for part, saved in zip(parts, state["parts"], strict=True):
            part.load_state_dict(saved)
        self.step, self.elapsed = state["step"], state["elapsed"]
        self.rng = np.random.default_rng([self.options.seed, self.step])

    def save(self) -> None:
        """Writes the checkpoint and the generator that would ship now."""
        run = self.options.run
        torch.save(self.state(), run / "checkpoint.part")
        os.replace(run / "checkpoint.part", run / "checkpoint.pt")
        shipped = self._copy(self.average).fold_weight_norm()
        save_vocoder(shipped, run / "generator.part")
        os.replace(run / "generator.part", run / "generator.safetensors")

    def run(self) -> None:
        """Trains until the time is over."""
        sums: dict[str, float] = {}
        begun, saved = time.monotonic() - self.elapsed, time.monotonic()
        while self.progress() < 1.0:
            for name, loss in self.update().items():
                sums[name] = sums.get(name, 0.0) + loss / LOG_EVERY
            self.elapsed = time.monotonic() - begun
            if self.step % LOG_EVERY == 0:
                with open(self.options.run / "log.jsonl", "a") as log:
                    entry = {"step": self.step, "minutes": self.elapsed / 60.0, **sums}
                    log.write(json.dumps({k: round(v, 4) for k, v in entry.items()}) + "\n")
                sums = {}
            if time.monotonic() - saved > SAVE_EVERY_S:
                self.save()
                saved = time.monotonic()
        self.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--lists", nargs="+", default=["train", "voices", "extra"])
    parser.add_argument("--version", choices=VERSIONS, default="v3")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--frames", type=int, default=32, help="mel frames of a training cut")
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    parser.add_argument("--spectral-share", type=float, default=0.6, help="share of the time before discriminators")
    parser.add_argument("--discriminators", nargs="+", choices=DISCRIMINATORS, default=["mrd"])
    parser.add_argument("--widths", nargs="+", type=int, default=[16])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.run.mkdir(parents=True, exist_ok=True)
    # The older weight norm is used on purpose: see Generator.add_weight_norm.
    warnings.filterwarnings("ignore", message=".*weight_norm.* is deprecated", category=FutureWarning)
    torch.manual_seed(options.seed)
    training = Training(options)
    checkpoint = options.run / "checkpoint.pt"
    if checkpoint.exists():
        training.restore(torch.load(checkpoint, weights_only=True))
    training.run()


if __name__ == "__main__":
    main()
