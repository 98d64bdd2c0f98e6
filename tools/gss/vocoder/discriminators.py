"""Discriminators for the vocoder's adversarial training; none of them ships.

`MultiPeriodDiscriminator` and `MultiScaleDiscriminator` are HiFi-GAN's (Kong et al., 2020), with a
width that can be lowered. `MultiResolutionDiscriminator` looks at magnitude spectrograms (after
UnivNet, Jang et al., 2021); with few channels it is the one that a CPU can afford.

Each maps audio [batch, samples] to a list with, for every sub-discriminator, its feature maps; the
last map holds the scores (real 1, made 0, least squares).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from .generator import SLOPE
from .spectral import magnitude

Features = list[Tensor]


def _features(layers: nn.ModuleList, x: Tensor) -> Features:
    """Every layer's output, leaky ReLU between the layers."""
    maps = []
    for layer in layers[:-1]:
        x = F.leaky_relu(layer(x), SLOPE)
        maps.append(x)
    maps.append(layers[-1](x))
    return maps


class PeriodDiscriminator(nn.Module):
    """Convolutions over the audio folded into rows of `period` samples."""

    def __init__(self, period: int, width: int) -> None:
        super().__init__()
        self.period = period
        channels = [1, width, 4 * width, 16 * width, 32 * width]
        layers = [nn.Conv2d(i, o, (5, 1), (3, 1), (2, 0)) for i, o in pairwise(channels)]
        layers.append(nn.Conv2d(channels[-1], channels[-1], (5, 1), 1, (2, 0)))
        layers.append(nn.Conv2d(channels[-1], 1, (3, 1), 1, (1, 0)))
        self.layers = nn.ModuleList(weight_norm(layer) for layer in layers)

    def forward(self, audio: Tensor) -> Features:
        audio = F.pad(audio, (0, -audio.shape[-1] % self.period), "reflect")
        return _features(self.layers, audio.unflatten(-1, (-1, self.period)).unsqueeze(1))


class MultiPeriodDiscriminator(nn.Module):
    """Period discriminators of several prime periods; width 32 is HiFi-GAN's."""

    def __init__(self, width: int = 32, periods: tuple[int, ...] = (2, 3, 5, 7, 11)) -> None:
        super().__init__()
        self.parts = nn.ModuleList(PeriodDiscriminator(period, width) for period in periods)

    def forward(self, audio: Tensor) -> list[Features]:
        return [part(audio) for part in self.parts]


class ScaleDiscriminator(nn.Module):
    """Strided, grouped convolutions over the plain waveform."""

    def __init__(self, width: int, norm) -> None:
        super().__init__()
        w = width
        sizes = [  # in, out, kernel, stride, groups
            (1, w, 15, 1, 1),
            (w, w, 41, 2, 4),
            (w, 2 * w, 41, 2, 16),
            (2 * w, 4 * w, 41, 4, 16),
            (4 * w, 8 * w, 41, 4, 16),
            (8 * w, 8 * w, 41, 1, 16),
            (8 * w, 8 * w, 5, 1, 1),
            (8 * w, 1, 3, 1, 1),
        ]
        self.layers = nn.ModuleList(norm(nn.Conv1d(i, o, k, s, k // 2, groups=g)) for i, o, k, s, g in sizes)

    def forward(self, audio: Tensor) -> Features:
        return _features(self.layers, audio.unsqueeze(1))


class MultiScaleDiscriminator(nn.Module):
    """Three scale discriminators, each on audio of half the rate before; width 128 is HiFi-GAN's."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            ScaleDiscriminator(width, norm) for norm in (spectral_norm, weight_norm, weight_norm)
        )

    def forward(self, audio: Tensor) -> list[Features]:
        features = []
        for part in self.parts:
            features.append(part(audio))
            audio = F.avg_pool1d(audio.unsqueeze(1), 4, 2, 2).squeeze(1)
        return features


class ResolutionDiscriminator(nn.Module):
    """Convolutions over a compressed magnitude spectrogram, strided along the frequency."""

    def __init__(self, n_fft: int, width: int) -> None:
        super().__init__()
        self.n_fft = n_fft
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)
        layers = [nn.Conv2d(1, width, (7, 3), (2, 1), (3, 1))]
        layers += [nn.Conv2d(width, width, (7, 3), (2, 1), (3, 1)) for _ in range(3)]
        layers += [nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, 1, 3, 1, 1)]
        self.layers = nn.ModuleList(weight_norm(layer) for layer in layers)

    def forward(self, audio: Tensor) -> Features:
        # The power 0.3 brings quiet and loud bins within reach of the same weights.
        spectrum = magnitude(audio, self.n_fft, self.n_fft // 4, self.window).pow(0.3)
        return _features(self.layers, spectrum.unsqueeze(1))


class MultiResolutionDiscriminator(nn.Module):
    """Spectrogram discriminators at several window lengths."""

    def __init__(self, width: int = 16, sizes: tuple[int, ...] = (256, 512, 1024)) -> None:
        super().__init__()
        self.parts = nn.ModuleList(ResolutionDiscriminator(size, width) for size in sizes)

    def forward(self, audio: Tensor) -> list[Features]:
        return [part(audio) for part in self.parts]


def discriminator_loss(real: list[Features], made: list[Features]) -> Tensor:
    """Least squares: real scores to 1, made scores to 0."""
    pairs = zip(real, made, strict=True)
    return sum((r[-1] - 1).square().mean() + m[-1].square().mean() for r, m in pairs)


def adversarial_loss(made: list[Features]) -> Tensor:
    """Least squares: the generator wants its scores to be 1."""
    return sum((m[-1] - 1).square().mean() for m in made)


def feature_loss(real: list[Features], made: list[Features]) -> Tensor:
    """L1 between feature maps of the same layer (feature matching)."""
    return sum(
        (a - b).abs().mean() for r, m in zip(real, made, strict=True) for a, b in zip(r[:-1], m[:-1], strict=True)
    )
