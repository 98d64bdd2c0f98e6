"""Train the aligner and write the durations of every utterance that has phones.

    python -m gss.train_aligner CACHE PHONES OUTPUT --minutes 8

`PHONES` is a JSON object from utterance to its list of symbols. `OUTPUT` receives `aligner.pt` and
`durations.json`: for each utterance its symbols (pauses found in the audio marked) and frames.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from .aligner import Aligner, beta_binomial_log_prior, forward_sum_loss, silence_of
from .data import Corpus, has_list
from .mas import monotonic_durations
from .phones import BOUNDARY, PAUSES, SYMBOL_IDS, SYMBOLS, unspeakable
from .run import Log

# A word boundary that is silent for this many frames (of 16 ms) is heard as a pause.
PAUSE_FRAMES = 6
BINARISATION_FROM = 0.6


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


def train(clips: list[Clip], minutes: float, frames_per_batch: int, output: Path) -> Aligner:
    torch.manual_seed(0)
    generator = random.Random(0)
    model = Aligner(len(SYMBOLS))
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-6)
    log, begin, step, mean_loss = Log(output), time.time(), 0, 0.0
    while (progress := (time.time() - begin) / (60 * minutes)) < 1.0:
        for batch in make_batches(clips, frames_per_batch, generator):
            progress = (time.time() - begin) / (60 * minutes)
            if progress >= 1.0:
                break
            optimizer.param_groups[0]["lr"] = 2e-3 * min(1.0, (step + 1) / 50) * max(0.05, 1.0 - progress)
            inputs, token_lengths, frame_lengths = collate(batch)
            logits = model(**inputs)
            loss = forward_sum_loss(logits, token_lengths, frame_lengths)
            log_path = torch.tensor(0.0)
            if progress > BINARISATION_FROM or step % 20 == 0:
                log_soft = F.log_softmax(logits, dim=-1)
                hard = hard_alignment(log_soft, token_lengths, frame_lengths)
                log_path = (log_soft * hard).sum() / hard.sum()
            total = loss - log_path if progress > BINARISATION_FROM else loss
            optimizer.zero_grad()
            total.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            mean_loss += (loss.item() - mean_loss) / min(step + 1, 40)
            if step % 20 == 0:
                record = {"step": step, "seconds": round(time.time() - begin), "forward_sum": mean_loss}
                record |= {"path": log_path.exp().item(), "temperature": model.log_temperature.exp().item()}
                log.write(record)
            step += 1
        torch.save(model.state_dict(), output / "aligner.pt")
    return model


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
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--frames-per-batch", type=int, default=8000)
    parser.add_argument("--align-only", action="store_true", help="reuse OUTPUT/aligner.pt")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.output.mkdir(parents=True, exist_ok=True)
    phones = json.loads(arguments.phones.read_text())
    clips = load_clips(arguments.cache, "train", phones)
    if arguments.align_only:
        model = Aligner(len(SYMBOLS))
        model.load_state_dict(torch.load(arguments.output / "aligner.pt", weights_only=True))
    else:
        model = train(clips, arguments.minutes, arguments.frames_per_batch, arguments.output)
    durations = align(model, clips)
    for name in ("dev", "voices", "extra"):
        if has_list(arguments.cache, name):
            durations |= align(model, load_clips(arguments.cache, name, phones))
    (arguments.output / "durations.json").write_text(json.dumps(durations))
    mean = np.mean([item["probability"] for item in durations.values()])
    print(f"{len(durations)} utterances aligned, mean probability on the path {mean:.3f}")


if __name__ == "__main__":
    main()
