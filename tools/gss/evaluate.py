"""Measures systems on speakers that no training saw.

    python -m gss.evaluate corpus CORPUS --systems real griffin-lim vocoder --vocoder FILE
    python -m gss.evaluate manifest LIST.tsv

The first form speaks sentences of the corpus's dev.tsv with any of these systems:

    real             the recording itself
    griffin-lim      the recording's mel through Griffin-Lim
    vocoder          the recording's mel through the neural vocoder of --vocoder

The second form measures finished recordings, of the engine for instance: a tab-separated list with
the columns `wav`, `text`, `reference` and, for the length ratio, optionally `recording`; paths are
relative to the list. Every sentence's similarity is that to another recording of its speaker
(`secs`), and to a recording of another speaker (`other`).
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch

from .config import AudioConfig
from .data import trim_and_level
from .griffin_lim import griffin_lim
from .mel import log_mel
from .metrics import SAMPLE_RATE, Measurement, Recogniser, SpeakerEncoder, edit_distance, normalise, summary
from .vocoder.export import load_vocoder
from .vocoder.generator import Generator

# Long enough for a voice to show, short enough for the recogniser.
SENTENCE_SECONDS = (3.0, 9.0)
REFERENCE_SECONDS = (5.0, 10.0)


@dataclass(frozen=True)
class Sentence:
    """A text to speak, the voice to speak it in, and the recording where there is one."""

    name: str
    text: str
    reference: np.ndarray
    other: np.ndarray | None
    recording: np.ndarray | None


System = Callable[[Sentence], np.ndarray]


def read_speech(path: Path) -> np.ndarray:
    """A recording at 16 kHz, mixed to one channel."""
    wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(wave.mean(axis=1), rate, SAMPLE_RATE)


def corpus_sentences(corpus: Path, per_speaker: int, seed: int) -> list[Sentence]:
    """Sentences of every development speaker, each with a reference that is another recording."""
    with open(corpus / "dev.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    speakers = sorted({row["speaker"] for row in rows})
    chance = random.Random(seed)

    def load(row: dict) -> np.ndarray:
        return trim_and_level(read_speech(corpus / row["path"]), SAMPLE_RATE).astype(np.float32)

    chosen: dict[str, tuple[dict, list[dict]]] = {}
    for speaker in speakers:
        own = [row for row in rows if row["speaker"] == speaker]
        chance.shuffle(own)
        low, high = REFERENCE_SECONDS
        reference = next(row for row in own if low <= float(row["seconds"]) <= high)
        low, high = SENTENCE_SECONDS
        fitting = [row for row in own if row is not reference and low <= float(row["seconds"]) <= high]
        chosen[speaker] = (reference, fitting[:per_speaker])
    references = {speaker: load(reference) for speaker, (reference, _) in chosen.items()}
    sentences = []
    for index, speaker in enumerate(speakers):
        other = references[speakers[(index + 1) % len(speakers)]]
        for row in chosen[speaker][1]:
            sentences.append(Sentence(row["utterance"], row["text"], references[speaker], other, load(row)))
    return sentences


def manifest_sentences(path: Path) -> list[tuple[Sentence, np.ndarray]]:
    """The sentences of a manifest, each with its finished recording."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    spoken = []
    for row in rows:
        recording = read_speech(path.parent / row["recording"]) if row.get("recording") else None
        reference = read_speech(path.parent / row["reference"])
        sentence = Sentence(Path(row["wav"]).stem, row["text"], reference, None, recording)
        spoken.append((sentence, read_speech(path.parent / row["wav"])))
    return spoken


def recording_mel(sentence: Sentence, audio: AudioConfig) -> torch.Tensor:
    """Log-mel [n_mels, frames] of a sentence's recording."""
    return log_mel(torch.from_numpy(sentence.recording), audio)


def vocoded(generator: Generator, audio: AudioConfig) -> System:
    """The recording's mel through a generator."""
    return lambda sentence: generator(recording_mel(sentence, audio)[None])[0, 0].numpy()


def systems(names: list[str], vocoder: Path | None) -> dict[str, System]:
    """The systems of the given names."""
    audio = AudioConfig()
    made: dict[str, System] = {}
    for name in names:
        if name == "real":
            made[name] = lambda sentence: sentence.recording
        elif name == "griffin-lim":
            made[name] = lambda sentence: griffin_lim(recording_mel(sentence, audio), audio).numpy()
        elif name == "vocoder":
            if vocoder is None:
                raise SystemExit("the system 'vocoder' needs --vocoder FILE")
            made[name] = vocoded(load_vocoder(vocoder), audio)
        else:
            raise SystemExit(f"unknown system '{name}'")
    return made


class Judge:
    """Turns spoken sentences into measurements."""

    def __init__(self) -> None:
        self.recogniser = Recogniser()
        self.encoder = SpeakerEncoder()

    def measure(self, sentence: Sentence, wave: np.ndarray) -> Measurement:
        """How well `wave` says the sentence in its voice."""
        said, heard = normalise(sentence.text), normalise(self.recogniser.transcribe(wave))
        voice = self.encoder.embed(wave)
        other = None if sentence.other is None else float(voice @ self.encoder.embed(sentence.other))
        ratio = None if sentence.recording is None else len(wave) / len(sentence.recording)
        return Measurement(
            name=sentence.name,
            heard=heard,
            errors=edit_distance(said, heard),
            characters=len(said),
            secs=float(voice @ self.encoder.embed(sentence.reference)),
            secs_other=other,
            seconds=len(wave) / SAMPLE_RATE,
            length_ratio=ratio,
        )


def line(name: str, figures: dict) -> str:
    """A row of the printed table."""

    def cell(key: str, form: str) -> str:
        return format(figures[key], form) if figures[key] is not None else "-"

    return (
        "| "
        + " | ".join(
            [
                name,
                str(figures["sentences"]),
                cell("cer", ".1f"),
                f"{cell('secs', '.1f')} +- {cell('secs_interval', '.1f')}",
                cell("secs_other", ".1f"),
                cell("length_ratio", ".2f"),
            ]
        )
        + " |"
    )


def report(results: Iterable[tuple[str, list[Measurement]]], output: Path | None) -> None:
    """Prints the table line by line as results come, and writes them all as JSON."""
    print("| system | sentences | CER | SECS | other | length |\n|---|---|---|---|---|---|")
    written = {}
    for name, measurements in results:
        figures = summary(measurements)
        print(line(name, figures), flush=True)
        written[name] = {**figures, "measurements": [asdict(m) for m in measurements]}
        if output is not None:
            output.write_text(json.dumps(written, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    forms = parser.add_subparsers(dest="form", required=True)
    corpus = forms.add_parser("corpus", help="speak development sentences")
    corpus.add_argument("corpus", type=Path)
    corpus.add_argument("--systems", nargs="+", default=["real", "griffin-lim"])
    corpus.add_argument("--vocoder", type=Path, help="weights of the neural vocoder")
    corpus.add_argument("--sentences", type=int, default=4, help="sentences of each speaker")
    corpus.add_argument("--seed", type=int, default=1)
    corpus.add_argument("--save", type=Path, help="folder for what was spoken")
    manifest = forms.add_parser("manifest", help="measure finished recordings")
    manifest.add_argument("manifest", type=Path)
    for form in (corpus, manifest):
        form.add_argument("--json", type=Path, help="also write every measurement to this file")
    options = parser.parse_args()
    judge = Judge()
    if options.form == "manifest":
        spoken = manifest_sentences(options.manifest)
        report([("manifest", [judge.measure(sentence, wave) for sentence, wave in spoken])], options.json)
        return

    sentences = corpus_sentences(options.corpus, options.sentences, options.seed)

    def run(name: str, system: System) -> list[Measurement]:
        measurements = []
        for sentence in sentences:
            wave = system(sentence)
            if options.save is not None:
                folder = options.save / name.replace(":", "_")
                folder.mkdir(parents=True, exist_ok=True)
                soundfile.write(folder / f"{sentence.name}.wav", wave, SAMPLE_RATE)
            measurements.append(judge.measure(sentence, wave))
        return measurements

    with torch.inference_mode():
        report(
            ((name, run(name, system)) for name, system in systems(options.systems, options.vocoder).items()),
            options.json,
        )


if __name__ == "__main__":
    main()
