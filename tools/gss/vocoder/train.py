"""Training of the vocoder: real speech first, then the model's own mels, or on from a public checkpoint.

    python -m gss.vocoder.train CACHE RUN --version source-filter --spectral-share 1 --minutes 60
    python -m gss.vocoder.train CACHE RUN --version v3 --minutes 100
    python -m gss.vocoder.train CACHE RUN2 --start RUN/generator.safetensors --generated GENERATED \
        --spectral-share 0 --minutes 100

CACHE holds `LIST.audio.npy` as `gss.data.cache` writes it, and for a source-filter vocoder `LIST.pitch.npy` of
`gss.vocoder.pitch`; RUN receives `checkpoint.pt` (everything that a later call needs to go on),
`generator.safetensors` (the moving average, weight norm folded), `run.toml` and `log.jsonl`. The first part
of the run trains with spectral losses alone, the rest adds discriminators. On two CPU cores only a
spectrogram discriminator is affordable (an update of HiFi-GAN's pair took 19 s); with a GPU, `--device cuda
--discriminators "mpd:32 msd:128" --batch 16` is HiFi-GAN's own pair.

`--start` takes any generator that `gss.vocoder.export` wrote: an earlier run's, or an official checkpoint
that `gss.export.hifigan` converted; it must be of the mels of CACHE. `--generated` names what
`gss.vocoder.generated` wrote: mels that the model made, whose flaws the vocoder learns to expect.
"""

from __future__ import annotations

import argparse
import os
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .. import checkpoint
from ..audio.mel import log_mel
from ..data.cache import cache_audio
from ..options import RunOptions, add_options, option, resolve
from ..run import Clock, Log, follow, random_state, restore_random_state, use_device
from .cuts import CutBatch, Cuts
from .discriminators import (
    MultiPeriodDiscriminator,
    MultiResolutionDiscriminator,
    MultiScaleDiscriminator,
    adversarial_loss,
    discriminator_loss,
    feature_loss,
)
from .export import Vocoder, load_vocoder, save_vocoder, vocoder_audio
from .generator import VERSIONS, Generator
from .source_filter import SourceFilter, SourceFilterConfig
from .spectral import SILENT_MEL, MultiResolutionLoss

DISCRIMINATORS = {
    "mpd": MultiPeriodDiscriminator,
    "msd": MultiScaleDiscriminator,
    "mrd": MultiResolutionDiscriminator,
}
SOURCE_FILTER = "source-filter"
EMA_DECAY = 0.999
LOG_EVERY = 50
SAVE_EVERY = 400


@dataclass
class VocoderOptions(RunOptions):
    """Options of this training."""

    minutes: float = option(100.0, "length of the whole run, which the learning rate follows; see --updates")
    seed: int = option(1, "seed of initial weights and cuts")
    lists: str = option("train voices extra", "lists of the cache to train on")
    version: str = option(SOURCE_FILTER, "kind of a generator that starts from nothing", (SOURCE_FILTER, *VERSIONS))
    start: str = option("", "generator to start from")
    generated: str = option("", "folder of mels that the model made")
    generated_share: float = option(0.5, "share of the cuts that are of --generated")
    batch: int = option(4, "cuts of an update")
    frames: int = option(32, "mel frames of a cut")
    pitch_weight: float = option(0.3, "weight of the pitch's cross-entropy, for a source-filter vocoder")
    spectral_share: float = option(0.6, "share of the run before discriminators take part")
    discriminators: str = option("mrd:16", "discriminators and their widths")


def make_discriminators(names: str) -> nn.ModuleList:
    """The discriminators of `mpd:32 msd:128`."""
    made = nn.ModuleList()
    for item in names.split():
        kind, colon, width = item.partition(":")
        if kind not in DISCRIMINATORS or not colon or not width.isdigit():
            known = ", ".join(DISCRIMINATORS)
            raise SystemExit(f"a discriminator is KIND:WIDTH with a kind of {known}, not {item!r}")
        made.append(DISCRIMINATORS[kind](int(width)))
    return made


def in_training(generator: Vocoder) -> Vocoder:
    """With weight norm, where the generator is trained with it."""
    return generator if isinstance(generator, SourceFilter) else generator.add_weight_norm()


def shippable(generator: Vocoder) -> Vocoder:
    """Without weight norm."""
    return generator if isinstance(generator, SourceFilter) else generator.fold_weight_norm()


class Training:
    """The state of a run and its update."""

    def __init__(self, cache: Path, options: VocoderOptions) -> None:
        torch.manual_seed(options.seed)
        self.options = options
        self.device = use_device(options)
        self.audio = cache_audio(cache)
        generated = Path(options.generated) if options.generated else None
        share = options.generated_share if generated else 0.0
        self.generator = in_training(self._first_generator()).to(self.device)
        pitched = isinstance(self.generator, SourceFilter)
        lists = options.lists.split()
        self.cuts = Cuts(cache, lists, self.audio, options.frames, generated, share, options.seed, pitched)
        if self.generator.hop_length != self.audio.hop_length:
            raise SystemExit(
                f"the generator makes {self.generator.hop_length} samples of a frame, "
                f"the cache has {self.audio.hop_length}"
            )
        self.average = self._copy(self.generator)
        self.discriminators = make_discriminators(options.discriminators).to(self.device)
        self.spectral = MultiResolutionLoss().to(self.device)
        betas = (0.8, 0.99)
        self.optimizer = torch.optim.AdamW(self.generator.parameters(), options.learning_rate, betas, weight_decay=0.01)
        self.critic = torch.optim.AdamW(self.discriminators.parameters(), 2e-4, betas, weight_decay=0.01)
        self.step = 0

    def _first_generator(self) -> Vocoder:
        if not self.options.start:
            if self.options.version == SOURCE_FILTER:
                return SourceFilter(SourceFilterConfig(), self.audio)
            return Generator(VERSIONS[self.options.version])
        path = Path(self.options.start)
        if vocoder_audio(path) not in (None, asdict(self.audio)):
            raise SystemExit(f"{path} was trained on other mels than those of the cache")
        return load_vocoder(path).requires_grad_(True).train()

    def _copy(self, generator: Vocoder) -> Vocoder:
        """A copy outside the optimisation; a module with weight norm cannot be deep-copied."""
        if isinstance(generator, SourceFilter):
            twin = SourceFilter(generator.config, generator.audio)
        else:
            twin = Generator(generator.config).add_weight_norm()
        twin.load_state_dict(generator.state_dict())
        return twin.requires_grad_(False).to(self.device)

    def learning_rate(self, progress: float) -> float:
        """Warm-up, then constant; linear down to a twentieth over the last third of the run."""
        warm = min(1.0, (self.step + 1) / 100)
        return self.options.learning_rate * warm * max(0.05, min(1.0, 3.0 * (1.0 - progress)))

    def audible_mel(self, audio: Tensor) -> Tensor:
        """Log-mel without what lies below hearing."""
        return log_mel(audio, self.audio).clamp_min(SILENT_MEL)

    def _made(self, cuts: CutBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """Audio of the cuts' mels, and the losses that only its maker knows."""
        # The signal processing of the one stays in single precision.
        if isinstance(self.generator, SourceFilter):
            made, pitch = self.generator.taught(cuts.mel, cuts.pitch)
            return made, {"pitch": pitch}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.bf16):
            made = self.generator(cuts.mel).squeeze(1)
        return made.float(), {}

    def _critical_losses(self, made: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Updates the discriminators, and gives what they think of the generator's audio."""
        critic = sum(discriminator_loss(d(real), d(made.detach())) for d in self.discriminators)
        self.critic.zero_grad()
        critic.backward()
        self.critic.step()
        self.discriminators.requires_grad_(False)
        seen = [(d(real), d(made)) for d in self.discriminators]
        self.discriminators.requires_grad_(True)
        adversarial = sum(adversarial_loss(m) for _, m in seen)
        features = sum(feature_loss(r, m) for r, m in seen)
        return {"critic": critic.detach(), "adversarial": adversarial, "features": features}

    def update(self, progress: float) -> dict[str, float]:
        """One update of the generator, and of the discriminators in their part of the run."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(progress)
        cuts = self.cuts.batch(self.options.batch).to(self.device)
        made, losses = self._made(cuts)
        losses["mel"] = (self.audible_mel(made) - self.audible_mel(cuts.audio)).abs().mean()
        losses["spectral"] = self.spectral(made, cuts.audio)
        total = losses["mel"] + losses["spectral"]
        if "pitch" in losses:
            total = total + self.options.pitch_weight * losses["pitch"]
        if progress >= self.options.spectral_share:
            losses |= self._critical_losses(made, cuts.audio)
            # HiFi-GAN's ratios, mel 45 : features 2 : adversarial 1, brought to a mel weight of 1;
            # five times more, since a spectral loss stands beside the mel loss here.
            total = total + (losses["adversarial"] + 2.0 * losses["features"]) / 9.0
        self.optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.generator.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        follow(self.average, self.generator, self.step, EMA_DECAY)
        return {name: float(loss) for name, loss in losses.items()}

    def _parts(self) -> tuple[nn.Module | torch.optim.Optimizer, ...]:
        return self.generator, self.average, self.discriminators, self.optimizer, self.critic

    def state(self, seconds: float) -> dict[str, Any]:
        """Everything that `restore` needs."""
        parts = [part.state_dict() for part in self._parts()]
        sizes = {"generator": self.generator.config.to_dict(), "discriminators": self.options.discriminators}
        return {
            "parts": parts,
            "sizes": sizes,
            "step": self.step,
            "seconds": seconds,
            "cuts": self.cuts.state(),
            "noise": random_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on exactly where `state` was taken."""
        sizes = {"generator": self.generator.config.to_dict(), "discriminators": self.options.discriminators}
        if state["sizes"] != sizes:
            raise SystemExit("the checkpoint is of another generator or of other discriminators")
        for part, saved in zip(self._parts(), state["parts"], strict=True):
            part.load_state_dict(saved)
        self.step = state["step"]
        self.cuts.resume(state["cuts"])
        restore_random_state(state["noise"])

    def save(self, run: Path, seconds: float) -> None:
        """Writes the checkpoint and the generator that would ship now."""
        checkpoint.save(self.state(seconds), run / "checkpoint.pt", self.options.shard_mib)
        shipped = shippable(self._copy(self.average))
        save_vocoder(shipped, run / "generator.part", audio=asdict(self.audio))
        os.replace(run / "generator.part", run / "generator.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("run", type=Path)
    add_options(parser, VocoderOptions)
    arguments = parser.parse_args()
    options = resolve(arguments, VocoderOptions, arguments.run)
    # The older weight norm is used on purpose: see Generator.add_weight_norm.
    warnings.filterwarnings("ignore", message=".*weight_norm.* is deprecated", category=FutureWarning)
    training, seconds = Training(arguments.cache, options), 0.0
    path = arguments.run / "checkpoint.pt"
    if checkpoint.exists(path):
        state = checkpoint.load(path)
        training.restore(state)
        seconds = state["seconds"]
    log, clock, means = Log(arguments.run), Clock(options, seconds), {}
    while (progress := clock.progress(training.step)) < 1.0 and not clock.piece_over():
        for name, loss in training.update(progress).items():
            means[name] = means.get(name, loss) + 0.04 * (loss - means.get(name, loss))
        if training.step % LOG_EVERY == 0:
            log.write({"step": training.step, "seconds": round(clock.seconds()), **means})
        if training.step % SAVE_EVERY == 0:
            training.save(arguments.run, clock.seconds())
    training.save(arguments.run, clock.seconds())


if __name__ == "__main__":
    main()
