"""Few-shot adaptation of a trained model to one speaker, as small changes of some of its weights.

The mean style of the speaker's recordings becomes a parameter, and each matrix of the chosen parts changes
by the product of two thin ones (low-rank adaptation, arXiv 2106.09685). Everything else stays as it is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from .crops import CROP_FRAMES, Crop
from .dataset import Batch, Segment
from .diffusion import Schedule
from .model import AcousticModel
from .train_encoders import DURATION_WEIGHT, L1_WEIGHT, duration_loss
from .train_score import diffusion_losses

WARM_UP_STEPS = 10


@dataclass
class Settings:
    """How a speaker is learnt. `preservation` is AdamW's decay of the changes: a pull towards the original
    weights. `crops` of a step train the score network; without any, its weights stay."""

    steps: int = 100
    rank: int = 4
    learning_rate: float = 3e-3
    style_rate: float = 3e-3
    preservation: float = 0.0
    frames: int = 600
    crops: int = 2
    seed: int = 0


class LowRank(nn.Module):
    """Adds `up @ down`, which starts at zero, to a weight of two or more axes."""

    def __init__(self, weight: Tensor, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        rows, columns = weight.shape[0], weight[0].numel()
        rank = min(rank, rows, columns)
        self.down = nn.Parameter(torch.randn(rank, columns, generator=generator) / columns**0.5)
        self.up = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.up @ self.down).view_as(weight)


class Adaptation:
    """A speaker being learnt."""

    def __init__(self, model: AcousticModel, segments: list[Segment], style: Tensor, settings: Settings) -> None:
        self.model, self.segments, self.settings = model.eval().requires_grad_(False), segments, settings
        self.schedule = Schedule.of(model.config.schedule)
        self.style = nn.Parameter(style.clone())
        self.random = random.Random(settings.seed)
        self.noise = torch.Generator().manual_seed(settings.seed)
        parts = ["prior_encoder.", *(["score_unet."] if settings.crops else [])]
        self.changes = {
            name: LowRank(weight, settings.rank, self.noise)
            for name, weight in model.named_parameters()
            if weight.dim() >= 2 and name.startswith(tuple(parts))
        }
        for name, change in self.changes.items():
            owner, _, attribute = name.rpartition(".")
            parametrize.register_parametrization(model.get_submodule(owner), attribute, change)
        factors = [parameter for change in self.changes.values() for parameter in change.parameters()]
        groups = [
            {"params": [self.style], "lr": settings.style_rate, "weight_decay": 0.0},
            {"params": factors, "lr": settings.learning_rate, "weight_decay": settings.preservation},
        ]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99))
        self.rates = [group["lr"] for group in groups]
        self.parameters = [self.style, *factors]
        self.queue: list[Segment] = []
        self.step = 0

    def factors(self) -> dict[str, tuple[Tensor, Tensor]]:
        """The two factors, `up` and `down`, of each changed weight."""
        return {name: (change.up.detach(), change.down.detach()) for name, change in self.changes.items()}

    def batch(self) -> Batch:
        """The next segments, in random order, of about `frames` frames with their padding."""
        chosen: list[Segment] = []
        while True:
            if not self.queue:
                self.queue = self.random.sample(self.segments, len(self.segments))
            longest = max(len(segment.mel) for segment in [*chosen, self.queue[-1]])
            if chosen and longest * (len(chosen) + 1) > self.settings.frames:
                return Batch.of(chosen)
            chosen.append(self.queue.pop())

    def update(self) -> dict[str, float]:
        """One step, and its losses."""
        batch = self.batch()
        with torch.no_grad():
            text = self.model.text_encoder(batch.tokens, batch.token_mask)
        style = self.style.expand(len(text), -1)
        log_durations = self.model.duration_predictor(text, style, batch.token_mask)
        mu = self.model.prior_encoder(batch.per_frame(text), style, batch.frame_mask)
        valid = batch.frame_mask.sum() * mu.shape[2]
        error = (mu - batch.mel) * batch.frame_mask[:, :, None]
        losses = {
            "prior": error.square().sum() / valid,
            "l1": L1_WEIGHT * error.abs().sum() / valid,
            "duration": DURATION_WEIGHT * duration_loss(log_durations, batch.durations, batch.token_mask),
        }
        if self.settings.crops:
            losses |= diffusion_losses(self.model.score_unet, self.schedule, self.crops(batch, mu), self.noise)
        self.optimizer.zero_grad()
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        # Constant for the first half, then down to nothing.
        share = min(1.0, (self.step + 1) / WARM_UP_STEPS, 2.0 * (1.0 - self.step / self.settings.steps))
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * share
        self.optimizer.step()
        self.step += 1
        return {name: loss.item() for name, loss in losses.items()}

    def crops(self, batch: Batch, mu: Tensor) -> list[Crop]:
        """Random crops of a batch around its plain prior, which the diffusion does not train."""
        lengths = batch.frame_mask.sum(dim=1).tolist()
        crops = []
        for _ in range(self.settings.crops):
            row = self.random.choices(range(len(lengths)), lengths)[0]
            frames = torch.arange(CROP_FRAMES) + self.random.randrange(max(lengths[row] - CROP_FRAMES, 0) + 1)
            # A segment shorter than a crop is repeated.
            frames %= lengths[row]
            crops.append(Crop(batch.mel[row, frames], mu[row, frames].detach(), self.style))
        return crops
