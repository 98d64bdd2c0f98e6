"""The stages from recordings to a model: in order, each with what the one before has made, and not twice."""

import dataclasses
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gss.options import read_toml
from gss.training.adversarial import AdversarialOptions
from gss.training.aligner import AlignerOptions
from gss.training.encoders import EncoderOptions
from gss.training.pitch import PitchOptions
from gss.training.recipe import RECIPE, SHIPPED_CONFIG, STAGES, Recipe
from gss.training.score import ScoreOptions
from gss.training.tcn.train import TcnOptions
from gss.vocoder.train import VocoderOptions

ITEMS = ["train=a.tsv", "train=b.tsv", "dev=d.tsv", "voices=v.tsv"]
BEFORE_EXPORT = ["speech", "transcripts", "symbols", "aligner", "encoders", "score"]


class Modules:
    """Notes what is run, and leaves behind what the real modules would."""

    def __init__(self) -> None:
        self.names = []
        self.commands = {}

    def __call__(self, command: list[str]) -> None:
        name, *arguments = command
        self.names.append(name)
        self.commands[name] = arguments
        if name == "gss.data.cache":
            cache = Path(arguments[0])
            cache.mkdir()
            for item in arguments[1:]:
                (cache / f"{item.partition('=')[0]}.json").write_text(json.dumps([{"text": ""}]))
        if name == "gss.data.transcribe":
            entries = [{"text": "", "recognised": True}]
            (Path(arguments[0]) / "voices.json").write_text(json.dumps(entries))
        if name == "gss.phones":
            Path(arguments[1]).write_text("{}")
        if name == "gss.training.aligner":
            Path(arguments[2]).mkdir()
            (Path(arguments[2]) / "durations.json").write_text("{}")
        if name == "gss.export.model":
            self.export(Path(arguments[3]), json.loads(arguments[arguments.index("--sampling") + 1]))

    @staticmethod
    def export(folder: Path, sampling: dict) -> None:
        folder.mkdir()
        config = json.loads(SHIPPED_CONFIG.read_text()) | {"sampling": sampling}
        (folder / "config.json").write_text(json.dumps(config))
        for name in ("model.safetensors", "training-score.toml"):
            (folder / name).write_text("")


def run_stages(recipe: Recipe) -> None:
    for name in BEFORE_EXPORT:
        STAGES[name](recipe)


def test_every_stage_gets_what_the_one_before_has_made(tmp_path):
    modules = Modules()
    run_stages(Recipe(tmp_path, RECIPE, ITEMS, modules))
    trainings = ["gss.training.aligner", "gss.training.encoders", "gss.training.score"]
    assert modules.names == ["gss.data.cache", "gss.data.transcribe", "gss.phones", *trainings]
    assert modules.commands["gss.data.cache"][1:] == ITEMS
    assert modules.commands["gss.phones"][2:] == ["--lists", "train", "dev", "voices"]
    durations = str(tmp_path / "aligner" / "durations.json")
    assert modules.commands["gss.training.encoders"][1] == durations
    assert modules.commands["gss.training.score"][1:3] == [durations, str(tmp_path / "encoders" / "encoders.pt")]


def test_the_critic_judges_the_calibrated_draft_and_the_model_is_what_it_made(tmp_path, monkeypatch):
    monkeypatch.setattr("gss.training.recipe.offset_of", lambda folder, cache, phones: 0.1234)
    modules = Modules()
    recipe = Recipe(tmp_path, RECIPE, ITEMS, modules)
    for name in ("draft", "adversarial", "model", "draft", "model"):
        STAGES[name](recipe)
    assert modules.names == ["gss.export.model", "gss.export.model", "gss.training.adversarial", "gss.export.model"]
    assert modules.commands["gss.training.adversarial"][2:4] == [str(tmp_path / "draft"), str(tmp_path / "adversarial")]
    assert modules.commands["gss.export.model"][2] == str(tmp_path / "adversarial" / "score.pt")
    for folder, offset in (("uncalibrated", 0.0), ("draft", 0.123), ("model", 0.123)):
        config = json.loads((tmp_path / folder / "config.json").read_text())
        assert config["sampling"]["duration_offset"] == offset
    assert (tmp_path / "model" / "training-score.toml").is_file()


def test_what_is_finished_is_not_done_again(tmp_path):
    run_stages(Recipe(tmp_path, RECIPE, ITEMS, Modules()))
    again = Modules()
    run_stages(Recipe(tmp_path, RECIPE, ITEMS, again))
    # These two go on from their checkpoints, or find that they have come to their end.
    assert again.names == ["gss.training.encoders", "gss.training.score"]


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        ("aligner", AlignerOptions),
        ("encoders", EncoderOptions),
        ("score", ScoreOptions),
        ("adversarial", AdversarialOptions),
        ("vocoder", VocoderOptions),
    ],
)
def test_recipes_name_every_option_but_where_to_start(stage, kind):
    path = RECIPE / f"{stage}.toml"
    read_toml(path, kind)
    # A default may change; what the recipe trains must not.
    assert {field.name for field in dataclasses.fields(kind)} - tomllib.loads(path.read_text()).keys() <= {"start"}


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        ("encoders", EncoderOptions),
        ("score", TcnOptions),
        ("pitch", PitchOptions),
        ("vocoder", VocoderOptions),
    ],
)
def test_the_options_beside_the_weights_can_be_read(stage, kind):
    assert read_toml(SHIPPED_CONFIG.with_name(f"training-{stage}.toml"), kind)


@pytest.mark.parametrize(
    ("items", "complaint"),
    [(["train=a"], "a list dev=SOURCE is missing"), (["train=a", "dev=b", "test=c"], "not test")],
)
def test_lists_that_do_not_make_a_model_are_refused(tmp_path, items, complaint):
    command = [sys.executable, "-m", "gss.training.recipe", str(tmp_path / "work"), *items]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert not (tmp_path / "work").exists()
