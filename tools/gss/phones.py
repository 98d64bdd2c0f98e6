"""Symbols of the model, and phones of a text through a pronunciation dictionary.

    python -m gss.phones DICTIONARY CACHE OUTPUT

writes a JSON object from utterance to symbols for the transcripts of the prepared lists. Utterances
with a word that the dictionary lacks are left out.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()
_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()

PAD = "<pad>"
BOUNDARY = " "
PAUSES = (",", ".", "?", "!")
PHONES = sorted([vowel + stress for vowel in _VOWELS for stress in "012"] + _CONSONANTS)
SYMBOLS = (PAD, BOUNDARY, *PAUSES, *PHONES)
SYMBOL_IDS = {symbol: index for index, symbol in enumerate(SYMBOLS)}

# Marks that are spoken as a short pause, as the front end of the engine reads them.
_PAUSE_OF_MARK = {",": ",", ";": ",", ":": ",", "(": ",", ")": ",", "[": ",", "]": ",", "--": ",", "—": ","}
_PAUSE_OF_MARK |= {".": ".", "?": "?", "!": "!"}
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*'?|--|[,;:()\[\].?!—]")


def load_dictionary(path: Path) -> dict[str, list[str]]:
    """First pronunciation of each word of a CMUdict file."""
    dictionary: dict[str, list[str]] = {}
    for line in Path(path).read_text(encoding="latin-1").splitlines():
        if not line or line.startswith(";;;"):
            continue
        word, *phones = line.split("#")[0].split()
        if "(" not in word:
            dictionary.setdefault(word.lower(), phones)
    return dictionary


def pronounce(word: str, dictionary: dict[str, list[str]]) -> list[str] | None:
    """Phones of a lower-case word; a regular possessive is built from its stem."""
    for candidate in (word, word.rstrip("'")):
        if candidate in dictionary:
            return dictionary[candidate]
    stem = dictionary.get(word[:-2]) if word.endswith("'s") else None
    if stem is None:
        return None
    if stem[-1] in {"S", "Z", "SH", "ZH", "CH", "JH"}:
        return [*stem, "AH0", "Z"]
    return [*stem, "S" if stem[-1] in {"P", "T", "K", "F", "TH"} else "Z"]


def text_to_symbols(text: str, dictionary: dict[str, list[str]]) -> list[str] | None:
    """Phones of each word with one boundary or pause mark between words and a full stop, question or
    exclamation mark at the end; None where a word has no known pronunciation."""
    symbols: list[str] = []
    separator: str | None = None
    for token in _TOKEN.findall(text.lower().replace("’", "'")):
        if token in _PAUSE_OF_MARK:
            mark = _PAUSE_OF_MARK[token]
            # Of two marks in a row the stronger one is spoken.
            separator = mark if separator in (None, ",") else separator
            continue
        phones = pronounce(token, dictionary)
        if phones is None:
            return None
        if symbols:
            symbols.append(separator or BOUNDARY)
        separator = None
        symbols.extend(phones)
    if not symbols:
        return None
    symbols.append(separator if separator in (".", "?", "!") else ".")
    return symbols


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dictionary", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    dictionary = load_dictionary(arguments.dictionary)
    phones, total = {}, 0
    for name in ("train", "dev"):
        for entry in json.loads((arguments.cache / f"{name}.json").read_text()):
            total += 1
            symbols = text_to_symbols(entry["text"], dictionary)
            if symbols is not None:
                phones[entry["utterance"]] = symbols
    arguments.output.write_text(json.dumps(phones))
    print(f"phones for {len(phones)} of {total} utterances")


if __name__ == "__main__":
    main()
