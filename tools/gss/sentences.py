"""Sentences to speak or already spoken, with the voices to compare them with."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from .data import trim_and_level
from .metrics import SAMPLE_RATE

# Long enough for a voice to show, short enough for the recogniser.
SENTENCE_SECONDS = (3.0, 9.0)
REFERENCE_SECONDS = (5.0, 10.0)


@dataclass(frozen=True)
class Sentence:
    """A text to speak, the voice to speak it in, and the recording where there is one."""

    name: str
    text: str
    reference: np.ndarray
    other: np.ndarray | None
    recording: np.ndarray | None


def read_speech(path: Path) -> np.ndarray:
    """A recording at 16 kHz, mixed to one channel."""
    wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(wave.mean(axis=1), rate, SAMPLE_RATE)


def corpus_sentences(corpus: Path, per_speaker: int, seed: int, known: set[str] | None = None) -> list[Sentence]:
    """Sentences of every development speaker, each with a reference that is another recording.

    `known` limits the utterances to those whose phones are known.
    """
    with open(corpus / "dev.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if known is not None:
        rows = [row for row in rows if row["utterance"] in known]
    speakers = sorted({row["speaker"] for row in rows})
    chance = random.Random(seed)

    def load(row: dict) -> np.ndarray:
        return trim_and_level(read_speech(corpus / row["path"]), SAMPLE_RATE).astype(np.float32)

    chosen: dict[str, tuple[dict, list[dict]]] = {}
    for speaker in speakers:
        own = [row for row in rows if row["speaker"] == speaker]
        chance.shuffle(own)
        low, high = REFERENCE_SECONDS
        reference = next(row for row in own if low <= float(row["seconds"]) <= high)
        low, high = SENTENCE_SECONDS
        fitting = [row for row in own if row is not reference and low <= float(row["seconds"]) <= high]
        chosen[speaker] = (reference, fitting[:per_speaker])
    references = {speaker: load(reference) for speaker, (reference, _) in chosen.items()}
    sentences = []
    for index, speaker in enumerate(speakers):
        other = references[speakers[(index + 1) % len(speakers)]]
        for row in chosen[speaker][1]:
            sentences.append(Sentence(row["utterance"], row["text"], references[speaker], other, load(row)))
    return sentences


def manifest_sentences(path: Path) -> list[tuple[Sentence, np.ndarray]]:
    """The sentences of a manifest, each with its finished recording."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    spoken = []
    for row in rows:
        recording = read_speech(path.parent / row["recording"]) if row.get("recording") else None
        reference = read_speech(path.parent / row["reference"])
        sentence = Sentence(Path(row["wav"]).stem, row["text"], reference, None, recording)
        spoken.append((sentence, read_speech(path.parent / row["wav"])))
    return spoken
