"""Style-adaptive encoder: text states, repeated per frame, and a style to the mean mel (the prior)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from ..config import PriorEncoderConfig
from .layers import Block, masked, sinusoidal_positions


class PriorEncoder(nn.Module):
    def __init__(self, config: PriorEncoderConfig, text_hidden: int, style: int, n_mels: int) -> None:
        super().__init__()
        self.prenet = nn.ModuleList([nn.Linear(text_hidden, config.prenet), nn.Linear(config.prenet, config.hidden)])
        self.blocks = nn.ModuleList(
            Block(config.hidden, config.ffn, config.ffn_kernel, config.heads, config.activation, style)
            for _ in range(config.layers)
        )
        self.output = nn.Linear(config.hidden, n_mels)

    def forward(self, text: torch.Tensor, style: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Text states per frame [batch, frames, hidden] and style [batch, style] to mu [batch, frames, n_mels]."""
        x = self.prenet[1](F.mish(self.prenet[0](text)))
        x = masked(x + sinusoidal_positions(x.shape[1], x.shape[2]).to(x), mask)
        for block in self.blocks:
            x = block(x, mask, style)
        return masked(self.output(x), mask)
