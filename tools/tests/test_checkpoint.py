"""Checkpoints survive being cut into pieces, and options their file."""

import argparse
import dataclasses

import pytest
import torch

from gss import checkpoint
from gss.options import RunOptions, add_options, option, resolve

STATE = {"weight": torch.arange(40_000, dtype=torch.float32), "step": 7}


@dataclasses.dataclass
class Options(RunOptions):
    seed: int = option(5, "another default")
    solver: str = option("a", "of two", ("a", "b"))


def options_of(run, *command: str) -> Options:
    parser = argparse.ArgumentParser()
    add_options(parser, Options)
    return resolve(parser.parse_args(command), Options, run)


def test_pieces_make_the_whole_and_replace_it(tmp_path):
    path = tmp_path / "a.pt"
    checkpoint.save(STATE, path)
    checkpoint.save(STATE, path, shard_mib=0.05)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 4
    assert max(file.stat().st_size for file in files) <= 0.05 * 2**20
    loaded = checkpoint.load(path)
    assert torch.equal(loaded["weight"], STATE["weight"])
    assert loaded["step"] == 7
    files[1].unlink()
    with pytest.raises(SystemExit, match="incomplete"):
        checkpoint.load(path)
    checkpoint.save(STATE, path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.pt"]


def test_a_missing_checkpoint_is_named(tmp_path):
    assert not checkpoint.exists(tmp_path / "a.pt")
    with pytest.raises(SystemExit, match=r"no checkpoint .*a\.pt"):
        checkpoint.load(tmp_path / "a.pt")


def test_the_command_line_wins_over_the_file_and_the_file_over_the_run(tmp_path):
    (tmp_path / "c.toml").write_text('minutes = 3\nsolver = "b"\nbf16 = true\n')
    run = tmp_path / "run"
    first = options_of(run, "--minutes", "9", "--piece-minutes", "8")
    assert (first.minutes, first.piece_minutes, first.seed, first.solver) == (9.0, 8.0, 5, "a")
    # What the run was started with holds when it is resumed.
    assert options_of(run) == first
    second = options_of(run, "--config", str(tmp_path / "c.toml"), "--seed", "1", "--no-bf16")
    assert second == dataclasses.replace(first, minutes=3.0, solver="b", seed=1)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("minuts = 3", "unknown option minuts"),
        ('minutes = "3"', "minutes must be of type float"),
        ("updates = 1.5", "updates must be of type int"),
        ('solver = "c"', "solver must be one of a, b"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, content, complaint):
    (tmp_path / "c.toml").write_text(content)
    with pytest.raises(SystemExit, match=complaint):
        options_of(tmp_path / "run", "--config", str(tmp_path / "c.toml"))
