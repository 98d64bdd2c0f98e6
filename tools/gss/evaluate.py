"""Measures systems on speakers that no training saw.

    python -m gss.evaluate corpus CORPUS --systems real griffin-lim
    python -m gss.evaluate corpus CORPUS --model MODEL --phones PHONES --systems prior model dpm++2m:4:0.5
    python -m gss.evaluate manifest LIST.tsv

The first form speaks sentences of the corpus's dev.tsv with any of the systems that `gss.systems`
knows. The second measures finished recordings, of the engine for instance: a tab-separated list with
the columns `wav`, `text`, `reference` and, for the length ratio, optionally `recording`; paths are
relative to the list. Every sentence's similarity is that to another recording of its speaker
(SECS), and to a recording of another speaker (`other`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile
import torch

from .metrics import SAMPLE_RATE, Measurement, Recogniser, SpeakerEncoder, edit_distance, normalise, summary
from .sentences import Sentence, corpus_sentences, manifest_sentences
from .systems import Resources, System, build


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
    corpus.add_argument("--systems", nargs="+", default=["real", "griffin-lim"], help="see gss.systems")
    corpus.add_argument("--model", type=Path, help="folder of the acoustic model")
    corpus.add_argument("--vocoder", type=Path, help="weights of the neural vocoder")
    corpus.add_argument("--neural", action="store_true", help="hear the model through the neural vocoder")
    corpus.add_argument("--phones", type=Path, help="symbols of the utterances, as gss.phones writes them")
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

    resources = Resources(options.model, options.vocoder, options.phones, options.neural, options.seed)
    known = set(resources.symbols) if options.phones is not None else None
    sentences = corpus_sentences(options.corpus, options.sentences, options.seed, known)

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
        systems = {name: build(name, resources) for name in options.systems}
        report(((name, run(name, system)) for name, system in systems.items()), options.json)


if __name__ == "__main__":
    main()
