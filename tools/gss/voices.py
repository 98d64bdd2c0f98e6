"""The voices that the score network is trained in: for each segment, one of its speaker's."""

from __future__ import annotations

import random
from collections.abc import Callable

import torch
from torch import nn

from .dataset import AlignedCorpus, Segment, crop
from .model import Encoders
from .style_losses import with_noise
from .transport import Calibration, Voice, voice_of

# Where a new voice for every segment is cheap, its reference has this length.
REFERENCE_FRAMES = 256
# Where voices are kept: lengths of their references, and how many there are of a speaker, who may have few
# or thousands of recordings.
KEPT_REFERENCE_FRAMES = (256, 512)
KEPT_VOICES = (4, 40)

# Voices of some segments, drawn with the randomness given and no other.
Voices = Callable[[Encoders, list[Segment], random.Random], list[Voice]]


class FreshVoices:
    """The style of a new crop of another utterance for every segment, in the share `reference_noise` of the
    cases with added noise."""

    def __init__(self, corpus: AlignedCorpus, reference_noise: float) -> None:
        self.corpus, self.reference_noise = corpus, reference_noise

    def __call__(self, encoders: Encoders, segments: list[Segment], generator: random.Random) -> list[Voice]:
        device, floor = next(encoders.parameters()).device, encoders.config.audio.log_floor
        references = []
        for segment in segments:
            mel = self.corpus.reference(segment.speaker, segment.utterance, REFERENCE_FRAMES, generator)
            if self.reference_noise > 0.0 and generator.random() < self.reference_noise:
                mel = with_noise(mel, generator, floor)
            references.append(torch.from_numpy(mel.copy()))
        return [Voice(style) for style in encoders.style_encoder(torch.stack(references).to(device))]


class KeptVoices:
    """Voices with transport, which take longer to measure than a segment to train on: a few of each speaker,
    measured when first drawn and kept until the encoders change. What the n-th voice of a speaker is depends
    on nothing but the seed, so that a resumed run measures the same ones again."""

    def __init__(self, corpus: AlignedCorpus, calibration: Calibration, reference_noise: float, seed: int) -> None:
        self.corpus, self.calibration, self.reference_noise, self.seed = corpus, calibration, reference_noise, seed
        self.encoders: Encoders | None = None
        self.kept: dict[tuple[str, int], Voice] = {}

    def __call__(self, encoders: Encoders, segments: list[Segment], generator: random.Random) -> list[Voice]:
        if encoders is not self.encoders:
            if self.encoders is not None and not same_weights(encoders, self.encoders):
                self.kept.clear()
            self.encoders = encoders
        return [self.draw(encoders, segment, generator) for segment in segments]

    def draw(self, encoders: Encoders, segment: Segment, generator: random.Random) -> Voice:
        """One of the speaker's voices, not from the segment's own utterance where there is another."""
        names, recordings = self.corpus.reference_names[segment.speaker], self.recordings(segment.speaker)
        numbers = range(len(recordings))
        others = [number for number in numbers if names[recordings[number]] != segment.utterance]
        number = generator.choice(others or numbers)
        key = segment.speaker, number
        if key not in self.kept:
            self.kept[key] = self.measure(encoders, *key, recordings[number])
        return self.kept[key]

    def recordings(self, speaker: str) -> list[int]:
        """The recording of each of a speaker's voices: different ones as far as there are."""
        there, (fewest, most) = len(self.corpus.references[speaker]), KEPT_VOICES
        count = max(fewest, min(most, there))
        chosen = random.Random(f"{self.seed} {speaker}").sample(range(there), min(there, count))
        return [chosen[number % len(chosen)] for number in range(count)]

    def measure(self, encoders: Encoders, speaker: str, number: int, recording: int) -> Voice:
        """A voice of a crop of a recording."""
        chance = random.Random(f"{self.seed} {speaker} {number}")
        mel = self.corpus.references[speaker][recording]
        mel = crop(mel, min(chance.randint(*KEPT_REFERENCE_FRAMES), len(mel)), chance)
        if chance.random() < self.reference_noise:
            mel = with_noise(mel, chance, encoders.config.audio.log_floor)
        device = next(encoders.parameters()).device
        return voice_of(encoders, [torch.from_numpy(mel.copy()).to(device)], self.calibration)


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    """Whether two modules of one shape are equal."""
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def voices_of(
    corpus: AlignedCorpus, calibration: Calibration | None, reference_noise: float = 0.0, seed: int = 0
) -> Voices:
    """How voices of a corpus are drawn for a model with this calibration."""
    if calibration is None:
        return FreshVoices(corpus, reference_noise)
    return KeptVoices(corpus, calibration, reference_noise, seed)
