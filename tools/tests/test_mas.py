"""Monotonic alignment search against every path of small cases."""

import itertools

import numpy as np
import pytest

from gss.training.mas import monotonic_durations


def every_path(frames: int, tokens: int):
    """Durations of all monotonic paths that give each token at least one frame."""
    for cuts in itertools.combinations(range(1, frames), tokens - 1):
        yield np.diff([0, *cuts, frames])


@pytest.mark.parametrize(("frames", "tokens"), [(1, 1), (6, 1), (5, 5), (7, 3), (9, 4)])
def test_equals_brute_force(frames, tokens):
    log_prob = np.random.default_rng(frames * 10 + tokens).normal(size=(frames, tokens)).astype(np.float32)

    def score(durations):
        return log_prob[np.arange(frames), np.repeat(np.arange(tokens), durations)].sum()

    best = max(every_path(frames, tokens), key=score)
    assert monotonic_durations(log_prob).tolist() == best.tolist()


def test_every_token_has_a_frame_and_frames_add_up():
    durations = monotonic_durations(np.random.default_rng(0).normal(size=(200, 37)).astype(np.float32))
    assert durations.sum() == 200
    assert durations.min() >= 1


def test_fewer_frames_than_tokens_are_refused():
    with pytest.raises(ValueError, match="fewer frames than tokens"):
        monotonic_durations(np.zeros((3, 4), dtype=np.float32))
