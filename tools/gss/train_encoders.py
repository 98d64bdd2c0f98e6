"""Train the style encoder, text encoder, duration predictor and prior encoder.

    python -m gss.train_encoders CACHE DURATIONS OUTPUT --minutes 70

Utterances of the list `voices` take part where `DURATIONS` has them; the style encoder's speaker loss
uses every speaker. The learning rate follows the clock down to the end of the given time.
`OUTPUT/encoders.pt` always holds the latest state: the averaged weights under `ema`, and all that is
needed to resume.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import math
import random
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from .config import ModelConfig
from .dataset import AlignedCorpus, Batch, Segment, batches_by_length, crop
from .model import Encoders

SPEAKER_SCALE = 20.0
SPEAKER_MARGIN = 0.2
SPEAKER_WEIGHT = 0.1
DURATION_WEIGHT = 0.2
L1_WEIGHT = 0.3
# Random level of the references, in nats of the log-mel (about +-4 dB): style must not depend on it.
REFERENCE_LEVEL = 0.5
EMA_DECAY = 0.998
# How often a segment of a speaker with a single recording is used for one of the others.
VOICES_REPEATED = 4


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


class Trainer:
    def __init__(self, train: AlignedCorpus, others: list[AlignedCorpus], config: ModelConfig) -> None:
        torch.manual_seed(0)
        self.generator = random.Random(0)
        self.config = config
        self.speakers = [(pool, name) for pool in (train, *others) for name in sorted(pool.references)]
        self.speaker_ids = {name: index for index, (_, name) in enumerate(self.speakers)}
        self.pool_of = {name: pool for pool, name in self.speakers}
        self.segments = train.segments + VOICES_REPEATED * [segment for pool in others for segment in pool.segments]
        self.model = Encoders(config)
        self.classifier = SpeakerClassifier(config.style_encoder.style, len(self.speakers))
        some = train.segments[::20]
        mean = torch.from_numpy(sum(segment.mel.mean(axis=0) for segment in some) / len(some))
        with torch.no_grad():
            self.model.prior_encoder.output.bias.copy_(mean)
            self.model.prior_encoder.output.weight.mul_(0.5)
            self.model.duration_predictor.output.bias.fill_(math.log(5.0))
        self.parameters = [*self.model.parameters(), *self.classifier.parameters()]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01)
        self.ema = copy.deepcopy(self.model).eval()
        self.step, self.seconds = 0, 0.0

    def state(self) -> dict:
        return {
            "config": dataclasses.asdict(self.config),
            "ema": self.ema.state_dict(),
            "model": self.model.state_dict(),
            "classifier": self.classifier.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }

    def resume(self, state: dict) -> None:
        self.ema.load_state_dict(state["ema"])
        self.model.load_state_dict(state["model"])
        self.classifier.load_state_dict(state["classifier"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]

    def references(self, segments: list[Segment], frames: int) -> torch.Tensor:
        """A style reference for each segment, mostly from another utterance of its speaker."""
        crops = []
        for segment in segments:
            if self.generator.random() < 0.25:
                mel = crop(segment.mel, frames, self.generator)
            else:
                pool = self.pool_of[segment.speaker]
                mel = pool.reference(segment.speaker, segment.utterance, frames, self.generator)
            crops.append(self.with_random_level(mel))
        return torch.stack(crops)

    def with_random_level(self, mel) -> torch.Tensor:
        level = self.generator.uniform(-REFERENCE_LEVEL, REFERENCE_LEVEL)
        return torch.from_numpy(mel + level).clamp(min=math.log(self.config.audio.log_floor))

    def speaker_batch(self, size: int, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
        """References of random speakers of all lists, and the speakers' numbers."""
        chosen = self.generator.sample(range(len(self.speakers)), size)
        crops = []
        for index in chosen:
            pool, name = self.speakers[index]
            crops.append(self.with_random_level(pool.reference(name, None, frames, self.generator)))
        return torch.stack(crops), torch.tensor(chosen)

    def update(self, segments: list[Segment], lr: float) -> dict[str, float]:
        batch = Batch.of(segments)
        self.model.train()
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
        own_ids = torch.tensor([self.speaker_ids[segment.speaker] for segment in segments])
        all_styles = torch.cat([style, self.model.style_encoder(others)])
        speaker, accuracy = self.classifier(all_styles, torch.cat([own_ids, other_ids]))

        loss = prior + L1_WEIGHT * prior_l1 + DURATION_WEIGHT * duration + SPEAKER_WEIGHT * speaker
        self.optimizer.param_groups[0]["lr"] = lr
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.step += 1
        decay = min(EMA_DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for average, parameter in zip(self.ema.parameters(), self.model.parameters()):
                average.lerp_(parameter, 1 - decay)
        return {
            "prior": prior.item(),
            "duration": duration.item(),
            "speaker": speaker.item(),
            "accuracy": accuracy.item(),
        }


@torch.no_grad()
def evaluate(model: Encoders, dev: AlignedCorpus, generator: random.Random) -> dict[str, float]:
    """Losses on unseen speakers, the style from another utterance, and predicted over real length."""
    squared = count = duration = tokens = predicted = real = 0.0
    for segments in batches_by_length(dev.segments[::3], 4000, generator):
        batch = Batch.of(segments)
        crops = [dev.reference(segment.speaker, segment.utterance, 256, generator) for segment in segments]
        style = model.style_encoder(torch.stack([torch.from_numpy(mel) for mel in crops]))
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("durations", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=70.0)
    parser.add_argument("--frames-per-batch", type=int, default=3000)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.output.mkdir(parents=True, exist_ok=True)
    train = AlignedCorpus.load(arguments.cache, "train", arguments.durations)
    dev = AlignedCorpus.load(arguments.cache, "dev", arguments.durations)
    others = [
        AlignedCorpus.load(arguments.cache, "voices", arguments.durations),
        AlignedCorpus.load(arguments.cache, "extra", None),
    ]
    trainer = Trainer(train, others, small_config())
    checkpoint = arguments.output / "encoders.pt"
    if checkpoint.exists():
        trainer.resume(torch.load(checkpoint, weights_only=True))
    size = sum(parameter.numel() for parameter in trainer.model.parameters())
    print(
        f"{len(trainer.segments)} segments, {len(trainer.speakers)} speakers, {size / 1e6:.2f} M parameters",
        flush=True,
    )
    log = open(arguments.output / "log.jsonl", "a")
    begin, budget, means = time.time() - trainer.seconds, 60 * arguments.minutes, {}
    while trainer.seconds < budget:
        for segments in batches_by_length(trainer.segments, arguments.frames_per_batch, trainer.generator):
            progress = trainer.seconds / budget
            if progress >= 1.0:
                break
            lr = arguments.learning_rate * min(1.0, (trainer.step + 1) / 100) * max(0.02, 1.0 - progress)
            for key, value in trainer.update(segments, lr).items():
                means[key] = means.get(key, value) + 0.04 * (value - means.get(key, value))
            trainer.seconds = time.time() - begin
            if trainer.step % 25 == 0:
                record = {"step": trainer.step, "seconds": round(trainer.seconds), "lr": lr} | means
                if trainer.step % 250 == 0:
                    record |= evaluate(trainer.ema, dev, random.Random(0))
                print(json.dumps(record), file=log, flush=True)
                print(" ".join(f"{k} {v:.4g}" for k, v in record.items()), flush=True)
            if trainer.step % 100 == 0 or trainer.seconds >= budget:
                temporary = checkpoint.with_suffix(".tmp")
                torch.save(trainer.state(), temporary)
                temporary.rename(checkpoint)


if __name__ == "__main__":
    main()
