"""What a pitch looks like in a mel spectrogram: the input through which a score network follows a melody.

For a voiced frame: the log-mel of a train of equal pulses at its pitch, less the mean of that over all
pitches, so that what is left shows where the harmonics lie and vanishes where bands are wider than their
distance; then 1, and the pitch in octaves above `REFERENCE_HZ`. For an unvoiced frame: zeros.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ..config import AudioConfig
from .mel import mel_basis

# Pitches of the table, evenly spaced in octaves: 12 cents apart, less than a tracker's error.
LOWEST_HZ, HIGHEST_HZ, PITCHES = 55.0, 550.0, 334
REFERENCE_HZ = 150.0
# Between harmonics the pulses' spectrum has no energy at all; -30 dB is what recordings keep there.
GAP = 0.03


def _hann_lobe(bins: np.ndarray) -> np.ndarray:
    """Magnitude of a Hann window's spectrum at a distance in bins: 1 at 0, 1/2 at 1, 0 from 2 on (side lobes,
    below -31 dB, are left out)."""
    x = np.abs(bins)
    with np.errstate(divide="ignore", invalid="ignore"):
        lobe = np.sinc(x) / (1.0 - x * x)
    return np.where(np.isclose(x, 1.0), 0.5, np.where(x < 2.0, lobe, 0.0))


@lru_cache
@torch.inference_mode(False)
def harmonic_table(audio: tuple[int, int, int, int, float, float]) -> Tensor:
    """[PITCHES, n_mels] for (sample_rate, n_fft, win_length, n_mels, fmin, fmax)."""
    sample_rate, n_fft, win_length, n_mels, fmin, fmax = audio
    basis = mel_basis(sample_rate, n_fft, n_mels, fmin, fmax).double().numpy()
    frequencies = np.arange(n_fft // 2 + 1) * sample_rate / n_fft
    rows = []
    for pitch in LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** (np.arange(PITCHES) / (PITCHES - 1)):
        harmonics = pitch * np.arange(1, int(sample_rate / 2 / pitch) + 1)
        distances = (frequencies[:, None] - harmonics) * win_length / sample_rate
        # Each pulse train has the same power, however many harmonics share it.
        rows.append(np.log(basis @ (_hann_lobe(distances).max(axis=1) + GAP)))
    table = np.stack(rows)
    return torch.from_numpy(table - table.mean(axis=0)).float()


def table_of(audio: AudioConfig) -> Tensor:
    """The table of a model's mels."""
    return harmonic_table((audio.sample_rate, audio.n_fft, audio.win_length, audio.n_mels, audio.fmin, audio.fmax))


def pitch_inputs(hertz: Tensor, audio: AudioConfig) -> Tensor:
    """Pitches [..., frames] in Hz, 0 where unvoiced, to [..., frames, n_mels + 2]."""
    voiced = hertz > 0
    octaves = torch.log2(hertz.clamp(min=LOWEST_HZ, max=HIGHEST_HZ) / LOWEST_HZ)
    place = (octaves * ((PITCHES - 1) / math.log2(HIGHEST_HZ / LOWEST_HZ))).round().long()
    height = octaves - math.log2(REFERENCE_HZ / LOWEST_HZ)
    inputs = torch.cat(
        [table_of(audio).to(hertz.device)[place], torch.ones_like(height)[..., None], height[..., None]], -1
    )
    return inputs * voiced[..., None]


def level_of(hertz: np.ndarray) -> float:
    """The level of a voice: the mean pitch of the voiced frames within 0.6 octaves of the most frequent one, in
    octaves above `REFERENCE_HZ`; 0 where none is. Who reads in two voices has that of the greater part."""
    octaves = np.log2(hertz[hertz > 0] / REFERENCE_HZ)
    if len(octaves) == 0:
        return 0.0
    places = octaves.min() + np.arange(int((octaves.max() - octaves.min()) * 48) + 1) / 48
    # A kernel of four semitones, as in `src/audio/pitch_level.rs`.
    density = np.exp(-0.5 * ((octaves - places[:, None]) / 0.35) ** 2).sum(axis=1)
    return float(octaves[np.abs(octaves - places[density.argmax()]) < 0.6].mean())


def contour(log_odds: Tensor, octaves: Tensor, level: float, intonation: float, semitones: float = 0.0) -> Tensor:
    """The pitch [frames] in Hz that a predictor's output means, 0 where unvoiced: octaves above the `level` of the voice
    (octaves above `REFERENCE_HZ`), moved away from their mean over voiced frames by the factor `intonation`."""
    voiced = log_odds > 0
    if not voiced.any():
        return torch.zeros_like(octaves)
    mean = octaves[voiced].mean()
    moved = level + mean + intonation * (octaves - mean) + semitones / 12.0
    hertz = REFERENCE_HZ * torch.exp2(moved)
    return torch.where(voiced, hertz.clamp(LOWEST_HZ, HIGHEST_HZ), 0.0)
