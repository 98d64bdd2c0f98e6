"""Crops of aligned speech as tensors on disk: the encoders' pass is done once, for all trainings.

    python -m gss.training.tcn.crops CACHE DURATIONS MODEL OUTPUT train voices teacher

MODEL is a folder with the encoders, whose style, mean mel and transport the crops get. Each speaker is heard through
at most `REFERENCES` recordings, never a crop's own where there is another. `OUTPUT` receives arrays, one row a crop
(`mel`, `mu`, `hertz`, `voice`, `place`) or one a voice (`style`, `map`, `offset`, `reference`: first and last frame
in `references.npy`).
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...audio.harmonics import pitch_inputs
from ...config import AudioConfig
from ...data.cache import Corpus
from ...data.dataset import Batch, Segment, batches_by_length, cut_segments
from ...model import Encoders
from ...model_folder import load_model
from ...program import Program
from ...transport import Calibration, voice_of
from ...vocoder.pitch import STEP, pitch_file

# In frames of 16 ms: 2 s for the network; a reference is heard for 4 s in training.
CROP_FRAMES = 128
REFERENCE_FRAMES = 256
REFERENCES = 4
# What a user's reference is: between 2.4 and 10 s.
SHORTEST, LONGEST = 150, 620
# A recording that must not be heard where the crop lies needs so many other frames.
LEAST_OTHERS = 96


@dataclass
class Speech:
    """One list of a cache: what the encoders need, and the pitch of every frame."""

    corpus: Corpus
    hertz: np.ndarray
    segments: list[Segment]

    @classmethod
    def load(cls, cache: Path, name: str, alignments: dict, hop: int) -> Speech:
        corpus = Corpus.load(cache, name)
        # The tracker's points lie `STEP` apart; a frame takes the one at its middle.
        hertz = np.load(pitch_file(cache, name), mmap_mode="r")
        middle = np.minimum(np.arange(len(corpus.mels)) * (hop // STEP) + hop // STEP // 2, len(hertz) - 1)
        segments = []
        for index, entry in enumerate(corpus.entries):
            if alignment := alignments.get(entry["utterance"]):
                segments += cut_segments(entry["speaker"], entry["utterance"], alignment, corpus.mel(index))
        return cls(corpus, np.array(hertz[middle]), segments)


def references(corpus: Corpus) -> dict[str, list[int]]:
    """The recordings through which each speaker is heard: always the same."""
    of_speaker: dict[str, list[int]] = {}
    for index, entry in enumerate(corpus.entries):
        of_speaker.setdefault(entry["speaker"], []).append(index)
    chosen = {}
    for speaker, indices in of_speaker.items():
        fitting = [index for index in indices if corpus.entries[index]["frames"] >= SHORTEST] or indices
        chosen[speaker] = random.Random(speaker).sample(fitting, min(REFERENCES, len(fitting)))
    return chosen


class Writer:
    """Collects the arrays of all lists."""

    def __init__(self, encoders: Encoders, calibration: Calibration) -> None:
        self.encoders, self.calibration = encoders, calibration
        self.crops: dict[str, list] = {name: [] for name in ("mel", "mu", "hertz", "voice", "place")}
        self.voices: dict[str, list] = {name: [] for name in ("style", "map", "offset", "reference")}
        self.mels: list[np.ndarray] = []
        self.frames = 0

    def add(self, speech: Speech, chance: random.Random) -> None:
        """All crops of a list, and the voices that they are spoken in."""
        corpus, voices = speech.corpus, {}
        for indices in references(corpus).values():
            for index in indices:
                mel = np.array(corpus.mel(index)[:LONGEST])
                voice = voice_of(self.encoders, [torch.from_numpy(mel)], self.calibration)
                voices[index] = len(self.voices["style"])
                self.voices["style"].append(voice.style.numpy())
                self.voices["map"].append(voice.transport.map.numpy())
                self.voices["offset"].append(voice.transport.offset.numpy())
                self.voices["reference"].append((self.frames, self.frames + len(mel)))
                self.mels.append(mel)
                self.frames += len(mel)
        own = {entry["utterance"]: index for index, entry in enumerate(corpus.entries)}
        of_speaker = references(corpus)
        for group in batches_by_length(speech.segments, 4000, chance):
            chosen = []
            for segment in group:
                others = [index for index in of_speaker[segment.speaker] if index != own[segment.utterance]]
                chosen.append(chance.choice(others or of_speaker[segment.speaker]))
            self._crops(speech, group, [(index, voices[index]) for index in chosen], own, chance)

    @torch.no_grad()
    def _crops(self, speech: Speech, group: list[Segment], chosen, own: dict[str, int], chance: random.Random) -> None:
        batch = Batch.of(group)
        style = torch.from_numpy(np.stack([self.voices["style"][voice] for _, voice in chosen]))
        text = self.encoders.text_encoder(batch.tokens, batch.token_mask)
        mu = self.encoders.prior_encoder(batch.per_frame(text), style, batch.frame_mask)
        for row, segment in enumerate(group):
            recording = own[segment.utterance]
            begin = speech.corpus.entries[recording]["start"] + segment.start
            start = chance.randrange(len(segment.mel) % CROP_FRAMES + 1)
            while start + CROP_FRAMES <= len(segment.mel):
                part = slice(start, start + CROP_FRAMES)
                self.crops["mel"].append(segment.mel[part].astype(np.float16))
                self.crops["mu"].append(mu[row, part].numpy().astype(np.float16))
                self.crops["hertz"].append(speech.hertz[begin + start : begin + start + CROP_FRAMES])
                self.crops["voice"].append(chosen[row][1])
                # Where the crop lies in its own reference, if that is what it is spoken from.
                same = chosen[row][0] == recording
                self.crops["place"].append((segment.start + start) if same else -1)
                start += CROP_FRAMES

    def save(self, output: Path) -> None:
        output.mkdir(parents=True, exist_ok=True)
        for name, rows in (self.crops | self.voices).items():
            np.save(output / f"{name}.npy", np.stack(rows) if isinstance(rows[0], np.ndarray) else np.array(rows))
        np.save(output / "references.npy", np.concatenate(self.mels).astype(np.float16))


@dataclass
class CropBatch:
    """Crops [batch, ...] of an update; `mu` is plain, `carried` transported."""

    mel: Tensor
    mu: Tensor
    carried: Tensor
    hertz: Tensor
    style: Tensor
    reference: Tensor

    def pitch(self, audio: AudioConfig) -> Tensor:
        """The network's inputs of the pitch."""
        return pitch_inputs(self.hertz, audio)


class Crops:
    """The arrays of a folder, and random batches of them."""

    def __init__(self, folder: Path) -> None:
        def array(name: str) -> np.ndarray:
            return np.load(folder / f"{name}.npy", mmap_mode="r")

        self.mel, self.mu, self.hertz = array("mel"), array("mu"), array("hertz")
        self.voice, self.place, self.bounds = (np.array(array(name)) for name in ("voice", "place", "reference"))
        self.style, self.map, self.offset = (torch.from_numpy(np.array(array(n))) for n in ("style", "map", "offset"))
        self.references = array("references")

    def __len__(self) -> int:
        return len(self.mel)

    def reference(self, index: int, chance: np.random.Generator) -> np.ndarray:
        """`REFERENCE_FRAMES` of the recording that a crop is spoken from, not of the crop itself."""
        first, last = self.bounds[self.voice[index]]
        mel, place = self.references[first:last], self.place[index]
        if place >= 0:
            others = np.concatenate([mel[: min(place, len(mel))], mel[place + CROP_FRAMES :]])
            mel = others if len(others) >= LEAST_OTHERS else mel
        if len(mel) < REFERENCE_FRAMES:
            mel = np.tile(mel, (-(-REFERENCE_FRAMES // len(mel)), 1))
        start = chance.integers(len(mel) - REFERENCE_FRAMES + 1)
        return mel[start : start + REFERENCE_FRAMES]

    def batch(self, indices: np.ndarray, chance: np.random.Generator) -> CropBatch:
        """The crops of these numbers."""
        mel, mu = (torch.from_numpy(np.array(part[indices], dtype=np.float32)) for part in (self.mel, self.mu))
        reference = np.stack([self.reference(index, chance) for index in indices]).astype(np.float32)
        voice = torch.from_numpy(self.voice[indices])
        carried = torch.einsum("bij,btj->bti", self.map[voice], mu) + self.offset[voice][:, None]
        hertz = torch.from_numpy(np.array(self.hertz[indices], dtype=np.float32))
        return CropBatch(mel, mu, carried, hertz, self.style[voice], torch.from_numpy(reference))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("durations", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("lists", nargs="+")
    parser.add_argument("--program", type=Path, help="gss-wgpu; see gss.program for where it is looked for")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model(arguments.model).requires_grad_(False)
    calibration = Calibration.of(model.config, Program(arguments.program))
    if calibration is None:
        parser.error(f"{arguments.model} has no transport")
    alignments = json.loads(arguments.durations.read_text())
    writer, chance = Writer(model, calibration), random.Random(0)
    for name in arguments.lists:
        writer.add(Speech.load(arguments.cache, name, alignments, model.config.audio.hop_length), chance)
        print(f"{name}: {len(writer.crops['mel'])} crops, {len(writer.voices['style'])} voices so far", flush=True)
    writer.save(arguments.output)


if __name__ == "__main__":
    main()
