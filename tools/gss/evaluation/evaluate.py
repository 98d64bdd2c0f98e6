"""Measures systems on speakers that no training saw.

    python -m gss.evaluation.evaluate corpus SPEECH --systems real griffin-lim prior model engine
    python -m gss.evaluation.evaluate corpus SPEECH --systems all --page PAGE --json RESULTS.json
    python -m gss.evaluation.evaluate adaptation SPEECH ADAPTERS --neural
    python -m gss.evaluation.evaluate manifest LIST.tsv

The first form speaks sentences of SPEECH, a list or a folder as `gss.data.utterances` reads it (a corpus's
dev.tsv, LibriSpeech's test-clean, ...), with any of the systems that `gss.evaluation.systems` knows. The second fits an
adapter to every speaker (`gss.adaptation.finetune`), by twenty utterances that are neither spoken nor compared with,
and measures the model without and with it. The third measures finished recordings: a tab-separated list
with the columns `wav`, `text`, `reference` and, where known, `speaker` and `recording`; paths are relative
to the list.

SECS is a sentence's similarity to its reference, which is another recording of its speaker; `to the
speaker` that to the mean of up to eight further recordings; `to the recording` that to the recording of the
sentence itself; `other` is the mean similarity to the other speakers' references, and the right speaker is
found when his reference is the nearest of all. Distortion, pitch and length are measured against the
recording of the sentence. CER is the recogniser's, WER Whisper's where `--whisper` names its model; DNSMOS is an
estimate of a listener's opinion, overall and of the signal.
RTF is of the work without loading, on this machine at this hour. Intervals hold 95 %: see `gss.evaluation.results`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile
import torch

from ..adaptation.finetune import FEWEST_UTTERANCES, finetune
from ..adaptation.low_rank import Settings
from ..audio.speech import SAMPLE_RATE, Speech
from ..config import AudioConfig
from ..data.recogniser import Recogniser, Whisper, recogniser_of
from ..data.utterances import ListError
from ..program import REPOSITORY, Program
from .metrics import SpeakerEncoder, dnsmos, edit_distance, normalise
from .page import Page
from .parallel import compare
from .results import Measurement, figures, head, line
from .sentences import Sentence, Task, clean_speech, finished_task, speaking_task
from .systems import Resources, build, expand

MODEL = REPOSITORY / "weights" / "small"


class Judge:
    """Turns spoken sentences into measurements."""

    def __init__(self, recogniser: Recogniser, task: Task, whisper: Recogniser | None = None) -> None:
        self.recogniser, self.whisper = recogniser, whisper
        self.encoder = SpeakerEncoder()
        self.voices = {name: self.voice_of([path]) for name, path in task.references.items()}
        self.speakers = {name: self.voice_of(paths) for name, paths in task.others.items() if paths}

    def voice_of(self, recordings: list[Path]) -> np.ndarray:
        """Unit vector of the mean of some recordings."""
        mean = np.mean([self.encoder.embed(clean_speech(path)) for path in recordings], axis=0)
        return mean / np.linalg.norm(mean)

    def measure(self, sentence: Sentence, speech: Speech) -> Measurement:
        """How well `speech` says the sentence in its voice."""
        wave, recording = speech.wave, sentence.recording
        said, heard = normalise(sentence.text), normalise(self.recogniser(wave))
        voice = self.encoder.embed(wave)
        similarity = {name: float(voice @ other) for name, other in self.voices.items()}
        others = [value for name, value in similarity.items() if name != sentence.speaker]
        speaker = self.speakers.get(sentence.speaker)
        parallel = None if recording is None else compare(wave, recording, AudioConfig())
        seconds = len(wave) / SAMPLE_RATE
        quality, signal_quality = dnsmos(wave)
        words = said.split()
        return Measurement(
            name=sentence.name,
            speaker=sentence.speaker,
            heard=heard,
            errors=edit_distance(said, heard),
            characters=len(said),
            secs=similarity[sentence.speaker],
            secs_speaker=None if speaker is None else float(voice @ speaker),
            secs_recording=None if recording is None else float(voice @ self.encoder.embed(recording)),
            secs_other=sum(others) / len(others) if others else None,
            identified=max(similarity, key=similarity.__getitem__) == sentence.speaker if others else None,
            seconds=seconds,
            length_ratio=None if recording is None else len(wave) / len(recording),
            mcd=parallel and parallel.mcd,
            f0_error=parallel and parallel.f0_error,
            f0_correlation=parallel and parallel.f0_correlation,
            real_time_factor=None if speech.elapsed is None else speech.elapsed / seconds,
            words=len(words),
            word_errors=self.whisper and edit_distance(words, normalise(self.whisper(wave)).split()),
            quality=quality,
            signal_quality=signal_quality,
        )


def report(results: Iterable[tuple[str, list[Measurement]]], output: Path | None) -> list[str]:
    """Prints the table line by line as results come, and writes them all as JSON; gives the lines."""
    print(head(), flush=True)
    written, lines = {}, []
    for name, measurements in results:
        lines.append(line(name, measurements))
        print(lines[-1], flush=True)
        of_system = {key: known and asdict(known) for key, known in figures(measurements).items()}
        written[name] = {"figures": of_system, "measurements": [asdict(m) for m in measurements]}
        if output is not None:
            output.write_text(json.dumps(written, indent=1) + "\n")
    return lines


def run_systems(
    names: list[str], task: Task, judge: Judge, resources: Resources, save: Path | None, page: Page | None
) -> Iterator[tuple[str, list[Measurement]]]:
    """Every system's measurements, once it has spoken every sentence."""
    systems = {name: build(name, resources) for name in names}
    for name, system in systems.items():
        measurements = []
        for sentence in task.sentences:
            speech = system(sentence)
            measurements.append(judge.measure(sentence, speech))
            if save is not None:
                folder = save / name.replace(":", "_")
                folder.mkdir(parents=True, exist_ok=True)
                soundfile.write(folder / f"{sentence.name}.wav", speech.wave, SAMPLE_RATE)
            if page is not None:
                page.add_measured(name, speech.wave, measurements[-1])
        yield name, measurements


def fit_adapters(task: Task, folder: Path, options: argparse.Namespace, program: Program) -> None:
    """An adapter FOLDER/SPEAKER.safetensors for every speaker, by what is left of his utterances."""
    if present := sorted(path.name for path in folder.glob("*.safetensors")):
        raise ListError(f"{folder} has {present[0]} already, which may know these sentences: choose another folder")
    for speaker, utterances in task.spare.items():
        if len(utterances) < FEWEST_UTTERANCES:
            raise ListError(
                f"{len(utterances)} recordings of speaker {speaker} are left to learn from; "
                f"at least {FEWEST_UTTERANCES} are needed: ask for fewer --sentences"
            )
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(steps=options.steps, preservation=options.preservation)
    for speaker, utterances in task.spare.items():
        print(f"speaker {speaker}", flush=True)
        torch.manual_seed(settings.seed)
        adapter = finetune(options.model, utterances, options.utterances, settings, program)
        adapter.save(folder / f"{speaker}.safetensors")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    forms = parser.add_subparsers(dest="form", required=True)
    corpus = forms.add_parser("corpus", help="speak the sentences of recordings")
    adaptation = forms.add_parser("adaptation", help="fit an adapter to each speaker, and compare")
    for form in (corpus, adaptation):
        form.add_argument("speech", type=Path, help="list or folder of recordings with texts")
        form.add_argument("--model", type=Path, default=MODEL, help="folder of the model")
        form.add_argument("--vocoder", type=Path, help="weights of the neural vocoder; the model's if not given")
        form.add_argument("--neural", action="store_true", help="hear the reference's model through the vocoder")
        form.add_argument("--program", type=Path, help="gss-wgpu; see gss.program for where it is looked for")
        form.add_argument("--sentences", type=int, default=4, help="sentences of each speaker")
        form.add_argument("--speakers", type=int, help="as many speakers, drawn by the seed; all if not given")
        form.add_argument("--seed", type=int, default=1)
        form.add_argument("--save", type=Path, help="folder for what was spoken")
        form.add_argument("--page", type=Path, help="folder for a page of samples with their mels")
    corpus.add_argument(
        "--systems", nargs="+", default=["real", "griffin-lim", "engine"], help="see gss.evaluation.systems"
    )
    adaptation.add_argument("adapters", type=Path, help="folder for the adapters, one for each speaker")
    adaptation.add_argument("--utterances", type=int, default=20, help="utterances to learn a speaker from, at most")
    adaptation.add_argument("--steps", type=int, default=Settings.steps, help="updates of each adaptation")
    adaptation.add_argument(
        "--preservation", type=float, default=Settings.preservation, help="see gss.adaptation.finetune"
    )
    manifest = forms.add_parser("manifest", help="measure finished recordings")
    manifest.add_argument("manifest", type=Path)
    for form in (corpus, adaptation, manifest):
        form.add_argument("--recogniser", help="command that prints the words of a WAV file; else pocketsphinx")
        form.add_argument("--whisper", type=Path, help="folder of a faster-whisper model, for a word error rate")
        form.add_argument("--json", type=Path, help="also write every measurement to this file")
    return parser.parse_args()


def evaluate(options: argparse.Namespace) -> None:
    recogniser = recogniser_of(options.recogniser)
    whisper = Whisper(options.whisper) if options.whisper else None
    if options.form == "manifest":
        task, waves = finished_task(options.manifest)
        judge = Judge(recogniser, task, whisper)
        measured = [judge.measure(sentence, Speech(waves[sentence.name])) for sentence in task.sentences]
        report([("manifest", measured)], options.json)
        return
    task = speaking_task(options.speech, options.sentences, options.speakers, options.seed)
    resources = Resources(options.model, Program(options.program), options.vocoder, options.neural, options.seed)
    if options.form == "adaptation":
        fit_adapters(task, options.adapters, options, resources.program)
        systems = ["real", "model", f"adapted:{options.adapters}"]
    else:
        systems = expand(options.systems)
    page = Page(options.page) if options.page else None
    judge = Judge(recogniser, task, whisper)
    with torch.inference_mode():
        results = run_systems(systems, task, judge, resources, options.save, page)
        lines = report(results, options.json)
    if page is not None:
        print(f"\nsamples: {page.write(task, lines)}")


def main() -> None:
    try:
        evaluate(parse())
    except ListError as error:
        raise SystemExit(f"error: {error}") from error


if __name__ == "__main__":
    main()
