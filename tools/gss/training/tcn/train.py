"""Train the one-dimensional score network on crops.

    python -m gss.training.tcn.train CROPS DEV_CROPS MODEL OUTPUT --minutes 40

CROPS and DEV_CROPS are folders of `gss.training.tcn.crops`; MODEL is the folder that they were made with. `OUTPUT/score.pt`
holds the latest state, from which a stopped run goes on, `OUTPUT/run.toml` the options, `OUTPUT/log.jsonl` the losses.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ... import checkpoint
from ...config import ModelConfig, ReferenceEncoderConfig, ScoreTcnConfig
from ...diffusion import Schedule, network_target
from ...model.score_tcn import ReferenceEncoder, ScoreTcn
from ...options import RunOptions, add_options, option, resolve
from ...run import Clock, Log, follow, random_state, restore_random_state, use_device
from ..score import stratified_times
from .crops import CropBatch, Crops

LOG_EVERY, SAVE_EVERY = 20, 200
# Crops of unseen speakers whose loss is logged.
DEV_CROPS = 48


@dataclass
class TcnOptions(RunOptions):
    """Options of this training."""

    minutes: float = option(40.0, "length of the whole run, which the learning rate follows; see --updates")
    learning_rate: float = option(8e-4, "highest learning rate")
    seed: int = option(1, "seed of initial weights, order and noise")
    start: str = option("", "checkpoint of an earlier run whose averaged weights to start from")
    crops: int = option(16, "crops of an update")
    average: float = option(0.998, "decay of the averaged weights")


class Network(nn.Module):
    """The score network with the encoder of the reference, which is trained with it."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        n_mels, style = config.audio.n_mels, config.style_encoder.style
        reference, score = config.reference_encoder, config.score_tcn
        self.reference_encoder = ReferenceEncoder(reference, n_mels)
        self.score_tcn = ScoreTcn(score, style, n_mels, reference.entry)

    def forward(self, noisy: Tensor, mu: Tensor, t: Tensor, style: Tensor, entries: Tensor, pitch: Tensor) -> Tensor:
        return self.score_tcn(noisy, mu, t, style, entries, pitch)


def diffusion_loss(
    network: Network, config: ModelConfig, batch: CropBatch, generator: torch.Generator | None = None
) -> Tensor:
    """Mean squared error of the network's output around plain means."""
    schedule = Schedule.of(config.schedule)
    t = stratified_times(schedule, len(batch.mel), generator)
    alpha, sigma = schedule.alpha(t)[:, None, None], schedule.sigma(t)[:, None, None]
    clean, noise = batch.mel - batch.mu, torch.randn(batch.mel.shape, generator=generator)
    noisy = alpha * clean + sigma * noise
    entries = network.reference_encoder(batch.reference)
    output = network(batch.mu + noisy, batch.mu, t, batch.style, entries, batch.pitch(config.audio))
    target = network_target(config.score_tcn.parameterization, clean, noise, alpha, sigma)
    return (output - target).square().mean()


class Trainer:
    """The state of a run and its update."""

    def __init__(self, config: ModelConfig, options: TcnOptions) -> None:
        torch.manual_seed(options.seed)
        self.config, self.options = config, options
        self.device = use_device(options)
        self.network = Network(config)
        if options.start:
            self.network.load_state_dict(checkpoint.load(Path(options.start))["ema"])
        self.ema = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=1e-3)
        self.chance = np.random.default_rng(options.seed)
        self.step = 0

    def state(self) -> dict[str, Any]:
        """The weights and all that their updates need."""
        return {
            "config": dataclasses.asdict(self.config),
            "ema": self.ema.state_dict(),
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "noise": random_state(),
            "chance": self.chance.bit_generator.state,
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Goes on from `state`."""
        if different := self.config.differences(ModelConfig.from_dict(state["config"])):
            raise SystemExit(f"the checkpoint is of another model: {', '.join(different)} differ")
        self.ema.load_state_dict(state["ema"])
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        self.chance.bit_generator.state = state["chance"]
        restore_random_state(state["noise"])

    def losses(self, batch: CropBatch) -> dict[str, Tensor]:
        """The parts of the loss of a batch."""
        return {"diffusion": diffusion_loss(self.network, self.config, batch)}

    def update(self, batch: CropBatch, lr: float) -> dict[str, float]:
        """One update, and the parts of its loss."""
        losses = self.losses(batch)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.zero_grad()
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        follow(self.ema, self.network, self.step, self.options.average)
        return {name: loss.item() for name, loss in losses.items()}

    @torch.no_grad()
    def evaluate(self, dev: Crops) -> float:
        """The diffusion loss on the same crops and noise of unseen speakers every time."""
        indices = np.random.default_rng(0).choice(len(dev), min(DEV_CROPS, len(dev)), replace=False)
        batch = dev.batch(indices, np.random.default_rng(0))
        return diffusion_loss(self.ema, self.config, batch, torch.Generator().manual_seed(0)).item()


def fit(trainer: Trainer, train: Crops, dev: Crops, output: Path) -> None:
    """Trains to the end of the run or of this piece of it, from the checkpoint in `output` if there is one."""
    options, path, seconds = trainer.options, output / "score.pt", 0.0
    if checkpoint.exists(path):
        state = checkpoint.load(path)
        trainer.resume(state)
        seconds = state["seconds"]
    log, clock, means = Log(output), Clock(options, seconds), {}
    while (progress := clock.progress(trainer.step)) < 1.0 and not clock.piece_over():
        # Constant for the first half of the run, then down to a twentieth.
        lr = options.learning_rate * min(1.0, (trainer.step + 1) / 50, max(0.05, 2.0 * (1.0 - progress)))
        indices = trainer.chance.choice(len(train), options.crops, replace=False)
        for name, value in trainer.update(train.batch(indices, trainer.chance), lr).items():
            means[name] = means.get(name, value) + 0.02 * (value - means.get(name, value))
        if trainer.step % LOG_EVERY == 0:
            record = {"step": trainer.step, "seconds": round(clock.seconds()), **means}
            if trainer.step % SAVE_EVERY == 0:
                record["dev_loss"] = trainer.evaluate(dev)
                checkpoint.save(trainer.state() | {"seconds": clock.seconds()}, path, options.shard_mib)
            log.write(record)
    checkpoint.save(trainer.state() | {"seconds": clock.seconds()}, path, options.shard_mib)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("speech", "dev_speech", "model", "output"):
        parser.add_argument(name, type=Path)
    add_options(parser, TcnOptions)
    arguments = parser.parse_args()
    options = resolve(arguments, TcnOptions, arguments.output)
    config = ModelConfig.load(arguments.model / "config.json")
    config.reference_encoder, config.score_tcn = ReferenceEncoderConfig(), ScoreTcnConfig()
    fit(Trainer(config, options), Crops(arguments.speech), Crops(arguments.dev_speech), arguments.output)


if __name__ == "__main__":
    main()
