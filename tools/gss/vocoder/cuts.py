"""Cuts of speech to train a vocoder on: real speech with its mel, or with the mel that the model made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..audio.mel import log_mel
from ..config import AudioConfig
from .pitch import STEP, pitch_file

# Frames at either end of a cut whose windows would reach beyond it: (n_fft - hop) / 2 samples.
MARGIN = 2
# Names of what `gss.vocoder.generated` writes.
GENERATED_MELS, GENERATED_AUDIO = "generated.mel.npy", "generated.audio.npy"
GENERATED = "generated"


@dataclass(frozen=True)
class CutBatch:
    """Mels [size, n_mels, frames], the audio [size, samples] that they describe, and its pitch in Hz
    [size, samples // STEP + 1], 0 where unvoiced, where the cuts have it."""

    mel: Tensor
    audio: Tensor
    pitch: Tensor | None

    def to(self, device: torch.device) -> CutBatch:
        """The same on another device; the pitch stays on the processor."""
        return CutBatch(self.mel.to(device), self.audio.to(device), self.pitch)


class Cuts:
    """Random cuts of all recordings, at random levels; the share `generated_share` of them of the mels in
    the folder `generated`, at the level of the recording. `pitched` cuts come with their pitch."""

    def __init__(
        self,
        cache: Path,
        lists: list[str],
        audio: AudioConfig,
        frames: int,
        generated: Path | None,
        generated_share: float,
        seed: int,
        pitched: bool = False,
    ) -> None:
        self.waves = [np.load(cache / f"{name}.audio.npy", mmap_mode="r") for name in lists]
        self.shares = np.array([len(wave) for wave in self.waves], dtype=float)
        self.shares /= self.shares.sum()
        self.audio, self.frames, self.generated_share = audio, frames, generated_share
        self.chance = np.random.default_rng(seed)
        self.pitches = [_pitch(cache, name, len(wave)) for name, wave in zip(lists, self.waves)] if pitched else None
        if generated is not None:
            self.made_mels = np.load(generated / GENERATED_MELS, mmap_mode="r")
            self.made_waves = np.load(generated / GENERATED_AUDIO, mmap_mode="r")
            if len(self.made_waves) != len(self.made_mels) * audio.hop_length:
                raise SystemExit(f"the mels and the audio in {generated} do not fit together")
            self.made_pitch = _pitch(generated, GENERATED, len(self.made_waves)) if pitched else None
        shortest = min(map(len, self.waves))
        if shortest <= (frames + 2 * MARGIN) * audio.hop_length:
            raise SystemExit("a list of the cache is shorter than a single cut")

    def batch(self, size: int) -> CutBatch:
        """So many cuts."""
        cuts = [self._made() if self.chance.random() < self.generated_share else self._real() for _ in range(size)]
        mels, waves, pitches = zip(*cuts, strict=True)
        pitched = self.pitches is not None
        return CutBatch(torch.stack(mels), torch.stack(waves), torch.stack(pitches) if pitched else None)

    def _real(self) -> tuple[Tensor, Tensor, Tensor | None]:
        hop = self.audio.hop_length
        samples = (self.frames + 2 * MARGIN) * hop
        which = self.chance.choice(len(self.waves), p=self.shares)
        wave = self.waves[which]
        start = self.chance.integers((len(wave) - samples) // STEP) * STEP
        # Recordings are levelled; other levels, 9 dB down to 3 dB up, keep the vocoder general.
        gain = 10.0 ** (self.chance.uniform(-9.0, 3.0) / 20.0)
        cut = torch.from_numpy(wave[start : start + samples].astype(np.float32) / 32768.0 * gain).clamp(-1.0, 1.0)
        pitch = self._pitch_of(self.pitches and self.pitches[which], start + MARGIN * hop)
        return log_mel(cut, self.audio)[:, MARGIN:-MARGIN], cut[MARGIN * hop : -MARGIN * hop], pitch

    def _made(self) -> tuple[Tensor, Tensor, Tensor | None]:
        hop = self.audio.hop_length
        # The pitch at the end of a cut is that at the beginning of the frame after it.
        start = self.chance.integers(len(self.made_mels) - self.frames)
        mel = self.made_mels[start : start + self.frames].T.astype(np.float32)
        wave = self.made_waves[start * hop : (start + self.frames) * hop].astype(np.float32) / 32768.0
        pitch = self._pitch_of(self.pitches and self.made_pitch, start * hop)
        return torch.from_numpy(np.ascontiguousarray(mel)), torch.from_numpy(wave), pitch

    def _pitch_of(self, pitch: np.ndarray | None, start: int) -> Tensor | None:
        """From the first sample of a cut to its end, both included."""
        first = start // STEP
        steps = self.frames * self.audio.hop_length // STEP
        return None if pitch is None else torch.from_numpy(pitch[first : first + steps + 1].copy())

    def state(self) -> dict[str, Any]:
        """Where the random cuts are."""
        return self.chance.bit_generator.state

    def resume(self, state: dict[str, Any]) -> None:
        """Goes on with the cuts where `state` was taken."""
        self.chance.bit_generator.state = state


def _pitch(folder: Path, name: str, samples: int) -> np.ndarray:
    """The pitch of a list's audio."""
    path = pitch_file(folder, name)
    if not path.is_file():
        raise SystemExit(f"{path} is missing: python -m gss.vocoder.pitch writes it")
    pitch = np.load(path, mmap_mode="r")
    if len(pitch) != samples // STEP:
        raise SystemExit(f"{path} does not fit the audio beside it: write it again with python -m gss.vocoder.pitch")
    return pitch
