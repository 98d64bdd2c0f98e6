"""Text to symbols, silence trimming, and cutting at pauses."""

import numpy as np

from gss.aligner import beta_binomial_log_prior
from gss.data import SPEECH_RMS, trim_and_level
from gss.dataset import cut_at_pauses
from gss.phones import SYMBOLS, text_to_symbols

DICTIONARY = {"a": ["AH0"], "cat": ["K", "AE1", "T"], "bus": ["B", "AH1", "S"]}


def test_there_are_75_distinct_symbols():
    assert len(SYMBOLS) == len(set(SYMBOLS)) == 75


def test_punctuation_takes_the_place_of_the_boundary():
    assert text_to_symbols("A cat, a cat!", DICTIONARY) == [
        *["AH0", " ", "K", "AE1", "T", ",", "AH0", " ", "K", "AE1", "T", "!"]
    ]


def test_possessives_follow_the_stem():
    assert text_to_symbols("CAT'S BUS'S", DICTIONARY) == [
        *["K", "AE1", "T", "S", " ", "B", "AH1", "S", "AH0", "Z", "."]
    ]


def test_unknown_words_give_nothing():
    assert text_to_symbols("a dog", DICTIONARY) is None


def test_trimming_keeps_30_ms_and_levels_the_speech():
    rate = 16000
    tone = 0.01 * np.sin(2 * np.pi * 200 * np.arange(rate) / rate)
    wave = np.concatenate([np.zeros(rate), tone, np.zeros(rate)]).astype(np.float32)
    trimmed = trim_and_level(wave, rate)
    assert abs(len(trimmed) - (rate + 2 * 480)) <= 160
    assert np.isclose(np.sqrt(np.mean(trimmed**2)), SPEECH_RMS, rtol=1e-3)


def test_long_utterances_are_cut_after_pauses():
    symbols = ["AH0", " ", "K", ",", "AE1", "T", ",", "B", "."]
    assert cut_at_pauses(symbols, [10] * 9, 1000) == [(0, 9)]
    assert cut_at_pauses(symbols, [10] * 9, 75) == [(0, 7), (7, 9)]
    # Without a pause within reach the stretch is left out.
    assert cut_at_pauses(symbols, [10] * 9, 30) == [(4, 7), (7, 9)]


def test_the_prior_of_each_frame_is_a_distribution():
    prior = beta_binomial_log_prior(50, 12).exp()
    np.testing.assert_allclose(prior.sum(dim=1).numpy(), 1.0, atol=1e-5)
    assert prior[0].argmax() == 0
    assert prior[-1].argmax() == 11
