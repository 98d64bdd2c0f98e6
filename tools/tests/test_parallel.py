"""Distortion and pitch against a recording."""

import numpy as np
import pytest

from gss.config import AudioConfig

parallel = pytest.importorskip("gss.evaluation.parallel", exc_type=ImportError)
RATE = 16000


def voice(pitch, seconds=1.2, tilt=1.0):
    """A buzz whose pitch rises by a fifth of an octave and whose spectrum opens up halfway."""
    time = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * pitch * np.cumsum(2.0 ** (0.2 * time / seconds)) / RATE
    opening = 1.0 + (time > seconds / 2)
    partials = [np.sin(n * phase) / n ** (tilt * opening) for n in range(1, 25)]
    return (0.05 * np.sum(partials, axis=0)).astype(np.float32)


def test_a_recording_is_no_different_from_itself():
    same = parallel.compare(voice(120), voice(120), AudioConfig())
    assert same.mcd == 0.0
    assert same.f0_error == 0.0
    assert same.f0_correlation == pytest.approx(1.0)


def test_tempo_and_level_hardly_count_but_timbre_does():
    real, audio = voice(120), AudioConfig()
    slower = parallel.compare(voice(120, seconds=1.5), real, audio).mcd
    quieter = parallel.compare(0.5 * real, real, audio).mcd
    duller = parallel.compare(voice(120, tilt=1.6), real, audio).mcd
    assert duller > 2 * slower
    assert duller > 2 * quieter


def test_an_octave_is_twelve_semitones():
    time = np.linspace(0, 1, 60)
    real = 100 * 2.0 ** (0.3 * np.sin(9 * time))
    error, correlation = parallel.pitch_difference(2 * real, real)
    assert error == pytest.approx(12.0)
    assert correlation == pytest.approx(1.0)


def test_pitch_is_compared_only_where_both_are_voiced():
    real = np.full(40, 100.0)
    made = np.where(np.arange(40) < 5, 100.0, 0.0)
    assert parallel.pitch_difference(made, real) == (None, None)
