"""Duration predictor: hidden states of the text and a style to log durations in frames."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from ..config import DurationPredictorConfig
from .layers import SequenceConv, masked


class DurationPredictor(nn.Module):
    def __init__(self, config: DurationPredictorConfig, text_hidden: int, style: int, dropout: float = 0.3) -> None:
        super().__init__()
        self.style = nn.Linear(style, text_hidden)
        channels = (text_hidden, config.hidden, config.hidden)
        self.conv = nn.ModuleList(SequenceConv(channels[i], channels[i + 1], config.kernel) for i in range(2))
        self.norm = nn.ModuleList(nn.LayerNorm(config.hidden) for _ in range(2))
        self.output = nn.Linear(config.hidden, 1)
        self.dropout = dropout

    def forward(self, text: torch.Tensor, style: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """Text [batch, tokens, hidden] and style [batch, style] to log durations [batch, tokens]."""
        x = masked(text + self.style(style)[:, None, :], mask)
        for conv, norm in zip(self.conv, self.norm):
            x = norm(F.relu(conv(x)))
            x = masked(F.dropout(x, self.dropout, self.training), mask)
        return masked(self.output(x), mask)[:, :, 0]


def frames_of(log_durations: torch.Tensor, offset: float = 0.0, speed: float = 1.0) -> torch.Tensor:
    """Whole frames of each token, at least one, from predicted log durations."""
    return ((log_durations + offset).exp() / speed).round().clamp(min=1).long()
