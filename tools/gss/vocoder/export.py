"""Vocoder files: safetensors with the official names, weight norm folded, sizes in the metadata."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from .generator import Generator, GeneratorConfig


def save_vocoder(
    generator: Generator, path: Path, dtype: torch.dtype = torch.float32, audio: dict | None = None
) -> None:
    """Writes a generator without weight norm; biases stay f32, `dtype` is for the weights. `audio`, the
    mel settings that it was trained on, lets the engine refuse it beside a model of other ones."""
    tensors = {
        name: tensor.detach().to(dtype if tensor.ndim > 1 else torch.float32).contiguous()
        for name, tensor in generator.state_dict().items()
    }
    metadata = {"vocoder": json.dumps(generator.config.to_dict())}
    if audio is not None:
        metadata["audio"] = json.dumps(audio)
    save_file(tensors, path, metadata)


def load_vocoder(path: Path) -> Generator:
    """Reads what `save_vocoder` wrote."""
    with safe_open(path, "pt") as file:
        section = json.loads(file.metadata()["vocoder"])
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}
    generator = Generator(GeneratorConfig.from_dict(section, tensors["conv_pre.weight"].shape[1]))
    generator.load_state_dict(tensors)
    return generator.eval().requires_grad_(False)
