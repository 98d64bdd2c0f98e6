"""Mels that the model makes of real speech, for a vocoder to learn their flaws.

    python -m gss.vocoder.generated CACHE DURATIONS MODEL OUTPUT [--minutes 30]

Teacher-forced: prior and reverse diffusion run on the durations that the alignment found, in the style of
another utterance of the speaker, so that every made mel frame belongs to a real stretch of audio. The mean is
transported as in synthesis, where the model does that. Takes the well-aligned utterances that are no longer
than the model was trained on. OUTPUT receives mels and audio, one utterance after the other:
`generated.mel.npy` [frames, n_mels], `generated.audio.npy`, and `generated.pitch.npy` as of `gss.vocoder.pitch`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch

from ..config import ModelConfig
from ..data.cache import Corpus, cache_audio
from ..data.dataset import MAX_FRAMES, MIN_PROBABILITY, AlignedCorpus, Batch, Segment
from ..data.npy import NpyWriter
from ..evaluation.systems import Synthesis
from ..phones import SYMBOL_IDS
from ..program import Program
from ..transport import voice_of
from .cuts import GENERATED, GENERATED_AUDIO, GENERATED_MELS
from .pitch import pitch_file, write_pitch

REFERENCE_FRAMES = 256


@torch.no_grad()
def made_mel(synthesis: Synthesis, spoken: Segment, reference: np.ndarray, seed: int) -> torch.Tensor:
    """The model's mel [frames, n_mels] of an utterance, with the utterance's own durations."""
    batch = Batch.of([spoken])
    voice = voice_of(synthesis.model, [torch.from_numpy(reference.copy())], synthesis.calibration)
    style, text = voice.style[None], synthesis.model.text_encoder(batch.tokens)
    mu = voice.mean(synthesis.model.prior_encoder(batch.per_frame(text), style))
    return synthesis.diffuse(mu, style, synthesis.config.sampling, seed)[0]


def usable(corpus: Corpus, alignments: dict[str, dict]) -> list[int]:
    """Numbers of the well-aligned utterances of a length that the model was trained on."""
    chosen = []
    for index, entry in enumerate(corpus.entries):
        alignment = alignments.get(entry["utterance"])
        if alignment and alignment["probability"] >= MIN_PROBABILITY and entry["frames"] <= MAX_FRAMES:
            chosen.append(index)
    return chosen


def generate(cache: Path, durations: Path, synthesis: Synthesis, output: Path, minutes: float, seed: int) -> int:
    """Makes utterances in random order until all are made or the time is over; gives their frames."""
    corpus, references = Corpus.load(cache, "train"), AlignedCorpus.load(cache, "train", None)
    alignments, chance = json.loads(durations.read_text()), random.Random(seed)
    audio, hop = np.load(cache / "train.audio.npy", mmap_mode="r"), synthesis.config.audio.hop_length
    chosen, begin = usable(corpus, alignments), time.monotonic()
    with (
        NpyWriter(output / GENERATED_MELS, np.float32, (synthesis.config.audio.n_mels,)) as mels,
        NpyWriter(output / GENERATED_AUDIO, np.int16) as waves,
    ):
        for index in chance.sample(chosen, len(chosen)):
            if time.monotonic() - begin > 60.0 * minutes:
                break
            entry = corpus.entries[index]
            speaker, name, alignment = entry["speaker"], entry["utterance"], alignments[entry["utterance"]]
            tokens = np.array([SYMBOL_IDS[symbol] for symbol in alignment["symbols"]])
            spoken = Segment(speaker, name, tokens, np.array(alignment["durations"]), corpus.mel(index))
            reference = references.reference(speaker, name, REFERENCE_FRAMES, chance)
            mels.append(made_mel(synthesis, spoken, reference, seed + index).numpy())
            waves.append(np.array(audio[entry["start"] * hop : (entry["start"] + entry["frames"]) * hop]))
    write_pitch(output / GENERATED_AUDIO, pitch_file(output, GENERATED), synthesis.config.audio.sample_rate)
    return mels.rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("durations", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--program", type=Path, help="gss-wgpu; see gss.program for where it is looked for")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if ModelConfig.load(arguments.model / "config.json").audio != cache_audio(arguments.cache):
        raise SystemExit(f"{arguments.model} is a model of other mels than those of {arguments.cache}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    synthesis = Synthesis(arguments.model, Program(arguments.program))
    frames = generate(
        arguments.cache, arguments.durations, synthesis, arguments.output, arguments.minutes, arguments.seed
    )
    print(
        f"{frames} frames made, {frames * synthesis.config.audio.hop_length / synthesis.config.audio.sample_rate:.0f} s"
    )


if __name__ == "__main__":
    main()
