"""Aligned speech for training: segments of at most ten seconds, cut at pauses, and style references."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import torch

from ..phones import PAUSES, SYMBOL_IDS
from .cache import Corpus

MAX_FRAMES = 640
MIN_FRAMES = 48
# Alignments in which the chosen path has less probability than this are wrong transcripts or noise.
MIN_PROBABILITY = 0.5
# A segment that ends at a pause keeps this much of it, as a trimmed recording does.
FINAL_PAUSE_FRAMES = 2


@dataclass
class Segment:
    """A stretch of an utterance: tokens, frames of each token, log-mel [frames, n_mels], its first frame."""

    speaker: str
    utterance: str
    tokens: np.ndarray
    durations: np.ndarray
    mel: np.ndarray
    start: int = 0


def cut_at_pauses(symbols: list[str], durations: list[int], max_frames: int) -> list[tuple[int, int]]:
    """Token ranges of at most `max_frames` frames, each ending with a pause mark where one is near enough."""
    ranges, start = [], 0
    while start < len(symbols):
        frames, end, best = 0, start, None
        while end < len(symbols) and frames + durations[end] <= max_frames:
            frames += durations[end]
            end += 1
            if symbols[end - 1] in PAUSES:
                best = end
        if end == len(symbols):
            best = end
        if best is None:
            # No pause to cut at: skip to the next one.
            end = start
            while end < len(symbols) and symbols[end] not in PAUSES:
                end += 1
            start = end + 1
            continue
        ranges.append((start, best))
        start = best
    return ranges


def cut_segments(speaker: str, utterance: str, alignment: dict, mel: np.ndarray) -> list[Segment]:
    """The segments of an utterance that `training.aligner.align` has aligned; none where it fits badly."""
    if alignment["probability"] < MIN_PROBABILITY:
        return []
    symbols, frames = alignment["symbols"], np.array(alignment["durations"])
    starts = np.concatenate([[0], np.cumsum(frames)])
    segments = []
    for first, last in cut_at_pauses(symbols, frames.tolist(), MAX_FRAMES):
        if starts[last] - starts[first] < MIN_FRAMES:
            continue
        tokens = [SYMBOL_IDS[symbol] for symbol in symbols[first:last]]
        lengths = frames[first:last].copy()
        if symbols[last - 1] == ",":
            tokens[-1] = SYMBOL_IDS["."]
        lengths[-1] = min(lengths[-1], FINAL_PAUSE_FRAMES)
        part = mel[starts[first] : starts[first] + lengths.sum()]
        segments.append(Segment(speaker, utterance, np.array(tokens), lengths, part, int(starts[first])))
    return segments


@dataclass
class AlignedCorpus:
    """Segments of one list, and all mels of each speaker to draw style references from."""

    segments: list[Segment] = field(default_factory=list)
    references: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    reference_names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls, cache: Path, name: str, durations: Path | None) -> AlignedCorpus:
        corpus = Corpus.load(cache, name)
        alignments = json.loads(Path(durations).read_text()) if durations else {}
        result = cls()
        for index, entry in enumerate(corpus.entries):
            mel = corpus.mel(index)
            result.references[entry["speaker"]].append(mel)
            result.reference_names[entry["speaker"]].append(entry["utterance"])
            if alignment := alignments.get(entry["utterance"]):
                result.segments += cut_segments(entry["speaker"], entry["utterance"], alignment, mel)
        return result

    def add(self, other: AlignedCorpus) -> None:
        """Take in the segments and speakers of another list; no speaker may be in both."""
        self.segments += other.segments
        self.references |= other.references
        self.reference_names |= other.reference_names

    def keep_speakers(self, share: float) -> None:
        """Leaves only this share of the speakers, at least one; a smaller share is part of a larger one."""
        names = sorted(self.references)
        random.Random(0).shuffle(names)
        kept = set(names[: max(1, round(share * len(names)))])
        self.segments = [segment for segment in self.segments if segment.speaker in kept]
        for name in names:
            if name not in kept:
                del self.references[name], self.reference_names[name]

    def reference(self, speaker: str, other_than: str | None, frames: int, generator: random.Random) -> np.ndarray:
        """Random crop [frames, n_mels] of the speaker's speech, not from the utterance `other_than`
        where there is another; too short an utterance is repeated."""
        mels, names = self.references[speaker], self.reference_names[speaker]
        choice = generator.randrange(len(mels))
        if names[choice] == other_than:
            choice = (choice + 1) % len(mels)
        return crop(mels[choice], frames, generator)


def crop(mel: np.ndarray, frames: int, generator: random.Random) -> np.ndarray:
    if len(mel) < frames:
        mel = np.tile(mel, (-(-frames // len(mel)), 1))
    start = generator.randrange(len(mel) - frames + 1)
    return mel[start : start + frames]


def batches_by_length(segments: list[Segment], frames_per_batch: int, generator: random.Random) -> list[list[Segment]]:
    """All segments in batches of similar length, in random order."""
    ordered = sorted(segments, key=lambda segment: len(segment.mel) + generator.uniform(0, 40))
    batches, batch = [], []
    for segment in ordered:
        if batch and (len(batch) + 1) * len(segment.mel) > frames_per_batch:
            batches.append(batch)
            batch = []
        batch.append(segment)
    batches.append(batch)
    generator.shuffle(batches)
    return batches


@dataclass
class Batch:
    """Padded segments: tokens and durations [batch, tokens], mel [batch, frames, n_mels], masks."""

    tokens: torch.Tensor
    durations: torch.Tensor
    token_mask: torch.Tensor
    mel: torch.Tensor
    frame_mask: torch.Tensor
    token_of_frame: torch.Tensor

    @classmethod
    def of(cls, segments: list[Segment]) -> Batch:
        n = max(len(segment.tokens) for segment in segments)
        m = max(len(segment.mel) for segment in segments)
        n_mels = segments[0].mel.shape[1]
        batch = cls(
            torch.zeros(len(segments), n, dtype=torch.long),
            torch.zeros(len(segments), n, dtype=torch.long),
            torch.zeros(len(segments), n, dtype=torch.bool),
            torch.zeros(len(segments), m, n_mels),
            torch.zeros(len(segments), m, dtype=torch.bool),
            torch.zeros(len(segments), m, dtype=torch.long),
        )
        for row, segment in enumerate(segments):
            tokens, frames = len(segment.tokens), len(segment.mel)
            batch.tokens[row, :tokens] = torch.from_numpy(segment.tokens)
            batch.durations[row, :tokens] = torch.from_numpy(segment.durations)
            batch.token_mask[row, :tokens] = True
            batch.mel[row, :frames] = torch.from_numpy(np.array(segment.mel))
            batch.frame_mask[row, :frames] = True
            repeated = np.repeat(np.arange(tokens), segment.durations)
            batch.token_of_frame[row, :frames] = torch.from_numpy(repeated)
        return batch

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})

    def per_frame(self, states: torch.Tensor) -> torch.Tensor:
        """Token states [batch, tokens, channels] repeated for their frames; zero in padding."""
        index = self.token_of_frame[:, :, None].expand(-1, -1, states.shape[2])
        return states.gather(1, index) * self.frame_mask[:, :, None].to(states)
