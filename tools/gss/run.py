"""What trainings share: how far a run is, where it was stopped, its log and its averaged weights."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from .options import RunOptions

Item = TypeVar("Item")


class Clock:
    """How much of a run is done, by its updates where their number is given, else by the minutes."""

    def __init__(self, options: RunOptions, seconds: float) -> None:
        self.options = options
        self.started = time.monotonic()
        self.before = seconds

    def seconds(self) -> float:
        """Training time so far, over all pieces."""
        return self.before + time.monotonic() - self.started

    def progress(self, step: int) -> float:
        """Share of the run that is done, in 0..1."""
        if self.options.updates:
            return min(1.0, step / self.options.updates)
        return min(1.0, self.seconds() / (60.0 * self.options.minutes))

    def piece_over(self, spare_seconds: float = 0.0) -> bool:
        """Whether this piece of the run ends within so many seconds."""
        piece = 60.0 * self.options.piece_minutes
        return piece > 0.0 and time.monotonic() - self.started + spare_seconds >= piece


class Passes(Generic[Item]):
    """Endless passes over shuffled training data that go on exactly where they were stopped.

    `one_pass` makes the items of a pass with the randomness that it is given, and with no other.
    """

    def __init__(self, one_pass: Callable[[random.Random], list[Item]], seed: int) -> None:
        self.one_pass = one_pass
        self.generator = random.Random(seed)
        self.begun = self.generator.getstate()
        self.position = 0

    def __iter__(self) -> Iterator[Item]:
        while True:
            self.generator.setstate(self.begun)
            items = self.one_pass(self.generator)
            if not items:
                raise SystemExit("there is nothing to train on: no utterance is aligned well enough")
            while self.position < len(items):
                self.position += 1
                yield items[self.position - 1]
            self.begun, self.position = self.generator.getstate(), 0

    def state(self) -> dict[str, Any]:
        """Where the passes are."""
        return {"begun": self.begun, "position": self.position}

    def resume(self, state: dict[str, Any]) -> None:
        """Goes on where `state` was taken."""
        self.begun, self.position = state["begun"], state["position"]


class Log:
    """`log.jsonl` of a run, one record a line, also printed."""

    def __init__(self, run: Path) -> None:
        self.path = run / "log.jsonl"

    def write(self, record: dict[str, float | None]) -> None:
        with open(self.path, "a") as file:
            print(json.dumps(record), file=file)
        values = (f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in record.items())
        print(" ".join(values), flush=True)


def use_device(options: RunOptions) -> torch.device:
    """The device of a run, refused where this machine lacks it."""
    torch.set_num_threads(options.threads)
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not available[options.device]:
        there = ", ".join(name for name, present in available.items() if present)
        raise SystemExit(f"PyTorch finds no device {options.device} here; there is {there}")
    return torch.device(options.device)


def random_state() -> dict[str, Any]:
    """State of PyTorch's generators: those that the noise of training is drawn from."""
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def restore_random_state(state: dict[str, Any]) -> None:
    """Goes on with the noise where `random_state` was taken."""
    torch.set_rng_state(state["cpu"].cpu())
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"].cpu())


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, step: int, decay: float) -> None:
    """Exponential moving average of the weights, shorter in the beginning."""
    decay = min(decay, (1 + step) / (10 + step))
    for slow, fast in zip(average.parameters(), model.parameters(), strict=True):
        slow.lerp_(fast, 1.0 - decay)
