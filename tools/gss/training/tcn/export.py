"""Write a model with a one-dimensional score network as the engine reads it.

    python -m gss.training.tcn.export BASE SCORE PITCH CACHE OUTPUT [--sampling '{"steps": 2, "t_end": 0.16}']

BASE is a model folder whose encoders, transport, vocoder and aligner the new model has; SCORE is a checkpoint of
`gss.training.tcn.train` or `gss.training.tcn.adversarial`, PITCH one of `gss.training.pitch`. The voices are measured anew on the list
`train` of CACHE and its pitch (`gss.vocoder.pitch`). Matrices are stored as 16-bit floats, vectors as 32-bit. The options of both trainings are kept
beside the weights as `training-score.toml` (or `training-adversarial.toml`) and `training-pitch.toml`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from ... import checkpoint
from ...audio.harmonics import level_of
from ...config import ModelConfig, SamplingConfig
from ...data.cache import Corpus
from ...export.model import rounded, write_voices
from ...model import AcousticModel
from ...model.aligner import ALIGNER_FILE
from ...options import RUN_FILE
from ...program import Program
from ...transport import Calibration
from ...vocoder.pitch import STEP, pitch_file

# Taken from the base as they are, where it has them.
KEPT_FILES = ("vocoder.safetensors", ALIGNER_FILE, "training-encoders.toml", "training-vocoder.toml")
# Sections that the score network brings or replaces; all others must be those of the base.
OWN_SECTIONS = ("score_unet", "score_tcn", "reference_encoder", "pitch_predictor")


def load_model(base: Path, score: dict[str, Any], pitch: dict[str, Any]) -> AcousticModel:
    """The encoders of a model folder with the averaged weights of two checkpoints."""
    config = ModelConfig.load(base / "config.json")
    for name, state in (("score network", score), ("pitch predictor", pitch)):
        different = config.differences(ModelConfig.from_dict(state["config"]))
        if different := [section for section in different if section.split(".")[0] not in OWN_SECTIONS]:
            raise SystemExit(f"{base} and the {name} are of different models: {', '.join(different)}")
    trained = ModelConfig.from_dict(score["config"])
    config.score_unet, config.score_tcn = None, trained.score_tcn
    config.reference_encoder = trained.reference_encoder
    config.pitch_predictor = ModelConfig.from_dict(pitch["config"]).pitch_predictor
    model = AcousticModel(config).eval().requires_grad_(False)
    own = set(model.state_dict())
    encoders = load_file(base / "model.safetensors")
    tensors = {name: tensor.float() for name, tensor in encoders.items() if name in own}
    tensors |= {f"pitch_predictor.{name}": tensor for name, tensor in pitch["ema"].items()}
    model.load_state_dict(tensors | score["ema"])
    return model


def levels_of(corpus: Corpus, cache: Path, hop: int) -> list[float]:
    """The level of the pitch of every utterance of the list `train`."""
    hertz = np.load(pitch_file(cache, "train"), mmap_mode="r")
    ends = [(entry["start"], entry["start"] + entry["frames"]) for entry in corpus.entries]
    step = hop // STEP
    return [level_of(np.array(hertz[first * step + step // 2 : last * step : step])) for first, last in ends]


def keep(source: Path, target: Path) -> None:
    """Copies a file that exists and is not the target itself."""
    if source.is_file() and source.resolve() != target.resolve():
        shutil.copyfile(source, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("base", "score", "pitch", "cache", "output"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--sampling", type=json.loads, default={}, help="sampling defaults, as JSON")
    parser.add_argument("--program", type=Path, help="gss-wgpu; see gss.program for where it is looked for")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    score, pitch = checkpoint.load(arguments.score), checkpoint.load(arguments.pitch)
    model = load_model(arguments.base, score, pitch)
    config = model.config
    config.sampling = SamplingConfig(**dataclasses.asdict(config.sampling) | {"guidance": 1.0} | arguments.sampling)
    calibration = Calibration.of(config, Program(arguments.program))

    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "config.json").write_text(config.to_json())
    tensors = rounded(model)
    save_file(tensors, arguments.output / "model.safetensors", {"format": "pt", "profile": config.profile})
    for name in KEPT_FILES:
        keep(arguments.base / name, arguments.output / name)
    network = "adversarial" if "critics" in score else "score"
    for stage, path in ((network, arguments.score), ("pitch", arguments.pitch)):
        keep(path.with_name(RUN_FILE), arguments.output / f"training-{stage}.toml")
    corpus = Corpus.load(arguments.cache, "train")
    # As the engine has the weights, so that its styles are these.
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    levels = levels_of(corpus, arguments.cache, config.audio.hop_length)
    voices = write_voices(model, corpus, calibration, arguments.output / "voices", levels)
    print(f"{sum(tensor.numel() for tensor in tensors.values())} parameters, {voices} voices")


if __name__ == "__main__":
    main()
