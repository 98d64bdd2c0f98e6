"""Pitch: of recordings, for the source-filter vocoder to learn from, and out of what it has learnt.

    python -m gss.vocoder.pitch CACHE train voices extra

writes `CACHE/LIST.pitch.npy`: the fundamental frequency in Hz at every `STEP` samples of `LIST.audio.npy`,
0 where unvoiced, by DIO and StoneMask (Morise et al., 2009; Morise, 2010) as pyworld has them.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyworld
import torch
from torch import Tensor

from ..data.cache import cache_audio
from ..data.npy import NpyWriter

# Samples from one value to the next.
STEP = 128
# What the trackers look at in one go, in steps: half a minute at 16 kHz.
STRETCH = 4000
# Where speech without a voiced frame is taken to be: anywhere, its pulses are silent.
ANY_PITCH = 120.0
# Nats that a movement by one bin costs in `PitchScale.contour`.
MOVEMENT = 0.25
# Bins on either side of the best one that take part in the pitch between the bins.
NEIGHBOURS = 3


def pitch_file(folder: Path, name: str) -> Path:
    """Where the pitch of a list's audio lies."""
    return folder / f"{name}.pitch.npy"


def track(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Pitch in Hz at every `STEP` samples of 16-bit audio, 0 where unvoiced: [samples // STEP]."""
    # The trackers divide by the power of what they see: digital silence has none.
    samples = wave.astype(np.float64) / 32768.0 + 1e-5 * np.random.default_rng(0).standard_normal(len(wave))
    period = 1000.0 * STEP / sample_rate
    rough, times = pyworld.dio(samples, sample_rate, f0_floor=60.0, f0_ceil=500.0, frame_period=period, speed=2)
    return pyworld.stonemask(samples, rough, times, sample_rate)[: len(wave) // STEP].astype(np.float32)


def write_pitch(audio: Path, output: Path, sample_rate: int) -> None:
    """Tracks a whole file of audio, stretch by stretch."""
    if not audio.is_file():
        raise SystemExit(f"{audio} is missing: python -m gss.data.cache writes the lists of a cache")
    waves = np.load(audio, mmap_mode="r")
    with NpyWriter(output, np.float32) as file:
        for start in range(0, len(waves), STRETCH * STEP):
            file.append(track(waves[start : start + STRETCH * STEP], sample_rate))


def unbroken(pitch: Tensor) -> Tensor:
    """The pitch [batch, n] with straight lines through what is unvoiced."""
    rows = []
    for row in pitch.numpy():
        voiced = np.flatnonzero(row > 0)
        if len(voiced) == 0:
            rows.append(np.full_like(row, ANY_PITCH))
        else:
            rows.append(np.interp(np.arange(len(row)), voiced, row[voiced]).astype(np.float32))
    return torch.from_numpy(np.stack(rows))


def at_middles(points: Tensor, pieces: int, nearest: bool = False) -> Tensor:
    """Values [batch, pieces] in the middle of each of so many equal pieces of a stretch, of points [batch, n]
    from its beginning to its end; between points by a straight line, or that of the nearest one (`nearest`)."""
    place = (torch.arange(pieces) + 0.5) * ((points.shape[1] - 1) / pieces)
    if nearest:
        return points[:, place.round().long()]
    lower = place.floor()
    values = points[:, lower.long()]
    return values + (place - lower) * (points[:, place.ceil().long()] - values)


@dataclass(frozen=True)
class PitchScale:
    """`bins` pitches from `lowest` (Hz) on, `cents` apart."""

    bins: int
    lowest: float
    cents: float

    def hertz(self, position: Tensor | np.ndarray) -> Tensor | np.ndarray:
        """The pitch at a bin, or between two."""
        return self.lowest * 2.0 ** (position * (self.cents / 1200.0))

    def classes(self, pitch: Tensor) -> Tensor:
        """What a network is to answer: 0 where unvoiced, else one more than the nearest bin."""
        position = 1200.0 / self.cents * torch.log2(pitch.clamp_min(self.lowest) / self.lowest)
        return torch.where(pitch > 0, position.round().long().clamp(0, self.bins - 1) + 1, 0)

    def contour(self, logits: Tensor) -> np.ndarray:
        """Pitch in Hz of every frame, of logits [1 + bins, frames] for unvoiced and for every bin.

        The likeliest path (Viterbi), where a movement by one bin costs `MOVEMENT`. An unvoiced frame says
        nothing about its pitch, so that the path goes on through it.
        """
        shares = torch.softmax(logits.double(), 0).numpy()
        likely = shares[1:] + shares[:1] / self.bins
        bins = np.arange(self.bins)
        cost = -MOVEMENT * np.abs(bins[:, None] - bins)
        score, origins = np.log(likely[:, 0]), []
        for frame in np.log(likely).T[1:]:
            reached = score[None, :] + cost
            origins.append(reached.argmax(1))
            score = reached[bins, origins[-1]] + frame
        path = [int(score.argmax())]
        for origin in reversed(origins):
            path.append(int(origin[path[-1]]))
        positions = np.empty(len(path))
        for frame, best in enumerate(reversed(path)):
            near = slice(max(0, best - NEIGHBOURS), best + NEIGHBOURS + 1)
            positions[frame] = np.average(bins[near], weights=likely[near, frame])
        return self.hertz(positions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("lists", nargs="+")
    arguments = parser.parse_args()
    sample_rate = cache_audio(arguments.cache).sample_rate
    for name in arguments.lists:
        write_pitch(arguments.cache / f"{name}.audio.npy", pitch_file(arguments.cache, name), sample_rate)
        pitch = np.load(pitch_file(arguments.cache, name), mmap_mode="r")
        print(f"{name}: {len(pitch) * STEP / sample_rate / 3600:.2f} h, {100 * np.mean(pitch > 0):.0f} % voiced")


if __name__ == "__main__":
    main()
