"""Fit a model to one speaker: some recordings with transcripts in, a small adapter for the engine out.

    python -m gss.adaptation.finetune MODEL RECORDINGS ADAPTER [--speaker NAME]
    gss-wgpu synth --model MODEL --adapter ADAPTER "It speaks."

`RECORDINGS` is a table or a folder as `gss.data.utterances` reads it; of the speaker's utterances the first
twenty usable ones are taken. What is missing, broken, silent, unpronounceable or badly aligned is named
and left out. `MODEL` is a model folder with an `aligner.safetensors`; if it transports its mean, the voice's
transport is measured once, with the weights and the style that were learnt.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from ..audio.harmonics import level_of
from ..config import AudioConfig
from ..data.cache import prepare_recording
from ..data.dataset import Segment, cut_segments
from ..data.utterances import ListError, Utterance, read_utterances
from ..model.aligner import ALIGNER_FILE, Aligner
from ..model_folder import load_model
from ..phones import unspeakable
from ..program import Program
from ..training.aligner import Clip, align
from ..transport import Calibration, voice_in, voice_of
from ..vocoder.pitch import STEP, track
from .adapter import Adapter, model_hash
from .low_rank import Adaptation, Heard, Settings

# Fewer would be learnt by heart in a hundred steps.
FEWEST_UTTERANCES = 3


@dataclass
class Speech:
    """A speaker's usable utterances: aligned segments, whole mels, the pitch in Hz of their frames by name, and what
    was left out with its reason."""

    segments: list[Segment]
    mels: list[np.ndarray]
    hertz: dict[str, np.ndarray]
    rejected: list[tuple[str, str]]


def utterances_of(source: Path, speaker: str | None) -> list[Utterance]:
    """The utterances of one speaker; he need not be named if there is no other."""
    utterances = read_utterances(source)
    speakers = sorted({utterance.speaker for utterance in utterances})
    if speaker is None:
        if len(speakers) > 1:
            raise ListError(f"{source} has {len(speakers)} speakers: choose one with --speaker")
        return utterances
    if speaker not in speakers:
        raise ListError(f"{source} has no speaker {speaker}; it has {', '.join(speakers)}")
    return [utterance for utterance in utterances if utterance.speaker == speaker]


def load_aligner(model: Path, symbols: int, n_mels: int) -> Aligner:
    """The aligner of a model folder."""
    path = model / ALIGNER_FILE
    if not path.is_file():
        raise ListError(f"{path} is missing: gss.export.model --aligner writes it")
    aligner = Aligner(symbols, n_mels).eval().requires_grad_(False)
    aligner.load_state_dict(load_file(path))
    return aligner


def usable_speech(
    utterances: list[Utterance], most: int, audio: AudioConfig, aligner: Aligner, program: Program
) -> Speech:
    """The first `most` utterances that can be trained on."""
    speech = Speech([], [], {}, [])
    symbols_of = program.symbols([utterance.text for utterance in utterances])
    for utterance, symbols in zip(utterances, symbols_of, strict=True):
        if len(speech.mels) == most:
            break
        prepared = prepare_recording(utterance.path, audio)
        if isinstance(prepared, str):
            speech.rejected.append((utterance.name, prepared))
            continue
        wave, mel = prepared
        if reason := unspeakable(symbols, len(mel)):
            speech.rejected.append((utterance.name, reason))
            continue
        alignment = align(aligner, [Clip.of(utterance.name, symbols, mel)])[utterance.name]
        segments = cut_segments(utterance.speaker, utterance.name, alignment, mel)
        if not segments:
            speech.rejected.append((utterance.name, "recording and text do not fit together"))
            continue
        speech.segments += segments
        speech.mels.append(mel)
        speech.hertz[utterance.name] = frame_pitch(wave, audio)
    return speech


def frame_pitch(wave: np.ndarray, audio: AudioConfig) -> np.ndarray:
    """Pitch in Hz in the middle of each frame of 16-bit samples, 0 where unvoiced."""
    points = track(wave, audio.sample_rate)
    step = audio.hop_length // STEP
    middle = np.arange(len(wave) // audio.hop_length) * step + step // 2
    return points[np.minimum(middle, len(points) - 1)]


def finetune(folder: Path, utterances: list[Utterance], most: int, settings: Settings, program: Program) -> Adapter:
    """The adapter of one speaker."""
    model = load_model(folder)
    aligner = load_aligner(folder, len(model.config.symbols), model.config.audio.n_mels)
    speech = usable_speech(utterances, most, model.config.audio, aligner, program)
    for name, reason in speech.rejected:
        print(f"{name} left out: {reason}", flush=True)
    if len(speech.mels) < FEWEST_UTTERANCES:
        raise ListError(f"only {len(speech.mels)} utterances are usable; at least {FEWEST_UTTERANCES} are needed")
    seconds = sum(map(len, speech.mels)) * model.config.audio.hop_length / model.config.audio.sample_rate
    print(f"{len(speech.mels)} utterances, {seconds:.0f} s of speech", flush=True)
    mels = [torch.from_numpy(mel) for mel in speech.mels]
    levels = [level_of(hertz) for hertz in speech.hertz.values()]
    own, calibration = voice_of(model, mels, None, levels), Calibration.of(model.config, program)
    heard = None if own.entries is None else Heard(own.entries, speech.hertz)
    adaptation = Adaptation(model, speech.segments, own.style, settings, heard)
    means: dict[str, float] = {}
    for step in range(1, settings.steps + 1):
        for name, value in adaptation.update().items():
            means[name] = means.get(name, value) + 0.1 * (value - means.get(name, value))
        if step % 10 == 0:
            print(f"step {step} " + " ".join(f"{name} {value:.3f}" for name, value in means.items()), flush=True)
    voice = voice_in(adaptation.style.detach(), model, mels, calibration)
    voice = dataclasses.replace(voice, entries=own.entries, pitch=own.pitch)
    return Adapter(model_hash(folder), voice, adaptation.factors())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("recordings", type=Path)
    parser.add_argument("adapter", type=Path)
    parser.add_argument("--speaker", help="whose recordings to take where there are several speakers")
    parser.add_argument("--utterances", type=int, default=20, help="at most so many")
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--rank", type=int, default=Settings.rank, help="of the changes of each matrix")
    parser.add_argument("--learning-rate", type=float, default=Settings.learning_rate)
    parser.add_argument(
        "--preservation", type=float, default=Settings.preservation, help="pull towards the original weights"
    )
    parser.add_argument("--crops", type=int, default=Settings.crops, help="of the score network in a step; 0: leave it")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    for note in ("name", "source", "licence", "attribution"):
        parser.add_argument(f"--{note}", help="kept in the file")
    parser.add_argument("--program", type=Path, help="gss-wgpu; see gss.program for where it is looked for")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    names = ("steps", "rank", "learning_rate", "preservation", "crops", "seed")
    settings = Settings(**{name: getattr(arguments, name) for name in names})
    begin = time.perf_counter()
    try:
        utterances = utterances_of(arguments.recordings, arguments.speaker)
        program = Program(arguments.program)
        adapter = finetune(arguments.model, utterances, arguments.utterances, settings, program)
    except ListError as error:
        raise SystemExit(str(error)) from error
    for note in ("name", "source", "licence", "attribution"):
        if value := getattr(arguments, note):
            adapter.notes[note] = value
    arguments.adapter.parent.mkdir(parents=True, exist_ok=True)
    adapter.save(arguments.adapter)
    size = arguments.adapter.stat().st_size / 1e3
    print(f"{arguments.adapter}: {len(adapter.changes)} changed weights, {size:.0f} kB, ", end="")
    print(f"made in {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
