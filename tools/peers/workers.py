"""Peers that are programs of their own: the engine, and burn. See `worker/src/lib.rs`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import torch
from torch import Tensor

from .peer import Peer, PeerError
from .works import Work


class Worker(Peer):
    """A worker program, started with the choice of an adapter and a folder for tensors."""

    def __init__(self, program: Path, device: str, folder: Path) -> None:
        self.folder = folder / program.name
        self.folder.mkdir()
        if not program.exists():
            raise PeerError(f"{program} is missing: cargo build --release in tools/peers")
        self.process = subprocess.Popen(
            [program, device, self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        ready = self._answer()["ready"]
        self.name, self.adapter = ready["library"], ready["adapter"]

    def prepare(self, work: Work, name: str) -> Tensor:
        work.save(self.folder, "work")
        self._ask({"prepare": "work"})
        output = self.folder / "work.output"
        return torch.frombuffer(bytearray(output.read_bytes()), dtype=torch.float32)

    def time(self, times: int) -> float:
        return self._ask({"time": times})

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def _ask(self, request: dict) -> float:
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise PeerError("its program has ended") from error
        return self._answer()["ms"]

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise PeerError(f"its program ended with status {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer
