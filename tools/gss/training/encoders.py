"""Train the style encoder, text encoder, duration predictor and prior encoder.

    python -m gss.training.encoders CACHE DURATIONS OUTPUT --minutes 70
    python -m gss.training.encoders CACHE DURATIONS OUTPUT --config RUN.toml

The text side learns from the lists of `--texts` where `DURATIONS` has their utterances; the style
encoder's speaker loss uses every speaker of every list but `dev`. The learning rate falls linearly to the end of the run. `OUTPUT/encoders.pt` always
holds the latest state: the averaged weights under `ema`, and all that is needed to resume;
`OUTPUT/run.toml` the options, `OUTPUT/log.jsonl` the losses.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import math
import random
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from .. import checkpoint
from ..config import ModelConfig
from ..data.cache import has_list
from ..data.dataset import AlignedCorpus, Batch, Segment, batches_by_length, crop
from ..model import Encoders
from ..options import RunOptions, add_options, option, resolve
from ..run import Clock, Log, Passes, follow, random_state, restore_random_state, use_device
from .style_losses import mix_styles_in_training, style_distance, with_noise

SPEAKER_SCALE = 20.0
SPEAKER_MARGIN = 0.2
SPEAKER_WEIGHT = 0.1
DURATION_WEIGHT = 0.2
L1_WEIGHT = 0.3
# Random level of the references, in nats of the log-mel (about +-4 dB): style must not depend on it.
REFERENCE_LEVEL = 0.5
EMA_DECAY = 0.998
# How often a segment of a speaker with a single recording is used for one of the others.
SINGLE_RECORDING_REPEATED = 4
LISTS = ("train", "voices", "extra")
LOG_EVERY, EVALUATE_EVERY, SAVE_EVERY = 25, 250, 100


def small_config() -> ModelConfig:
    """The `small` profile: ReLU in the feed-forward layers trains a tenth faster than Mish on a CPU."""
    config = ModelConfig()
    config.text_encoder.activation = config.prior_encoder.activation = "relu"
    config.prior_encoder.prenet = 128
    return config


class SpeakerClassifier(nn.Module):
    """AM-softmax over the training speakers: auxiliary loss that spreads the style space."""

    def __init__(self, style: int, speakers: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(speakers, style))

    def forward(self, style: torch.Tensor, speaker: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss and accuracy for styles [batch, style] and speaker numbers [batch]."""
        cosine = F.normalize(style, dim=1) @ F.normalize(self.weight, dim=1).T
        margin = SPEAKER_MARGIN * F.one_hot(speaker, len(self.weight))
        loss = F.cross_entropy(SPEAKER_SCALE * (cosine - margin), speaker)
        return loss, (cosine.argmax(1) == speaker).float().mean()


def duration_loss(log_durations: torch.Tensor, durations: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Gamma deviance: its minimum is at exp(output) = mean duration, so that lengths are unbiased,
    where a squared error of logs would give the smaller geometric mean."""
    target = durations.clamp(min=1).to(log_durations)
    ratio = target * torch.exp(-log_durations.clamp(min=-2.0))
    deviance = ratio + log_durations - target.log() - 1.0
    return (deviance * mask).sum() / mask.sum()


@dataclasses.dataclass
class EncoderOptions(RunOptions):
    """Options of this training."""

    minutes: float = option(70.0, "length of the whole run, which the learning rate follows; see --updates")
    frames_per_batch: int = option(3000, "mel frames of an update")
    texts: str = option("train voices extra", "lists whose transcripts are learnt; the others are for style alone")
    speakers: float = option(1.0, "share of the training speakers, for studies of what more of them bring")
    reference_noise: float = option(0.0, "share of the references with added noise")
    mix_styles: float = option(0.0, "mix-style layer norm: Beta parameter of the shares, 0.2 is usual; 0: off")
    consistency_weight: float = option(0.0, "weight of the speaker-consistency loss of the predicted mel")


class Trainer:
    """The state of a run and its update."""

    def __init__(
        self, train: AlignedCorpus, others: list[AlignedCorpus], config: ModelConfig, options: EncoderOptions
    ) -> None:
        torch.manual_seed(options.seed)
        self.options = options
        self.device = use_device(options)
        self.generator = random.Random(options.seed)
        self.config = config
        self.speakers = [(pool, name) for pool in (train, *others) for name in sorted(pool.references)]
        self.speaker_ids = {name: index for index, (_, name) in enumerate(self.speakers)}
        self.pool_of = {name: pool for pool, name in self.speakers}
        segments = [segment for pool in (train, *others) for segment in self.repeated(pool)]
        self.passes = Passes(lambda chance: batches_by_length(segments, options.frames_per_batch, chance), options.seed)
        self.model = Encoders(config)
        self.classifier = SpeakerClassifier(config.style_encoder.style, len(self.speakers))
        some = train.segments[::20]
        mean = torch.from_numpy(sum(segment.mel.mean(axis=0) for segment in some) / len(some))
        with torch.no_grad():
            self.model.prior_encoder.output.bias.copy_(mean)
            self.model.prior_encoder.output.weight.mul_(0.5)
            self.model.duration_predictor.output.bias.fill_(math.log(5.0))
        mix_styles_in_training(self.model, options.mix_styles)
        self.model.to(self.device)
        self.classifier.to(self.device)
        self.parameters = [*self.model.parameters(), *self.classifier.parameters()]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01)
        self.ema = copy.deepcopy(self.model).eval()
        self.step = 0

    @staticmethod
    def repeated(pool: AlignedCorpus) -> list[Segment]:
        """The segments of a list, those of speakers with a single recording several times."""
        single = {name for name, recordings in pool.references.items() if len(recordings) == 1}
        repetitions = SINGLE_RECORDING_REPEATED - 1
        return pool.segments + repetitions * [segment for segment in pool.segments if segment.speaker in single]

    def state(self, seconds: float) -> dict[str, Any]:
        """All that `resume` needs."""
        return {
            "config": dataclasses.asdict(self.config),
            "ema": self.ema.state_dict(),
            "model": self.model.state_dict(),
            "classifier": self.classifier.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": seconds,
            "passes": self.passes.state(),
            "references": self.generator.getstate(),
            "noise": random_state(),
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Goes on exactly where `state` was taken."""
        if different := self.config.differences(ModelConfig.from_dict(state["config"])):
            raise SystemExit(f"the checkpoint is of another model: {', '.join(different)} differ")
        self.ema.load_state_dict(state["ema"])
        self.model.load_state_dict(state["model"])
        self.classifier.load_state_dict(state["classifier"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        self.passes.resume(state["passes"])
        self.generator.setstate(state["references"])
        restore_random_state(state["noise"])

    def references(self, segments: list[Segment], frames: int) -> torch.Tensor:
        """A style reference for each segment, mostly from another utterance of its speaker."""
        crops = []
        for segment in segments:
            if self.generator.random() < 0.25:
                mel = crop(segment.mel, frames, self.generator)
            else:
                pool = self.pool_of[segment.speaker]
                mel = pool.reference(segment.speaker, segment.utterance, frames, self.generator)
            crops.append(self.varied(mel))
        return torch.stack(crops).to(self.device)

    def varied(self, mel) -> torch.Tensor:
        """A reference as another recording would have it: of another level, perhaps with noise."""
        floor = self.config.audio.log_floor
        if self.options.reference_noise > 0.0 and self.generator.random() < self.options.reference_noise:
            mel = with_noise(mel, self.generator, floor)
        level = self.generator.uniform(-REFERENCE_LEVEL, REFERENCE_LEVEL)
        return torch.from_numpy(mel + level).clamp(min=math.log(floor))

    def speaker_batch(self, size: int, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
        """References of random speakers of all lists, and the speakers' numbers."""
        chosen = self.generator.sample(range(len(self.speakers)), min(size, len(self.speakers)))
        crops = []
        for index in chosen:
            pool, name = self.speakers[index]
            crops.append(self.varied(pool.reference(name, None, frames, self.generator)))
        return torch.stack(crops).to(self.device), torch.tensor(chosen, device=self.device)

    def losses(self, segments: list[Segment]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The loss of a batch, and its parts."""
        batch = Batch.of(segments).to(self.device)
        frames = self.generator.choice((128, 192, 256))
        own = self.references(segments, frames)
        style = self.model.style_encoder(own)
        text = self.model.text_encoder(batch.tokens, batch.token_mask)
        log_durations = self.model.duration_predictor(text.detach(), style, batch.token_mask)
        mu = self.model.prior_encoder(batch.per_frame(text), style, batch.frame_mask)
        valid = batch.frame_mask.sum() * mu.shape[2]
        error = (mu - batch.mel) * batch.frame_mask[:, :, None]
        prior, prior_l1 = error.square().sum() / valid, error.abs().sum() / valid
        duration = duration_loss(log_durations, batch.durations, batch.token_mask)

        others, other_ids = self.speaker_batch(24, 128)
        own_ids = torch.tensor([self.speaker_ids[segment.speaker] for segment in segments], device=self.device)
        all_styles = torch.cat([style, self.model.style_encoder(others)])
        speaker, accuracy = self.classifier(all_styles, torch.cat([own_ids, other_ids]))
        loss = prior + L1_WEIGHT * prior_l1 + DURATION_WEIGHT * duration + SPEAKER_WEIGHT * speaker
        parts = {"prior": prior, "duration": duration, "speaker": speaker, "accuracy": accuracy}
        if self.options.consistency_weight > 0.0:
            parts["consistency"] = style_distance(self.model.style_encoder, mu, batch.frame_mask, style).mean()
            loss = loss + self.options.consistency_weight * parts["consistency"]
        return loss, parts

    def update(self, segments: list[Segment], lr: float) -> dict[str, float]:
        """One update of the weights; the parts of its loss."""
        self.model.train()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.bf16):
            loss, parts = self.losses(segments)
        self.optimizer.param_groups[0]["lr"] = lr
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.step += 1
        follow(self.ema, self.model, self.step, EMA_DECAY)
        return {name: part.item() for name, part in parts.items()}


@torch.no_grad()
def evaluate(model: Encoders, dev: AlignedCorpus, generator: random.Random) -> dict[str, float]:
    """Losses on unseen speakers, the style from another utterance, and predicted over real length."""
    device = next(model.parameters()).device
    squared = count = duration = tokens = predicted = real = 0.0
    for segments in batches_by_length(dev.segments[::3], 4000, generator):
        batch = Batch.of(segments).to(device)
        crops = [dev.reference(segment.speaker, segment.utterance, 256, generator) for segment in segments]
        style = model.style_encoder(torch.stack([torch.from_numpy(mel) for mel in crops]).to(device))
        text = model.text_encoder(batch.tokens, batch.token_mask)
        mu = model.prior_encoder(batch.per_frame(text), style, batch.frame_mask)
        squared += ((mu - batch.mel) * batch.frame_mask[:, :, None]).square().sum().item()
        count += batch.frame_mask.sum().item() * mu.shape[2]
        log_durations = model.duration_predictor(text, style, batch.token_mask)
        weight = batch.token_mask.sum().item()
        duration += duration_loss(log_durations, batch.durations, batch.token_mask).item() * weight
        tokens += weight
        predicted += (log_durations.exp().round().clamp(min=1) * batch.token_mask).sum().item()
        real += batch.durations.sum().item()
    return {"dev_prior": squared / count, "dev_duration": duration / tokens, "dev_length": predicted / real}


def load_lists(cache: Path, durations: Path, texts: list[str]) -> list[AlignedCorpus]:
    """The lists to train on, `train` first; those that are not among `texts` without their transcripts."""
    if unknown := sorted(set(texts) - set(LISTS)):
        raise SystemExit(f"texts may name {', '.join(LISTS)}, not {', '.join(unknown)}")
    present = [name for name in LISTS if name == "train" or has_list(cache, name)]
    return [AlignedCorpus.load(cache, name, durations if name in texts else None) for name in present]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("durations", type=Path)
    parser.add_argument("output", type=Path)
    add_options(parser, EncoderOptions)
    arguments = parser.parse_args()
    options = resolve(arguments, EncoderOptions, arguments.output)
    train, *others = load_lists(arguments.cache, arguments.durations, options.texts.split())
    dev = AlignedCorpus.load(arguments.cache, "dev", arguments.durations)
    if not 0.0 < options.speakers <= 1.0:
        raise SystemExit(f"the share of the speakers must be above 0 and at most 1, not {options.speakers}")
    if options.speakers < 1.0:
        for pool in (train, *others):
            pool.keep_speakers(options.speakers)
    trainer = Trainer(train, others, small_config(), options)
    path, seconds = arguments.output / "encoders.pt", 0.0
    if checkpoint.exists(path):
        state = checkpoint.load(path)
        trainer.resume(state)
        seconds = state["seconds"]
    size = sum(parameter.numel() for parameter in trainer.model.parameters())
    print(f"{len(trainer.speakers)} speakers, {size / 1e6:.2f} M parameters", flush=True)
    log, clock, means = Log(arguments.output), Clock(options, seconds), {}
    batches = iter(trainer.passes)
    while (progress := clock.progress(trainer.step)) < 1.0 and not clock.piece_over():
        lr = options.learning_rate * min(1.0, (trainer.step + 1) / 100) * max(0.02, 1.0 - progress)
        for key, value in trainer.update(next(batches), lr).items():
            means[key] = means.get(key, value) + 0.04 * (value - means.get(key, value))
        if trainer.step % LOG_EVERY == 0:
            record = {"step": trainer.step, "seconds": round(clock.seconds()), "lr": lr} | means
            if trainer.step % EVALUATE_EVERY == 0:
                record |= evaluate(trainer.ema, dev, random.Random(0))
            log.write(record)
        if trainer.step % SAVE_EVERY == 0:
            checkpoint.save(trainer.state(clock.seconds()), path, options.shard_mib)
    checkpoint.save(trainer.state(clock.seconds()), path, options.shard_mib)


if __name__ == "__main__":
    main()
