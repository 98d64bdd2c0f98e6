"""PyTorch as a peer, on the CPU or an accelerator, in several modes."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unittest import mock

import torch
from torch import Tensor
from torch.nn import functional as F

from gss.model import score_unet

from .peer import Peer, PeerError
from .works import Work


@dataclass(frozen=True)
class Mode:
    """How a module is run, and how far its result may then lie from the reference."""

    tf32: bool = False
    bf16: bool = False
    compiled: bool = False
    graph: bool = False
    tolerance: float = Peer.tolerance


# TF32 and bfloat16 keep 10 and 7 bits of a product's factors; errors add up over some fifty layers.
MODES = {
    "eager": Mode(),
    "compile": Mode(compiled=True),
    "graph": Mode(graph=True),
    "tf32": Mode(tf32=True, tolerance=0.03),
    "tf32-graph": Mode(tf32=True, graph=True, tolerance=0.03),
    "bf16": Mode(bf16=True, tolerance=0.2),
}


class PyTorch(Peer):
    def __init__(self, device: str, mode: str, threads: int) -> None:
        self.device = torch.device(device)
        self.mode = MODES[mode]
        self.tolerance = self.mode.tolerance
        self.name = f"PyTorch {torch.__version__.partition('+')[0]} {device} {mode}"
        self.run: Callable[[], Tensor] | None = None
        if self.device.type == "cpu":
            if self.mode.graph or self.mode.tf32:
                raise PeerError(f"{mode} needs a CUDA device")
            torch.set_num_threads(threads)
            self.adapter = f"CPU, {threads} threads"
        elif torch.cuda.is_available():
            self.adapter = torch.cuda.get_device_name(self.device)
        else:
            raise PeerError("PyTorch sees no CUDA device")

    def prepare(self, work: Work, name: str) -> Tensor:
        module = copy.deepcopy(work.module).to(self.device)
        inputs = [value.to(self.device) for value in work.inputs.values()]
        if self.mode.compiled:
            module = torch.compile(module, dynamic=False)
        self.run = lambda: module(*inputs)
        with self._settings():
            if self.mode.graph:
                self.run = self._captured(self.run)
            return self.run().float().cpu()

    def time(self, times: int) -> float:
        with self._settings():
            self._wait()
            start = time.perf_counter()
            for _ in range(times):
                self.run()
            self._wait()
            return (time.perf_counter() - start) * 1e3 / times

    def release(self) -> None:
        self.run = None
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _captured(self, run: Callable[[], Tensor]) -> Callable[[], Tensor]:
        """The same kernels as a CUDA graph: one launch for all of them."""
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            # cuDNN chooses its algorithms before the capture.
            for _ in range(3):
                run()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            output = run()

        def replay() -> Tensor:
            graph.replay()
            return output

        return replay

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    @contextlib.contextmanager
    def _settings(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            stack.enter_context(torch.inference_mode())
            # Of CUDA alone; every peer sets its own before it runs.
            torch.backends.cudnn.benchmark = True
            torch.backends.cudnn.allow_tf32 = self.mode.tf32
            torch.backends.cuda.matmul.allow_tf32 = self.mode.tf32
            if self.device.type == "cuda" or self.mode.compiled:
                # The reference's Mish is the faster one only on the CPU without a compiler.
                stack.enter_context(mock.patch.object(score_unet, "mish", F.mish))
            if self.mode.bf16:
                stack.enter_context(torch.autocast(self.device.type, torch.bfloat16))
            yield
