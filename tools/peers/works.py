"""What is computed: the networks of the engine and the operations inside them, with random weights.

A work is a PyTorch module with its inputs. `Work.save` writes what the worker programs read: a JSON
description (`worker/src/work.rs`) and one safetensors file, so that every peer has the same numbers.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from gss.config import ScoreUnetConfig
from gss.export.goldens import randomise
from gss.model import ScoreUnet
from gss.vocoder.generator import VERSIONS, Generator

N_MELS = 80
STYLE = 128
HOP_LENGTH = 256
# Of the profiles `small` (U-Net of dimension 32) and `base` (64).
SMALL_RATE, BASE_RATE = 16000, 22050


@dataclass
class Work:
    """A module, its inputs in the order of its arguments, and its description for the workers."""

    module: nn.Module
    inputs: dict[str, Tensor]
    description: dict

    def save(self, folder: Path, name: str) -> None:
        tensors = {key: value.contiguous() for key, value in self.module.state_dict().items()}
        tensors |= {f"input.{key}": value for key, value in self.inputs.items()}
        save_file(tensors, folder / f"{name}.safetensors")
        (folder / f"{name}.json").write_text(json.dumps(self.description))


class Matmul(nn.Module):
    def __init__(self, rows: int, inner: int) -> None:
        super().__init__()
        self.op = nn.Linear(inner, rows, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.op.weight @ x


class Operation(nn.Module):
    """One layer, its output cut to `size` at the end."""

    def __init__(self, op: nn.Module, size: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.op = op
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        y = self.op(x)
        return y[:, :, : self.size[0], : self.size[1]] if self.size else y


class ScoreUnetOverBands(nn.Module):
    """The score network with inputs and output as the engine has them, [1, n_mels, frames]."""

    def __init__(self, config: ScoreUnetConfig) -> None:
        super().__init__()
        self.score_unet = ScoreUnet(config, STYLE, N_MELS)

    def forward(self, noisy: Tensor, mean: Tensor, time: Tensor, style: Tensor) -> Tensor:
        y = self.score_unet(noisy.transpose(1, 2), mean.transpose(1, 2), time, style)
        return y.transpose(1, 2)


def _frames(seconds: float, rate: int) -> int:
    return math.ceil(seconds * rate / HOP_LENGTH)


def _work(module: nn.Module, shapes: dict[str, tuple[int, ...]], **description) -> Work:
    generator = torch.Generator().manual_seed(0)
    module = randomise(module, generator).float()
    inputs = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    return Work(module, inputs, description)


def _scale(module: nn.Module, ending: str, factor: float) -> None:
    """Damps the residual branches as training does: random ones make the output grow beyond bounds."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name.endswith(ending):
                parameter.mul_(factor)


def matmul(m: int, k: int, n: int) -> Work:
    return _work(Matmul(m, k), {"x": (k, n)}, kind="matmul")


def conv1d(channels: int, kernel: int, dilation: int, width: int) -> Work:
    layer = nn.Conv1d(channels, channels, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2)
    return _work(Operation(layer), {"x": (1, channels, width)}, kind="conv1d", dilation=dilation)


def conv_transpose1d(channels: int, kernel: int, stride: int, width: int) -> Work:
    layer = nn.ConvTranspose1d(channels, channels // 2, kernel, stride, (kernel - stride) // 2)
    return _work(Operation(layer), {"x": (1, channels, width)}, kind="conv_transpose1d", stride=stride)


def conv2d(channels: int, stride: int, height: int, width: int) -> Work:
    layer = nn.Conv2d(channels, channels, 3, stride, padding=1)
    return _work(Operation(layer), {"x": (1, channels, height, width)}, kind="conv2d", stride=stride)


def conv_transpose2d(channels: int, height: int, width: int) -> Work:
    """Doubles rows and columns, and drops the last column as at an odd number of frames."""
    layer = nn.ConvTranspose2d(channels, channels, 4, 2, 1)
    size = (2 * height, 2 * width - 1)
    inputs = {"x": (1, channels, height, width)}
    return _work(Operation(layer, size), inputs, kind="conv_transpose2d", height=size[0], width=size[1])


def score_unet(dim: int, seconds: float) -> Work:
    """One evaluation of the profile's network: dimension 32 as `small`, 64 as `base`."""
    base = dim == 64
    frames = _frames(seconds, BASE_RATE if base else SMALL_RATE)
    config = ScoreUnetConfig(dim=dim, attention=[base, True, True])
    shapes = {"noisy": (1, N_MELS, frames), "mean": (1, N_MELS, frames), "time": (1,), "style": (1, STYLE)}
    work = _work(ScoreUnetOverBands(config), shapes, kind="score_unet", config=dataclasses.asdict(config))
    work.inputs["time"] = torch.tensor([0.625])
    _scale(work.module, ".g", 0.1)
    return work


def hifi_gan(version: str, seconds: float) -> Work:
    """The vocoder at 22.05 kHz. Residual branches are damped, so that the output does not saturate."""
    config = VERSIONS[version]
    generator = Generator(config)
    work = _work(generator, {"mel": (1, N_MELS, _frames(seconds, BASE_RATE))}, kind="hifi_gan", config=config.to_dict())
    with torch.no_grad():
        for layer in generator.resblocks.modules():
            if isinstance(layer, nn.Conv1d):
                layer.weight.mul_(0.4)
    return work


# Shapes of the operations: the U-Net of dimension 64 at 88 frames (about 1 s) or at 5 s; HiFi-GAN V2
# and V3 at 5 s.
WORKS: dict[str, Callable[[], Work]] = {
    "matmul 512x512x512": lambda: matmul(512, 512, 512),
    "matmul 384x64x34480 (qkv)": lambda: matmul(384, 64, 80 * 431),
    "conv2d 64->64 3x3, 80x88": lambda: conv2d(64, 1, 80, 88),
    "conv2d 128->128 3x3, 40x216": lambda: conv2d(128, 1, 40, 216),
    "conv2d 256->256 3x3, 20x108": lambda: conv2d(256, 1, 20, 108),
    "conv2d 64->64 3x3 /2, 80x431": lambda: conv2d(64, 2, 80, 431),
    "conv-transpose2d 64->64 4x4 x2, 40x216": lambda: conv_transpose2d(64, 40, 216),
    "conv1d 64->64 k7, 3448": lambda: conv1d(64, 7, 1, 3448),
    "conv1d 32->32 k11 d5, 27584": lambda: conv1d(32, 11, 5, 27584),
    "conv1d 8->8 k3 d3, 110336": lambda: conv1d(8, 3, 3, 110336),
    "conv-transpose1d 256->128 k16 x8, 431": lambda: conv_transpose1d(256, 16, 8, 431),
    "conv-transpose1d 16->8 k4 x2, 55168": lambda: conv_transpose1d(16, 4, 2, 55168),
}
for _dim in (32, 64):
    for _seconds in (2, 5, 10):
        WORKS[f"unet {_dim}, {_seconds} s"] = lambda d=_dim, s=_seconds: score_unet(d, s)
for _version in ("v1", "v2", "v3"):
    for _seconds in (2, 5):
        WORKS[f"hifi-gan {_version}, {_seconds} s"] = lambda v=_version, s=_seconds: hifi_gan(v, s)


def reference(work: Work) -> Tensor:
    """What every peer must compute, by PyTorch on the CPU in double precision."""
    with torch.inference_mode():
        inputs = [value.double() for value in work.inputs.values()]
        output = work.module.double()(*inputs).float()
        work.module.float()
    return output


def difference(output: Tensor, expected: Tensor) -> float:
    """Euclidean distance relative to the expected output's norm."""
    if output.numel() != expected.numel():
        return math.inf
    error = output.flatten().double() - expected.flatten().double()
    return float(error.norm() / expected.double().norm())
