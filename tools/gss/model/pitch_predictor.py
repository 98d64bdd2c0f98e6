"""Pitch predictor: the melody of a sentence in a voice, frame by frame.

Blocks over the phones see the sentence as a whole; convolutions over the frames, which also see the mean mel, give
each frame its pitch. How high a voice lies and how far it moves is read off the reference (`voice`).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..config import PitchPredictorConfig
from .layers import Block, SequenceConv, masked, sinusoidal_positions
from .style_encoder import MEL_MEAN, MEL_STD


class VoicePitch(nn.Module):
    """What a reference says of its voice's pitch, [batch, voice], of its log-mel [batch, frames, n_mels] and its `level`
    [batch], the mean pitch of its voiced frames in octaves above `harmonics.REFERENCE_HZ`: the level, which a tracker
    measures better than a network reads it off a mel, and what convolutions see of how the voice moves."""

    def __init__(self, config: PitchPredictorConfig, n_mels: int) -> None:
        super().__init__()
        sizes = [n_mels] + [config.voice_hidden] * config.voice_layers
        self.conv = nn.ModuleList(SequenceConv(before, after, 5) for before, after in pairwise(sizes))
        self.output = nn.Linear(config.voice_hidden, config.voice - 1)
        with torch.no_grad():
            self.conv[0].weight /= MEL_STD
            self.conv[0].bias -= MEL_MEAN * self.conv[0].weight.sum(dim=(1, 2))

    def forward(self, mel: Tensor, level: Tensor, mask: Tensor | None = None) -> Tensor:
        x = mel
        for conv in self.conv:
            x = masked(F.relu(conv(x)), mask)
        x = self.output(x)
        if mask is None:
            mean = x.mean(dim=1)
        else:
            mean = masked(x, mask).sum(dim=1) / mask.sum(dim=1, keepdim=True).to(x)
        return torch.cat([level[:, None], mean], dim=1)


class FrameBlock(nn.Module):
    """Layer norm, convolution and ReLU beside the identity."""

    def __init__(self, hidden: int, kernel: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.conv = SequenceConv(hidden, hidden, kernel)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return masked(x + F.relu(self.conv(masked(self.norm(x), mask))), mask)


class PitchPredictor(nn.Module):
    def __init__(self, config: PitchPredictorConfig, text_hidden: int, style: int, n_mels: int) -> None:
        super().__init__()
        hidden = config.hidden
        self.voice = VoicePitch(config, n_mels)
        self.text = nn.Linear(text_hidden, hidden)
        self.style = nn.Linear(style, hidden)
        self.of_voice = nn.Linear(config.voice, hidden)
        self.blocks = nn.ModuleList(
            Block(hidden, config.ffn, config.ffn_kernel, config.heads, "relu") for _ in range(config.layers)
        )
        self.mean = nn.Linear(n_mels, hidden)
        self.frames = nn.ModuleList(FrameBlock(hidden, config.kernel) for _ in range(config.frame_layers))
        self.norm = nn.LayerNorm(hidden)
        self.output = nn.Linear(hidden, 2)
        with torch.no_grad():
            self.mean.weight /= MEL_STD
            self.mean.bias -= MEL_MEAN * self.mean.weight.sum(dim=1)

    def forward(
        self,
        text: Tensor,
        voice: Tensor,
        style: Tensor,
        token_of_frame: Tensor,
        mu: Tensor,
        token_mask: Tensor | None = None,
        mask: Tensor | None = None,
        dropout: float = 0.0,
    ) -> Tensor:
        """Hidden states of the text [batch, tokens, hidden], what `voice` gives [batch, voice], style
        [batch, style], the token of each frame [batch, frames] and the plain mean mel [batch, frames, n_mels] to
        [batch, frames, 2]: the log odds of being voiced, and the pitch in octaves above the voice's, `voice[:, 0]`."""
        x = self.text(F.dropout(text, dropout)) + (self.style(style) + self.of_voice(voice))[:, None]
        x = masked(x + sinusoidal_positions(x.shape[1], x.shape[2]).to(x), token_mask)
        for block in self.blocks:
            x = F.dropout(block(x, token_mask), dropout)
        index = token_of_frame[:, :, None].expand(-1, -1, x.shape[2])
        x = masked(x.gather(1, index) + self.mean(mu), mask)
        for block in self.frames:
            x = block(x, mask)
        return masked(self.output(self.norm(x)), mask)
