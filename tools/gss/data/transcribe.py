"""Transcripts for the recordings of a list that have none, by a recogniser.

    python -m gss.data.transcribe CACHE LIST [--recogniser COMMAND]

fills in `text` in `CACHE/LIST.json` and marks the entry as `recognised`. By pocketsphinx about one
character in six is heard wrong; what is heard wrong sounds alike, and `training.aligner` gives an alignment's
probability to sort by. The use of such transcripts is to show the encoders many more speakers.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from ..audio.speech import SAMPLE_RATE
from .cache import cache_audio
from .recogniser import FAST, Recogniser, recogniser_of


def transcribe(cache: Path, name: str, recogniser: Recogniser) -> tuple[int, int]:
    """Numbers of recordings that had no text and of those in which words were heard."""
    hop, path = cache_audio(cache).hop_length, cache / f"{name}.json"
    audio, entries = np.load(cache / f"{name}.audio.npy", mmap_mode="r"), json.loads(path.read_text())
    silent = [entry for entry in entries if not entry["text"].strip()]
    for entry in silent:
        start, end = entry["start"] * hop, (entry["start"] + entry["frames"]) * hop
        entry["text"] = recogniser(audio[start:end] / np.float32(32767.0)).strip()
        entry["recognised"] = True
    path.write_text(json.dumps(entries))
    return len(silent), sum(bool(entry["text"]) for entry in silent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("list")
    parser.add_argument("--recogniser", help="command that prints the words of a WAV file; else pocketsphinx")
    arguments = parser.parse_args()
    rate = cache_audio(arguments.cache).sample_rate
    if rate != SAMPLE_RATE:
        raise SystemExit(f"recognisers listen at {SAMPLE_RATE} Hz; {arguments.cache} holds speech at {rate} Hz")
    recogniser = recogniser_of(arguments.recogniser, **FAST)
    silent, heard = transcribe(arguments.cache, arguments.list, recogniser)
    print(f"words heard in {heard} of {silent} recordings without a transcript")


if __name__ == "__main__":
    main()
