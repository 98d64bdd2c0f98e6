"""Results: one row a work and peer, and the table of ratios."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass
class Row:
    """`ratio` is the peer's time over the engine's: above one, the engine is faster."""

    work: str
    peer: str
    adapter: str
    ms: float | None = None
    ours_ms: float | None = None
    ratio: float | None = None
    # Relative distance of the output from the reference.
    difference: float | None = None
    rounds: int = 0
    failure: str | None = None

    def compare(self, ours_ms: float | None) -> None:
        self.ours_ms = ours_ms
        if self.ms is not None and ours_ms is not None:
            self.ratio = self.ms / ours_ms

    def to_dict(self) -> dict:
        return dataclasses.asdict(self)


def table(rows: list[Row]) -> str:
    """Markdown: a line a work, the engine's time, and of each peer its time and ratio."""
    engine = rows[0].peer if rows else ""
    peers = list(dict.fromkeys(row.peer for row in rows if row.peer != engine))
    works = list(dict.fromkeys(row.work for row in rows))
    cells = {(row.work, row.peer): row for row in rows}
    lines = [
        "| " + " | ".join(["work", engine, *peers]) + " |",
        "|---|" + "---:|" * (1 + len(peers)),
    ]
    for work in works:
        line = [_cell(cells.get((work, engine)))]
        line += [_cell(cells.get((work, peer))) for peer in peers]
        lines.append("| " + " | ".join([work, *line]) + " |")
    adapters = {row.peer: row.adapter for row in rows}
    lines += ["", *(f"{peer}: {adapter}" for peer, adapter in adapters.items())]
    return "\n".join(lines)


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    if row.ms is None:
        return "failed"
    time = f"{row.ms:.3g} ms"
    return time if row.ratio is None or row.ratio == 1.0 else f"{time} ({row.ratio:.2f}x)"
