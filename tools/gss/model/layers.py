"""Layers that several parts of the model share. Sequences are [batch, time, channels].

A `mask` is [batch, time], true at valid positions, or None where every position is valid. Layers that
look at neighbours expect zeros at invalid positions and return zeros there.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {"mish": F.mish, "relu": F.relu}


def masked(x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """Zero [batch, time, channels] where the mask is false."""
    return x if mask is None else x * mask[:, :, None].to(x)


def sinusoidal_positions(length: int, channels: int) -> torch.Tensor:
    """[length, channels]: position / 10000^(2 floor(j/2) / channels), sine at even j, cosine at odd j."""
    position = torch.arange(length, dtype=torch.float64)[:, None]
    j = torch.arange(channels)
    angle = position / 10000.0 ** ((2 * (j // 2)).double() / channels)
    return torch.where(j % 2 == 0, angle.sin(), angle.cos()).float()


class SequenceConv(nn.Conv1d):
    """Conv1d of odd kernel with "same" zero padding over [batch, time, channels].

    Written as one matrix product of the shifted inputs: several times faster in training on a CPU
    than the convolution of the library.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int) -> None:
        super().__init__(in_channels, out_channels, kernel, padding=kernel // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel, time = self.kernel_size[0], x.shape[1]
        if kernel == 1:
            return F.linear(x, self.weight[:, :, 0], self.bias)
        padded = F.pad(x, (0, 0, kernel // 2, kernel // 2))
        shifted = torch.cat([padded[:, offset : offset + time] for offset in range(kernel)], dim=2)
        return F.linear(shifted, self.weight.transpose(1, 2).flatten(1), self.bias)


class Attention(nn.Module):
    """Multi-head self-attention whose scores are divided by sqrt(hidden), as in StyleSpeech."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden)
        self.output = nn.Linear(hidden, hidden)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        query, key, value = (
            part(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        valid = None if mask is None else mask[:, None, None, :]
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=valid, scale=1 / math.sqrt(x.shape[2]))
        return masked(self.output(attended.transpose(1, 2).flatten(2)), mask)


class FeedForward(nn.Module):
    """Convolution to a wider layer, activation, pointwise convolution back."""

    def __init__(self, hidden: int, ffn: int, kernel: int, activation: str) -> None:
        super().__init__()
        self.conv1 = SequenceConv(hidden, ffn, kernel)
        self.conv2 = SequenceConv(ffn, hidden, 1)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv2(self.activation(self.conv1(x)))


def mixed_with_others(style: torch.Tensor, alpha: float) -> torch.Tensor:
    """Styles [batch, style], each mixed with that of a random item by a share from Beta(alpha, alpha)."""
    share = torch.distributions.Beta(alpha, alpha).sample((len(style), 1)).to(style)
    return share * style + (1.0 - share) * style[torch.randperm(len(style), device=style.device)]


class StyleAdaptiveLayerNorm(nn.Module):
    """SALN: layer norm whose gain and bias are a linear function of the style vector.

    Mixing styles mixes gains and biases alike, since both are linear; `mix_alpha` is 0 where training
    does not mix, and synthesis never does.
    """

    def __init__(self, hidden: int, style: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.mix_alpha = 0.0
        self.affine = nn.Linear(style, 2 * hidden)
        with torch.no_grad():
            self.affine.bias[:hidden] = 1.0
            self.affine.bias[hidden:] = 0.0

    def forward(self, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        if self.training and self.mix_alpha > 0.0:
            style = mixed_with_others(style, self.mix_alpha)
        gamma, beta = self.affine(style)[:, None, :].chunk(2, dim=2)
        return gamma * F.layer_norm(x, (self.hidden,)) + beta


class Block(nn.Module):
    """Post-norm transformer block; its norms are adaptive if there is a style."""

    def __init__(
        self, hidden: int, ffn: int, kernel: int, heads: int, activation: str, style: int | None = None
    ) -> None:
        super().__init__()
        self.attention = Attention(hidden, heads)
        self.ffn = FeedForward(hidden, ffn, kernel, activation)
        self.attention_norm = nn.LayerNorm(hidden) if style is None else StyleAdaptiveLayerNorm(hidden, style)
        self.ffn_norm = nn.LayerNorm(hidden) if style is None else StyleAdaptiveLayerNorm(hidden, style)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None, *style: torch.Tensor) -> torch.Tensor:
        x = masked(self.attention_norm(x + self.attention(x, mask), *style), mask)
        return masked(self.ffn_norm(x + self.ffn(x), *style), mask)
