"""Scores and the weightless vocoder."""

import numpy as np
import pytest

from gss.audio.griffin_lim import griffin_lim
from gss.audio.mel import log_mel
from gss.config import AudioConfig
from gss.export.goldens import chirp_and_noise


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("same", "same", 0), ("ab", "ba", 2)],
)
def test_edit_distance(said, heard, errors):
    metrics = pytest.importorskip("gss.evaluation.metrics")
    assert metrics.edit_distance(said, heard) == errors


def test_error_rates_compare_words_alone():
    metrics = pytest.importorskip("gss.evaluation.metrics")
    assert metrics.normalise("“Don’t stop,” he SAID -- twice.") == "don't stop he said twice"


def test_another_recogniser_is_any_command(tmp_path):
    recogniser = pytest.importorskip("gss.data.recogniser")
    script = tmp_path / "recogniser"
    script.write_text('#!/bin/sh\n[ "$1" = --language ] && [ -s "$3" ] && echo "so it goes"\n')
    script.chmod(0o755)
    assert recogniser.CommandRecogniser(f"{script} --language en")(np.zeros(1600)) == "so it goes\n"
    with pytest.raises(SystemExit, match="did not start"):
        recogniser.CommandRecogniser(str(tmp_path / "none"))(np.zeros(1600))


def test_griffin_lim_says_what_the_mel_says():
    audio = AudioConfig()
    wave = chirp_and_noise(audio.sample_rate, 0.6).float()
    mel = log_mel(wave, audio)
    rebuilt = griffin_lim(mel, audio)
    assert rebuilt.shape == (mel.shape[1] * audio.hop_length,)
    loud = mel > -4.0
    assert (log_mel(rebuilt, audio) - mel)[loud].abs().mean() < 0.15
