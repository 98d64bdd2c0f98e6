"""Score network of one dimension: a temporal convolutional network whose channels are the mel bands.

It hears the voice in two ways: as the style vector, in its adaptive norms, and as the frames of the reference
(`ReferenceEncoder`), which its cross-attention looks up; and it follows a pitch, as `gss.audio.harmonics` draws it.
Sequences are [batch, time, channels]; see `layers` for masks.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..config import ReferenceEncoderConfig, ScoreTcnConfig
from .layers import SequenceConv, StyleAdaptiveLayerNorm, masked
from .score_unet import time_embedding
from .style_encoder import MEL_MEAN, MEL_STD


class DilatedConv(nn.Conv1d):
    """Conv1d of odd kernel with "same" zero padding over [batch, time, channels], as one matrix product."""

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__(channels, channels, kernel, padding=kernel // 2 * dilation, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        kernel, time, dilation = self.kernel_size[0], x.shape[1], self.dilation[0]
        padded = F.pad(x, (0, 0, self.padding[0], self.padding[0]))
        shifted = [padded[:, tap * dilation : tap * dilation + time] for tap in range(kernel)]
        return F.linear(torch.cat(shifted, dim=2), self.weight.transpose(1, 2).flatten(1), self.bias)


class ReferenceEncoder(nn.Module):
    """Log-mel of a reference [batch, frames, n_mels] to entries [batch, ceil(frames / stride), entry] that
    cross-attention looks up."""

    def __init__(self, config: ReferenceEncoderConfig, n_mels: int) -> None:
        super().__init__()
        self.stride = config.stride
        self.conv = nn.ModuleList(
            [
                SequenceConv(n_mels, config.hidden, config.kernel),
                SequenceConv(config.hidden, config.hidden, config.kernel),
            ]
        )
        self.output = nn.Linear(config.hidden, config.entry)
        self.norm = nn.LayerNorm(config.entry)
        with torch.no_grad():
            self.conv[0].weight /= MEL_STD
            self.conv[0].bias -= MEL_MEAN * self.conv[0].weight.sum(dim=(1, 2))

    def forward(self, mel: Tensor) -> Tensor:
        x = mel
        for conv in self.conv:
            x = F.relu(conv(x))
        # The receptive field of the convolutions covers what the stride leaves out.
        return self.norm(self.output(x))[:, :: self.stride]


class CrossAttention(nn.Module):
    """Multi-head attention of frames to the entries of the reference; scores are divided by sqrt(hidden)."""

    def __init__(self, hidden: int, entry: int, heads: int, conditioning: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = StyleAdaptiveLayerNorm(hidden, conditioning)
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(entry, hidden)
        self.value = nn.Linear(entry, hidden)
        self.output = nn.Linear(hidden, hidden)
        nn.init.zeros_(self.output.weight)

    def forward(self, x: Tensor, conditioning: Tensor, entries: Tensor, entry_mask: Tensor | None) -> Tensor:
        def heads(part: Tensor) -> Tensor:
            return part.unflatten(2, (self.heads, -1)).transpose(1, 2)

        query = heads(self.query(self.norm(x, conditioning)))
        valid = None if entry_mask is None else entry_mask[:, None, None, :]
        attended = F.scaled_dot_product_attention(
            query, heads(self.key(entries)), heads(self.value(entries)), attn_mask=valid, scale=x.shape[2] ** -0.5
        )
        return x + self.output(attended.transpose(1, 2).flatten(2))


class TcnBlock(nn.Module):
    """Adaptive norm, dilated convolution, ReLU and a linear layer, beside the identity."""

    def __init__(self, hidden: int, kernel: int, dilation: int, conditioning: int) -> None:
        super().__init__()
        self.norm = StyleAdaptiveLayerNorm(hidden, conditioning)
        self.conv = DilatedConv(hidden, kernel, dilation)
        self.output = nn.Linear(hidden, hidden)
        nn.init.zeros_(self.output.weight)

    def forward(self, x: Tensor, conditioning: Tensor, mask: Tensor | None) -> Tensor:
        y = F.relu(self.conv(masked(self.norm(x, conditioning), mask)))
        return masked(x + self.output(y), mask)


class ScoreTcn(nn.Module):
    def __init__(self, config: ScoreTcnConfig, style: int, n_mels: int, entry: int) -> None:
        super().__init__()
        self.config = config
        hidden, conditioning = config.hidden, config.conditioning
        self.time = nn.ModuleList([nn.Linear(conditioning, conditioning), nn.Linear(conditioning, conditioning)])
        self.style = nn.Linear(style, conditioning)
        self.noisy = nn.Linear(n_mels, hidden)
        self.mean = nn.Linear(n_mels, hidden)
        self.pitch = nn.Linear(n_mels + 2, hidden)
        self.blocks = nn.ModuleList(
            TcnBlock(hidden, config.kernel, config.dilations[index % len(config.dilations)], conditioning)
            for index in range(config.layers)
        )
        self.attentions = nn.ModuleList(
            CrossAttention(hidden, entry, config.heads, conditioning)
            for _ in range(config.layers // config.attention_every)
        )
        self.norm = StyleAdaptiveLayerNorm(hidden, conditioning)
        self.output = nn.Linear(hidden, n_mels)
        with torch.no_grad():
            # Start from Y_t - mu and normalised mu instead of two raw mels, which are nearly equal.
            self.mean.weight /= MEL_STD
            self.mean.bias -= MEL_MEAN * self.mean.weight.sum(dim=1)
            self.mean.weight -= self.noisy.weight

    def forward(
        self,
        noisy: Tensor,
        mu: Tensor,
        t: Tensor,
        style: Tensor,
        entries: Tensor,
        pitch: Tensor,
        mask: Tensor | None = None,
        entry_mask: Tensor | None = None,
    ) -> Tensor:
        """Y_t and mu [batch, frames, n_mels], t [batch], style [batch, style], entries of the reference
        [batch, n, entry] and inputs of the pitch [batch, frames, n_mels + 2] to the network's output
        [batch, frames, n_mels], in the configured parameterization."""
        time = time_embedding(t, self.config.conditioning, self.config.time_scale)
        conditioning = self.time[1](F.relu(self.time[0](time))) + self.style(style)
        x = masked(self.noisy(noisy) + self.mean(mu) + self.pitch(pitch), mask)
        for index, block in enumerate(self.blocks, 1):
            x = block(x, conditioning, mask)
            if index % self.config.attention_every == 0:
                attention = self.attentions[index // self.config.attention_every - 1]
                x = masked(attention(x, conditioning, entries, entry_mask), mask)
        return masked(self.output(self.norm(x, conditioning)), mask)
