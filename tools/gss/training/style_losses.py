"""Training techniques around the style: each is an option of the trainings."""

from __future__ import annotations

import math
import random

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ..model.layers import StyleAdaptiveLayerNorm

# Noise in references: signal-to-noise ratio in dB, and tilt over the bands in nats, of each reference.
NOISE_SNR_DB = (5.0, 30.0)
NOISE_TILT = 1.5


def with_noise(mel: np.ndarray, generator: random.Random, log_floor: float) -> np.ndarray:
    """A log-mel [frames, n_mels] as if steady noise of a random level and colour had been recorded too.

    Powers add; the magnitude of noise in a band varies as Rayleigh's distribution.
    """
    signal_to_noise = generator.uniform(*NOISE_SNR_DB)
    tilt = generator.uniform(-NOISE_TILT, NOISE_TILT) * np.linspace(-1.0, 1.0, mel.shape[1])
    power = np.exp(2.0 * mel.astype(np.float64))
    noise = np.exp(2.0 * tilt)
    noise *= power.mean() / noise.mean() * 10.0 ** (-0.1 * signal_to_noise)
    chance = np.random.default_rng(generator.getrandbits(64))
    # The square of a Rayleigh variable is exponential.
    noisy = power + noise * chance.exponential(size=mel.shape)
    return np.maximum(0.5 * np.log(noisy), math.log(log_floor)).astype(np.float32)


def mix_styles_in_training(model: nn.Module, alpha: float) -> None:
    """Mix-style layer norm (GenerSpeech, Huang et al., 2022): in training, each adaptive norm sees the
    styles of a batch mixed with those of other items, by shares drawn from Beta(alpha, alpha); 0: off."""
    for module in model.modules():
        if isinstance(module, StyleAdaptiveLayerNorm):
            module.mix_alpha = alpha


def style_distance(
    style_encoder: nn.Module, mel: torch.Tensor, mask: torch.Tensor | None, style: torch.Tensor
) -> torch.Tensor:
    """Speaker-consistency loss of each item [batch]: one minus the cosine between the style of a made mel
    [batch, frames, n_mels] and the style that it was made in.

    Neither the style encoder's weights nor `style` are trained by it: else both would move together.
    """
    frozen = {name: parameter.detach() for name, parameter in style_encoder.named_parameters()}
    made = torch.func.functional_call(style_encoder, frozen, (mel, mask))
    return 1.0 - F.cosine_similarity(made, style.detach(), dim=1)
