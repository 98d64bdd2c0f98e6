"""onnxruntime on the CPU as a peer: the reference's modules, exported."""

from __future__ import annotations

import io
import time
from unittest import mock

import onnxruntime
import torch
from torch import Tensor
from torch.nn import functional as F

from gss.model import score_unet

from .peer import Peer
from .works import Work


class OnnxRuntime(Peer):
    def __init__(self, threads: int) -> None:
        self.name = f"onnxruntime {onnxruntime.__version__} cpu"
        self.adapter = f"CPU, {threads} threads"
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = threads
        # Its threads would go on spinning while the next peer is timed.
        self.options.add_session_config_entry("session.force_spinning_stop", "1")
        self.session: onnxruntime.InferenceSession | None = None
        self.inputs: dict = {}

    def prepare(self, work: Work, name: str) -> Tensor:
        file = io.BytesIO()
        # One operator instead of the reference's eight.
        with torch.no_grad(), mock.patch.object(score_unet, "mish", F.mish):
            torch.onnx.export(
                work.module,
                tuple(work.inputs.values()),
                file,
                input_names=list(work.inputs),
                opset_version=18,
                dynamo=False,
            )
        self.session = onnxruntime.InferenceSession(file.getvalue(), self.options, providers=["CPUExecutionProvider"])
        self.inputs = {key: value.numpy() for key, value in work.inputs.items()}
        return torch.from_numpy(self.session.run(None, self.inputs)[0])

    def time(self, times: int) -> float:
        start = time.perf_counter()
        for _ in range(times):
            self.session.run(None, self.inputs)
        return (time.perf_counter() - start) * 1e3 / times

    def release(self) -> None:
        self.session = None
