"""Vocoder files: safetensors with the official names, weight norm folded, sizes in the metadata."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from .generator import Generator, GeneratorConfig


def save_vocoder(generator: Generator, path: Path, dtype: torch.dtype = torch.float32) -> None:
    """Writes a generator without weight norm; biases stay f32, `dtype` is for the weights."""
    tensors = {
        name: tensor.detach().to(dtype if tensor.ndim > 1 else torch.float32).contiguous()
        for name, tensor in generator.state_dict().items()
    }
    save_file(tensors, path, {"vocoder": json.dumps(generator.config.to_dict())})


def load_vocoder(path: Path) -> Generator:
    """Reads what `save_vocoder` wrote."""
    with safe_open(path, "pt") as file:
        section = json.loads(file.metadata()["vocoder"])
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}
    generator = Generator(GeneratorConfig.from_dict(section, tensors["conv_pre.weight"].shape[1]))
    generator.load_state_dict(tensors)
    return generator.eval().requires_grad_(False)
