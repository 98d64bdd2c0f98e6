"""Critics of mel spectrograms: which were recorded, and which were made?"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from ...model.style_encoder import MEL_MEAN, MEL_STD

SLOPE = 0.2


class Critic(nn.Module):
    """Scores of the patches of a mel beside its mean mel, in a style.

    The style takes part by its inner product with the last features (Miyato and Koyama, arXiv 1802.05637).
    """

    def __init__(self, style: int, width: int) -> None:
        super().__init__()
        layers = (
            nn.Conv2d(2, width, 5, 2, 2),
            nn.Conv2d(width, 2 * width, 3, 1, 1),
            nn.Conv2d(2 * width, 4 * width, 4, 2, 1),
            nn.Conv2d(4 * width, 4 * width, 3, 1, 1),
        )
        self.layers = nn.ModuleList(weight_norm(layer) for layer in layers)
        self.score = weight_norm(nn.Conv2d(4 * width, 1, 3, 1, 1))
        self.style = nn.Linear(style, 4 * width)

    def forward(self, pictures: Tensor, style: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Scores [batch, 1, height / 4, width / 4] of pictures [batch, 2, height, width] in styles [batch, style], 1
        for recorded and 0 for made ones, and the features of every layer."""
        x, features = pictures, []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), SLOPE)
            features.append(x)
        match = (x * self.style(style)[:, :, None, None]).sum(dim=1, keepdim=True)
        return self.score(x) + match / x.shape[1] ** 0.5, features


class Critics(nn.Module):
    """One critic that sees the mel as it is, about 30 frames and bands at a time, and one that sees it at half its
    resolution, and so twice as much."""

    def __init__(self, style: int, width: int = 32) -> None:
        super().__init__()
        self.critics = nn.ModuleList(Critic(style, width) for _ in range(2))

    def forward(self, mel: Tensor, mean: Tensor, style: Tensor) -> list[tuple[Tensor, list[Tensor]]]:
        """What each says of log-mels around mean mels [batch, frames, n_mels], in styles [batch, style]."""
        pictures = torch.stack([(mel - MEL_MEAN) / MEL_STD, (mean - MEL_MEAN) / MEL_STD], dim=1).transpose(2, 3)
        fine, coarse = self.critics
        return [fine(pictures, style), coarse(F.avg_pool2d(pictures, 2), style)]
