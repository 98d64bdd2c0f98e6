"""Distil the sampler: a student whose one step does what two steps of its teacher do.

    python -m gss.training.distil CACHE DURATIONS ENCODERS TEACHER OUTPUT --steps 8 --minutes 30
    python -m gss.training.distil CACHE DURATIONS ENCODERS OUTPUT/score.pt OUTPUT4 --steps 4 --minutes 30

Progressive distillation (Salimans and Ho, 2022) for DDIM on the grid of `gss.diffusion`: `TEACHER` is a
checkpoint of `training.score` or of this command, at 2 N steps; the student, made from it, learns to give
at N steps what the teacher gives. `OUTPUT/score.pt` is exported like any other, with
`--sampling '{"solver": "ddim", "steps": N}'`.
"""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from .. import checkpoint
from ..config import ModelConfig
from ..data.crops import Crop
from ..diffusion import Schedule, clean_factors, network_target, solver_steps
from ..model import ScoreUnet
from ..options import add_options, option, resolve
from .score import ScoreOptions, Sources, Trainer, fit


@dataclass
class DistilOptions(ScoreOptions):
    """Options of a distillation."""

    minutes: float = option(30.0, "length of the whole run, which the learning rate follows; see --updates")
    learning_rate: float = option(1e-4, "highest learning rate")
    steps: int = option(4, "steps of the student; its teacher is taken at twice as many")
    clip: float = option(3.0, "bound of the teacher's clean estimates, as in synthesis; 0: none")


@dataclass(frozen=True)
class StepPair:
    """A student's step from `time`, as two of its teacher: the second begins at `middle`.

    D at the middle is `a` D + `b` first clean estimate; the student's clean estimate should be
    `first` and `second` times the teacher's two, whose shares sum to one.
    """

    time: float
    middle: float
    a: float
    b: float
    first: float
    second: float


def step_pairs(schedule: Schedule, steps: int) -> list[StepPair]:
    """The steps of a student at `steps` steps of DDIM."""
    student, teacher = solver_steps("ddim", schedule, steps), solver_steps("ddim", schedule, 2 * steps)
    pairs = []
    for index, step in enumerate(student):
        one, two = teacher[2 * index], teacher[2 * index + 1]
        # a2 (a1 D + b1 c1) + b2 c2 = a D + b c, where a = a1 a2.
        pairs.append(StepPair(step.time, two.time, one.a, one.b, two.a * one.b / step.b, two.b / step.b))
    return pairs


class Distillation(Trainer):
    """A student in training; the teacher stays as it is."""

    def __init__(self, config: ModelConfig, options: DistilOptions, teacher: dict[str, torch.Tensor]) -> None:
        super().__init__(config, options)
        self.teacher = ScoreUnet(config.score_unet, config.style_encoder.style, config.audio.n_mels)
        self.teacher.load_state_dict(teacher)
        self.teacher.to(self.device).eval().requires_grad_(False)
        for network in (self.network, self.ema):
            network.load_state_dict(teacher)
        self.pairs = step_pairs(self.schedule, options.steps)

    def clean(
        self, time: torch.Tensor, difference: torch.Tensor, mu: torch.Tensor, style: torch.Tensor
    ) -> torch.Tensor:
        """The teacher's clean estimate of D."""
        alpha, sigma = self.schedule.alpha(time)[:, None, None], self.schedule.sigma(time)[:, None, None]
        p, q = clean_factors(self.config.score_unet.parameterization, alpha, sigma)
        clean = p * difference + q * self.teacher(mu + difference, mu, time, style)
        return clean.clamp(-self.options.clip, self.options.clip) if self.options.clip > 0.0 else clean

    def losses(self, crops: list[Crop], style_encoder: nn.Module | None) -> dict[str, torch.Tensor]:
        """`distillation`: mean squared error of the student's output against its teacher's two steps."""
        mel, mu, style = (torch.stack([getattr(crop, name) for crop in crops]) for name in ("mel", "mu", "style"))
        chosen = [self.pairs[index] for index in torch.randint(len(self.pairs), (len(crops),))]
        values = torch.tensor([dataclasses.astuple(pair) for pair in chosen]).to(mel)
        time, middle = values[:, 0], values[:, 1]
        a, b, first, second = values[:, 2:, None, None].unbind(1)
        alpha, sigma = self.schedule.alpha(time)[:, None, None], self.schedule.sigma(time)[:, None, None]
        difference = alpha * (mel - mu) + sigma * torch.randn(mel.shape).to(mel)
        with torch.no_grad():
            clean = self.clean(time, difference, mu, style)
            clean = first * clean + second * self.clean(middle, a * difference + b * clean, mu, style)
            noise = (difference - alpha * clean) / sigma
            target = network_target(self.config.score_unet.parameterization, clean, noise, alpha, sigma)
        output = self.network(mu + difference, mu, time, style)
        return {"distillation": (output - target).square().mean()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    Sources.add_to(parser)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("output", type=Path)
    add_options(parser, DistilOptions)
    arguments = parser.parse_args()
    options = resolve(arguments, DistilOptions, arguments.output)
    sources = Sources(arguments.cache, arguments.durations, arguments.encoders)
    config, teacher = sources.config(), checkpoint.load(arguments.teacher)
    config.score_unet.null_style = "null_style" in teacher["ema"]
    if different := config.differences(ModelConfig.from_dict(teacher["config"])):
        raise SystemExit(f"{arguments.teacher} is of another model: {', '.join(different)} differ")
    fit(Distillation(config, options, teacher["ema"]), sources, arguments.output / "score.pt")


if __name__ == "__main__":
    main()
