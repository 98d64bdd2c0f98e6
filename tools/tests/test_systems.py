"""What the names of evaluated systems mean, and how the engine's program is called."""

import json
import stat
from pathlib import Path

import pytest

from gss.config import SamplingConfig
from gss.program import Program

systems = pytest.importorskip("gss.evaluation.systems", exc_type=ImportError)


def program(folder: Path, script: str) -> Program:
    """A program that does what a shell script says."""
    path = folder / "gss-wgpu"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Program(path)


def test_a_name_changes_only_what_it_says():
    default = SamplingConfig(solver="ddim", steps=9, temperature=0.5, clip=2.0)
    assert systems.sampling_of("model", default) == default
    named = systems.sampling_of("dpm++2m:4", default)
    assert (named.solver, named.steps, named.temperature, named.clip) == ("dpm++2m", 4, 0.5, 2.0)
    named = systems.sampling_of("ml-sde:20:0.8:0", default)
    assert (named.solver, named.steps, named.temperature, named.clip) == ("ml-sde", 20, 0.8, None)
    assert named.guidance == 1.0
    assert systems.sampling_of("ddim:6:0.5:2:1.5", default).guidance == 1.5


def test_sweeps_stand_for_their_systems_once():
    names = systems.expand(["recordings", "real", "dpm++2m:4", "steps"])
    assert names[:3] == ["real", "griffin-lim", "vocoder"]
    assert names.count("dpm++2m:4") == 1
    assert "ml-sde:100" in names


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SystemExit, match="vocoder.safetensors"):
        _ = systems.Resources(tmp_path, Program()).generator


def test_engine_options_become_the_commands_own():
    from gss.evaluation.engine import options_of

    assert options_of("steps=4,temperature=0.5") == ["--steps", "4", "--temperature", "0.5"]
    assert options_of("") == []
    with pytest.raises(SystemExit, match="OPTION=VALUE"):
        options_of("4")


def test_the_engine_speaks_as_its_user_would(tmp_path):
    summary = json.dumps({"real_time_factor": 0.5, "seconds": 2.0})
    copy = f'echo "$@" > {tmp_path}/arguments; while [ "$1" != --output ]; do shift; done; cp {tmp_path}/in.wav "$2"'
    fake = program(tmp_path, f"{copy}\necho '{summary}'")
    import numpy as np
    import soundfile

    soundfile.write(tmp_path / "in.wav", np.zeros(8000), 16000)
    sentence = systems.Sentence("a", "ann", "Say it.", tmp_path / "ann.flac", None)
    resources = systems.Resources(tmp_path / "model", fake)
    speech = systems.build("engine:steps=4", resources)(sentence)
    assert (len(speech.wave), speech.elapsed) == (8000, 1.0)
    arguments = (tmp_path / "arguments").read_text()
    assert arguments.startswith(f"synth --model {tmp_path}/model --text Say it. --reference {tmp_path}/ann.flac")
    assert arguments.strip().endswith("--json --steps 4")


def test_symbols_of_all_sentences_of_a_line_are_joined(tmp_path):
    answer = json.dumps([{"symbols": ["HH", "AY1", "."]}, {"symbols": ["OW1", "!"]}])
    fake = program(tmp_path, f"cat > {tmp_path}/texts; echo '{answer}'; echo '[]'")
    assert fake.symbols(["Hi.\nOh!", "..."]) == [["HH", "AY1", ".", "OW1", "!"], []]
    assert (tmp_path / "texts").read_text() == "Hi. Oh!\n...\n"


def test_a_failing_program_is_quoted(tmp_path):
    with pytest.raises(SystemExit, match="g2p failed: error: no"):
        program(tmp_path, "echo 'error: no' >&2; exit 1").symbols(["Hi"])
