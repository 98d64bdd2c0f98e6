"""Score network: Grad-TTS's U-Net, with the style in the time embedding or as an input channel.

Module names follow Grad-TTS's `GradLogPEstimator2d`. Images are [batch, channels, n_mels, frames];
a mask is [batch, 1, 1, frames]. Statistics of group norm and attention run over valid frames only, so
that an utterance in a padded batch gives the same result as alone.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from ..config import ScoreUnetConfig
from .mish import mish

Mask = torch.Tensor | None


def _masked(x: torch.Tensor, mask: Mask) -> torch.Tensor:
    return x if mask is None else x * mask.to(x)


class MaskedGroupNorm(nn.GroupNorm):
    """Group norm whose statistics ignore masked frames."""

    def forward(self, x: torch.Tensor, mask: Mask) -> torch.Tensor:
        if mask is None:
            return super().forward(x)
        weight = mask.to(x)[:, :, None]
        grouped = x.unflatten(1, (self.num_groups, -1))
        count = weight.sum(dim=(2, 3, 4), keepdim=True) * grouped.shape[2] * grouped.shape[3]
        mean = (grouped * weight).sum(dim=(2, 3, 4), keepdim=True) / count
        variance = ((grouped - mean).square() * weight).sum(dim=(2, 3, 4), keepdim=True) / count
        normalised = ((grouped - mean) / torch.sqrt(variance + self.eps)).flatten(1, 2)
        return normalised * self.weight[:, None, None] + self.bias[:, None, None]


class Block(nn.Module):
    """3x3 convolution, group norm, Mish."""

    def __init__(self, in_channels: int, out_channels: int, groups: int) -> None:
        super().__init__()
        self.block = nn.ModuleList(
            [nn.Conv2d(in_channels, out_channels, 3, padding=1), MaskedGroupNorm(groups, out_channels)]
        )

    def forward(self, x: torch.Tensor, mask: Mask) -> torch.Tensor:
        conv, norm = self.block
        return _masked(mish(norm(conv(_masked(x, mask)), mask)), mask)


class ResnetBlock(nn.Module):
    """Two blocks with the conditioning vector added between them, and a residual connection."""

    def __init__(self, in_channels: int, out_channels: int, conditioning: int, groups: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Mish(), nn.Linear(conditioning, out_channels))
        self.block1 = Block(in_channels, out_channels, groups)
        self.block2 = Block(out_channels, out_channels, groups)
        self.res_conv = nn.Conv2d(in_channels, out_channels, 1) if in_channels != out_channels else nn.Identity()

    def forward(self, x: torch.Tensor, conditioning: torch.Tensor, mask: Mask) -> torch.Tensor:
        hidden = self.block1(x, mask) + self.mlp(conditioning)[:, :, None, None]
        return _masked(self.block2(hidden, mask) + self.res_conv(x), mask)


class LinearAttention(nn.Module):
    """Attention with a softmax of the keys over all positions and unscaled queries."""

    def __init__(self, channels: int, heads: int, head_dim: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Conv2d(channels, 3 * heads * head_dim, 1, bias=False)
        self.to_out = nn.Conv2d(heads * head_dim, channels, 1)

    def forward(self, x: torch.Tensor, mask: Mask) -> torch.Tensor:
        qkv = self.to_qkv(x).unflatten(1, (3, self.heads, -1))
        query, key, value = (part.flatten(3) for part in qkv.unbind(1))
        if mask is not None:
            invalid = ~mask.expand(-1, 1, *x.shape[2:]).flatten(2)[:, :, None]
            key = key.masked_fill(invalid, -math.inf)
        context = torch.softmax(key, dim=3) @ value.transpose(2, 3)
        attended = context.transpose(2, 3) @ query
        return _masked(self.to_out(attended.flatten(1, 2).unflatten(2, x.shape[2:])), mask)


class Rezero(nn.Module):
    """A branch with a learnt gain that starts at zero."""

    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn
        self.g = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor, mask: Mask) -> torch.Tensor:
        return self.fn(x, mask) * self.g


class Residual(nn.Module):
    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: torch.Tensor, mask: Mask) -> torch.Tensor:
        return x + self.fn(x, mask)


class NoAttention(nn.Module):
    """Stands where a resolution level has no attention."""

    def forward(self, x: torch.Tensor, mask: Mask) -> torch.Tensor:
        return x


class Downsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x)


class Upsample(nn.Module):
    """Transposed convolution to twice the size, cropped to the size of the level above."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1)

    def forward(self, x: torch.Tensor, height: int, width: int) -> torch.Tensor:
        return self.conv(x)[:, :, :height, :width]


def time_embedding(t: torch.Tensor, channels: int, scale: float) -> torch.Tensor:
    """Sinusoidal embedding [batch, channels] of diffusion times [batch], sines first."""
    half = channels // 2
    frequency = torch.exp(-math.log(10000.0) / (half - 1) * torch.arange(half, dtype=t.dtype, device=t.device))
    angle = scale * t[:, None] * frequency[None, :]
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class ScoreUnet(nn.Module):
    def __init__(self, config: ScoreUnetConfig, style: int, n_mels: int) -> None:
        super().__init__()
        self.config = config
        # Learnt where training drops styles; what the network knows of the speaker is then only mu.
        self.null_style = nn.Parameter(torch.zeros(style)) if config.null_style else None
        dim, groups = config.dim, config.groups
        channels = [dim * multiplier for multiplier in config.multipliers]
        conditioning = dim
        inputs = 2
        if config.style == "time_embedding":
            conditioning += style
        elif config.style == "channel":
            inputs += 1
            self.spk_mlp = nn.Sequential(nn.Linear(style, 4 * style), nn.Mish(), nn.Linear(4 * style, n_mels))
        else:
            raise ValueError(f'style must be "time_embedding" or "channel", not "{config.style}"')
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.Mish(), nn.Linear(4 * dim, dim))

        def resnet(in_channels: int, out_channels: int) -> ResnetBlock:
            return ResnetBlock(in_channels, out_channels, conditioning, groups)

        def attention(width: int, present: bool = True) -> nn.Module:
            if not present:
                return NoAttention()
            return Residual(Rezero(LinearAttention(width, config.heads, config.head_dim)))

        self.downs = nn.ModuleList()
        last = len(channels) - 1
        for level, out_channels in enumerate(channels):
            in_channels = channels[level - 1] if level else inputs
            self.downs.append(
                nn.ModuleList(
                    [
                        resnet(in_channels, out_channels),
                        resnet(out_channels, out_channels),
                        attention(out_channels, config.attention[level]),
                        Downsample(out_channels) if level < last else nn.Identity(),
                    ]
                )
            )
        self.mid_block1 = resnet(channels[last], channels[last])
        self.mid_attn = attention(channels[last])
        self.mid_block2 = resnet(channels[last], channels[last])
        self.ups = nn.ModuleList()
        for level in range(last, 0, -1):
            self.ups.append(
                nn.ModuleList(
                    [
                        resnet(2 * channels[level], channels[level - 1]),
                        resnet(channels[level - 1], channels[level - 1]),
                        attention(channels[level - 1], config.attention[level]),
                        Upsample(channels[level - 1]),
                    ]
                )
            )
        self.final_block = Block(dim, dim, groups)
        self.final_conv = nn.Conv2d(dim, 1, 1)

    def forward(
        self,
        noisy: torch.Tensor,
        mu: torch.Tensor,
        t: torch.Tensor,
        style: torch.Tensor,
        mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Y_t and mu [batch, frames, n_mels], t [batch], style [batch, style] to the network's output,
        [batch, frames, n_mels], in the configured parameterization. `mask` is [batch, frames]."""
        mask = None if mask is None else mask[:, None, None, :]
        channels = [mu.transpose(1, 2), noisy.transpose(1, 2)]
        conditioning = self.mlp(time_embedding(t, self.config.dim, self.config.time_scale))
        if self.config.style == "time_embedding":
            conditioning = torch.cat([conditioning, style], dim=1)
        else:
            channels.append(self.spk_mlp(style)[:, :, None].expand_as(channels[0]))
        x = torch.stack(channels, dim=1)

        skips, masks, sizes = [], [mask], []
        for block1, block2, attention, downsample in self.downs:
            mask = masks[-1]
            x = block2(block1(x, conditioning, mask), conditioning, mask)
            x = attention(x, mask)
            skips.append(x)
            sizes.append(x.shape[2:])
            x = downsample(_masked(x, mask))
            masks.append(None if mask is None else mask[:, :, :, ::2])
        mask = masks[-2]
        x = self.mid_block1(x, conditioning, mask)
        x = self.mid_block2(self.mid_attn(x, mask), conditioning, mask)
        for level, (block1, block2, attention, upsample) in zip(range(len(self.downs) - 1, 0, -1), self.ups):
            mask = masks[level]
            x = torch.cat([x, skips[level]], dim=1)
            x = block2(block1(x, conditioning, mask), conditioning, mask)
            x = upsample(_masked(attention(x, mask), mask), *sizes[level - 1])
        mask = masks[0]
        x = _masked(self.final_conv(self.final_block(_masked(x, mask), mask)), mask)
        return x[:, 0].transpose(1, 2)

    def guided(
        self,
        noisy: torch.Tensor,
        mu: torch.Tensor,
        t: torch.Tensor,
        style: torch.Tensor,
        guidance: float,
    ) -> torch.Tensor:
        """The output with classifier-free guidance (Ho and Salimans, arXiv 2207.12598): from that with the
        null style, `guidance` times the way to that with the style. `mu` keeps the speaker in both."""
        output = self(noisy, mu, t, style)
        if guidance == 1.0:
            return output
        if self.null_style is None:
            raise ValueError("this model has no null style, so it cannot be guided: leave the guidance at 1")
        without = self(noisy, mu, t, self.null_style.expand_as(style))
        return without + guidance * (output - without)
