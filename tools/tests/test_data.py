"""Recordings to a cache: what is kept, in which form, and what is left out under which name."""

import json
import stat

import numpy as np
import pytest
import soundfile

from gss.config import AudioConfig
from gss.data.cache import SPEECH_RMS, Corpus, fault, prepare, read_lists, trim_and_level
from gss.data.dataset import cut_at_pauses
from gss.data.npy import NpyWriter
from gss.data.utterances import ListError, Utterance
from gss.model.aligner import beta_binomial_log_prior
from gss.phones import SYMBOLS, transcribed_symbols
from gss.program import Program

RATE = 16000


def tone(seconds: float, amplitude: float = 0.1) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * 200 * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_there_are_75_distinct_symbols():
    assert len(SYMBOLS) == len(set(SYMBOLS)) == 75


def test_trimming_keeps_30_ms_and_levels_the_speech():
    wave = np.concatenate([np.zeros(RATE), tone(1.0, 0.01), np.zeros(RATE)]).astype(np.float32)
    trimmed = trim_and_level(wave, RATE)
    assert abs(len(trimmed) - (RATE + 2 * 480)) <= 160
    assert np.isclose(np.sqrt(np.mean(trimmed**2)), SPEECH_RMS, rtol=1e-3)


@pytest.mark.parametrize(
    ("wave", "reason"),
    [
        (tone(1.0), None),
        (tone(0.3), "shorter than 0.5 s"),
        (tone(36.0), "longer than 35 s"),
        (np.zeros(RATE, np.float32), "silent"),
        (np.clip(tone(1.0, 3.0), -1, 1), "clipped"),
        (np.full(RATE, np.nan, np.float32), "samples that are not numbers"),
    ],
)
def test_faults_of_recordings(wave, reason):
    assert fault(wave, RATE) == reason


def test_a_cache_holds_the_good_recordings_and_names_the_others(tmp_path):
    # Two channels at another rate, one good recording, and three that are not.
    soundfile.write(tmp_path / "one.wav", np.stack([tone(1.5)] * 2, axis=1), 2 * RATE)
    soundfile.write(tmp_path / "two.flac", tone(2.0), RATE)
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    (tmp_path / "broken.wav").write_text("not audio")
    names = ("one.wav", "gone.wav", "silent.wav", "two.flac", "broken.wav")
    utterances = [Utterance(name.split(".")[0], "ann", tmp_path / name, "Hm.") for name in names]
    reasons = prepare("train", utterances, tmp_path, AudioConfig(), processes=1)
    assert reasons == {"no such file": 1, "silent": 1, "not readable as a recording": 1}
    rejected = (tmp_path / "train.rejected.tsv").read_text()
    assert [line.split("\t")[0] for line in rejected.splitlines()[1:]] == ["gone", "silent", "broken"]
    corpus = Corpus.load(tmp_path, "train")
    assert [entry["utterance"] for entry in corpus.entries] == ["one", "two"]
    assert corpus.mel(1).shape == (corpus.entries[1]["frames"], 80)
    assert abs(corpus.entries[1]["frames"] - 2.0 * RATE / 256) < 4
    assert len(np.load(tmp_path / "train.audio.npy")) == 256 * sum(entry["frames"] for entry in corpus.entries)


def test_a_growing_array_reads_back_and_a_failed_one_leaves_nothing(tmp_path):
    parts = [np.arange(6, dtype=np.float32).reshape(3, 2), np.zeros((0, 2), np.float32), np.ones((1000, 2), np.float32)]
    with NpyWriter(tmp_path / "a.npy", np.float32, (2,)) as file:
        for part in parts:
            file.append(part)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy", mmap_mode="r"), np.concatenate(parts))
    with pytest.raises(RuntimeError), NpyWriter(tmp_path / "b.npy", np.int16):
        raise RuntimeError
    assert not (tmp_path / "b.npy").exists()
    assert not (tmp_path / "b.part").exists()


def test_a_speaker_is_not_both_trained_on_and_unseen(tmp_path):
    for name, speaker in (("train", "ann"), ("dev", "ann"), ("voices", "bob")):
        (tmp_path / f"{name}.tsv").write_text(f"path\tspeaker\n{name}.wav\t{speaker}\n")
    with pytest.raises(ListError, match="speakers of dev are also in train: ann"):
        read_lists([f"{name}={tmp_path / name}.tsv" for name in ("train", "dev")])
    lists = read_lists([f"train={tmp_path}/train.tsv", f"train={tmp_path}/voices.tsv"])
    assert [utterance.speaker for utterance in lists["train"]] == ["ann", "bob"]
    with pytest.raises(ListError, match="NAME=SOURCE"):
        read_lists([str(tmp_path / "train.tsv")])


def test_what_cannot_be_aligned_is_named(tmp_path):
    script = tmp_path / "gss-wgpu"
    answers = [[{"symbols": ["HH", "AY1", "."]}], [{"symbols": ["HH", "AY1", "."]}], []]
    script.write_text("#!/bin/sh\ncat > /dev/null\n" + "".join(f"echo '{json.dumps(a)}'\n" for a in answers))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    rows = (("long", "Hi", 3), ("short", "Hi", 2), ("wordless", "--", 50), ("untranscribed", "", 50))
    entries = [dict(zip(("utterance", "text", "frames"), row, strict=True)) for row in rows]
    kept, rejected = transcribed_symbols(entries, Program(script))
    assert kept == {"long": ["HH", "AY1", "."]}
    assert rejected == [("short", "3 symbols in 2 frames"), ("wordless", "no pronounceable word")]


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
