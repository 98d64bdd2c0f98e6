"""Measurements of spoken sentences, and what they come to: means with intervals, tables.

Intervals are the 2.5th and 97.5th percentiles over `RESAMPLES` draws of as many sentences with
replacement (bootstrap), always from the same seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000


@dataclass(frozen=True)
class Measurement:
    """One spoken sentence against its text, its reference voice and its recording; None: not known."""

    name: str
    speaker: str
    heard: str
    errors: int
    characters: int
    secs: float
    secs_speaker: float | None
    secs_recording: float | None
    secs_other: float | None
    identified: bool | None
    seconds: float
    length_ratio: float | None
    mcd: float | None
    f0_error: float | None
    f0_correlation: float | None
    real_time_factor: float | None
    words: int = 0
    word_errors: int | None = None
    quality: float | None = None
    signal_quality: float | None = None


@dataclass(frozen=True)
class Figure:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Column:
    """A figure of a table: numerator over denominator, each summed over the sentences that have both."""

    key: str
    title: str
    form: str
    part: Callable[[Measurement], float | None]
    whole: Callable[[Measurement], float] = lambda _: 1.0


COLUMNS = (
    Column("cer", "CER %", ".1f", lambda m: 100.0 * m.errors, lambda m: float(m.characters)),
    Column(
        "wer",
        "WER %",
        ".1f",
        lambda m: None if m.word_errors is None else 100.0 * m.word_errors,
        lambda m: float(m.words),
    ),
    Column("quality", "DNSMOS", ".2f", lambda m: m.quality),
    Column("signal_quality", "signal", ".2f", lambda m: m.signal_quality),
    Column("secs", "SECS", ".1f", lambda m: 100.0 * m.secs),
    Column("secs_speaker", "to the speaker", ".1f", lambda m: m.secs_speaker and 100.0 * m.secs_speaker),
    Column("secs_recording", "to the recording", ".1f", lambda m: m.secs_recording and 100.0 * m.secs_recording),
    Column("secs_other", "other", ".1f", lambda m: m.secs_other and 100.0 * m.secs_other),
    Column("identified", "right speaker %", ".0f", lambda m: None if m.identified is None else 100.0 * m.identified),
    Column("mcd", "MCD dB", ".2f", lambda m: m.mcd),
    Column("f0_error", "F0 semitones", ".2f", lambda m: m.f0_error),
    Column("f0_correlation", "F0 correlation", ".2f", lambda m: m.f0_correlation),
    Column("length_ratio", "length", ".2f", lambda m: m.length_ratio),
    Column("real_time_factor", "RTF", ".2f", lambda m: m.real_time_factor),
)


def figure(column: Column, measurements: Sequence[Measurement]) -> Figure | None:
    """A column's figure over all sentences that have it."""
    pairs = [(part, column.whole(m)) for m in measurements if (part := column.part(m)) is not None]
    if not pairs:
        return None
    values = np.array(pairs)
    drawn = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    sums = values[drawn].sum(axis=1)
    low, high = np.percentile(sums[:, 0] / sums[:, 1], [2.5, 97.5])
    part, whole = values.sum(axis=0)
    return Figure(float(part / whole), float(low), float(high))


def figures(measurements: Sequence[Measurement]) -> dict[str, Figure | None]:
    """Every column's figure."""
    return {column.key: figure(column, measurements) for column in COLUMNS}


def head() -> str:
    """The first two lines of the printed table."""
    titles = ["system", "sentences", *(column.title for column in COLUMNS)]
    return f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}"


def line(name: str, measurements: Sequence[Measurement]) -> str:
    """A row of the printed table; an interval stands in brackets."""

    def cell(column: Column) -> str:
        known = figure(column, measurements)
        if known is None:
            return "-"
        return f"{known.value:{column.form}} [{known.low:{column.form}}, {known.high:{column.form}}]"

    return f"| {' | '.join([name, str(len(measurements)), *map(cell, COLUMNS)])} |"
