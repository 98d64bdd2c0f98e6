"""Reads a model as the engine has it: a folder with `config.json` and `model.safetensors`."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file

from .config import ModelConfig
from .model import AcousticModel


def load_model(folder: Path) -> AcousticModel:
    """The model of a folder, in single precision, to be used or changed."""
    model = AcousticModel(ModelConfig.load(folder / "config.json")).eval()
    tensors = load_file(folder / "model.safetensors")
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return model
