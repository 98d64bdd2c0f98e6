"""Lists of recorded utterances: a table, or a folder in the layout of a public corpus.

    LIST.tsv      tab-separated, with a header: `path` (relative to the list) and `speaker`, and where
                  known `utterance` (else the name of the file) and `text`
    LibriSpeech   .../SPEAKER/CHAPTER/SPEAKER-CHAPTER.trans.txt beside the recordings
    LibriTTS      .../SPEAKER/CHAPTER/UTTERANCE.normalized.txt beside each recording
    VCTK          txt/SPEAKER/UTTERANCE.txt, and recordings in wav48_silence_trimmed or wav48

A folder may be the corpus, one of its parts, or hold several parts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

AUDIO_SUFFIXES = (".flac", ".wav", ".opus", ".ogg", ".mp3")
VCTK_AUDIO = (
    "wav48_silence_trimmed/{speaker}/{name}_mic1.flac",
    "wav48_silence_trimmed/{speaker}/{name}.flac",
    "wav48/{speaker}/{name}.wav",
)


class ListError(Exception):
    """A list that cannot be used; the message says why, and what would do."""


@dataclass(frozen=True)
class Utterance:
    """One recording; `text` is empty where nobody wrote down what is said."""

    name: str
    speaker: str
    path: Path
    text: str


def read_utterances(source: Path) -> list[Utterance]:
    """All utterances of a table or folder, in a fixed order; their names are distinct."""
    if source.is_dir():
        utterances = [*_libritts(source), *_librispeech(source), *_vctk(source)]
    elif source.is_file():
        utterances = list(_table(source))
    else:
        raise ListError(f"{source} is neither a list nor a folder")
    if not utterances:
        raise ListError(f"{source} holds no utterance in a known layout: see gss.data.utterances")
    seen: set[str] = set()
    for utterance in utterances:
        if utterance.name in seen:
            raise ListError(f"{source} has two utterances with the name {utterance.name}")
        seen.add(utterance.name)
    return utterances


def read_table(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a tab-separated file whose header must have the columns `needed`."""
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = [column for column in needed if column not in (reader.fieldnames or ())]
        if missing:
            raise ListError(f"{path} has no column {', '.join(missing)}; its first line must name the columns")
        rows = list(reader)
    for number, row in enumerate(rows, 2):
        empty = [column for column in needed if not row[column]]
        if empty:
            raise ListError(f"line {number} of {path} says nothing under {', '.join(empty)}")
    return rows


def _table(path: Path) -> Iterator[Utterance]:
    for row in read_table(path, ("path", "speaker")):
        name = row.get("utterance") or Path(row["path"]).stem
        yield Utterance(name, row["speaker"], path.parent / row["path"], row.get("text") or "")


def _beside(stem: Path) -> Path:
    """The recording of this name in any known format; the first format where there is none."""
    candidates = [stem.with_name(stem.name + suffix) for suffix in AUDIO_SUFFIXES]
    return next((path for path in candidates if path.is_file()), candidates[0])


def _librispeech(folder: Path) -> Iterator[Utterance]:
    for transcripts in sorted(folder.rglob("*.trans.txt")):
        for line in transcripts.read_text(encoding="utf-8").splitlines():
            name, _, text = line.strip().partition(" ")
            if name:
                yield Utterance(name, name.split("-")[0], _beside(transcripts.parent / name), text)


def _libritts(folder: Path) -> Iterator[Utterance]:
    ending = ".normalized.txt"
    for transcript in sorted(folder.rglob(f"*{ending}")):
        name = transcript.name.removesuffix(ending)
        text = transcript.read_text(encoding="utf-8").strip()
        yield Utterance(name, name.split("_")[0], _beside(transcript.parent / name), text)


def _vctk(folder: Path) -> Iterator[Utterance]:
    for transcript in sorted(folder.glob("txt/*/*.txt")):
        speaker, name = transcript.parent.name, transcript.stem
        candidates = [folder / form.format(speaker=speaker, name=name) for form in VCTK_AUDIO]
        path = next((candidate for candidate in candidates if candidate.is_file()), candidates[0])
        yield Utterance(name, speaker, path, transcript.read_text(encoding="utf-8").strip())
