"""Aligner of mel frames with phones, learnt without labels (One TTS Alignment To Rule Them All)."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# Additive penalty, in nats, of a silent frame for a phone and of a loud frame for a boundary.
SILENCE_WEIGHT = 3.0
BLANK_LOGIT = -1.0
MASKED = -1e4
# Name of the weights in a model folder.
ALIGNER_FILE = "aligner.safetensors"


def silence_of(mel: np.ndarray) -> np.ndarray:
    """How surely each frame [frames, n_mels] is silent, 0 to 1, from its energy.

    The threshold lies a third of the way from the utterance's noise floor to its speech level.
    """
    energy = np.log(np.mean(np.exp(mel), axis=1))
    floor, speech = np.percentile(energy, (2, 95))
    # A clip without pauses has no floor to see: silence is then at least 25 dB below the speech.
    threshold = min(floor + (speech - floor) / 3.0, speech - 2.9)
    return 1.0 / (1.0 + np.exp((energy - threshold) / 0.25))


def beta_binomial_log_prior(frames: int, tokens: int) -> torch.Tensor:
    """log P(token | frame) [frames, tokens] of a beta-binomial that moves along the diagonal."""
    a = torch.arange(1, frames + 1, dtype=torch.float64)[:, None]
    b = frames + 1 - a
    j = torch.arange(tokens, dtype=torch.float64)[None, :]
    n = tokens - 1

    def log_beta(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.lgamma(x) + torch.lgamma(y) - torch.lgamma(x + y)

    choose = -torch.log(torch.tensor(n + 1.0)) - log_beta(n - j + 1, j + 1)
    return (choose + log_beta(j + a, n - j + b) - log_beta(a, b)).float()


class Aligner(nn.Module):
    """Soft alignment from distances of encoded frames and encoded phones."""

    def __init__(self, symbols: int, n_mels: int = 80, hidden: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, hidden)
        self.key = nn.Sequential(
            nn.Conv1d(hidden, 2 * hidden, 3, padding=1), nn.ReLU(), nn.Conv1d(2 * hidden, n_mels, 1)
        )
        self.query = nn.Sequential(
            nn.Conv1d(n_mels, 2 * n_mels, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(2 * n_mels, n_mels, 1),
            nn.ReLU(),
            nn.Conv1d(n_mels, n_mels, 1),
        )
        self.log_temperature = nn.Parameter(torch.tensor(0.03).log())

    def forward(
        self,
        tokens: torch.Tensor,
        mel: torch.Tensor,
        silence: torch.Tensor,
        is_pause: torch.Tensor,
        log_prior: torch.Tensor,
        token_mask: torch.Tensor,
    ) -> torch.Tensor:
        """Unnormalised log probability [batch, frames, tokens].

        `tokens`, `is_pause`, `token_mask` [batch, tokens]; `mel` [batch, frames, n_mels] without
        its utterance mean; `silence` [batch, frames]; `log_prior` [batch, frames, tokens].
        """
        keys = self.key(self.embedding(tokens).transpose(1, 2))
        queries = self.query(mel.transpose(1, 2))
        products = queries.transpose(1, 2) @ keys
        distance = queries.square().sum(1)[:, :, None] + keys.square().sum(1)[:, None, :] - 2.0 * products
        logits = -self.log_temperature.exp() * distance
        mismatch = (silence[:, :, None] - is_pause[:, None, :].to(silence)).abs()
        logits = logits.masked_fill(~token_mask[:, None, :], MASKED)
        logits = F.log_softmax(logits, dim=-1) + log_prior - SILENCE_WEIGHT * mismatch
        return logits.masked_fill(~token_mask[:, None, :], MASKED)


def forward_sum_loss(logits: torch.Tensor, token_lengths: torch.Tensor, frame_lengths: torch.Tensor) -> torch.Tensor:
    """Negative log likelihood of all monotonic paths, as a CTC loss whose labels are the tokens."""
    with_blank = F.pad(logits, (1, 0), value=BLANK_LOGIT)
    targets = torch.arange(1, logits.shape[2] + 1, device=logits.device).expand(logits.shape[0], -1)
    return F.ctc_loss(
        F.log_softmax(with_blank, dim=-1).transpose(0, 1),
        targets,
        frame_lengths,
        token_lengths,
        blank=0,
        zero_infinity=True,
    )
