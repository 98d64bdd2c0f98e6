"""Curves of a log, each in the panel of its name."""

import json

import pytest

plots = pytest.importorskip("gss.evaluation.plots", exc_type=ImportError)

RECORDS = [
    {"step": 10, "seconds": 3, "lr": 1e-3, "prior": 2.0},
    {"step": 20, "seconds": 6, "lr": 1e-3, "prior": 1.5, "dev_prior": 1.7, "dev_length": 0.9},
]


def test_every_recorded_value_becomes_a_curve_and_the_pictures_appear(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    found = plots.curves(log)
    assert found["prior"] == ([10, 20], [2.0, 1.5])
    assert found["dev_prior"] == ([20], [1.7])
    assert set(found) == {"prior", "dev_prior", "dev_length"}
    plots.draw_losses(log, tmp_path / "losses.png")
    assert (tmp_path / "losses.png").read_bytes().startswith(b"\x89PNG")
