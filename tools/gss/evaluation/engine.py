"""The engine as a system of an evaluation: `gss-wgpu` run on files, as its users run it.

engine[:OPTION=VALUE[,OPTION=VALUE...]]          gss-wgpu synth --OPTION VALUE ...
engine-vocode[:VOCODER]                          gss-wgpu mel, then gss-wgpu vocode, on the recording
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import soundfile

from ..audio.speech import SAMPLE_RATE, Speech
from ..program import Program
from .sentences import Sentence, read_speech


def options_of(text: str) -> list[str]:
    """Command-line options of `steps=4,temperature=0.5`."""
    options = []
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not key or not equals or not value:
            raise SystemExit(f"engine options are OPTION=VALUE, not {part!r}")
        options += [f"--{key}", value]
    return options


def engine(program: Program, model: Path, options: str) -> Callable[[Sentence], Speech]:
    """Synthesis with the program's own defaults but for `options`."""
    arguments = options_of(options)

    def speak(sentence: Sentence) -> Speech:
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "speech.wav"
            command = ["synth", "--model", model, "--text", sentence.text, "--reference", sentence.reference]
            summary = json.loads(program.run(*command, "--output", output, "--json", *arguments))
            wave = read_speech(output)
        return Speech(wave, summary["real_time_factor"] * summary["seconds"])

    return speak


def engine_vocoder(program: Program, model: Path, vocoder: str) -> Callable[[Sentence], Speech]:
    """The recording's mel, and audio of it by the engine's neural vocoder or Griffin-Lim."""

    def speak(sentence: Sentence) -> Speech:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            soundfile.write(folder / "real.wav", sentence.recording, SAMPLE_RATE, subtype="FLOAT")
            program.run("mel", folder / "real.wav", "--model", model, "--output", folder / "real.safetensors")
            made = ["--vocoder", vocoder] if vocoder else []
            output = folder / "made.wav"
            program.run("vocode", folder / "real.safetensors", "--model", model, "--output", output, *made)
            return Speech(read_speech(output), None)

    return speak
