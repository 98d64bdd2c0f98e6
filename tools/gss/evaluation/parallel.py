"""Measures of speech against a recording of the same sentence.

Both are cut into frames of 16 ms and paired by dynamic time warping on their mel cepstra. Mel-cepstral
distortion is that of Kubichek (1993), without the zeroth coefficient: the root mean square difference,
in dB, of the smoothed log-mel spectra. Pitch is compared where both are voiced.
"""

from __future__ import annotations

from dataclasses import dataclass

import librosa
import numpy as np
import pyworld
import scipy.fft
import torch

from ..audio.mel import log_mel
from ..config import AudioConfig

COEFFICIENTS = 24
# Of a loud voice this lies at hearing's edge: quieter detail must not count.
QUIET_MEL = -7.5
# Fewer frames than this, voiced in both, say nothing about the pitch.
LEAST_VOICED = 10


@dataclass(frozen=True)
class Parallel:
    """Distortion in dB; root mean square error of the pitch in semitones and its correlation, both None
    where too little is voiced."""

    mcd: float
    f0_error: float | None
    f0_correlation: float | None


def mel_cepstra(wave: np.ndarray, audio: AudioConfig) -> np.ndarray:
    """Coefficients 1 to `COEFFICIENTS` [frames, coefficients] of log|S| = sum c_m cos(m w) over the mels."""
    mel = log_mel(torch.from_numpy(np.asarray(wave, dtype=np.float32)), audio).numpy().T
    spectrum = scipy.fft.dct(np.maximum(mel, QUIET_MEL), axis=1, norm="ortho")
    return spectrum[:, 1 : COEFFICIENTS + 1] * np.sqrt(2.0 / audio.n_mels)


def pitch(wave: np.ndarray, audio: AudioConfig) -> np.ndarray:
    """Fundamental frequency in Hz at each hop; 0 where unvoiced."""
    samples = np.asarray(wave, dtype=np.float64)
    period = 1000.0 * audio.hop_length / audio.sample_rate
    rough, times = pyworld.dio(samples, audio.sample_rate, frame_period=period)
    return pyworld.stonemask(samples, rough, times, audio.sample_rate)


def pitch_difference(made: np.ndarray, real: np.ndarray) -> tuple[float | None, float | None]:
    """Error in semitones and correlation of paired pitches in Hz, where both are voiced."""
    voiced = (made > 0) & (real > 0)
    if voiced.sum() < LEAST_VOICED:
        return None, None
    a, b = 12.0 * np.log2(made[voiced]), 12.0 * np.log2(real[voiced])
    error = float(np.sqrt(np.mean((a - b) ** 2)))
    moves = a.std() > 0 and b.std() > 0
    return error, float(np.corrcoef(a, b)[0, 1]) if moves else None


def compare(made: np.ndarray, real: np.ndarray, audio: AudioConfig) -> Parallel:
    """How far one waveform is from another that says the same."""
    cepstra = [mel_cepstra(wave, audio) for wave in (made, real)]
    _, path = librosa.sequence.dtw(cepstra[0].T, cepstra[1].T, metric="euclidean")
    i, j = path[::-1].T
    distances = np.linalg.norm(cepstra[0][i] - cepstra[1][j], axis=1)
    mcd = float(10.0 * np.sqrt(2.0) / np.log(10.0) * distances.mean())
    pitches = [pitch(wave, audio) for wave in (made, real)]
    error, correlation = pitch_difference(pitches[0][i], pitches[1][j])
    return Parallel(mcd, error, correlation)
