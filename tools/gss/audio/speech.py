"""Waveforms that systems make of sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Of all speech that is measured, and of the models.
SAMPLE_RATE = 16000


@dataclass(frozen=True)
class Speech:
    """A waveform at 16 kHz, and the seconds that its making took, without loading; None: not measured."""

    wave: np.ndarray
    elapsed: float | None = None
