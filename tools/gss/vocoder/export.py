"""Vocoder files: safetensors with the official names, weight norm folded, sizes in the metadata.

    python -m gss.vocoder.export GENERATOR MODEL [--default]

puts a trained generator into a model folder: MODEL/vocoder.safetensors, the section `vocoder` of
MODEL/config.json, and the options of its run as MODEL/training-vocoder.toml; with --default it is the
vocoder that the model speaks through.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from ..config import AudioConfig
from ..options import RUN_FILE
from .generator import Generator, GeneratorConfig
from .source_filter import SourceFilter, SourceFilterConfig

Vocoder = Generator | SourceFilter


def save_vocoder(generator: Vocoder, path: Path, dtype: torch.dtype = torch.float32, audio: dict | None = None) -> None:
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


def load_vocoder(path: Path) -> Vocoder:
    """Reads what `save_vocoder` wrote."""
    with safe_open(path, "pt") as file:
        notes = file.metadata()
        section = json.loads(notes["vocoder"])
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (the file is no mapping)
    if section["kind"] == "source-filter":
        audio = AudioConfig(**json.loads(notes["audio"]))
        generator = SourceFilter(SourceFilterConfig.from_dict(section), audio)
    else:
        generator = Generator(GeneratorConfig.from_dict(section, tensors["conv_pre.weight"].shape[1]))
    generator.load_state_dict(tensors)
    return generator.eval().requires_grad_(False)


def vocoder_audio(path: Path) -> dict | None:
    """The mel settings that a vocoder was trained on, where its file says so."""
    with safe_open(path, "pt") as file:
        audio = (file.metadata() or {}).get("audio")
    return audio and json.loads(audio)


def install_vocoder(generator: Vocoder, model: Path, default: bool, dtype: torch.dtype = torch.float32) -> None:
    """Makes a generator the neural vocoder of a model folder, and its default one where asked to."""
    config = json.loads((model / "config.json").read_text())
    save_vocoder(generator, model / "vocoder.safetensors", dtype, config["audio"])
    config["vocoder"] = generator.config.to_dict()
    config["default_vocoder"] = config["vocoder"]["kind"] if default else "griffin-lim"
    (model / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("generator", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--default", action="store_true")
    options = parser.parse_args()
    generator = load_vocoder(options.generator)
    # Half precision halves the file; the difference lay 78 dB below the first model's audio.
    install_vocoder(generator, options.model, options.default, torch.float16)
    run = options.generator.with_name(RUN_FILE)
    if run.is_file():
        shutil.copyfile(run, options.model / "training-vocoder.toml")
    else:
        print(f"there is no {run}: the model will not say how its vocoder was trained")


if __name__ == "__main__":
    main()
