"""The harness's judgement: who is timed, what a ratio is, and that every peer gets the same work."""

import pytest
import torch
from safetensors.torch import load_file

from peers.compare import Contest
from peers.peer import Peer, PeerError
from peers.report import table
from peers.works import WORKS, difference, matmul, reference, score_unet


def run(name, *peers):
    return Contest(name, list(peers)).run(rounds=3, seconds=60.0)


class Fake(Peer):
    """Computes `factor` times the right result in `ms`."""

    adapter = "none"

    def __init__(self, name, ms, factor=1.0, failure=None):
        self.name, self.ms, self.factor, self.failure = name, ms, factor, failure

    def prepare(self, work, name):
        if self.failure:
            raise PeerError(self.failure)
        with torch.inference_mode():
            return self.factor * work.module(*work.inputs.values())

    def time(self, times):
        return self.ms


@pytest.fixture
def work(monkeypatch):
    monkeypatch.setitem(WORKS, "product", lambda: matmul(5, 4, 3))
    return "product"


def test_a_ratio_is_the_peers_time_over_the_engines(work):
    ours, slow = run(work, Fake("ours", 2.0), Fake("slow", 8.0))
    assert (ours.ms, slow.ms, slow.ours_ms, slow.ratio, slow.rounds) == (2.0, 8.0, 2.0, 4.0, 3)
    assert "8 ms (4.00x)" in table([ours, slow])


def test_a_peer_that_computes_something_else_is_not_timed(work):
    _, wrong = run(work, Fake("ours", 2.0), Fake("wrong", 1.0, factor=1.01))
    assert wrong.ms is None and wrong.ratio is None
    assert "differs by 0.01" in wrong.failure


def test_a_failing_peer_leaves_the_others_their_figures(work):
    peers = [Fake("ours", 2.0), Fake("broken", 1.0, failure="out of memory"), Fake("other", 3.0)]
    _, broken, other = run(work, *peers)
    assert broken.failure == "out of memory" and broken.ms is None
    assert other.ratio == 1.5
    assert "failed" in table([broken, other])


def test_an_infinite_or_cut_output_differs():
    expected = torch.ones(4)
    assert not difference(torch.full((4,), torch.nan), expected) <= 1e-3
    assert not difference(torch.ones(3), expected) <= 1e-3


def test_the_workers_get_the_weights_and_inputs_of_the_module(tmp_path):
    work = matmul(5, 4, 3)
    work.save(tmp_path, "work")
    tensors = load_file(tmp_path / "work.safetensors")
    product = tensors["op.weight"] @ tensors["input.x"]
    assert difference(product, reference(work)) < 1e-6


def test_single_precision_holds_in_a_random_network():
    work = score_unet(32, 0.1)
    with torch.inference_mode():
        output = work.module(*work.inputs.values())
    assert difference(output, reference(work)) < 1e-4
