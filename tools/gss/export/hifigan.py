"""Converts an official HiFi-GAN checkpoint to a vocoder of this project.

    python -m gss.export.hifigan CHECKPOINT CONFIG --model MODEL

CHECKPOINT is a `g_...` or `generator_...` file of github.com/jik876/hifi-gan, CONFIG the config.json
beside it. Writes MODEL/vocoder.safetensors with the weight norm folded into plain weights, and makes it
the default vocoder in MODEL/config.json, which must describe the mels of the checkpoint's training.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

from ..vocoder.export import install_vocoder
from ..vocoder.generator import Generator, GeneratorConfig

# config.json of this project: the official file.
MEL_SETTINGS = {
    "sample_rate": "sampling_rate",
    "n_fft": "n_fft",
    "win_length": "win_size",
    "hop_length": "hop_size",
    "n_mels": "num_mels",
    "fmin": "fmin",
    "fmax": "fmax",
}


def fold_weight_norm(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Plain weights: every pair `weight_g`, `weight_v` becomes g * v / |v|, the norm over all axes but the first."""
    folded = {}
    for name, tensor in state.items():
        stem, _, kind = name.rpartition(".")
        if kind == "weight_g":
            direction = state[f"{stem}.weight_v"]
            norm = torch.linalg.vector_norm(direction, dim=tuple(range(1, direction.ndim)), keepdim=True)
            folded[f"{stem}.weight"] = tensor * direction / norm
        elif kind != "weight_v":
            folded[name] = tensor
    return folded


def mismatches(official: dict, audio: dict) -> list[str]:
    """What the two configurations say differently about the mel spectrogram."""
    return [
        f"{ours} is {audio[ours]} in the model but {official[theirs]} in the checkpoint"
        for ours, theirs in MEL_SETTINGS.items()
        if audio[ours] != official[theirs]
    ]


def convert(checkpoint: Path, config: Path) -> Generator:
    """The generator of an official checkpoint, with plain weights."""
    official = json.loads(config.read_text())
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["generator"]
    sizes = GeneratorConfig.from_dict(official, official["num_mels"])
    generator = Generator(sizes)
    generator.load_state_dict(fold_weight_norm(state))
    return generator.eval().requires_grad_(False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("config", type=Path)
    parser.add_argument("--model", type=Path, required=True, help="model folder with a config.json")
    options = parser.parse_args()
    audio = json.loads((options.model / "config.json").read_text())["audio"]
    problems = mismatches(json.loads(options.config.read_text()), audio)
    if problems:
        raise SystemExit(f"the checkpoint does not fit the model's mels: {'; '.join(problems)}")
    install_vocoder(convert(options.checkpoint, options.config), options.model, default=True)


if __name__ == "__main__":
    main()
