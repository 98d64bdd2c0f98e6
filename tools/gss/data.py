"""Corpus preparation: decoded, trimmed and levelled speech, and its mel spectrograms, on disk.

    python -m gss.data CORPUS CACHE

writes for each list (train, dev, voices, extra) `LIST.audio.npy` (int16 samples of all utterances,
one after the other), `LIST.mel.npy` (float32 [frames, n_mels] likewise) and `LIST.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch

from .config import AudioConfig
from .mel import log_mel

LISTS = ("train", "dev", "voices", "extra")
# Common level of every recording: root mean square of the trimmed speech, about -23 dB full scale.
SPEECH_RMS = 0.07
PEAK_LIMIT = 0.95
TRIM_BELOW_DB = 40.0
TRIM_MARGIN_S = 0.03


def trim_and_level(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Remove silence at both ends up to a margin of 30 ms and bring the speech to a common level.

    Silence is what lies 40 dB below the 95th percentile of the 10 ms energies.
    """
    window = sample_rate // 100
    blocks = wave[: len(wave) // window * window].reshape(-1, window)
    level = 10.0 * np.log10(np.mean(blocks**2, axis=1) + 1e-10)
    loud = np.flatnonzero(level > np.percentile(level, 95) - TRIM_BELOW_DB)
    margin = int(TRIM_MARGIN_S * sample_rate)
    first = max(loud[0] * window - margin, 0)
    last = min((loud[-1] + 1) * window + margin, len(wave))
    wave = wave[first:last]
    gain = SPEECH_RMS / np.sqrt(np.mean(wave**2) + 1e-10)
    return wave * min(gain, PEAK_LIMIT / np.max(np.abs(wave)))


def _prepare(path: Path) -> tuple[np.ndarray, np.ndarray]:
    torch.set_num_threads(1)
    audio = AudioConfig()
    wave, rate = soundfile.read(path, dtype="float32")
    wave = trim_and_level(soxr.resample(wave, rate, audio.sample_rate), audio.sample_rate)
    wave = wave[: len(wave) // audio.hop_length * audio.hop_length].astype(np.float32)
    mel = log_mel(torch.from_numpy(wave), audio).T.contiguous().numpy()
    return np.round(wave * 32767.0).astype(np.int16), mel


def prepare(corpus: Path, cache: Path, name: str, processes: int) -> None:
    """Decode one list of the corpus into the cache."""
    with open(corpus / f"{name}.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    entries, start = [], 0
    waves, mels = [], []
    with Pool(processes) as pool:
        for row, (wave, mel) in zip(rows, pool.imap(_prepare, [corpus / row["path"] for row in rows], chunksize=8)):
            entries.append(
                {key: row[key] for key in ("utterance", "speaker", "sex", "text")}
                | {"set": Path(row["path"]).parts[1], "start": start, "frames": len(mel)}
            )
            start += len(mel)
            waves.append(wave)
            mels.append(mel)
    np.save(cache / f"{name}.audio.npy", np.concatenate(waves))
    np.save(cache / f"{name}.mel.npy", np.concatenate(mels))
    (cache / f"{name}.json").write_text(json.dumps(entries))
    print(f"{name}: {len(entries)} utterances, {start} frames", flush=True)


@dataclass
class Corpus:
    """One prepared list; mels are read through a memory map."""

    entries: list[dict]
    mels: np.ndarray

    @classmethod
    def load(cls, cache: Path, name: str) -> Corpus:
        entries = json.loads((Path(cache) / f"{name}.json").read_text())
        return cls(entries, np.load(Path(cache) / f"{name}.mel.npy", mmap_mode="r"))

    def mel(self, index: int) -> np.ndarray:
        """Log-mel [frames, n_mels] of an utterance."""
        entry = self.entries[index]
        return self.mels[entry["start"] : entry["start"] + entry["frames"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--lists", nargs="+", default=LISTS, choices=LISTS)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    for name in arguments.lists:
        prepare(arguments.corpus, arguments.cache, name, arguments.processes)


if __name__ == "__main__":
    main()
