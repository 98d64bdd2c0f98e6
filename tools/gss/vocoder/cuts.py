"""Cuts of speech to train a vocoder on: real speech with its mel, or with the mel that the model made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..config import AudioConfig
from ..mel import log_mel

# Frames at either end of a cut whose windows would reach beyond it: (n_fft - hop) / 2 samples.
MARGIN = 2
# Names of what `gss.vocoder.generated` writes.
GENERATED_MELS, GENERATED_AUDIO = "generated.mel.npy", "generated.audio.npy"


class Cuts:
    """Random cuts of all recordings, at random levels; the share `generated_share` of them of the mels in
    the folder `generated`, at the level of the recording."""

    def __init__(
        self,
        cache: Path,
        lists: list[str],
        audio: AudioConfig,
        frames: int,
        generated: Path | None,
        generated_share: float,
        seed: int,
    ) -> None:
        self.waves = [np.load(cache / f"{name}.audio.npy", mmap_mode="r") for name in lists]
        self.shares = np.array([len(wave) for wave in self.waves], dtype=float)
        self.shares /= self.shares.sum()
        self.audio, self.frames, self.generated_share = audio, frames, generated_share
        self.chance = np.random.default_rng(seed)
        if generated is not None:
            self.made_mels = np.load(generated / GENERATED_MELS, mmap_mode="r")
            self.made_waves = np.load(generated / GENERATED_AUDIO, mmap_mode="r")
            if len(self.made_waves) != len(self.made_mels) * audio.hop_length:
                raise SystemExit(f"the mels and the audio in {generated} do not fit together")
        shortest = min(map(len, self.waves))
        if shortest <= (frames + 2 * MARGIN) * audio.hop_length:
            raise SystemExit("a list of the cache is shorter than a single cut")

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """Mel [size, n_mels, frames] and the audio [size, samples] that it describes."""
        pairs = [self._made() if self.chance.random() < self.generated_share else self._real() for _ in range(size)]
        mels, waves = zip(*pairs, strict=True)
        return torch.stack(mels), torch.stack(waves)

    def _real(self) -> tuple[Tensor, Tensor]:
        hop = self.audio.hop_length
        samples = (self.frames + 2 * MARGIN) * hop
        wave = self.waves[self.chance.choice(len(self.waves), p=self.shares)]
        start = self.chance.integers(len(wave) - samples)
        # Recordings are levelled; other levels, 9 dB down to 3 dB up, keep the vocoder general.
        gain = 10.0 ** (self.chance.uniform(-9.0, 3.0) / 20.0)
        cut = torch.from_numpy(wave[start : start + samples].astype(np.float32) / 32768.0 * gain).clamp(-1.0, 1.0)
        return log_mel(cut, self.audio)[:, MARGIN:-MARGIN], cut[MARGIN * hop : -MARGIN * hop]

    def _made(self) -> tuple[Tensor, Tensor]:
        hop = self.audio.hop_length
        start = self.chance.integers(len(self.made_mels) - self.frames + 1)
        mel = self.made_mels[start : start + self.frames].T.astype(np.float32)
        wave = self.made_waves[start * hop : (start + self.frames) * hop].astype(np.float32) / 32768.0
        return torch.from_numpy(np.ascontiguousarray(mel)), torch.from_numpy(wave)

    def state(self) -> dict[str, Any]:
        """Where the random cuts are."""
        return self.chance.bit_generator.state

    def resume(self, state: dict[str, Any]) -> None:
        """Goes on with the cuts where `state` was taken."""
        self.chance.bit_generator.state = state
