"""What the project measures speech by: a speaker encoder (Resemblyzer), the distance of texts, DNSMOS."""

from __future__ import annotations

import re

import numpy as np
from resemblyzer import VoiceEncoder, preprocess_wav

from ..audio.speech import SAMPLE_RATE


def normalise(text: str) -> str:
    """Lower-case letters, digits, apostrophes and single spaces: what an error rate compares."""
    return " ".join(re.sub(r"[^a-z0-9' ]+", " ", text.lower().replace("’", "'")).split())


def edit_distance(said: str | list[str], heard: str | list[str]) -> int:
    """Smallest number of insertions, deletions and substitutions between two strings, or two lists of words."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


class SpeakerEncoder:
    """Speech at 16 kHz to a vector that tells speakers apart."""

    def __init__(self) -> None:
        self.encoder = VoiceEncoder("cpu", verbose=False)

    def embed(self, wave: np.ndarray) -> np.ndarray:
        """Unit vector of a waveform of -1..1."""
        return self.encoder.embed_utterance(preprocess_wav(wave.astype(np.float32), source_sr=SAMPLE_RATE))


def dnsmos(wave: np.ndarray) -> tuple[float, float]:
    """What DNSMOS (Reddy et al., arXiv 2110.01763) expects listeners to say of a waveform at 16 kHz, 1 to 5: overall
    and of the signal."""
    from speechmos import dnsmos as model

    scores = model.run(np.clip(wave, -1.0, 1.0).astype(np.float32), SAMPLE_RATE)
    return float(scores["ovrl_mos"]), float(scores["sig_mos"])
