"""A page of samples: every sentence by every system, to hear and to see. It needs no other site."""

from __future__ import annotations

import html
from pathlib import Path

import numpy as np
import soundfile
import torch
from matplotlib import image

from ..audio.mel import log_mel
from ..audio.speech import SAMPLE_RATE
from ..config import AudioConfig
from .results import Measurement, head
from .sentences import Task, clean_speech

# Log-mels from inaudible to loud: every picture has the same colours for the same level.
DARKEST, BRIGHTEST = -9.0, 1.0

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-size: 0.8rem; }
td, th { border: 1px solid #999; padding: 0.2rem 0.5rem; text-align: left; }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: 1rem; }
figure { margin: 0; }
audio, img { width: 100%; }
img { height: 8rem; image-rendering: auto; }
figcaption { font-size: 0.8rem; }
h2 { margin-top: 2.5rem; font-size: 1.1rem; }
"""


def draw_mel(wave: np.ndarray, path: Path) -> None:
    """The mel spectrogram of a waveform as a PNG, low frequencies at the bottom."""
    mel = log_mel(torch.from_numpy(np.asarray(wave, dtype=np.float32)), AudioConfig()).numpy()
    image.imsave(path, mel[::-1], cmap="magma", vmin=DARKEST, vmax=BRIGHTEST)


class Page:
    """Takes in samples as they come; `write` makes the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.samples: dict[str, list[tuple[str, str]]] = {}
        self.numbers: dict[str, int] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, title: str, wave: np.ndarray, caption: str = "") -> None:
        """A sample of the sentence `name` under the heading `title`."""
        # Names of systems hold characters that a file's name must not.
        number = self.numbers.setdefault(title, len(self.numbers))
        stem = f"{Path(name).name}-{number}"
        soundfile.write(self.folder / f"{stem}.flac", np.clip(wave, -1.0, 1.0), SAMPLE_RATE)
        draw_mel(wave, self.folder / f"{stem}.png")
        source = html.escape(stem)
        figure = (
            f"<figure><b>{html.escape(title)}</b>"
            f'<img src="{source}.png" alt="mel spectrogram"><audio controls preload="none" src="{source}.flac">'
            f"</audio><figcaption>{html.escape(caption)}</figcaption></figure>"
        )
        self.samples.setdefault(name, []).append((title, figure))

    def add_measured(self, system: str, wave: np.ndarray, measurement: Measurement) -> None:
        """A sample with what was heard in it and its similarity."""
        caption = f"heard: {measurement.heard or '(nothing)'} · SECS {100.0 * measurement.secs:.1f}"
        self.add(measurement.name, system, wave, caption)

    def write(self, task: Task, lines: list[str]) -> Path:
        """The page itself, below the table made of the printed `lines`."""
        parts = [
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>gss-wgpu: samples</title>',
            f"<style>{STYLE}</style><h1>Samples</h1>",
            "<p>The same sentences by every system. Below each sample stands what the recogniser heard.</p>",
            _table([head().splitlines()[0], *lines]),
        ]
        drawn: set[str] = set()
        for sentence in task.sentences:
            parts.append(f"<h2>{html.escape(sentence.text)}</h2>")
            if sentence.speaker not in drawn:
                drawn.add(sentence.speaker)
                self.add(f"reference-{sentence.speaker}", "reference", clean_speech(sentence.reference))
            figures = [*self.samples[f"reference-{sentence.speaker}"], *self.samples.get(sentence.name, [])]
            parts.append(f"<p>Speaker {html.escape(sentence.speaker)}</p>")
            parts.append(f'<div class="samples">{"".join(figure for _, figure in figures)}</div>')
        path = self.folder / "index.html"
        path.write_text("\n".join(parts) + "\n", encoding="utf-8")
        return path


def _table(lines: list[str]) -> str:
    """An HTML table of lines of a Markdown table, the first of them the heads."""
    rows = []
    for number, line in enumerate(lines):
        tag = "td" if number else "th"
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        rows.append("<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>")
    return f"<table>{''.join(rows)}</table>"
