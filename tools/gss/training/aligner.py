"""Train the aligner and write the durations of every utterance that has phones.

    python -m gss.training.aligner CACHE PHONES OUTPUT --minutes 8

`PHONES` is a JSON object from utterance to its list of symbols. `OUTPUT` receives `aligner.pt`, the
weights; `durations.json`: for each utterance its symbols (pauses found in the audio marked) and frames;
`run.toml` and `log.jsonl`; and `training.pt`, from which a stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from .. import checkpoint
from ..data.cache import Corpus, has_list
from ..model.aligner import Aligner, beta_binomial_log_prior, forward_sum_loss, silence_of
from ..options import RunOptions, add_options, option, resolve
from ..phones import BOUNDARY, PAUSES, SYMBOL_IDS, SYMBOLS, unspeakable
from ..run import Clock, Log, Passes, use_device
from .mas import monotonic_durations

# A word boundary that is silent for this many frames (of 16 ms) is heard as a pause.
PAUSE_FRAMES = 6
BINARISATION_FROM = 0.6
LOG_EVERY, SAVE_EVERY = 20, 200


@dataclass
class AlignerOptions(RunOptions):
    """Options of this training."""

    minutes: float = option(8.0, "length of the whole run, which the learning rate follows; see --updates")
    learning_rate: float = option(2e-3, "highest learning rate")
    frames_per_batch: int = option(8000, "mel frames of an update")


@dataclass
class Clip:
    utterance: str
    symbols: list[str]
    tokens: np.ndarray
    mel: np.ndarray
    silence: np.ndarray

    @classmethod
    def of(cls, utterance: str, symbols: list[str], mel: np.ndarray) -> Clip:
        """The clip of an utterance with a log-mel [frames, n_mels]."""
        tokens = np.array([SYMBOL_IDS[symbol] for symbol in symbols])
        return cls(utterance, symbols, tokens, mel - mel.mean(axis=0), silence_of(mel))


def load_clips(cache: Path, name: str, phones: dict[str, list[str]]) -> list[Clip]:
    corpus = Corpus.load(cache, name)
    clips = []
    for index, entry in enumerate(corpus.entries):
        symbols = phones.get(entry["utterance"])
        if symbols is None:
            continue
        if reason := unspeakable(symbols, entry["frames"]):
            raise SystemExit(f"{entry['utterance']} has {reason}: make its symbols with gss.phones")
        clips.append(Clip.of(entry["utterance"], symbols, corpus.mel(index)))
    return clips


def collate(clips: list[Clip]) -> tuple[dict[str, torch.Tensor], torch.Tensor, torch.Tensor]:
    """Padded inputs of the aligner, numbers of tokens, numbers of frames."""
    token_lengths = torch.tensor([len(clip.tokens) for clip in clips])
    frame_lengths = torch.tensor([len(clip.mel) for clip in clips])
    n, m = int(token_lengths.max()), int(frame_lengths.max())
    inputs = {
        "tokens": torch.zeros(len(clips), n, dtype=torch.long),
        "mel": torch.zeros(len(clips), m, clips[0].mel.shape[1]),
        "silence": torch.zeros(len(clips), m),
        "log_prior": torch.zeros(len(clips), m, n),
    }
    for row, clip in enumerate(clips):
        frames, tokens = len(clip.mel), len(clip.tokens)
        inputs["tokens"][row, :tokens] = torch.from_numpy(clip.tokens)
        inputs["mel"][row, :frames] = torch.from_numpy(clip.mel)
        inputs["silence"][row, :frames] = torch.from_numpy(clip.silence)
        inputs["log_prior"][row, :frames, :tokens] = beta_binomial_log_prior(frames, tokens)
    pauses = torch.tensor([SYMBOL_IDS[symbol] for symbol in (BOUNDARY, *PAUSES)])
    inputs["is_pause"] = torch.isin(inputs["tokens"], pauses)
    inputs["token_mask"] = torch.arange(n)[None, :] < token_lengths[:, None]
    return inputs, token_lengths, frame_lengths


def make_batches(clips: list[Clip], frames_per_batch: int, generator: random.Random) -> list[list[Clip]]:
    """Batches of clips of similar length, in random order."""
    ordered = sorted(clips, key=lambda clip: len(clip.mel) + generator.uniform(0, 30))
    batches, batch = [], []
    for clip in ordered:
        if batch and (len(batch) + 1) * len(clip.mel) > frames_per_batch:
            batches.append(batch)
            batch = []
        batch.append(clip)
    batches.append(batch)
    generator.shuffle(batches)
    return batches


def hard_alignment(log_soft: torch.Tensor, token_lengths: torch.Tensor, frame_lengths: torch.Tensor) -> torch.Tensor:
    """Best path as a 0/1 matrix of the shape of `log_soft` [batch, frames, tokens]."""
    hard = torch.zeros_like(log_soft)
    for row, (tokens, frames) in enumerate(zip(token_lengths.tolist(), frame_lengths.tolist())):
        durations = monotonic_durations(log_soft[row, :frames, :tokens].detach().numpy())
        hard[row, torch.arange(frames), torch.from_numpy(np.repeat(np.arange(tokens), durations))] = 1.0
    return hard


class Trainer:
    """The state of a run and its update."""

    def __init__(self, clips: list[Clip], options: AlignerOptions) -> None:
        torch.manual_seed(options.seed)
        self.options = options
        self.device = use_device(options)
        self.model = Aligner(len(SYMBOLS)).to(self.device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=options.learning_rate, weight_decay=1e-6)
        self.passes = Passes(lambda chance: make_batches(clips, options.frames_per_batch, chance), options.seed)
        self.step = 0

    def state(self, seconds: float) -> dict[str, Any]:
        """All that `resume` needs."""
        parts = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        return parts | {"step": self.step, "seconds": seconds, "passes": self.passes.state()}

    def resume(self, state: dict[str, Any]) -> None:
        """Goes on exactly where `state` was taken."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.passes.resume(state["passes"])
        self.step = state["step"]

    def update(self, clips: list[Clip], progress: float) -> dict[str, float]:
        """One update; the best path takes part towards the end of the run, and is logged before."""
        warm = min(1.0, (self.step + 1) / 50)
        self.optimizer.param_groups[0]["lr"] = self.options.learning_rate * warm * max(0.05, 1.0 - progress)
        inputs, token_lengths, frame_lengths = collate(clips)
        inputs = {name: value.to(self.device) for name, value in inputs.items()}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.bf16):
            logits = self.model(**inputs).float()
        total = forward_sum_loss(logits, token_lengths, frame_lengths)
        parts = {"forward_sum": total.item()}
        binarise = progress > BINARISATION_FROM
        if binarise or self.step % LOG_EVERY == 0:
            log_soft = F.log_softmax(logits, dim=-1)
            hard = hard_alignment(log_soft.cpu(), token_lengths, frame_lengths).to(self.device)
            log_path = (log_soft * hard).sum() / hard.sum()
            parts["path"] = log_path.exp().item()
            total = total - log_path if binarise else total
        self.optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        return parts


def train(clips: list[Clip], options: AlignerOptions, output: Path) -> tuple[Aligner, bool]:
    """Trains to the end of the run or of this piece of it; the aligner, and whether it is finished."""
    trainer, path, seconds = Trainer(clips, options), output / "training.pt", 0.0
    if checkpoint.exists(path):
        state = checkpoint.load(path)
        trainer.resume(state)
        seconds = state["seconds"]
    log, clock, means = Log(output), Clock(options, seconds), {}
    batches = iter(trainer.passes)
    while (progress := clock.progress(trainer.step)) < 1.0 and not clock.piece_over():
        for name, value in trainer.update(next(batches), progress).items():
            means[name] = means.get(name, value) + 0.04 * (value - means.get(name, value))
        if trainer.step % LOG_EVERY == 0:
            temperature = trainer.model.log_temperature.exp().item()
            log.write({"step": trainer.step, "seconds": round(clock.seconds()), **means, "temperature": temperature})
        if trainer.step % SAVE_EVERY == 0:
            checkpoint.save(trainer.state(clock.seconds()), path, options.shard_mib)
    checkpoint.save(trainer.state(clock.seconds()), path, options.shard_mib)
    model = trainer.model.cpu()
    checkpoint.save(model.state_dict(), output / "aligner.pt")
    return model, clock.progress(trainer.step) >= 1.0


@torch.no_grad()
def align(model: Aligner, clips: list[Clip]) -> dict[str, dict]:
    """Durations of each clip; boundaries that are long and silent become pauses."""
    result = {}
    for clip in clips:
        inputs, _, _ = collate([clip])
        log_soft = F.log_softmax(model(**inputs), dim=-1)[0].numpy()
        durations = monotonic_durations(log_soft)
        symbols, start = list(clip.symbols), 0
        for index, frames in enumerate(durations):
            silent = clip.silence[start : start + frames].sum()
            if symbols[index] == BOUNDARY and silent >= PAUSE_FRAMES:
                symbols[index] = ","
            start += frames
        path = np.repeat(np.arange(len(durations)), durations)
        probability = float(np.exp(log_soft[np.arange(len(path)), path]).mean())
        result[clip.utterance] = {
            "symbols": symbols,
            "durations": durations.tolist(),
            "probability": round(probability, 4),
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("phones", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--align-only", action="store_true", help="reuse OUTPUT/aligner.pt")
    add_options(parser, AlignerOptions)
    arguments = parser.parse_args()
    options = resolve(arguments, AlignerOptions, arguments.output)
    phones = json.loads(arguments.phones.read_text())
    clips = load_clips(arguments.cache, "train", phones)
    if arguments.align_only:
        model = Aligner(len(SYMBOLS))
        model.load_state_dict(checkpoint.load(arguments.output / "aligner.pt"))
    else:
        model, finished = train(clips, options, arguments.output)
        if not finished:
            print("the piece is over; the same command goes on")
            return
    durations = align(model, clips)
    for name in ("dev", "voices", "extra"):
        if has_list(arguments.cache, name):
            durations |= align(model, load_clips(arguments.cache, name, phones))
    (arguments.output / "durations.json").write_text(json.dumps(durations))
    mean = np.mean([item["probability"] for item in durations.values()])
    print(f"{len(durations)} utterances aligned, mean probability on the path {mean:.3f}")


if __name__ == "__main__":
    main()
