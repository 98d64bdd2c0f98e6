"""Log-mel spectrogram: HiFi-GAN's recipe (reflect padding, no centring, Slaney mels, natural log)."""

from __future__ import annotations

from functools import lru_cache

import librosa
import torch

from ..config import AudioConfig


@lru_cache
@torch.inference_mode(False)
def mel_basis(sample_rate: int, n_fft: int, n_mels: int, fmin: float, fmax: float) -> torch.Tensor:
    """Slaney-scale, area-normalised triangular filters [n_mels, n_fft / 2 + 1].

    Kept for whoever asks next, so never an inference tensor: those can take no part in training.
    """
    return torch.from_numpy(librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax))


def log_mel(wave: torch.Tensor, audio: AudioConfig) -> torch.Tensor:
    """Waveform [..., samples] in -1..1 to log-mel [..., n_mels, samples // hop_length]."""
    pad = (audio.n_fft - audio.hop_length) // 2
    flat = wave.reshape(-1, wave.shape[-1])
    padded = torch.nn.functional.pad(flat[:, None], (pad, pad), mode="reflect")[:, 0]
    window = torch.hann_window(audio.win_length, dtype=wave.dtype, device=wave.device)
    spectrum = torch.stft(
        padded, audio.n_fft, audio.hop_length, audio.win_length, window, center=False, return_complex=True
    )
    # 1e-9 under the root keeps the gradient finite in digital silence.
    magnitude = torch.sqrt(spectrum.real**2 + spectrum.imag**2 + 1e-9)
    basis = mel_basis(audio.sample_rate, audio.n_fft, audio.n_mels, audio.fmin, audio.fmax).to(magnitude)
    mel = torch.log(torch.clamp(basis @ magnitude, min=audio.log_floor))
    return mel.reshape(*wave.shape[:-1], *mel.shape[-2:])
