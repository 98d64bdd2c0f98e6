"""Sentences to speak or already spoken, with the voices to compare them with."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ..audio.speech import SAMPLE_RATE
from ..data.cache import trim_and_level
from ..data.utterances import ListError, Utterance, read_table, read_utterances

# Long enough for a voice to show, short enough for the recogniser.
SENTENCE_SECONDS = (3.0, 9.0)
REFERENCE_SECONDS = (5.0, 10.0)
# Recordings of a speaker whose mean stands for him, beside the reference.
OTHERS, OTHER_SECONDS = 8, (3.0, 10.0)


@dataclass(frozen=True)
class Sentence:
    """A text to speak, the voice to speak it in, and the recording where there is one."""

    name: str
    speaker: str
    text: str
    reference: Path
    recording: np.ndarray | None


@dataclass(frozen=True)
class Task:
    """What an evaluation speaks, and a reference recording of each of its speakers; where the speech has them,
    other recordings of each to compare with, and what is left of his utterances, to learn him from."""

    sentences: list[Sentence]
    references: dict[str, Path]
    others: dict[str, list[Path]] = field(default_factory=dict)
    spare: dict[str, list[Utterance]] = field(default_factory=dict)


def read_speech(path: Path) -> np.ndarray:
    """A recording at 16 kHz, mixed to one channel."""
    try:
        wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ListError(f"{path} cannot be read as a recording: {error}") from error
    return soxr.resample(wave.mean(axis=1), rate, SAMPLE_RATE)


def clean_speech(path: Path) -> np.ndarray:
    """A recording, trimmed and levelled as the training data are."""
    return trim_and_level(read_speech(path), SAMPLE_RATE).astype(np.float32)


def speaking_task(source: Path, per_speaker: int, most_speakers: int | None, seed: int) -> Task:
    """Sentences of the speakers of a list or folder, each with a reference that is another recording."""
    chance = random.Random(seed)
    of_speaker: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in read_utterances(source):
        of_speaker[utterance.speaker].append(utterance)
    speakers = sorted(of_speaker)
    if most_speakers is not None and most_speakers < len(speakers):
        speakers = sorted(chance.sample(speakers, most_speakers))
    task = Task([], {})
    for speaker in speakers:
        own = of_speaker[speaker]
        chance.shuffle(own)
        seconds = {utterance.name: _seconds(utterance.path) for utterance in own}

        def within(limits: tuple[float, float], own=own, seconds=seconds) -> list[Utterance]:
            return [utterance for utterance in own if limits[0] <= seconds[utterance.name] <= limits[1]]

        reference = next(iter(within(REFERENCE_SECONDS)), None)
        if reference is None:
            raise ListError(f"speaker {speaker} has no recording of {_range(REFERENCE_SECONDS)} as a reference")
        fitting = [u for u in within(SENTENCE_SECONDS) if u is not reference and any(map(str.isalpha, u.text))]
        if not fitting:
            raise ListError(f"speaker {speaker} has no other recording of {_range(SENTENCE_SECONDS)} with a text")
        task.references[speaker] = reference.path
        for utterance in fitting[:per_speaker]:
            recording = clean_speech(utterance.path)
            task.sentences.append(Sentence(utterance.name, speaker, utterance.text, reference.path, recording))
        used = [reference, *fitting[:per_speaker]]
        others = [utterance for utterance in within(OTHER_SECONDS) if utterance not in used][:OTHERS]
        task.others[speaker] = [utterance.path for utterance in others]
        task.spare[speaker] = [utterance for utterance in own if utterance not in [*used, *others]]
    return task


def finished_task(path: Path) -> tuple[Task, dict[str, np.ndarray]]:
    """The sentences of a table of finished recordings, and the waveform of each.

    Columns: `wav`, `text`, `reference`, and where known `recording` and `speaker`; paths are relative to
    the table. Speakers are told apart by their references where the column is missing.
    """
    sentences, waves, references = [], {}, {}
    for row in read_table(path, ("wav", "text", "reference")):
        wav, reference = path.parent / row["wav"], path.parent / row["reference"]
        recording = clean_speech(path.parent / row["recording"]) if row.get("recording") else None
        speaker = row.get("speaker") or row["reference"]
        if row["wav"] in waves:
            raise ListError(f"{path} has {row['wav']} twice")
        sentences.append(Sentence(row["wav"], speaker, row["text"], reference, recording))
        waves[row["wav"]] = read_speech(wav)
        references.setdefault(speaker, reference)
    return Task(sentences, references), waves


def _seconds(path: Path) -> float:
    try:
        return soundfile.info(path).duration
    except (soundfile.LibsndfileError, OSError) as error:
        raise ListError(f"{path} cannot be read as a recording: {error}") from error


def _range(limits: tuple[float, float]) -> str:
    return f"{limits[0]:g} to {limits[1]:g} seconds"
