"""Differentiable spectra for the vocoder's losses."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# A sinusoid of this amplitude (80 dB below full scale, some 57 dB below levelled speech) is where the
# losses stop looking: what is inaudible would otherwise weigh as much as the voice.
SILENCE = 1e-4
# The same in log-mels of 1024-sample windows.
SILENT_MEL = -7.5


def magnitude(audio: Tensor, n_fft: int, hop: int, window: Tensor) -> Tensor:
    """Magnitudes [batch, n_fft/2+1, frames] of audio [batch, samples], without padding."""
    spectrum = torch.stft(audio, n_fft, hop, window=window, center=False, return_complex=True)
    return torch.sqrt(spectrum.real.square() + spectrum.imag.square() + 1e-9)


class MultiResolutionLoss(nn.Module):
    """Spectral convergence plus L1 of log magnitudes, averaged over resolutions.

    Yamamoto, Song and Kim, "Parallel WaveGAN" (2020), with hops of a quarter window.
    """

    def __init__(self, sizes: tuple[int, ...] = (256, 512, 1024, 2048)) -> None:
        super().__init__()
        self.sizes = sizes
        for size in sizes:
            self.register_buffer(f"window{size}", torch.hann_window(size), persistent=False)

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        """Loss between waveforms [batch, samples]."""
        total = made.new_zeros(())
        for size in self.sizes:
            window = getattr(self, f"window{size}")
            a, b = (magnitude(F.pad(x, (size // 2, size // 2)), size, size // 4, window) for x in (made, real))
            # Over the whole batch: the ratio of a silent cut alone would drown all others.
            convergence = torch.linalg.vector_norm(a - b) / torch.linalg.vector_norm(b)
            floor = SILENCE * size / 4
            total = total + convergence + (a.clamp_min(floor).log() - b.clamp_min(floor).log()).abs().mean()
        return total / len(self.sizes)
