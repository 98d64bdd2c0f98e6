"""Symbols of the model, and those of every transcript by the engine's own front end.

    python -m gss.phones CACHE OUTPUT [--lists train dev]

writes a JSON object from utterance to symbols for the transcripts of the prepared lists, as
`gss-wgpu g2p` gives them, so that training and synthesis never disagree. What has no pronounceable word,
and what is too short for its symbols, is left out and named in `CACHE/LIST.unspoken.tsv`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from .program import Program

_VOWELS = ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH"

PAD = "<pad>"
BOUNDARY = " "
PAUSES = (",", ".", "?", "!")
PHONES = sorted([vowel + stress for vowel in _VOWELS for stress in "012"] + _CONSONANTS.split(" "))
SYMBOLS = (PAD, BOUNDARY, *PAUSES, *PHONES)
SYMBOL_IDS = {symbol: index for index, symbol in enumerate(SYMBOLS)}


def unspeakable(symbols: list[str], frames: int) -> str | None:
    """Why an utterance of so many frames cannot be aligned with its symbols; None where it can."""
    if not symbols:
        return "no pronounceable word"
    if len(symbols) > frames:
        return f"{len(symbols)} symbols in {frames} frames"
    return None


def transcribed_symbols(entries: list[dict], program: Program) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """Symbols of each utterance that has a text, and what was left out with its reason."""
    spoken = [entry for entry in entries if entry["text"].strip()]
    kept, rejected = {}, []
    for entry, symbols in zip(spoken, program.symbols([entry["text"] for entry in spoken]), strict=True):
        reason = unspeakable(symbols, entry["frames"])
        if reason is None:
            kept[entry["utterance"]] = symbols
        else:
            rejected.append((entry["utterance"], reason))
    return kept, rejected


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--lists", nargs="+", default=["train", "dev"])
    parser.add_argument("--program", type=Path, help="gss-wgpu; see gss.program for where it is looked for")
    arguments = parser.parse_args()
    program, phones = Program(arguments.program), {}
    for name in arguments.lists:
        entries = json.loads((arguments.cache / f"{name}.json").read_text())
        kept, rejected = transcribed_symbols(entries, program)
        phones |= kept
        lines = [f"{utterance}\t{reason}\n" for utterance, reason in rejected]
        (arguments.cache / f"{name}.unspoken.tsv").write_text("utterance\treason\n" + "".join(lines))
        print(f"{name}: symbols for {len(kept)} of {len(entries)} utterances, {len(rejected)} not speakable")
    arguments.output.write_text(json.dumps(phones))


if __name__ == "__main__":
    main()
