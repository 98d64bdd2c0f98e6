"""Speech to text: pocketsphinx with its stock US English model, or any command.

Error rates by different recognisers are not comparable.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pocketsphinx
import soundfile

from ..audio.speech import SAMPLE_RATE

# Speech at 16 kHz in -1..1 to the words heard; empty where there are none.
Recogniser = Callable[[np.ndarray], str]

# The second passes and a wide beam double the time for less than a percent of the errors.
FAST = {"fwdflat": False, "bestpath": False, "maxhmmpf": 3000}


class PocketSphinx:
    """pocketsphinx with its stock US English model."""

    def __init__(self, **settings: bool | int) -> None:
        self.decoder = pocketsphinx.Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", **settings)

    def __call__(self, wave: np.ndarray) -> str:
        samples = np.round(np.clip(wave, -1.0, 1.0) * 32767.0).astype(np.int16)
        # A fresh cepstral mean: what was heard before must not change what is heard now.
        self.decoder.reinit_feat()
        self.decoder.start_utt()
        self.decoder.process_raw(samples.tobytes(), full_utt=True)
        self.decoder.end_utt()
        hypothesis = self.decoder.hyp()
        # Alternative pronunciations carry a number: "the(2)".
        return re.sub(r"\(\d+\)", "", hypothesis.hypstr) if hypothesis else ""


class Whisper:
    """Whisper through faster-whisper, greedy, from a folder with its converted model (`model.bin`)."""

    def __init__(self, folder: Path) -> None:
        from faster_whisper import WhisperModel

        self.model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def __call__(self, wave: np.ndarray) -> str:
        segments, _ = self.model.transcribe(
            wave.astype(np.float32), language="en", beam_size=1, condition_on_previous_text=False
        )
        return " ".join(segment.text.strip() for segment in segments)


class CommandRecogniser:
    """Any command that prints the words of the WAV file (16 kHz, mono) that is its last argument."""

    def __init__(self, command: str) -> None:
        self.command = shlex.split(command)

    def __call__(self, wave: np.ndarray) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "speech.wav"
            soundfile.write(path, np.clip(wave, -1.0, 1.0), SAMPLE_RATE, subtype="PCM_16")
            try:
                done = subprocess.run([*self.command, path], capture_output=True, text=True, check=False)
            except OSError as error:
                raise SystemExit(f"the recogniser did not start: {error}") from error
        if done.returncode != 0:
            raise SystemExit(f"the recogniser failed: {done.stderr.strip()}")
        return done.stdout


def recogniser_of(command: str | None, **settings: bool | int) -> Recogniser:
    """The recogniser of a command, or pocketsphinx with its settings where there is none."""
    return CommandRecogniser(command) if command else PocketSphinx(**settings)
