"""Text encoder: tokens to hidden states, without any style."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from ..config import TextEncoderConfig
from .layers import Block, SequenceConv, masked, sinusoidal_positions


class Prenet(nn.Module):
    def __init__(self, hidden: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.ModuleList([SequenceConv(hidden, hidden, kernel) for _ in range(2)])
        self.linear = nn.Linear(hidden, hidden)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        y = x
        for conv in self.conv:
            y = masked(F.mish(conv(y)), mask)
        return masked(x + self.linear(y), mask)


class TextEncoder(nn.Module):
    def __init__(self, config: TextEncoderConfig, symbols: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, config.hidden, padding_idx=0)
        self.prenet = Prenet(config.hidden, config.prenet_kernel)
        self.blocks = nn.ModuleList(
            Block(config.hidden, config.ffn, config.ffn_kernel, config.heads, config.activation)
            for _ in range(config.layers)
        )
        self.output = nn.Linear(config.hidden, config.hidden)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Tokens [batch, tokens] to hidden states [batch, tokens, hidden]."""
        x = self.prenet(masked(self.embedding(tokens), mask), mask)
        x = masked(x + sinusoidal_positions(x.shape[1], x.shape[2]).to(x), mask)
        for block in self.blocks:
            x = block(x, mask)
        return masked(self.output(x), mask)
