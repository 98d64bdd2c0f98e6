"""The equal error rate of scores that are known."""

import numpy as np
import pytest

from gss.evaluation.identity import equal_error_rate


def test_scores_that_are_apart_make_no_error():
    assert equal_error_rate(np.array([0.8, 0.9, 0.7]), np.array([0.1, 0.2, 0.6]))[0] == 0.0


def test_scores_that_are_alike_are_wrong_every_other_time():
    chance = np.random.default_rng(1)
    same, different = chance.standard_normal(2000), chance.standard_normal(3000)
    assert equal_error_rate(same, different)[0] == pytest.approx(0.5, abs=0.03)


def test_a_shift_of_two_deviations_is_known():
    # At the middle between two normal distributions that are two deviations apart: the tail beyond one deviation.
    chance = np.random.default_rng(2)
    same, different = 2 + chance.standard_normal(5000), chance.standard_normal(5000)
    assert equal_error_rate(same, different)[0] == pytest.approx(0.1587, abs=0.01)
