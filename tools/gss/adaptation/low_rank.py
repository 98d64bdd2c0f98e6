"""Few-shot adaptation of a trained model to one speaker, as small changes of some of its weights.

The mean style of the speaker's recordings becomes a parameter, and each matrix of the chosen parts changes
by the product of two thin ones (low-rank adaptation, arXiv 2106.09685). Everything else stays as it is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ..audio.harmonics import pitch_inputs
from ..data.crops import CROP_FRAMES, Crop
from ..data.dataset import Batch, Segment
from ..diffusion import Schedule
from ..model import AcousticModel, ScoreTcn, ScoreUnet
from ..training.encoders import DURATION_WEIGHT, L1_WEIGHT, duration_loss
from ..training.score import diffusion_losses

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


@dataclass(frozen=True)
class Heard:
    """What a one-dimensional score network is given besides the style: entries of the speaker's reference
    [n, entry], and the pitch in Hz of every frame of his recordings, by their names."""

    entries: Tensor
    hertz: dict[str, np.ndarray]


class Followed:
    """A one-dimensional score network on crops whose pitch inputs [crops, frames, n_mels + 2] are known, in the form
    of one that sees the style alone."""

    def __init__(self, network: ScoreTcn, entries: Tensor, pitch: Tensor) -> None:
        self.config = network.config
        self.output = partial(network, entries=entries.expand(len(pitch), -1, -1), pitch=pitch)

    def __call__(self, noisy: Tensor, mu: Tensor, t: Tensor, style: Tensor) -> Tensor:
        return self.output(noisy, mu, t, style)


class Adaptation:
    """A speaker being learnt; `heard` is needed by models with a one-dimensional score network."""

    def __init__(
        self,
        model: AcousticModel,
        segments: list[Segment],
        style: Tensor,
        settings: Settings,
        heard: Heard | None = None,
    ) -> None:
        if model.config.score_tcn is not None and heard is None:
            raise ValueError("a one-dimensional score network is learnt with the entries and the pitch of a speaker")
        self.heard = heard
        self.model, self.segments, self.settings = model.eval().requires_grad_(False), segments, settings
        self.schedule = Schedule.of(model.config.schedule)
        self.style = nn.Parameter(style.clone())
        self.random = random.Random(settings.seed)
        self.noise = torch.Generator().manual_seed(settings.seed)
        parts = ["prior_encoder.", *(["score_unet.", "score_tcn."] if settings.crops else [])]
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

    def choose(self) -> list[Segment]:
        """The next segments, in random order, of about `frames` frames with their padding."""
        chosen: list[Segment] = []
        while True:
            if not self.queue:
                self.queue = self.random.sample(self.segments, len(self.segments))
            longest = max(len(segment.mel) for segment in [*chosen, self.queue[-1]])
            if chosen and longest * (len(chosen) + 1) > self.settings.frames:
                return chosen
            chosen.append(self.queue.pop())

    def update(self) -> dict[str, float]:
        """One step, and its losses."""
        chosen = self.choose()
        batch = Batch.of(chosen)
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
            crops, network = self.crops(chosen, mu)
            losses |= diffusion_losses(network, self.schedule, crops, self.noise)
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

    def crops(self, chosen: list[Segment], mu: Tensor) -> tuple[list[Crop], ScoreUnet | Followed]:
        """Random crops of segments around their plain priors, which the diffusion does not train, and the network
        that sees them."""
        lengths = [len(segment.mel) for segment in chosen]
        crops, hertz = [], []
        for _ in range(self.settings.crops):
            row = self.random.choices(range(len(lengths)), lengths)[0]
            frames = torch.arange(CROP_FRAMES) + self.random.randrange(max(lengths[row] - CROP_FRAMES, 0) + 1)
            # A segment shorter than a crop is repeated.
            frames %= lengths[row]
            segment = chosen[row]
            crops.append(Crop(torch.from_numpy(segment.mel)[frames], mu[row, frames].detach(), self.style))
            if self.heard is not None:
                hertz.append(torch.from_numpy(self.heard.hertz[segment.utterance])[segment.start + frames])
        if self.heard is None:
            return crops, self.model.score_unet
        pitch = pitch_inputs(torch.stack(hertz), self.model.config.audio)
        return crops, Followed(self.model.score_tcn, self.heard.entries, pitch)
