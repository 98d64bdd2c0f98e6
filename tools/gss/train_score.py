"""Train the score network on crops, around the prior of the latest averaged encoders.

    python -m gss.train_score CACHE DURATIONS ENCODERS OUTPUT --minutes 90

May run beside `train_encoders`: `ENCODERS` is its checkpoint, read again for each pool of segments, so
that the network follows the improving prior. `OUTPUT/score.pt` holds the latest state.

`--style-dropout` trains for guidance: that share of the crops is denoised with the learnt null style in
place of the speaker's. Only the network loses the style so; the prior keeps it.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from .config import ModelConfig
from .dataset import AlignedCorpus, Batch, batches_by_length
from .diffusion import Schedule, network_target
from .model import Encoders, ScoreUnet
from .model.style_encoder import MEL_MEAN, MEL_STD

CROP_FRAMES = 128
REFERENCE_FRAMES = 256
POOL_SEGMENTS = 120
# lambda of the training noise is normal: centred between mostly signal and mostly noise.
LAMBDA_MEAN, LAMBDA_STD = 0.3, 1.7
LAMBDA_RANGE = (-5.0, 4.8)
EMA_DECAY = 0.998


@dataclass
class Crop:
    """[frames, n_mels] of mel and prior, and the style that the prior was made with."""

    mel: torch.Tensor
    mu: torch.Tensor
    style: torch.Tensor


def load_encoders(path: Path) -> tuple[ModelConfig, Encoders]:
    """Averaged encoders of a `train_encoders` checkpoint."""
    state = torch.load(path, weights_only=True, mmap=True)
    config = ModelConfig.from_dict(state["config"])
    encoders = Encoders(config).eval()
    encoders.load_state_dict(state["ema"])
    return config, encoders


@torch.no_grad()
def make_pool(encoders: Encoders, corpus: AlignedCorpus, segments: list, generator: random.Random) -> list[Crop]:
    """All crops of some segments, in random order, the style from another utterance."""
    crops = []
    for group in batches_by_length(segments, 4000, generator):
        batch = Batch.of(group)
        references = [
            corpus.reference(segment.speaker, segment.utterance, REFERENCE_FRAMES, generator) for segment in group
        ]
        style = encoders.style_encoder(torch.stack([torch.from_numpy(mel.copy()) for mel in references]))
        text = encoders.text_encoder(batch.tokens, batch.token_mask)
        mu = encoders.prior_encoder(batch.per_frame(text), style, batch.frame_mask)
        for row, segment in enumerate(group):
            spare = len(segment.mel) % CROP_FRAMES
            start = generator.randrange(spare + 1)
            while start + CROP_FRAMES <= len(segment.mel):
                part = slice(start, start + CROP_FRAMES)
                crops.append(Crop(batch.mel[row, part].clone(), mu[row, part].clone(), style[row].clone()))
                start += CROP_FRAMES
    generator.shuffle(crops)
    return crops


def stratified_times(schedule: Schedule, size: int, generator: torch.Generator | None = None) -> torch.Tensor:
    """Diffusion times [size] whose lambdas cover the training distribution evenly."""
    quantile = (torch.arange(size) + torch.rand(size, generator=generator)) / size
    lambdas = LAMBDA_MEAN + LAMBDA_STD * math.sqrt(2.0) * torch.erfinv(2.0 * quantile - 1.0)
    return schedule.time(lambdas.clamp(*LAMBDA_RANGE))


def diffusion_loss(
    network: ScoreUnet,
    schedule: Schedule,
    crops: list[Crop],
    generator: torch.Generator | None = None,
    style_dropout: float = 0.0,
) -> torch.Tensor:
    """Mean squared error of the network's output over crops, each of which loses its style with the
    probability `style_dropout`."""
    mel, mu, style = (torch.stack([getattr(crop, name) for crop in crops]) for name in ("mel", "mu", "style"))
    if style_dropout > 0.0:
        dropped = torch.rand(len(crops), 1, generator=generator) < style_dropout
        style = torch.where(dropped, network.null_style, style)
    t = stratified_times(schedule, len(crops), generator)
    alpha, sigma = schedule.alpha(t)[:, None, None], schedule.sigma(t)[:, None, None]
    clean, noise = mel - mu, torch.randn(mel.shape, generator=generator)
    output = network(mu + alpha * clean + sigma * noise, mu, t, style)
    target = network_target(network.config.parameterization, clean, noise, alpha, sigma)
    return (output - target).square().mean()


def initialise_inputs(network: ScoreUnet) -> None:
    """Start the first convolutions from Y_t - mu and normalised mu instead of two raw mels, which
    are nearly equal, far from zero and cut off at the padding."""
    with torch.no_grad():
        for conv in (network.downs[0][0].block1.block[0], network.downs[0][0].res_conv):
            conv.bias -= MEL_MEAN / MEL_STD * conv.weight[:, 0].sum(dim=(1, 2))
            conv.weight[:, 0] = conv.weight[:, 0] / MEL_STD - conv.weight[:, 1]


class Trainer:
    def __init__(self, config: ModelConfig, style_dropout: float = 0.0) -> None:
        torch.manual_seed(1)
        self.style_dropout = style_dropout
        self.schedule = Schedule.of(config.schedule)
        self.network = ScoreUnet(config.score_unet, config.style_encoder.style, config.audio.n_mels)
        initialise_inputs(self.network)
        self.ema = copy.deepcopy(self.network).eval()
        others = [parameter for name, parameter in self.network.named_parameters() if name != "null_style"]
        self.optimizer = torch.optim.AdamW(others, lr=1e-3, betas=(0.9, 0.99), weight_decay=1e-3)
        if self.network.null_style is not None:
            # A group of its own, so that a state without it stays loadable.
            self.optimizer.add_param_group({"params": [self.network.null_style]})
        self.step, self.seconds = 0, 0.0

    def state(self) -> dict:
        return {
            "ema": self.ema.state_dict(),
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }

    def resume(self, state: dict) -> None:
        """Goes on from `state`; a null style that it does not have yet starts here."""
        for network, name in ((self.ema, "ema"), (self.network, "network")):
            tensors = state[name]
            if network.null_style is not None:
                tensors = {"null_style": network.null_style.detach(), **tensors}
            network.load_state_dict(tensors)
        optimizer, own = state["optimizer"], self.optimizer.state_dict()
        groups = optimizer["param_groups"] + own["param_groups"][len(optimizer["param_groups"]) :]
        self.optimizer.load_state_dict({"state": optimizer["state"], "param_groups": groups})
        self.step, self.seconds = state["step"], state["seconds"]

    def update(self, crops: list[Crop], lr: float) -> float:
        loss = diffusion_loss(self.network, self.schedule, crops, style_dropout=self.style_dropout)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        decay = min(EMA_DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for average, parameter in zip(self.ema.parameters(), self.network.parameters()):
                average.lerp_(parameter, 1 - decay)
        return loss.item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("durations", type=Path)
    parser.add_argument("encoders", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--crops", type=int, default=8, help="crops of an update")
    parser.add_argument("--learning-rate", type=float, default=6e-4)
    parser.add_argument("--style-dropout", type=float, default=0.0, help="share of crops without style; 0.1 is usual")
    arguments = parser.parse_args()
    if not 0.0 <= arguments.style_dropout < 1.0:
        parser.error("--style-dropout is a share of all crops: at least 0 and less than 1")
    torch.set_num_threads(1)
    arguments.output.mkdir(parents=True, exist_ok=True)
    train = AlignedCorpus.load(arguments.cache, "train", arguments.durations)
    train.add(AlignedCorpus.load(arguments.cache, "voices", arguments.durations))
    dev = AlignedCorpus.load(arguments.cache, "dev", arguments.durations)
    config, _ = load_encoders(arguments.encoders)
    checkpoint = arguments.output / "score.pt"
    state = torch.load(checkpoint, weights_only=True) if checkpoint.exists() else None
    had_null_style = state is not None and "null_style" in state["network"]
    config.score_unet.null_style = arguments.style_dropout > 0.0 or had_null_style
    trainer = Trainer(config, arguments.style_dropout)
    if state is not None:
        trainer.resume(state)
    generator = random.Random(trainer.step)
    torch.manual_seed(trainer.step)
    log = open(arguments.output / "log.jsonl", "a")
    begin, budget, mean = time.time() - trainer.seconds, 60 * arguments.minutes, None
    pools, segments = 0, []
    while trainer.seconds < budget:
        if len(segments) < POOL_SEGMENTS:
            segments = generator.sample(train.segments, len(train.segments))
        chosen, segments = segments[:POOL_SEGMENTS], segments[POOL_SEGMENTS:]
        _, encoders = load_encoders(arguments.encoders)
        crops = make_pool(encoders, train, chosen, generator)
        while len(crops) >= arguments.crops and trainer.seconds < budget:
            group, crops = crops[: arguments.crops], crops[arguments.crops :]
            progress = trainer.seconds / budget
            # Constant for the first half of the time, then down to a twentieth.
            lr = arguments.learning_rate * min(1.0, (trainer.step + 1) / 50, max(0.05, 2.0 * (1.0 - progress)))
            loss = trainer.update(group, lr)
            mean = loss if mean is None else mean + 0.02 * (loss - mean)
            trainer.seconds = time.time() - begin
            if trainer.step % 10 == 0:
                print(f"step {trainer.step} {trainer.seconds:.0f} s lr {lr:.2e} loss {mean:.4f}", flush=True)
        record = {"step": trainer.step, "seconds": round(trainer.seconds), "loss": mean}
        if pools % 4 == 0:
            dev_crops = make_pool(encoders, dev, dev.segments[::12], random.Random(0))[:32]
            noise = torch.Generator().manual_seed(0)
            with torch.no_grad():
                record["dev_loss"] = diffusion_loss(trainer.ema, trainer.schedule, dev_crops, noise).item()
                record["dev_residual"] = sum((c.mel - c.mu).square().mean().item() for c in dev_crops) / len(dev_crops)
        print(json.dumps(record), file=log, flush=True)
        print(record, flush=True)
        pools += 1
        temporary = checkpoint.with_suffix(".tmp")
        torch.save(trainer.state(), temporary)
        temporary.rename(checkpoint)


if __name__ == "__main__":
    main()
