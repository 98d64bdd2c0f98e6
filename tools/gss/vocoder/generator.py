"""HiFi-GAN's generator (Kong et al., 2020) in every version that a configuration can describe.

Module names, and so the names in the state dict, are those of the public implementation
(github.com/jik876/hifi-gan, MIT), so that public checkpoints load here and ours load there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import remove_weight_norm, weight_norm

# Negative slope of every leaky ReLU but the last, which keeps PyTorch's default of 0.01.
SLOPE = 0.1


@dataclass(frozen=True)
class GeneratorConfig:
    """The sizes of a generator: the section `vocoder` of a model's config.json."""

    version: str
    upsample_initial_channel: int
    upsample_rates: tuple[int, ...]
    upsample_kernel_sizes: tuple[int, ...]
    resblock: str
    resblock_kernel_sizes: tuple[int, ...]
    resblock_dilation_sizes: tuple[tuple[int, ...], ...]
    n_mels: int = 80

    @classmethod
    def from_dict(cls, section: dict, n_mels: int = 80) -> GeneratorConfig:
        """Reads the section of config.json, or an official config file; ignores foreign keys."""
        return cls(
            version=str(section.get("version", "custom")),
            upsample_initial_channel=section["upsample_initial_channel"],
            upsample_rates=tuple(section["upsample_rates"]),
            upsample_kernel_sizes=tuple(section["upsample_kernel_sizes"]),
            resblock=str(section["resblock"]),
            resblock_kernel_sizes=tuple(section["resblock_kernel_sizes"]),
            resblock_dilation_sizes=tuple(tuple(d) for d in section["resblock_dilation_sizes"]),
            n_mels=n_mels,
        )

    def to_dict(self) -> dict:
        """The section `vocoder` of config.json; the number of mels stands in section `audio`."""
        section = {"kind": "hifi-gan", **asdict(self)}
        del section["n_mels"]
        return section

    @property
    def hop_length(self) -> int:
        """Samples that one mel frame becomes."""
        return prod(self.upsample_rates)


_WIDE = {"resblock": "1", "resblock_kernel_sizes": (3, 7, 11), "resblock_dilation_sizes": ((1, 3, 5),) * 3}
V1 = GeneratorConfig("v1", 512, (8, 8, 2, 2), (16, 16, 4, 4), **_WIDE)
V2 = GeneratorConfig("v2", 128, (8, 8, 2, 2), (16, 16, 4, 4), **_WIDE)
V3 = GeneratorConfig("v3", 256, (8, 8, 4), (16, 16, 8), "2", (3, 5, 7), ((1, 2), (2, 6), (3, 12)))
VERSIONS = {"v1": V1, "v2": V2, "v3": V3}


def _convolution(channels: int, kernel: int, dilation: int) -> nn.Conv1d:
    """A convolution that keeps the length (odd kernels)."""
    padding = dilation * (kernel - 1) // 2
    return nn.Conv1d(channels, channels, kernel, dilation=dilation, padding=padding)


class ResBlock1(nn.Module):
    """Pairs of a dilated and a plain convolution, each pair with a residual (versions 1 and 2)."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(_convolution(channels, kernel, d) for d in dilations)
        self.convs2 = nn.ModuleList(_convolution(channels, kernel, 1) for _ in dilations)

    def forward(self, x: Tensor) -> Tensor:
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            x = x + plain(F.leaky_relu(dilated(F.leaky_relu(x, SLOPE)), SLOPE))
        return x


class ResBlock2(nn.Module):
    """Dilated convolutions, each with a residual (version 3)."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(_convolution(channels, kernel, d) for d in dilations)

    def forward(self, x: Tensor) -> Tensor:
        for dilated in self.convs:
            x = x + dilated(F.leaky_relu(x, SLOPE))
        return x


class Generator(nn.Module):
    """Log-mel spectrogram [batch, n_mels, frames] to waveform [batch, 1, frames * hop_length]."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        block = {"1": ResBlock1, "2": ResBlock2}[config.resblock]
        channels = config.upsample_initial_channel
        self.conv_pre = nn.Conv1d(config.n_mels, channels, 7, padding=3)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        for rate, kernel in zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True):
            padding = (kernel - rate) // 2
            self.ups.append(nn.ConvTranspose1d(channels, channels // 2, kernel, rate, padding))
            channels //= 2
            for size, dilations in zip(config.resblock_kernel_sizes, config.resblock_dilation_sizes, strict=True):
                self.resblocks.append(block(channels, size, dilations))
        self.conv_post = nn.Conv1d(channels, 1, 7, padding=3)
        self._initialise()

    def _initialise(self) -> None:
        """Residual branches begin near zero; the path through the upsampling keeps its variance.

        The official start (every weight 0.01) shrinks the signal about six times per upsampling,
        which a training of a few thousand updates spends too long undoing.
        """
        for module in self.resblocks.modules():
            if isinstance(module, nn.Conv1d):
                nn.init.normal_(module.weight, 0.0, 0.01)
        for upsample in self.ups:
            taps = upsample.kernel_size[0] / upsample.stride[0]
            nn.init.normal_(upsample.weight, 0.0, (2.0 / (upsample.in_channels * taps)) ** 0.5)

    @property
    def hop_length(self) -> int:
        """Samples that one mel frame becomes."""
        return self.config.hop_length

    @torch.no_grad()
    def speak(self, mel: Tensor) -> Tensor:
        """Log-mel [batch, n_mels, frames] to samples [batch, frames * hop_length]."""
        return self(mel)[:, 0]

    def forward(self, mel: Tensor) -> Tensor:
        x = self.conv_pre(mel)
        parallel = len(self.config.resblock_kernel_sizes)
        for stage, upsample in enumerate(self.ups):
            x = upsample(F.leaky_relu(x, SLOPE))
            blocks = self.resblocks[stage * parallel : (stage + 1) * parallel]
            x = sum(block(x) for block in blocks) / parallel
        return torch.tanh(self.conv_post(F.leaky_relu(x)))

    def _convolutions(self) -> list[nn.Module]:
        return [m for m in self.modules() if isinstance(m, nn.Conv1d | nn.ConvTranspose1d)]

    def add_weight_norm(self) -> Generator:
        """Splits every weight into `weight_g` and `weight_v`, as official training checkpoints do.

        PyTorch's newer parametrization has other names in the state dict, hence the older function.
        """
        for module in self._convolutions():
            weight_norm(module)
        return self

    def fold_weight_norm(self) -> Generator:
        """Undoes `add_weight_norm`: the same audio from plain weights."""
        for module in self._convolutions():
            remove_weight_norm(module)
        return self
