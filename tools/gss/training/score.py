"""Train the score network on crops, around the prior of the latest averaged encoders.

    python -m gss.training.score CACHE DURATIONS ENCODERS OUTPUT --minutes 90
    python -m gss.training.score CACHE DURATIONS ENCODERS OUTPUT --config RUN.toml
    python -m gss.training.score CACHE DURATIONS ENCODERS OUTPUT --start OTHER/score.pt --learning-rate 3e-4

May run beside `training.encoders`: `ENCODERS` is its checkpoint, read again for each pool of segments, so
that the network follows the improving prior; or the folder of a model. The prior's mean is always plain here, not transported: see
`gss.transport`. `OUTPUT/score.pt` holds the latest state, `OUTPUT/run.toml` the options,
`OUTPUT/log.jsonl` the losses.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .. import checkpoint
from ..config import ModelConfig
from ..data.cache import cache_audio, has_list
from ..data.crops import Crop, make_pool, reference_voices, shuffled_pools
from ..data.dataset import AlignedCorpus, Segment
from ..diffusion import Schedule, clean_factors, network_target
from ..model import Encoders, ScoreUnet
from ..model.style_encoder import MEL_MEAN, MEL_STD
from ..model_folder import load_model
from ..options import RunOptions, add_options, option, resolve
from ..run import Clock, Log, Passes, follow, random_state, restore_random_state, use_device
from .style_losses import style_distance

# lambda of the training noise is normal: centred between mostly signal and mostly noise.
LAMBDA_MEAN, LAMBDA_STD = 0.3, 1.7
LAMBDA_RANGE = (-5.0, 4.8)
EMA_DECAY = 0.998


@dataclass
class ScoreOptions(RunOptions):
    """Options of this training."""

    minutes: float = option(90.0, "length of the whole run, which the learning rate follows; see --updates")
    learning_rate: float = option(6e-4, "highest learning rate")
    seed: int = option(1, "seed of initial weights, order and noise")
    start: str = option("", "checkpoint of an earlier run, or folder of a model, whose weights to start from")
    crops: int = option(8, "crops of an update")
    style_dropout: float = option(0.0, "share of crops without style; 0.1 is usual")
    reference_noise: float = option(0.0, "share of the references with added noise")
    consistency_weight: float = option(0.0, "weight of the speaker-consistency loss of the clean estimate")


def load_encoders(path: Path, device: torch.device | str = "cpu") -> tuple[ModelConfig, Encoders]:
    """Averaged encoders of a `training.encoders` checkpoint, or those of a model's folder."""
    if path.is_dir():
        model = load_model(path)
        return model.config, model.requires_grad_(False).to(device)
    state = checkpoint.load(path, device)
    config = ModelConfig.from_dict(state["config"])
    encoders = Encoders(config).eval().requires_grad_(False).to(device)
    encoders.load_state_dict(state["ema"])
    return config, encoders


def stratified_times(schedule: Schedule, size: int, generator: torch.Generator | None = None) -> torch.Tensor:
    """Diffusion times [size] whose lambdas cover the training distribution evenly."""
    quantile = (torch.arange(size) + torch.rand(size, generator=generator)) / size
    lambdas = LAMBDA_MEAN + LAMBDA_STD * math.sqrt(2.0) * torch.erfinv(2.0 * quantile - 1.0)
    return schedule.time(lambdas.clamp(*LAMBDA_RANGE))


def diffusion_losses(
    network: ScoreUnet,
    schedule: Schedule,
    crops: list[Crop],
    generator: torch.Generator | None = None,
    style_dropout: float = 0.0,
    style_encoder: nn.Module | None = None,
) -> dict[str, torch.Tensor]:
    """`diffusion`: mean squared error of the network's output over crops, each of which loses its style
    with the probability `style_dropout`. With a style encoder also `consistency`: how far the style of the
    clean estimate is from the style asked for, weighted by the share of signal in what the network saw."""
    mel, mu, style = (torch.stack([getattr(crop, name) for crop in crops]) for name in ("mel", "mu", "style"))
    # Drawn on the processor: every device sees the same noise.
    given = style
    if style_dropout > 0.0:
        dropped = torch.rand(len(crops), 1, generator=generator) < style_dropout
        given = torch.where(dropped.to(style.device), network.null_style, style)
    t = stratified_times(schedule, len(crops), generator).to(mel)
    alpha, sigma = schedule.alpha(t)[:, None, None], schedule.sigma(t)[:, None, None]
    clean, noise = mel - mu, torch.randn(mel.shape, generator=generator).to(mel)
    noisy = alpha * clean + sigma * noise
    parameterization = network.config.parameterization
    output = network(mu + noisy, mu, t, given)
    target = network_target(parameterization, clean, noise, alpha, sigma)
    losses = {"diffusion": (output - target).square().mean()}
    if style_encoder is not None:
        p, q = clean_factors(parameterization, alpha, sigma)
        distance = style_distance(style_encoder, mu + p * noisy + q * output, None, style)
        losses["consistency"] = (alpha[:, 0, 0].square() * distance).mean()
    return losses


def diffusion_loss(
    network: ScoreUnet,
    schedule: Schedule,
    crops: list[Crop],
    generator: torch.Generator | None = None,
    style_dropout: float = 0.0,
) -> torch.Tensor:
    """The part `diffusion` of `diffusion_losses`."""
    return diffusion_losses(network, schedule, crops, generator, style_dropout)["diffusion"]


def initialise_inputs(network: ScoreUnet) -> None:
    """Start the first convolutions from Y_t - mu and normalised mu instead of two raw mels, which
    are nearly equal, far from zero and cut off at the padding."""
    with torch.no_grad():
        for conv in (network.downs[0][0].block1.block[0], network.downs[0][0].res_conv):
            conv.bias -= MEL_MEAN / MEL_STD * conv.weight[:, 0].sum(dim=(1, 2))
            conv.weight[:, 0] = conv.weight[:, 0] / MEL_STD - conv.weight[:, 1]


def start_weights(path: Path, network: ScoreUnet) -> dict[str, torch.Tensor]:
    """The averaged weights of a checkpoint or those of a model's folder, for a network of the same sizes; a null
    style that only one of them has is the network's own."""
    found = load_model(path).score_unet.state_dict() if path.is_dir() else checkpoint.load(path)["ema"]
    own = network.state_dict()
    found = {name: tensor for name, tensor in found.items() if name != "null_style" or name in own}
    weights = {"null_style": own["null_style"], **found} if "null_style" in own else found
    shapes = [{name: tensor.shape for name, tensor in tensors.items()} for tensors in (own, weights)]
    if shapes[0] != shapes[1]:
        raise SystemExit(f"{path} is of a score network of other sizes")
    return weights


class Trainer:
    """The state of a run and its update."""

    def __init__(self, config: ModelConfig, options: ScoreOptions) -> None:
        torch.manual_seed(options.seed)
        self.config, self.options = config, options
        self.device = use_device(options)
        self.schedule = Schedule.of(config.schedule)
        self.network = ScoreUnet(config.score_unet, config.style_encoder.style, config.audio.n_mels)
        initialise_inputs(self.network)
        if options.start:
            self.network.load_state_dict(start_weights(Path(options.start), self.network))
        self.network.to(self.device)
        self.ema = copy.deepcopy(self.network).eval()
        others = [parameter for name, parameter in self.network.named_parameters() if name != "null_style"]
        self.optimizer = torch.optim.AdamW(others, lr=1e-3, betas=(0.9, 0.99), weight_decay=1e-3)
        if self.network.null_style is not None:
            # A group of its own, so that a state without it stays loadable.
            self.optimizer.add_param_group({"params": [self.network.null_style]})
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
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Goes on from `state`; a null style that it does not have yet starts here."""
        saved = ModelConfig.from_dict(state["config"])
        saved.score_unet.null_style = self.config.score_unet.null_style
        if different := self.config.differences(saved):
            raise SystemExit(f"the checkpoint is of another model: {', '.join(different)} differ")
        for network, name in ((self.ema, "ema"), (self.network, "network")):
            tensors = state[name]
            if network.null_style is not None:
                tensors = {"null_style": network.null_style.detach(), **tensors}
            network.load_state_dict(tensors)
        optimizer, own = state["optimizer"], self.optimizer.state_dict()
        groups = optimizer["param_groups"] + own["param_groups"][len(optimizer["param_groups"]) :]
        self.optimizer.load_state_dict({"state": optimizer["state"], "param_groups": groups})
        self.step = state["step"]
        restore_random_state(state["noise"])

    def pool(
        self, encoders: Encoders, corpus: AlignedCorpus, segments: list[Segment], generator: random.Random
    ) -> list[Crop]:
        """Crops of some segments to train on."""
        voices_of = reference_voices(encoders, corpus, generator, self.options.reference_noise)
        return make_pool(encoders, segments, generator, voices_of)

    def losses(self, crops: list[Crop], style_encoder: nn.Module | None) -> dict[str, torch.Tensor]:
        """The loss of some crops by its parts, each with its weight. The style encoder is for consistency."""
        weight = self.options.consistency_weight
        style_encoder = style_encoder if weight > 0.0 else None
        dropout = self.options.style_dropout
        losses = diffusion_losses(self.network, self.schedule, crops, None, dropout, style_encoder)
        if style_encoder is not None:
            losses["consistency"] = weight * losses["consistency"]
        return losses

    def update(self, crops: list[Crop], lr: float, style_encoder: nn.Module | None = None) -> dict[str, float]:
        """One update of the weights; the parts of its loss."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.bf16):
            losses = self.losses(crops, style_encoder)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.zero_grad()
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        follow(self.ema, self.network, self.step, EMA_DECAY)
        return {name: loss.item() for name, loss in losses.items()}


@torch.no_grad()
def evaluate(trainer: Trainer, encoders: Encoders, dev: AlignedCorpus) -> dict[str, float]:
    """Losses on the same crops and noise of unseen speakers every time."""
    chance = random.Random(0)
    crops = make_pool(encoders, dev.segments[::12], chance, reference_voices(encoders, dev, chance))[:32]
    loss = diffusion_loss(trainer.ema, trainer.schedule, crops, torch.Generator().manual_seed(0))
    residual = torch.stack([(crop.mel - crop.mu).square().mean() for crop in crops]).mean()
    return {"dev_loss": loss.item(), "dev_residual": residual.item()}


def train_pool(
    trainer: Trainer, encoders: Encoders, crops: list[Crop], clock: Clock, mean: dict[str, float]
) -> dict[str, float]:
    """Updates on all crops of a pool; running means of the losses."""
    options = trainer.options
    for start in range(0, len(crops) - options.crops + 1, options.crops):
        progress = clock.progress(trainer.step)
        if progress >= 1.0:
            break
        # Constant for the first half of the run, then down to a twentieth.
        lr = options.learning_rate * min(1.0, (trainer.step + 1) / 50, max(0.05, 2.0 * (1.0 - progress)))
        losses = trainer.update(crops[start : start + options.crops], lr, encoders.style_encoder)
        mean = {name: mean.get(name, loss) + 0.02 * (loss - mean.get(name, loss)) for name, loss in losses.items()}
        if trainer.step % 10 == 0:
            parts = " ".join(f"{name} {loss:.4f}" for name, loss in mean.items())
            print(f"step {trainer.step} {clock.seconds():.0f} s lr {lr:.2e} {parts}", flush=True)
    return mean


@dataclass(frozen=True)
class Sources:
    """What a run reads: prepared speech, its durations, and the encoders' checkpoint."""

    cache: Path
    durations: Path
    encoders: Path

    @classmethod
    def add_to(cls, parser: argparse.ArgumentParser) -> None:
        """An argument for each."""
        for field in dataclasses.fields(cls):
            parser.add_argument(field.name, type=Path)

    def config(self) -> ModelConfig:
        """The model's configuration, refused where the prepared speech does not fit it."""
        config, _ = load_encoders(self.encoders)
        if config.audio != cache_audio(self.cache):
            raise SystemExit(f"{self.encoders} was trained on other mels than those of {self.cache}")
        return config

    def training_speech(self) -> AlignedCorpus:
        """The lists to train on."""
        train = AlignedCorpus.load(self.cache, "train", self.durations)
        if has_list(self.cache, "voices"):
            train.add(AlignedCorpus.load(self.cache, "voices", self.durations))
        return train


def fit(trainer: Trainer, sources: Sources, path: Path) -> None:
    """Trains to the end of the run or of this piece of it, from the checkpoint `path` if there is one."""
    options = trainer.options
    train, dev = sources.training_speech(), AlignedCorpus.load(sources.cache, "dev", sources.durations)
    passes = Passes(lambda chance: shuffled_pools(train.segments, chance), options.seed)
    generator, pools, seconds = random.Random(options.seed), 0, 0.0
    if checkpoint.exists(path):
        state = checkpoint.load(path)
        trainer.resume(state)
        passes.resume(state["passes"])
        generator.setstate(state["crops"])
        pools, seconds = state["pools"], state["seconds"]
    log, clock, mean, longest = Log(path.parent), Clock(options, seconds), {}, 0.0
    pool_segments = iter(passes)
    # A piece ends between pools, where nothing but `generator` is needed to go on exactly.
    while clock.progress(trainer.step) < 1.0 and not clock.piece_over(spare_seconds=longest):
        begin = time.monotonic()
        _, encoders = load_encoders(sources.encoders, trainer.device)
        crops = trainer.pool(encoders, train, next(pool_segments), generator)
        mean = train_pool(trainer, encoders, crops, clock, mean)
        record = {"step": trainer.step, "seconds": round(clock.seconds()), **mean}
        if pools % 4 == 0:
            record |= evaluate(trainer, encoders, dev)
        log.write(record)
        pools += 1
        own = {"passes": passes.state(), "crops": generator.getstate(), "pools": pools, "seconds": clock.seconds()}
        checkpoint.save(trainer.state() | own, path, options.shard_mib)
        longest = max(longest, time.monotonic() - begin)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    Sources.add_to(parser)
    parser.add_argument("output", type=Path)
    add_options(parser, ScoreOptions)
    arguments = parser.parse_args()
    options = resolve(arguments, ScoreOptions, arguments.output)
    if not 0.0 <= options.style_dropout < 1.0:
        parser.error("--style-dropout is a share of all crops: at least 0 and less than 1")
    sources = Sources(arguments.cache, arguments.durations, arguments.encoders)
    config, path = sources.config(), arguments.output / "score.pt"
    had_null_style = checkpoint.exists(path) and "null_style" in checkpoint.load(path)["network"]
    config.score_unet.null_style = options.style_dropout > 0.0 or had_null_style
    fit(Trainer(config, options), sources, path)


if __name__ == "__main__":
    main()
