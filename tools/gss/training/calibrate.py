"""Find the duration offset with which unseen speakers' sentences get their real length.

    python -m gss.training.calibrate CACHE PHONES MODEL [--target 1.0]

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

from ..data.cache import Corpus
from ..data.dataset import AlignedCorpus
from ..model import AcousticModel, frames_of
from ..model_folder import load_model
from ..phones import SYMBOL_IDS

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


def offset_for(items: list[tuple[torch.Tensor, int]], target: float) -> float:
    """The offset that gives this mean ratio, by bisection."""
    low, high = -1.0, 1.0
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if mean_ratio(items, middle) < target else (low, middle)
    return low


def model_predictions(folder: Path, cache: Path, phones: Path) -> list[tuple[torch.Tensor, int]]:
    """What `predictions` gives for the model in a folder and the symbols in a file."""
    return predictions(load_model(folder), cache, json.loads(phones.read_text()))


def offset_of(folder: Path, cache: Path, phones: Path, target: float = 1.0) -> float:
    """The duration offset of the model in a folder."""
    return offset_for(model_predictions(folder, cache, phones), target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("phones", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--target", type=float, default=1.0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    items = model_predictions(arguments.model, arguments.cache, arguments.phones)
    print(f"ratio without an offset: {mean_ratio(items, 0.0):.3f} over {len(items)} utterances")
    offset, target = offset_for(items, arguments.target), arguments.target
    deviation = sum(abs(frames_of(log, offset).sum().item() / real - target) for log, real in items) / len(items)
    print(f"offset {offset:.3f} gives {target:.2f}; mean deviation of an utterance {deviation:.3f}")


if __name__ == "__main__":
    main()
