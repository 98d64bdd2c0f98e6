"""From recordings to a model the engine can load, one stage after the other.

    tools/train WORK train=CORPUS/train.tsv dev=CORPUS/dev.tsv voices=CORPUS/voices.tsv extra=CORPUS/extra.tsv
    tools/train WORK train=LibriTTS/train-clean-100 dev=LibriTTS/dev-clean --until encoders

Lists are those of `gss.data.cache`. The stages, in order: speech, transcripts (of the list `voices`, where they
are missing), symbols, aligner, encoders, score, draft (the model so far, with the duration offset that is found
with it), adversarial, model, pitch, vocoder. What is finished in WORK is not done
again, so the same command goes on where it was stopped. The trainings take their options from `STAGE.toml`
in tools/recipes/small, unless --recipe names another folder; the solver's settings are those of the shipped
model. Each stage can also be run by itself, with other options, beside others: see the README of `tools`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..config import ModelConfig, SamplingConfig
from ..program import REPOSITORY
from .calibrate import offset_of

RECIPE = REPOSITORY / "tools" / "recipes" / "small"
SHIPPED_CONFIG = REPOSITORY / "weights" / "small" / "config.json"
REQUIRED, KNOWN = ("train", "dev"), ("train", "dev", "voices", "extra")


@dataclass(frozen=True)
class Recipe:
    """Where everything lies: `work` for what is made, `options` for the trainings' TOML files, and the
    items NAME=SOURCE of the speech."""

    work: Path
    options: Path
    items: list[str]
    run: Callable[[list[str]], None]

    @property
    def cache(self) -> Path:
        return self.work / "cache"

    @property
    def phones(self) -> Path:
        return self.cache / "phones.json"

    @property
    def durations(self) -> Path:
        return self.work / "aligner" / "durations.json"

    @property
    def draft(self) -> Path:
        return self.work / "draft"

    @property
    def model(self) -> Path:
        return self.work / "model"

    @property
    def lists(self) -> list[str]:
        """The names of the lists, each once."""
        return list(dict.fromkeys(item.partition("=")[0] for item in self.items))

    def entries(self, name: str) -> list[dict]:
        """The utterances of a prepared list; none where it is not there."""
        path = self.cache / f"{name}.json"
        return json.loads(path.read_text()) if path.is_file() else []

    def stage(self, module: str, *arguments: str | Path) -> None:
        """Runs a module of this package with its arguments."""
        self.run([f"gss.{module}", *map(str, arguments)])

    def speech(self) -> None:
        if not all((self.cache / f"{name}.json").is_file() for name in self.lists):
            self.stage("data.cache", self.cache, *self.items)

    def transcripts(self) -> None:
        if any(not entry["text"].strip() and "recognised" not in entry for entry in self.entries("voices")):
            self.stage("data.transcribe", self.cache, "voices")

    def symbols(self) -> None:
        if not self.phones.is_file():
            self.stage("phones", self.cache, self.phones, "--lists", *self.lists)

    def aligner(self) -> None:
        if not self.durations.is_file():
            self._train("aligner", "training.aligner", self.cache, self.phones)

    def encoders(self) -> None:
        self._train("encoders", "training.encoders", self.cache, self.durations)

    def score(self) -> None:
        encoders = self.work / "encoders" / "encoders.pt"
        self._train("score", "training.score", self.cache, self.durations, encoders)

    def make_draft(self) -> None:
        """The model before the adversarial training, and with the duration offset that was found with it."""
        if (self.draft / "model.safetensors").is_file():
            return
        score, first = self.work / "score" / "score.pt", self.work / "uncalibrated"
        sampling = ModelConfig.load(SHIPPED_CONFIG).sampling
        self.export(score, first, dataclasses.replace(sampling, duration_offset=0.0))
        offset = round(offset_of(first, self.cache, self.phones), 3)
        self.export(score, self.draft, dataclasses.replace(sampling, duration_offset=offset))

    def adversarial(self) -> None:
        self._train("adversarial", "training.adversarial", self.cache, self.durations, self.draft)

    def make_model(self) -> None:
        if (self.model / "model.safetensors").is_file():
            return
        sampling = ModelConfig.load(self.draft / "config.json").sampling
        self.export(self.work / "adversarial" / "score.pt", self.model, sampling)
        options = "training-score.toml"
        shutil.copyfile(self.draft / options, self.model / options)

    def export(self, score: Path, folder: Path, sampling: SamplingConfig) -> None:
        """A model of the encoders and a score network, in a folder."""
        sources = [self.work / "encoders" / "encoders.pt", score]
        options = ["--aligner", self.work / "aligner" / "aligner.pt", "--transport"]
        settings = json.dumps(dataclasses.asdict(sampling))
        self.stage("export.model", self.cache, *sources, folder, *options, "--sampling", settings)

    def pitch(self) -> None:
        missing = [name for name in self.lists if name != "dev" and not (self.cache / f"{name}.pitch.npy").is_file()]
        if missing:
            self.stage("vocoder.pitch", self.cache, *missing)

    def vocoder(self) -> None:
        self._train("vocoder", "vocoder.train", self.cache)
        self.stage("vocoder.export", self.work / "vocoder" / "generator.safetensors", self.model, "--default")

    def _train(self, name: str, module: str, *sources: Path) -> None:
        """A training, in its own folder; one that has come to its end only says so."""
        self.stage(module, *sources, self.work / name, "--config", self.options / f"{name}.toml")


STAGES: dict[str, Callable[[Recipe], None]] = {
    "speech": Recipe.speech,
    "transcripts": Recipe.transcripts,
    "symbols": Recipe.symbols,
    "aligner": Recipe.aligner,
    "encoders": Recipe.encoders,
    "score": Recipe.score,
    "draft": Recipe.make_draft,
    "adversarial": Recipe.adversarial,
    "model": Recipe.make_model,
    "pitch": Recipe.pitch,
    "vocoder": Recipe.vocoder,
}


def run_module(command: list[str]) -> None:
    """Runs a module with its arguments in a process of its own; ends the program where that fails."""
    print(f"== {' '.join(command)}", flush=True)
    done = subprocess.run([sys.executable, "-W", "ignore", "-m", *command], check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} ended with status {done.returncode}; the same command goes on from here")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for all that is made")
    parser.add_argument("lists", nargs="+", metavar="NAME=SOURCE", help="recordings, as of gss.data.cache")
    parser.add_argument("--until", choices=STAGES, default=list(STAGES)[-1], help="the last stage to do")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="folder of the trainings' options")
    arguments = parser.parse_args()
    recipe = Recipe(arguments.work, arguments.recipe, arguments.lists, run_module)
    if missing := [name for name in REQUIRED if name not in recipe.lists]:
        raise SystemExit(f"a list {missing[0]}=SOURCE is missing")
    if unknown := [name for name in recipe.lists if name not in KNOWN]:
        raise SystemExit(f"lists are named {', '.join(KNOWN)}, not {unknown[0]}")
    arguments.work.mkdir(parents=True, exist_ok=True)
    for name, stage in STAGES.items():
        stage(recipe)
        if name == arguments.until:
            break


if __name__ == "__main__":
    main()
