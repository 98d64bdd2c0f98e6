"""Train the pitch predictor beside a model's encoders, which stay as they are.

    python -m gss.training.pitch CACHE DURATIONS MODEL OUTPUT --lists "train voices teacher" --minutes 20

The pitch to predict is that of `gss.vocoder.pitch`. `OUTPUT/pitch.pt` holds the latest state, from which a stopped run
goes on, `OUTPUT/run.toml` the options, `OUTPUT/log.jsonl` the losses, and of the development speakers the error in
semitones, the correlation within a sentence, and how often voicing is right.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import checkpoint
from ..audio.harmonics import REFERENCE_HZ, level_of
from ..config import ModelConfig, PitchPredictorConfig
from ..data.dataset import Batch, Segment, batches_by_length
from ..model import Encoders
from ..model.pitch_predictor import PitchPredictor
from ..model_folder import load_model
from ..options import RunOptions, add_options, option, resolve
from ..run import Clock, Log, Passes, follow, random_state, restore_random_state, use_device
from .tcn.crops import LONGEST, REFERENCE_FRAMES, Speech, references

LOG_EVERY, SAVE_EVERY = 20, 200
EMA_DECAY = 0.998
# Octaves of error from which on the loss grows linearly: what a tracker gets wrong is an octave off.
HUBER = 0.1
PITCH_WEIGHT, MOVEMENT_WEIGHT = 8.0, 20.0


@dataclass
class PitchOptions(RunOptions):
    """Options of this training."""

    minutes: float = option(20.0, "length of the whole run, which the learning rate follows; see --updates")
    learning_rate: float = option(1e-3, "highest learning rate")
    lists: str = option("train voices teacher", "the lists to learn from")
    frames_per_batch: int = option(4000, "mel frames of an update")
    dropout: float = option(0.15, "dropout of the hidden states")
    start: str = option("", "checkpoint of an earlier run whose weights of the same shape to start from")


@dataclass
class PitchBatch:
    """Inputs of the predictor, the pitch of every frame in Hz, 0 where unvoiced, and the mean pitch of the references in
    octaves above `REFERENCE_HZ`."""

    text: Tensor
    style: Tensor
    reference: Tensor
    level: Tensor
    mu: Tensor
    hertz: Tensor
    batch: Batch


class Voices:
    """The lists of a training as segments; styles, mean mels and hidden states of the frozen encoders are kept."""

    def __init__(self, encoders: Encoders, lists: list[Speech]) -> None:
        self.encoders = encoders
        self.segments = [segment for speech in lists for segment in speech.segments]
        self.speech_of = {
            entry["utterance"]: (speech, index) for speech in lists for index, entry in enumerate(speech.corpus.entries)
        }
        self.references = {
            speaker: [(speech, index) for index in indices]
            for speech in lists
            for speaker, indices in references(speech.corpus).items()
        }
        self.styles: dict[tuple[str, int], Tensor] = {}
        self.kept: dict[tuple[str, int], tuple[np.ndarray, np.ndarray]] = {}

    def hertz(self, segment: Segment) -> np.ndarray:
        speech, index = self.speech_of[segment.utterance]
        begin = speech.corpus.entries[index]["start"] + segment.start
        return speech.hertz[begin : begin + len(segment.mel)]

    def style(self, speaker: str, choice: int) -> Tensor:
        if (speaker, choice) not in self.styles:
            speech, index = self.references[speaker][choice]
            mel = torch.from_numpy(np.array(speech.corpus.mel(index)[:LONGEST]))
            self.styles[speaker, choice] = self.encoders.style_encoder(mel[None])[0]
        return self.styles[speaker, choice]

    def reference(self, speaker: str, choice: int, chance: random.Random) -> tuple[np.ndarray, float]:
        """`REFERENCE_FRAMES` of a recording, and the level of its pitch."""
        speech, index = self.references[speaker][choice]
        mel, begin = np.array(speech.corpus.mel(index)[:LONGEST]), speech.corpus.entries[index]["start"]
        frames = np.arange(chance.randrange(max(len(mel) - REFERENCE_FRAMES, 0) + 1), len(mel))
        frames = np.resize(frames, REFERENCE_FRAMES)
        level = level_of(speech.hertz[begin : begin + len(mel)])
        return mel[frames], level

    @torch.no_grad()
    def batch(self, segments: list[Segment], chance: random.Random) -> PitchBatch:
        """The segments, each in a voice of its speaker that is always the same, not its own where there is another."""
        choices = []
        for segment in segments:
            options = [
                i
                for i, (speech, index) in enumerate(self.references[segment.speaker])
                if speech.corpus.entries[index]["utterance"] != segment.utterance
            ]
            choices.append(random.Random(f"{segment.utterance} {segment.start}").choice(options or [0]))
        batch = Batch.of(segments)
        style = torch.stack([self.style(s.speaker, c) for s, c in zip(segments, choices, strict=True)])
        keys = [(segment.utterance, segment.start) for segment in segments]
        if any(key not in self.kept for key in keys):
            text = self.encoders.text_encoder(batch.tokens, batch.token_mask)
            mu = self.encoders.prior_encoder(batch.per_frame(text), style, batch.frame_mask)
            for row, (key, segment) in enumerate(zip(keys, segments, strict=True)):
                self.kept[key] = (
                    text[row, : len(segment.tokens)].numpy().astype(np.float16),
                    mu[row, : len(segment.mel)].numpy().astype(np.float16),
                )
        else:
            text = padded([self.kept[key][0] for key in keys], batch.tokens.shape[1])
            mu = padded([self.kept[key][1] for key in keys], batch.mel.shape[1])
        heard = [self.reference(s.speaker, c, chance) for s, c in zip(segments, choices, strict=True)]
        reference, level = np.stack([mel for mel, _ in heard]), torch.tensor([level for _, level in heard])
        hertz = padded([self.hertz(segment)[:, None] for segment in segments], batch.mel.shape[1])[:, :, 0]
        return PitchBatch(text, style, torch.from_numpy(reference), level, mu, hertz, batch)


def padded(rows: list[np.ndarray], length: int) -> Tensor:
    """[batch, length, channels] of rows [time, channels], with zeros behind them."""
    result = torch.zeros(len(rows), length, rows[0].shape[1])
    for row, values in enumerate(rows):
        result[row, : len(values)] = torch.from_numpy(values.astype(np.float32))
    return result


def predict(predictor: PitchPredictor, item: PitchBatch, dropout: float = 0.0) -> Tensor:
    """[batch, frames, 2]: log odds of voicing and octaves above `REFERENCE_HZ`."""
    batch, voice = item.batch, predictor.voice(item.reference, item.level)
    output = predictor(
        item.text, voice, item.style, batch.token_of_frame, item.mu, batch.token_mask, batch.frame_mask, dropout
    )
    log_odds, octaves = output.unbind(2)
    return torch.stack([log_odds, octaves + item.level[:, None]], dim=2)


def losses(output: Tensor, item: PitchBatch) -> dict[str, Tensor]:
    """Cross entropy of voicing; Huber's loss of the pitch where voiced, and of its movement from frame to frame."""
    hertz, mask = item.hertz, item.batch.frame_mask
    voiced = (hertz > 0) & mask
    octaves = torch.log2(hertz.clamp(min=1.0) / REFERENCE_HZ)
    log_odds, pitch = output.unbind(2)
    voicing = F.binary_cross_entropy_with_logits(log_odds[mask], voiced[mask].float())
    distance = F.huber_loss(pitch[voiced], octaves[voiced], delta=HUBER)
    both = voiced[:, 1:] & voiced[:, :-1]
    movement = F.huber_loss(pitch.diff(dim=1)[both], octaves.diff(dim=1)[both], delta=HUBER)
    return {"voicing": voicing, "pitch": PITCH_WEIGHT * distance, "movement": MOVEMENT_WEIGHT * movement}


@torch.no_grad()
def evaluate(predictor: PitchPredictor, dev: Voices) -> dict[str, float]:
    """On every eighth segment of unseen speakers: error of the pitch in semitones, mean over the segments of its
    correlation, and of the ratio of its deviation to that of speech; share of frames with the right voicing."""
    chance, errors, correlations, spreads, right = random.Random(0), [], [], [], []
    for group in batches_by_length(dev.segments[::8], 4000, chance):
        item = dev.batch(group, chance)
        log_odds, pitch = predict(predictor, item).unbind(2)
        for row, segment in enumerate(group):
            hertz = item.hertz[row, : len(segment.mel)].numpy()
            voiced, made = hertz > 0, pitch[row, : len(segment.mel)].numpy()
            right.append(np.mean((log_odds[row, : len(segment.mel)].numpy() > 0) == voiced))
            if voiced.sum() < 20:
                continue
            real, made = np.log2(hertz[voiced] / REFERENCE_HZ), made[voiced]
            errors.append(12.0 * np.mean(np.abs(real - made)))
            correlations.append(np.corrcoef(real, made)[0, 1])
            spreads.append(made.std() / real.std())
    names = ("dev_semitones", "dev_correlation", "dev_spread", "dev_voicing")
    values = (errors, correlations, spreads, right)
    return {name: float(np.mean(value)) for name, value in zip(names, values, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("cache", "durations", "model", "output"):
        parser.add_argument(name, type=Path)
    add_options(parser, PitchOptions)
    arguments = parser.parse_args()
    options = resolve(arguments, PitchOptions, arguments.output)
    use_device(options)
    torch.manual_seed(options.seed)
    encoders = load_model(arguments.model).requires_grad_(False)
    config: ModelConfig = encoders.config
    config.pitch_predictor = config.pitch_predictor or PitchPredictorConfig()
    alignments, hop = json.loads(arguments.durations.read_text()), config.audio.hop_length

    def voices(names: list[str]) -> Voices:
        return Voices(encoders, [Speech.load(arguments.cache, name, alignments, hop) for name in names])

    train, dev = voices(options.lists.split()), voices(["dev"])
    sizes = config.text_encoder.hidden, config.style_encoder.style, config.audio.n_mels
    predictor = PitchPredictor(config.pitch_predictor, *sizes)
    if options.start:
        found, own = checkpoint.load(Path(options.start))["ema"], predictor.state_dict()
        fitting = {name: tensor for name, tensor in found.items() if name in own and own[name].shape == tensor.shape}
        predictor.load_state_dict(own | fitting)
    ema = copy.deepcopy(predictor).eval()
    optimizer = torch.optim.AdamW(predictor.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=1e-2)
    passes = Passes(lambda chance: batches_by_length(train.segments, options.frames_per_batch, chance), options.seed)
    chance, step, seconds, path = random.Random(options.seed), 0, 0.0, arguments.output / "pitch.pt"
    if checkpoint.exists(path):
        state = checkpoint.load(path)
        predictor.load_state_dict(state["network"])
        ema.load_state_dict(state["ema"])
        optimizer.load_state_dict(state["optimizer"])
        passes.resume(state["passes"])
        chance.setstate(state["chance"])
        step, seconds = state["step"], state["seconds"]
        restore_random_state(state["noise"])
    log, clock, means, batches = Log(arguments.output), Clock(options, seconds), {}, iter(passes)

    def save() -> None:
        own = {"step": step, "seconds": clock.seconds(), "passes": passes.state(), "chance": chance.getstate()}
        networks = {"network": predictor.state_dict(), "ema": ema.state_dict(), "optimizer": optimizer.state_dict()}
        known = {"config": dataclasses.asdict(config), "noise": random_state()}
        checkpoint.save(own | networks | known, path, options.shard_mib)

    while (progress := clock.progress(step)) < 1.0 and not clock.piece_over():
        item = train.batch(next(batches), chance)
        parts = losses(predict(predictor, item, options.dropout), item)
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * min(1.0, (step + 1) / 100, max(0.02, 1.3 * (1.0 - progress)))
        optimizer.zero_grad()
        sum(parts.values()).backward()
        nn.utils.clip_grad_norm_(predictor.parameters(), 1.0)
        optimizer.step()
        step += 1
        follow(ema, predictor, step, EMA_DECAY)
        for name, value in parts.items():
            means[name] = means.get(name, value.item()) + 0.05 * (value.item() - means.get(name, value.item()))
        if step % LOG_EVERY == 0:
            record = {"step": step, "seconds": round(clock.seconds()), **means}
            if step % SAVE_EVERY == 0:
                record |= evaluate(ema, dev)
                save()
            log.write(record)
    save()


if __name__ == "__main__":
    main()
