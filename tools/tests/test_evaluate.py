"""The evaluation of adaptations keeps what it adapts to apart from what it measures."""

from argparse import Namespace
from pathlib import Path

import pytest

from gss.data.utterances import ListError, Utterance
from gss.program import Program

evaluate = pytest.importorskip("gss.evaluation.evaluate", exc_type=ImportError)

OPTIONS = Namespace(model=Path("model"), utterances=7, steps=5, preservation=0.1)


def task(*speakers: str, left: int = 3):
    spare = {name: [Utterance(f"{name}-{n}", name, Path("one.wav"), "one") for n in range(left)] for name in speakers}
    return evaluate.Task([], {}, {}, spare)


def test_every_speaker_gets_an_adapter_of_his_spare_utterances(tmp_path, monkeypatch):
    calls = []

    class Fitted:
        def save(self, path):
            path.write_text("fitted")

    def finetune(model, utterances, most, settings, program):
        calls.append(([utterance.name for utterance in utterances], most, settings.steps, settings.preservation))
        return Fitted()

    monkeypatch.setattr(evaluate, "finetune", finetune)
    evaluate.fit_adapters(task("ann", "bob"), tmp_path / "new", OPTIONS, Program())
    assert calls == [([f"{name}-{n}" for n in range(3)], 7, 5, 0.1) for name in ("ann", "bob")]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["ann.safetensors", "bob.safetensors"]


def test_adapters_that_may_know_the_sentences_are_refused(tmp_path):
    (tmp_path / "ann.safetensors").write_text("")
    with pytest.raises(ListError, match=r"has ann.safetensors already.*choose another folder"):
        evaluate.fit_adapters(task("ann"), tmp_path, OPTIONS, Program())


def test_who_has_too_few_recordings_is_named_before_anybody_is_learnt(tmp_path):
    few = evaluate.Task([], {}, {}, task("ann").spare | task("bob", left=2).spare)
    with pytest.raises(ListError, match="2 recordings of speaker bob"):
        evaluate.fit_adapters(few, tmp_path / "new", OPTIONS, Program())
    assert not (tmp_path / "new").exists()
