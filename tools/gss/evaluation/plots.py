"""Pictures of a run: losses, and what the training has learnt to see.

    python -m gss.evaluation.plots RUN                                losses of any run
    python -m gss.evaluation.plots RUN --cache CACHE --phones PHONES            and alignments of an aligner's run
    python -m gss.evaluation.plots RUN --cache CACHE --durations DURATIONS      and mels of an encoders' run

writes `losses.png`, and `alignments.png` or `mels.png` of the same few development utterances every time,
into RUN. The pictures may be made while the training runs.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from torch.nn import functional as F

from .. import checkpoint
from ..data.crops import REFERENCE_FRAMES
from ..data.dataset import AlignedCorpus, Batch
from ..model.aligner import Aligner
from ..phones import SYMBOLS
from ..training.aligner import collate, load_clips
from ..training.mas import monotonic_durations
from ..training.score import load_encoders

EXAMPLES = 4
# What is counted or set, not learnt.
NOT_LOSSES = ("step", "seconds", "lr")


def curves(log: Path) -> dict[str, tuple[list[float], list[float]]]:
    """Steps and values of everything that a `log.jsonl` has recorded."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    for line in log.read_text().splitlines():
        record = json.loads(line)
        for name, value in record.items():
            if name not in NOT_LOSSES and value is not None:
                steps, values = found.setdefault(name, ([], []))
                steps.append(record["step"])
                values.append(value)
    return found


def draw_losses(log: Path, output: Path) -> None:
    """One panel for every loss; one of unseen speakers (`dev_...`) shares the panel of its name."""
    found = curves(log)
    panels = [name for name in found if name.removeprefix("dev_") == name or name.removeprefix("dev_") not in found]
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure((5.0 * columns, 3.2 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flatten()
    for axis, name in zip(axes, panels, strict=False):
        for label in (name, f"dev_{name}"):
            if label in found:
                axis.plot(*found[label], label=label)
        axis.set_xlabel("updates")
        axis.legend()
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    figure.savefig(output)


def draw_images(images: list[tuple[str, np.ndarray, np.ndarray | None]], columns: int, output: Path) -> None:
    """Titled images, first row at the bottom, each with a line over its columns where one is given."""
    rows = -(-len(images) // columns)
    figure = Figure((7.0 * columns, 2.6 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).flatten()
    for axis, (title, values, line) in zip(axes, images, strict=False):
        axis.imshow(values, origin="lower", aspect="auto", cmap="magma")
        if line is not None:
            axis.plot(line, color="cyan", linewidth=0.8)
        axis.set_title(title, fontsize=8)
    figure.savefig(output)


@torch.no_grad()
def draw_alignments(run: Path, cache: Path, phones: dict[str, list[str]], output: Path) -> None:
    """The aligner's probabilities of symbols (upwards) over frames, and the path that the durations follow."""
    model = Aligner(len(SYMBOLS))
    model.load_state_dict(checkpoint.load(run / "aligner.pt"))
    images = []
    for clip in load_clips(cache, "dev", phones)[:EXAMPLES]:
        inputs, _, _ = collate([clip])
        log_soft = F.log_softmax(model(**inputs), dim=-1)[0].numpy()
        durations = monotonic_durations(log_soft)
        images.append((clip.utterance, np.exp(log_soft).T, np.repeat(np.arange(len(durations)), durations)))
    draw_images(images, 2, output)


@torch.no_grad()
def draw_mels(run: Path, cache: Path, durations: Path, output: Path) -> None:
    """Mels of recordings beside the means that the encoders make of their texts and durations."""
    _, encoders = load_encoders(run / "encoders.pt")
    dev, chance, images = AlignedCorpus.load(cache, "dev", durations), random.Random(0), []
    for segment in dev.segments[:: max(1, len(dev.segments) // EXAMPLES)][:EXAMPLES]:
        batch = Batch.of([segment])
        reference = dev.reference(segment.speaker, segment.utterance, REFERENCE_FRAMES, chance)
        style = encoders.style_encoder(torch.from_numpy(reference.copy())[None])
        mu = encoders.prior_encoder(batch.per_frame(encoders.text_encoder(batch.tokens)), style)
        images.append((f"{segment.utterance}: recording", segment.mel.T, None))
        images.append((f"{segment.utterance}: prior", mu[0].T.numpy(), None))
    draw_images(images, 2, output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--phones", type=Path, help="of the aligner's run")
    parser.add_argument("--durations", type=Path, help="of the encoders' run")
    arguments = parser.parse_args()
    run = arguments.run
    if (arguments.phones or arguments.durations) and not arguments.cache:
        parser.error("--phones and --durations need --cache")
    if not (run / "log.jsonl").is_file():
        raise SystemExit(f"{run} has no log.jsonl: it is not the folder of a training")
    draw_losses(run / "log.jsonl", run / "losses.png")
    if arguments.phones:
        phones = json.loads(arguments.phones.read_text())
        draw_alignments(run, arguments.cache, phones, run / "alignments.png")
    if arguments.durations:
        draw_mels(run, arguments.cache, arguments.durations, run / "mels.png")


if __name__ == "__main__":
    main()
