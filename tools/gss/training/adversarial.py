"""Adversarial training of a score network, on the sampler as synthesis runs it.

    python -m gss.training.adversarial CACHE DURATIONS MODEL OUTPUT --minutes 60
    python -m gss.export.model CACHE RUNS/encoders/encoders.pt OUTPUT/score.pt MODEL2 --transport

A network that minimises squared errors gives means, which few steps of a solver leave blurred. Here it goes on
from where `training.score` left it: crops are spoken from noise with MODEL's own solver, steps, temperature and
transport; the last evaluation that still forms the mel is learnt through, against a critic that tells what was
made from what was recorded (after Sauer et al., "Adversarial Diffusion Distillation", arXiv 2311.17042, and
Liu et al., "DiffGAN-TTS", arXiv 2201.11972). A share of the crops keeps up the loss of `training.score`, so that
the network remains one for any solver and number of steps.

MODEL is a folder as `gss.export.model` writes it. `OUTPUT/score.pt` holds the latest state, and is exported like any
other; `OUTPUT/run.toml` the options, `OUTPUT/log.jsonl` the losses.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from ..config import ModelConfig
from ..data.crops import Crop, make_pool
from ..data.dataset import AlignedCorpus, Segment
from ..diffusion import Sampler
from ..model import Encoders
from ..model.style_encoder import MEL_MEAN, MEL_STD
from ..options import add_options, option, resolve
from ..program import Program
from ..run import follow
from ..transport import Calibration, Voice, voice_of
from .score import EMA_DECAY, ScoreOptions, Sources, Trainer, diffusion_losses, fit
from .style_losses import style_distance

# Of each speaker so many recordings serve as references, of 2.4 to 10 s as a user's have. Few, so that each voice is
# measured once: the first pool, in which all are new, took 15 s for 120 segments.
REFERENCES = 4
REFERENCE_FRAMES = (150, 620)
# A little faster than the network, and with little momentum: its opponent moves.
CRITIC_RATE, CRITIC_BETAS = 2e-4, (0.5, 0.9)
SLOPE = 0.2


@dataclass
class AdversarialOptions(ScoreOptions):
    """Options of this training."""

    minutes: float = option(60.0, "length of the whole run, which the learning rate follows; see --updates")
    learning_rate: float = option(1e-4, "highest learning rate")
    crops: int = option(6, "crops that are spoken in an update")
    denoised: int = option(2, "how many of them also keep up the loss of training.score")
    style_dropout: float = option(0.1, "share of the denoised crops without style, for a network that was trained so")
    alone: int = option(60, "first updates, in which only the critic learns")
    adversarial_weight: float = option(0.5, "weight of the critic's judgement")
    feature_weight: float = option(1.0, "weight of the distance between the critic's features (feature matching)")

    def __post_init__(self) -> None:
        # Before `resolve` keeps them: a run must not remember options that it refused.
        if not 1 <= self.denoised <= self.crops:
            raise SystemExit(f"--denoised is a number of the {self.crops} crops of an update, not {self.denoised}")
        if self.reference_noise > 0.0:
            raise SystemExit("--reference-noise is for training.score: here voices are measured as in synthesis")


class Critic(nn.Module):
    """Scores of the patches of a mel in a style; about 30 frames and bands each.

    The style takes part by its inner product with the last features (Miyato and Koyama, arXiv 1802.05637).
    """

    def __init__(self, style: int, width: int = 32) -> None:
        super().__init__()
        layers = (
            nn.Conv2d(1, width, 5, 2, 2),
            nn.Conv2d(width, 2 * width, 3, 1, 1),
            nn.Conv2d(2 * width, 4 * width, 4, 2, 1),
            nn.Conv2d(4 * width, 4 * width, 3, 1, 1),
        )
        self.layers = nn.ModuleList(weight_norm(layer) for layer in layers)
        self.score = weight_norm(nn.Conv2d(4 * width, 1, 3, 1, 1))
        self.style = nn.Linear(style, 4 * width)

    def forward(self, mel: Tensor, style: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores [batch, 1, n_mels / 4, frames / 4] of log-mels [batch, frames, n_mels] in styles
        [batch, style], 1 for recorded and 0 for made ones, and the features of every layer."""
        x, features = ((mel - MEL_MEAN) / MEL_STD).transpose(1, 2)[:, None], []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), SLOPE)
            features.append(x)
        match = (x * self.style(style)[:, :, None, None]).sum(dim=1, keepdim=True)
        return self.score(x) + match / x.shape[1] ** 0.5, features


class Voices:
    """Voices of the speakers of a corpus, each of one whole recording, as synthesis measures them."""

    def __init__(self, encoders: Encoders, corpus: AlignedCorpus, calibration: Calibration | None) -> None:
        self.encoders, self.corpus, self.calibration = encoders, corpus, calibration
        self.measured: dict[tuple[str, int], Voice] = {}

    def candidates(self, speaker: str) -> list[int]:
        """The recordings of a speaker that serve as references: always the same."""
        lengths = [len(mel) for mel in self.corpus.references[speaker]]
        fitting = [index for index, length in enumerate(lengths) if length >= REFERENCE_FRAMES[0]]
        fitting = fitting or list(range(len(lengths)))
        return random.Random(speaker).sample(fitting, min(REFERENCES, len(fitting)))

    def voice(self, segment: Segment, generator: random.Random) -> Voice:
        """A voice of a segment's speaker, not of its own utterance where there is another."""
        candidates = self.candidates(segment.speaker)
        names = self.corpus.reference_names[segment.speaker]
        others = [index for index in candidates if names[index] != segment.utterance]
        index = generator.choice(others or candidates)
        key = segment.speaker, index
        if key not in self.measured:
            mel = torch.tensor(self.corpus.references[segment.speaker][index][: REFERENCE_FRAMES[1]])
            mel = mel.to(next(self.encoders.parameters()).device)
            self.measured[key] = voice_of(self.encoders, [mel], self.calibration)
        return self.measured[key]


class AdversarialTrainer(Trainer):
    """A score network and its critic; `model` gives the sampling, `calibration` measures the voices."""

    options: AdversarialOptions

    def __init__(self, model: ModelConfig, options: AdversarialOptions, calibration: Calibration | None) -> None:
        super().__init__(model, options)
        self.sampler = Sampler.of(model, dataclasses.replace(model.sampling, detail=1.0))
        self.calibration = calibration
        self.voices: Voices | None = None
        self.critic = Critic(model.style_encoder.style).to(self.device)
        self.critic_optimizer = torch.optim.AdamW(self.critic.parameters(), CRITIC_RATE, CRITIC_BETAS)

    def state(self) -> dict[str, Any]:
        own = {"critic": self.critic.state_dict(), "critic_optimizer": self.critic_optimizer.state_dict()}
        return super().state() | own

    def resume(self, state: dict[str, Any]) -> None:
        super().resume(state)
        self.critic.load_state_dict(state["critic"])
        self.critic_optimizer.load_state_dict(state["critic_optimizer"])

    def pool(
        self, encoders: Encoders, corpus: AlignedCorpus, segments: list[Segment], generator: random.Random
    ) -> list[Crop]:
        """Crops whose voices are measured as in synthesis."""
        self.voices = self.voices or Voices(encoders, corpus, self.calibration)
        voice = self.voices.voice
        return make_pool(encoders, segments, generator, lambda group: [voice(segment, generator) for segment in group])

    def speak(self, mu: Tensor, style: Tensor) -> Tensor:
        """Mels around means of the same shape [batch, frames, n_mels], sampled as in synthesis, with all of the
        detail and without guidance. The last evaluation only takes away what noise is left (sigma 0.008): the one before it, which
        forms the mel, is the one that is learnt through."""
        times: list[Tensor] = []

        def network(noisy: Tensor, t: Tensor) -> Tensor:
            times.append(t)
            with torch.set_grad_enabled(len(times) == self.sampler.steps - 1):
                return self.network(noisy, mu, t, style)

        def noise(_step: int = 0) -> Tensor:
            # Drawn on the processor: every device sees the same noise.
            return torch.randn(mu.shape).to(mu)

        return self.sampler(network, mu, noise(), noise)

    def judge(self, made: Tensor, recorded: Tensor, style: Tensor) -> dict[str, Tensor]:
        """What the critic says of what was made, each part with its weight."""
        scores, features = self.critic(made, style)
        with torch.no_grad():
            _, wanted = self.critic(recorded, style)
        distances = [(a - b).abs().mean() for a, b in zip(features, wanted, strict=True)]
        return {
            "adversarial": self.options.adversarial_weight * (scores - 1.0).square().mean(),
            "features": self.options.feature_weight * sum(distances) / len(distances),
        }

    def critic_loss(self, made: Tensor, recorded: Tensor, style: Tensor) -> Tensor:
        """Least squares: recorded scores to 1, made ones to 0."""
        real, fake = self.critic(recorded, style)[0], self.critic(made, style)[0]
        return (real - 1.0).square().mean() + fake.square().mean()

    def update(self, crops: list[Crop], lr: float, style_encoder: nn.Module | None = None) -> dict[str, float]:
        """One update of the critic and one of the network; the parts of their losses."""
        options = self.options
        recorded, style = (torch.stack([getattr(crop, name) for crop in crops]) for name in ("mel", "style"))
        mu = torch.stack([crop.transport(crop.mu) if crop.transport else crop.mu for crop in crops])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=options.bf16):
            made = self.speak(mu, style)
            critic_loss = self.critic_loss(made.detach(), recorded, style)
        self.critic_optimizer.zero_grad()
        critic_loss.backward()
        self.critic_optimizer.step()

        self.critic.requires_grad_(False)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=options.bf16):
            denoised = crops[: options.denoised]
            losses = diffusion_losses(self.network, self.schedule, denoised, None, options.style_dropout)
            if self.step >= options.alone:
                losses |= self.judge(made, recorded, style)
                if options.consistency_weight > 0.0 and style_encoder is not None:
                    distance = style_distance(style_encoder, made, None, style).mean()
                    losses["consistency"] = options.consistency_weight * distance
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.zero_grad()
        sum(losses.values()).backward()
        self.critic.requires_grad_(True)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        follow(self.ema, self.network, self.step, EMA_DECAY)
        return {"critic": critic_loss.item()} | {name: loss.item() for name, loss in losses.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("durations", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--program", type=Path, help="gss-wgpu; see gss.program for where it is looked for")
    add_options(parser, AdversarialOptions)
    arguments = parser.parse_args()
    options = resolve(arguments, AdversarialOptions, arguments.output)
    sources = Sources(arguments.cache, arguments.durations, arguments.model)
    config = sources.config()
    if config.sampling.steps < 2:
        parser.error(f"{arguments.model} samples in one step: at least two are needed")
    if options.style_dropout > 0.0 and not config.score_unet.null_style:
        parser.error(f"{arguments.model} was not trained without styles: --style-dropout must be 0")
    options.start = options.start or str(arguments.model)
    trainer = AdversarialTrainer(config, options, Calibration.of(config, Program(arguments.program)))
    fit(trainer, sources, arguments.output / "score.pt")


if __name__ == "__main__":
    main()
