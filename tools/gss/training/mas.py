"""Monotonic alignment search: the best monotonic path of frames through tokens."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True)
def monotonic_durations(log_prob: np.ndarray) -> np.ndarray:
    """Frames of each token [tokens] on the path of highest probability through [frames, tokens].

    The path starts at the first token, ends at the last, and stays or advances by one at each
    frame, so every token has at least one frame; there must be as many frames as tokens.
    """
    frames, tokens = log_prob.shape
    if frames < tokens:
        raise ValueError("fewer frames than tokens: no alignment gives each token a frame")
    advanced = np.zeros((frames, tokens), dtype=np.bool_)
    score = np.full(tokens, -np.inf)
    score[0] = log_prob[0, 0]
    for frame in range(1, frames):
        for token in range(min(frame, tokens - 1), -1, -1):
            if token > 0 and score[token - 1] > score[token]:
                score[token] = score[token - 1]
                advanced[frame, token] = True
            score[token] += log_prob[frame, token]
    durations = np.zeros(tokens, dtype=np.int64)
    token = tokens - 1
    for frame in range(frames - 1, -1, -1):
        durations[token] += 1
        if advanced[frame, token]:
            token -= 1
    return durations
