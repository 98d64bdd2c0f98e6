"""Find the duration offset with which unseen speakers' sentences get their real length.

    python -m gss.calibrate CACHE PHONES MODEL [--target 1.0]

`PHONES` are the symbols that the text alone gives, without the pauses that were heard, as at synthesis.
Prints the offset for a mean ratio of predicted to real (trimmed) length of `--target`, over the
utterances of the development list, each with a reference from another utterance of its speaker.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import torch
from safetensors.torch import load_file

from .config import ModelConfig
from .data import Corpus
from .dataset import AlignedCorpus
from .model import AcousticModel, frames_of
from .phones import SYMBOL_IDS

REFERENCE_FRAMES = 400


@torch.no_grad()
def predictions(model: AcousticModel, cache: Path, phones: dict[str, list[str]]) -> list[tuple[torch.Tensor, int]]:
    """Log durations and the real number of frames of each development utterance."""
    corpus, references = Corpus.load(cache, "dev"), AlignedCorpus.load(cache, "dev", None)
    generator, result = random.Random(0), []
    for entry in corpus.entries:
        symbols = phones.get(entry["utterance"])
        if symbols is None:
            continue
        mel = references.reference(entry["speaker"], entry["utterance"], REFERENCE_FRAMES, generator)
        style = model.style_encoder(torch.from_numpy(mel.copy())[None])
        text = model.text_encoder(torch.tensor([[SYMBOL_IDS[symbol] for symbol in symbols]]))
        result.append((model.duration_predictor(text, style)[0], entry["frames"]))
    return result


def mean_ratio(items: list[tuple[torch.Tensor, int]], offset: float) -> float:
    return sum(frames_of(log, offset).sum().item() / real for log, real in items) / len(items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("phones", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--target", type=float, default=1.0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = AcousticModel(ModelConfig.load(arguments.model / "config.json")).eval()
    tensors = load_file(arguments.model / "model.safetensors")
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    items = predictions(model, arguments.cache, json.loads(arguments.phones.read_text()))
    print(f"ratio without an offset: {mean_ratio(items, 0.0):.3f} over {len(items)} utterances")
    low, high = -1.0, 1.0
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if mean_ratio(items, middle) < arguments.target else (low, middle)
    deviation = sum(abs(frames_of(log, low).sum().item() / real - arguments.target) for log, real in items) / len(items)
    print(f"offset {low:.3f} gives {arguments.target:.2f}; mean deviation of an utterance {deviation:.3f}")


if __name__ == "__main__":
    main()
