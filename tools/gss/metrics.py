"""What the project measures speech by: character error rate, speaker similarity and length.

The recogniser is pocketsphinx with its stock US English model, the speaker encoder Resemblyzer;
both are fixed so that figures stay comparable from one version to the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pocketsphinx
from resemblyzer import VoiceEncoder, preprocess_wav

SAMPLE_RATE = 16000


def normalise(text: str) -> str:
    """Lower-case letters, digits, apostrophes and single spaces: what an error rate compares."""
    return " ".join(re.sub(r"[^a-z0-9' ]+", " ", text.lower().replace("’", "'")).split())


def edit_distance(said: str, heard: str) -> int:
    """Smallest number of insertions, deletions and substitutions between two strings."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


class Recogniser:
    """Speech at 16 kHz to text."""

    def __init__(self) -> None:
        self.decoder = pocketsphinx.Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")

    def transcribe(self, wave: np.ndarray) -> str:
        """The words heard in a waveform of -1..1; empty where there are none."""
        samples = np.round(np.clip(wave, -1.0, 1.0) * 32767.0).astype(np.int16)
        # A fresh cepstral mean: what was heard before must not change what is heard now.
        self.decoder.reinit_feat()
        self.decoder.start_utt()
        self.decoder.process_raw(samples.tobytes(), full_utt=True)
        self.decoder.end_utt()
        hypothesis = self.decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""


class SpeakerEncoder:
    """Speech at 16 kHz to a vector that tells speakers apart."""

    def __init__(self) -> None:
        self.encoder = VoiceEncoder("cpu", verbose=False)

    def embed(self, wave: np.ndarray) -> np.ndarray:
        """Unit vector of a waveform of -1..1."""
        return self.encoder.embed_utterance(preprocess_wav(wave.astype(np.float32), source_sr=SAMPLE_RATE))


@dataclass(frozen=True)
class Measurement:
    """One spoken sentence against its text, its reference voice and its recording."""

    name: str
    heard: str
    errors: int
    characters: int
    secs: float
    secs_other: float | None
    seconds: float
    length_ratio: float | None


def summary(measurements: list[Measurement]) -> dict[str, float | int | None]:
    """CER in percent over all characters, mean SECS times 100, and mean length ratio."""

    def mean(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None

    secs = np.array([m.secs for m in measurements]) * 100.0
    others = mean([m.secs_other for m in measurements])
    return {
        "sentences": len(measurements),
        "cer": 100.0 * sum(m.errors for m in measurements) / sum(m.characters for m in measurements),
        "secs": float(secs.mean()),
        "secs_interval": float(1.96 * secs.std(ddof=1) / len(secs) ** 0.5) if len(secs) > 1 else None,
        "secs_other": None if others is None else 100.0 * others,
        "length_ratio": mean([m.length_ratio for m in measurements]),
    }
