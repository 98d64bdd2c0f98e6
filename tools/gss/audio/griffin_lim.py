"""Griffin-Lim: a waveform from a log-mel spectrogram without any weights, and its step alone.

The fast variant of Perraudin, Balazs and Sondergaard (2013), with momentum 0.99, on magnitudes
recovered from the mels by non-negative least squares.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..config import AudioConfig
from .mel import mel_basis

MOMENTUM = 0.99
INVERSION_STEPS = 100


def linear_magnitude(mel: Tensor, audio: AudioConfig) -> Tensor:
    """Magnitudes [n_fft/2+1, frames] whose mels come close to `mel` [n_mels, frames].

    Multiplicative updates (Lee and Seung, 2001) keep every magnitude non-negative.
    """
    basis = mel_basis(audio.sample_rate, audio.n_fft, audio.n_mels, audio.fmin, audio.fmax).to(mel)
    target = basis.T @ mel.exp()
    gram = basis.T @ basis
    magnitude = target.clone()
    for _ in range(INVERSION_STEPS):
        magnitude = magnitude * target / (gram @ magnitude).clamp_min(1e-12)
    return magnitude


class _Frames:
    """Windowed spectra of `log_mel`'s framing, and their least-squares inverse."""

    def __init__(self, audio: AudioConfig, frames: int, like: Tensor) -> None:
        self.n_fft, self.hop = audio.n_fft, audio.hop_length
        self.window = torch.hann_window(audio.win_length, dtype=like.dtype)
        self.samples = (frames - 1) * self.hop + self.n_fft
        weight = self._overlap_add(self.window.square()[:, None].expand(-1, frames))
        self.weight = weight.clamp_min(1e-4)

    def _overlap_add(self, columns: Tensor) -> Tensor:
        return F.fold(columns[None], (1, self.samples), (1, self.n_fft), stride=(1, self.hop)).flatten()

    def spectrum(self, wave: Tensor) -> Tensor:
        return torch.stft(wave, self.n_fft, self.hop, window=self.window, center=False, return_complex=True)

    def wave(self, spectrum: Tensor) -> Tensor:
        columns = torch.fft.irfft(spectrum, self.n_fft, dim=0) * self.window[:, None]
        return self._overlap_add(columns) / self.weight


def with_magnitudes(wave: Tensor, mel: Tensor, audio: AudioConfig) -> Tensor:
    """A waveform [frames * hop_length] with the magnitudes of a log-mel [n_mels, frames] and the phases of
    `wave`: one step of Griffin and Lim (1984), for a waveform that is nearly right."""
    margin = (audio.n_fft - audio.hop_length) // 2
    frames = _Frames(audio, mel.shape[-1], mel)
    padded = F.pad(wave[None, None], (margin, margin), "reflect")[0, 0]
    estimate = torch.polar(linear_magnitude(mel, audio), frames.spectrum(padded).angle())
    return frames.wave(estimate)[margin : margin + len(wave)]


def griffin_lim(mel: Tensor, audio: AudioConfig, iterations: int = 60, seed: int = 0) -> Tensor:
    """Waveform [frames * hop_length] of a log-mel spectrogram [n_mels, frames]."""
    magnitude = linear_magnitude(mel, audio)
    frames = _Frames(audio, mel.shape[-1], mel)
    generator = torch.Generator().manual_seed(seed)
    turns = torch.rand(magnitude.shape, generator=generator, dtype=mel.dtype)
    estimate = torch.polar(magnitude, 2.0 * torch.pi * turns)
    before = torch.zeros_like(estimate)
    for _ in range(iterations):
        rebuilt = frames.spectrum(frames.wave(estimate))
        leap = rebuilt + MOMENTUM * (rebuilt - before)
        estimate = torch.polar(magnitude, leap.angle())
        before = rebuilt
    # What log_mel's padding added on either side goes again.
    margin = (audio.n_fft - audio.hop_length) // 2
    return frames.wave(estimate)[margin : margin + mel.shape[-1] * audio.hop_length]
