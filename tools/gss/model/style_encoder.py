"""Mel-style encoder: a reference mel to one style vector."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from ..config import StyleEncoderConfig
from .layers import Attention, SequenceConv, masked

# Mean and standard deviation of log-mels of levelled speech: the first layer starts from
# normalised inputs, without a normalisation of its own.
MEL_MEAN = -6.0
MEL_STD = 2.3


class GatedConv(nn.Module):
    """Residual gated convolution: x + a * sigmoid(b)."""

    def __init__(self, hidden: int, kernel: int) -> None:
        super().__init__()
        self.conv = SequenceConv(hidden, 2 * hidden, kernel)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + F.glu(self.conv(x), dim=2)


class StyleEncoder(nn.Module):
    def __init__(self, config: StyleEncoderConfig, n_mels: int) -> None:
        super().__init__()
        hidden = config.hidden
        self.spectral = nn.ModuleList([nn.Linear(n_mels, hidden), nn.Linear(hidden, hidden)])
        self.temporal = nn.ModuleList([GatedConv(hidden, config.kernel) for _ in range(2)])
        self.attention = Attention(hidden, config.heads)
        self.projection = nn.Linear(hidden, config.style)
        with torch.no_grad():
            first = self.spectral[0]
            first.weight /= MEL_STD
            first.bias -= MEL_MEAN * first.weight.sum(1)

    def forward(self, mel: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Reference log-mel [batch, frames, n_mels] to style [batch, style]."""
        x = mel
        for linear in self.spectral:
            x = F.mish(linear(x))
        for conv in self.temporal:
            x = conv(masked(x, mask))
        x = masked(x, mask)
        x = self.projection(x + self.attention(x, mask))
        if mask is None:
            return x.mean(dim=1)
        return masked(x, mask).sum(dim=1) / mask.sum(dim=1, keepdim=True).to(x)
