"""Data preparation: decoded, trimmed, levelled and checked speech, and its mel spectrograms, on disk.

    python -m gss.data.cache CACHE train=CORPUS/train.tsv dev=CORPUS/dev.tsv voices=CORPUS/voices.tsv
    python -m gss.data.cache CACHE train=LibriTTS/train-clean-100 train=VCTK dev=LibriTTS/dev-clean

reads each source as `gss.data.utterances` does and writes for each list `LIST.audio.npy` (int16 samples of all
utterances, one after the other), `LIST.mel.npy` (float32 [frames, n_mels] likewise), `LIST.json`, and
`LIST.rejected.tsv`: what was left out, and why. Several items of one name make one list. `audio.json` are
the mel settings, those of `--config`, a model's config.json, where it is given.
The other tools know the lists `train`, `dev` (unseen speakers), `voices` (few recordings of each speaker,
transcripts optional) and `extra` (for encoders and vocoder, not for the score network: noisy or accented).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch

from ..audio.mel import log_mel
from ..config import AudioConfig, ModelConfig
from .npy import NpyWriter
from .utterances import ListError, Utterance, read_utterances

# Common level of every recording: root mean square of the trimmed speech, about -23 dB full scale.
SPEECH_RMS = 0.07
PEAK_LIMIT = 0.95
TRIM_BELOW_DB = 40.0
TRIM_MARGIN_S = 0.03
# What speech of a public corpus looks like; outside lies what its list says by mistake.
SECONDS = (0.5, 35.0)
QUIETEST_RMS = 1e-3
CLIPPED_SHARE = 1e-3
CLIPPED_LEVEL = 0.999


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


def fault(wave: np.ndarray, rate: int) -> str | None:
    """Why a recording must not be trained on, before trimming; None where nothing is wrong."""
    shortest, longest = SECONDS
    if len(wave) < shortest * rate:
        return f"shorter than {shortest:g} s"
    if len(wave) > longest * rate:
        return f"longer than {longest:g} s"
    if not np.isfinite(wave).all():
        return "samples that are not numbers"
    if np.sqrt(np.mean(wave**2)) < QUIETEST_RMS:
        return "silent"
    if np.mean(np.abs(wave) >= CLIPPED_LEVEL) > CLIPPED_SHARE:
        return "clipped"
    return None


def prepare_recording(path: Path, audio: AudioConfig) -> tuple[np.ndarray, np.ndarray] | str:
    """Samples and mel [frames, n_mels] of a recording, or why there are none."""
    if not path.is_file():
        return "no such file"
    try:
        wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        return "not readable as a recording"
    wave = wave.mean(axis=1)
    if reason := fault(wave, rate):
        return reason
    wave = trim_and_level(soxr.resample(wave, rate, audio.sample_rate), audio.sample_rate)
    if len(wave) < SECONDS[0] * audio.sample_rate:
        return f"shorter than {SECONDS[0]:g} s without its silence"
    wave = wave[: len(wave) // audio.hop_length * audio.hop_length].astype(np.float32)
    mel = log_mel(torch.from_numpy(wave), audio).T.contiguous().numpy()
    return np.round(wave * 32767.0).astype(np.int16), mel


def _worker(audio: AudioConfig, path: Path) -> tuple[np.ndarray, np.ndarray] | str:
    torch.set_num_threads(1)
    return prepare_recording(path, audio)


def prepare(name: str, utterances: list[Utterance], cache: Path, audio: AudioConfig, processes: int) -> Counter[str]:
    """Writes one list into the cache; gives how many recordings were left out for which reason."""
    entries, rejected, start = [], [], 0
    with (
        NpyWriter(cache / f"{name}.audio.npy", np.int16) as samples,
        NpyWriter(cache / f"{name}.mel.npy", np.float32, (audio.n_mels,)) as mels,
        Pool(processes) as pool,
    ):
        made = pool.imap(partial(_worker, audio), [utterance.path for utterance in utterances], chunksize=8)
        for utterance, result in zip(utterances, made, strict=True):
            if isinstance(result, str):
                rejected.append((utterance, result))
                continue
            wave, mel = result
            samples.append(wave)
            mels.append(mel)
            fields = {"utterance": utterance.name, "speaker": utterance.speaker, "text": utterance.text}
            entries.append(fields | {"start": start, "frames": len(mel)})
            start += len(mel)
    (cache / f"{name}.json").write_text(json.dumps(entries))
    reasons = Counter(reason for _, reason in rejected)
    lines = [f"{utterance.name}\t{reason}\t{utterance.path}\n" for utterance, reason in rejected]
    (cache / f"{name}.rejected.tsv").write_text("utterance\treason\tpath\n" + "".join(lines))
    hours = start * audio.hop_length / audio.sample_rate / 3600
    speakers = len({entry["speaker"] for entry in entries})
    print(f"{name}: {len(entries)} utterances of {speakers} speakers, {hours:.2f} hours", flush=True)
    for reason, count in reasons.most_common():
        print(f"{name}: {count} left out: {reason}", flush=True)
    return reasons


def read_lists(items: list[str]) -> dict[str, list[Utterance]]:
    """Lists by name from `NAME=SOURCE` items; refuses speakers who would be trained on and evaluated."""
    lists: dict[str, list[Utterance]] = defaultdict(list)
    for item in items:
        name, equals, source = item.partition("=")
        if not equals or not name.isidentifier():
            raise ListError(f"a list is given as NAME=SOURCE, not {item!r}")
        lists[name] += read_utterances(Path(source))
    for name, utterances in lists.items():
        names = Counter(utterance.name for utterance in utterances)
        twice = [utterance for utterance, count in names.items() if count > 1]
        if twice:
            raise ListError(f"the sources of {name} share utterances: {', '.join(twice[:3])}")
    unseen = {utterance.speaker for utterance in lists.get("dev", [])}
    for name, utterances in lists.items():
        both = sorted(unseen & {utterance.speaker for utterance in utterances}) if name != "dev" else []
        if both:
            raise ListError(f"speakers of dev are also in {name}: {', '.join(both[:5])}")
    return lists


def cache_audio(cache: Path) -> AudioConfig:
    """The mel settings that a cache was made with."""
    path = Path(cache) / "audio.json"
    if not path.is_file():
        raise SystemExit(f"{cache} is not a cache of this version (no audio.json): prepare it with gss.data.cache")
    return AudioConfig(**json.loads(path.read_text()))


def has_list(cache: Path, name: str) -> bool:
    """Whether a cache has this list."""
    return (cache / f"{name}.json").is_file()


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
    parser.add_argument("cache", type=Path)
    parser.add_argument("lists", nargs="+", metavar="NAME=SOURCE")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--config", type=Path, help="config.json of the model that the speech is for")
    arguments = parser.parse_args()
    audio = ModelConfig.load(arguments.config).audio if arguments.config else AudioConfig()
    try:
        lists = read_lists(arguments.lists)
    except ListError as error:
        raise SystemExit(f"error: {error}") from error
    arguments.cache.mkdir(parents=True, exist_ok=True)
    (arguments.cache / "audio.json").write_text(json.dumps(dataclasses.asdict(audio), indent=1) + "\n")
    for name, utterances in lists.items():
        prepare(name, utterances, arguments.cache, audio, arguments.processes)


if __name__ == "__main__":
    main()
