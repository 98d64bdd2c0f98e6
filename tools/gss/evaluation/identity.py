"""How far a style tells whose it is: the equal error rate of matching style vectors to speakers.

    python -m gss.evaluation.identity CORPUS/dev.tsv MODEL --recordings 20

Every recording gets a style of its own. Two of one speaker ought to match, two of different speakers not; the equal
error rate is where, by a threshold on the cosine of two styles, as many of the first are missed as of the second are
taken for the same. Of 50 % a style would tell nothing, of 0 % everything.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import soundfile
import torch

from ..data.utterances import read_utterances
from ..model import AcousticModel
from ..model_folder import load_model
from .sentences import REFERENCE_SECONDS, clean_speech
from .systems import mel_of


def equal_error_rate(same: np.ndarray, different: np.ndarray) -> tuple[float, float]:
    """The share of errors, 0..1, at the threshold where both kinds are equally frequent, and that threshold."""
    thresholds = np.sort(np.concatenate([same, different]))
    missed = np.searchsorted(np.sort(same), thresholds) / len(same)
    mistaken = 1.0 - np.searchsorted(np.sort(different), thresholds) / len(different)
    place = int(np.argmin(np.abs(missed - mistaken)))
    return float((missed[place] + mistaken[place]) / 2), float(thresholds[place])


@torch.inference_mode()
def styles_of(paths: list[Path], model: AcousticModel) -> np.ndarray:
    """Style vectors [recordings, style] of length one."""
    styles = torch.cat([model.style_encoder(mel_of(clean_speech(path)).T[None]) for path in paths])
    return torch.nn.functional.normalize(styles, dim=1).numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--recordings", type=int, default=20, help="of each speaker, at most")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    of_speaker: dict[str, list[Path]] = defaultdict(list)
    least, most = REFERENCE_SECONDS
    for utterance in read_utterances(arguments.corpus):
        if least <= soundfile.info(utterance.path).duration <= most:
            of_speaker[utterance.speaker].append(utterance.path)
    chance = random.Random(arguments.seed)
    drawn = [
        (speaker, path)
        for speaker, paths in sorted(of_speaker.items())
        for path in chance.sample(paths, min(arguments.recordings, len(paths)))
    ]
    styles = styles_of([path for _, path in drawn], model)
    same, different = [], []
    for i, j in combinations(range(len(drawn)), 2):
        (same if drawn[i][0] == drawn[j][0] else different).append(styles[i] @ styles[j])
    rate, threshold = equal_error_rate(np.array(same), np.array(different))
    print(
        f"equal error rate {100 * rate:.1f} % at a similarity of {threshold:.2f}: {len(drawn)} recordings of {len(of_speaker)} speakers, "
        f"{len(same)} pairs of one speaker, {len(different)} of two"
    )


if __name__ == "__main__":
    main()
