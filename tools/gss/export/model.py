"""Write a trained model as the engine reads it: config.json, model.safetensors and voices.

    python -m gss.export.model CACHE ENCODERS SCORE OUTPUT [--style-contrast 1.25] [--sampling '{"steps": 6}']

`ENCODERS` and `SCORE` are checkpoints of `training.encoders` and `training.score`; a config.json that is
already in `OUTPUT` gives the vocoder's settings. Matrices are stored as 16-bit floats, vectors as
32-bit; the effect of the rounding on the prior is printed. `SCORE` may also be a checkpoint of
`gss.training.adversarial` or `gss.training.distil`. The options of both runs are kept beside the weights as
`training-encoders.toml` and `training-score.toml` or `training-adversarial.toml`. `--aligner` adds the aligner, which
`gss.adaptation.finetune` needs; `--transport` makes a model that transports its mean (`gss.transport`), and measures
its voices.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from .. import checkpoint
from ..config import ModelConfig, SamplingConfig, TransportConfig
from ..data.cache import Corpus
from ..model import AcousticModel
from ..model.aligner import ALIGNER_FILE
from ..options import RUN_FILE
from ..program import Program
from ..transport import Calibration, voice_of

VOICE_UTTERANCES = 20
MEAN_UTTERANCES = 3
LIBRISPEECH = (
    "CC BY 4.0",
    (
        'V. Panayotov, G. Chen, D. Povey, S. Khudanpur, "LibriSpeech: an ASR corpus based on public domain audio '
        'books", ICASSP 2015'
    ),
)
# Name of the voice: speaker, source, licence, attribution.
VOICES = {
    f"ls-{speaker}-{sex}": (speaker, f"LibriSpeech speaker {speaker} ({part})", *LIBRISPEECH)
    for speaker, sex, part in (
        ("163", "m", "train-clean-5"),
        ("332", "m", "train-clean-5"),
        ("460", "m", "train-clean-5"),
        ("1088", "f", "train-clean-5"),
        ("2416", "f", "train-clean-5"),
        ("4088", "f", "train-clean-100"),
        ("4406", "m", "train-clean-100"),
        ("5652", "f", "train-clean-100"),
        ("7367", "m", "train-clean-5"),
        ("8226", "m", "train-clean-100"),
    )
} | {
    "kathleen": (
        "kathleen",
        "CMU ARCTIC prompts read by Kathleen (rhasspy/dataset-voice-kathleen)",
        "CC0 1.0",
        "Kathleen and the Rhasspy project",
    ),
    "linda": (
        "lj",
        "LJ Speech, read by Linda Johnson",
        "public domain",
        "K. Ito, L. Johnson, The LJ Speech Dataset, 2017",
    ),
}


def load_model(encoders: Path, trained: dict[str, Any]) -> AcousticModel:
    """The averaged weights of encoders and of a score network's checkpoint in one model."""
    state = checkpoint.load(encoders)
    network = trained["ema"]
    config = ModelConfig.from_dict(state["config"])
    config.score_unet.null_style = "null_style" in network
    # The first checkpoints of score networks do not say what they belong to; loading checks their shapes.
    if "config" in trained and (different := config.differences(ModelConfig.from_dict(trained["config"]))):
        raise SystemExit(f"{encoders} and the score network are of different models: {', '.join(different)}")
    model = AcousticModel(config).eval()
    tensors = state["ema"] | {f"score_unet.{name}": tensor for name, tensor in network.items()}
    model.load_state_dict(tensors)
    return model


def rounded(model: AcousticModel) -> dict[str, torch.Tensor]:
    """Tensors as they are stored."""
    return {
        name: (tensor.half() if tensor.dim() >= 2 else tensor.float()).contiguous()
        for name, tensor in model.state_dict().items()
    }


@torch.no_grad()
def effect_of_rounding(model: AcousticModel, tensors: dict[str, torch.Tensor], corpus: Corpus) -> float:
    """Greatest change of the prior of one sentence through the storage in 16 bits."""
    stored = AcousticModel(model.config).eval()
    stored.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    tokens = torch.arange(1, 75)[None]
    mel = torch.from_numpy(corpus.mel(0).copy())[None]
    priors = []
    for candidate in (model, stored):
        text = candidate.text_encoder(tokens).repeat_interleave(5, dim=1)
        priors.append(candidate.prior_encoder(text, candidate.style_encoder(mel)))
    return (priors[0] - priors[1]).abs().max().item()


@torch.no_grad()
def mean_style(model: AcousticModel, corpus: Corpus) -> torch.Tensor:
    """Mean style over the speakers of a list, a few utterances of each."""
    styles: dict[str, list[torch.Tensor]] = defaultdict(list)
    for index, entry in enumerate(corpus.entries):
        if len(styles[entry["speaker"]]) < MEAN_UTTERANCES:
            styles[entry["speaker"]].append(model.style_encoder(torch.from_numpy(np.array(corpus.mel(index)))[None])[0])
    return torch.stack([torch.stack(of_speaker).mean(dim=0) for of_speaker in styles.values()]).mean(dim=0)


@torch.no_grad()
def raise_style_contrast(model: AcousticModel, contrast: float, mean: torch.Tensor) -> None:
    """Move every style away from the mean of all, by changing the last layer of the style encoder.

    The style of a speaker whom training did not see falls short of how far he is from the average
    voice; the model sounds more like him when this is made up for.
    """
    projection = model.style_encoder.projection
    projection.weight.mul_(contrast)
    projection.bias.mul_(contrast).add_((1.0 - contrast) * mean)


def voice_utterances(corpus: Corpus, speaker: str) -> list[int]:
    """The first utterances of a speaker."""
    return [i for i, entry in enumerate(corpus.entries) if entry["speaker"] == speaker][:VOICE_UTTERANCES]


def write_voices(
    model: AcousticModel, corpus: Corpus, calibration: Calibration | None, folder: Path, levels: Sequence[float] = ()
) -> int:
    """Writes a file for each of `VOICES` that the corpus has, and says how many; prints which it lacks. `levels` of
    the pitch of all utterances are for models that predict it."""
    folder.mkdir(parents=True, exist_ok=True)
    speakers = {entry["speaker"] for entry in corpus.entries}
    chosen = {name: voice for name, voice in VOICES.items() if voice[0] in speakers}
    for name, (speaker, source, licence, attribution) in chosen.items():
        metadata = {"name": name, "source": source, "licence": licence, "attribution": attribution}
        utterances = voice_utterances(corpus, speaker)
        mels = [torch.from_numpy(np.array(corpus.mel(index))) for index in utterances]
        voice = voice_of(model, mels, calibration, [levels[index] for index in utterances] if levels else ())
        save_file(voice.tensors(), folder / f"{name}.safetensors", metadata)
    if absent := [name for name in VOICES if name not in chosen]:
        print(f"not in this corpus, and so without a voice file: {', '.join(absent)}")
    return len(chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("encoders", type=Path)
    parser.add_argument("score", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--sampling", type=json.loads, default={}, help="sampling defaults, as JSON")
    parser.add_argument("--aligner", type=Path, help="aligner.pt of training.aligner, to keep with the model")
    parser.add_argument("--style-contrast", type=float, default=1.0, help="see raise_style_contrast")
    parser.add_argument("--transport", action="store_true", help="carry the mean mel to the spectrum of each voice")
    parser.add_argument("--program", type=Path, help="gss-wgpu; see gss.program for where it is looked for")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    trained = checkpoint.load(arguments.score)
    model = load_model(arguments.encoders, trained)
    corpus = Corpus.load(arguments.cache, "train")
    raise_style_contrast(model, arguments.style_contrast, mean_style(model, corpus))

    config = model.config
    previous = arguments.output / "config.json"
    if previous.exists():
        kept = ModelConfig.load(previous)
        config.vocoder, config.default_vocoder = kept.vocoder, kept.default_vocoder
        config.sampling = kept.sampling
    config.sampling = SamplingConfig(**dataclasses.asdict(config.sampling) | arguments.sampling)
    config.transport = TransportConfig() if arguments.transport else None
    calibration = Calibration.of(config, Program(arguments.program))

    arguments.output.mkdir(parents=True, exist_ok=True)
    previous.write_text(config.to_json())
    tensors = rounded(model)
    save_file(tensors, arguments.output / "model.safetensors", {"format": "pt", "profile": config.profile})
    voices = write_voices(model, corpus, calibration, arguments.output / "voices")
    network = "adversarial" if "critic" in trained else "score"
    for stage, path in (("encoders", arguments.encoders), (network, arguments.score)):
        options = path.with_name(RUN_FILE)
        if options.is_file():
            shutil.copyfile(options, arguments.output / f"training-{stage}.toml")
        else:
            print(f"there is no {options}: the model will not say how its {stage} were trained")
    if arguments.aligner is not None:
        save_file(checkpoint.load(arguments.aligner), arguments.output / ALIGNER_FILE)
    size = sum(tensor.numel() for tensor in tensors.values())
    print(f"{size} parameters, {voices} voices")
    print(f"16-bit storage changes the prior by at most {effect_of_rounding(model, tensors, corpus):.4f}")


if __name__ == "__main__":
    main()
