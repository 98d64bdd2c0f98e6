"""What measurements come to."""

import dataclasses

from gss.evaluation.results import COLUMNS, Measurement, figure, figures, head, line

ONE = Measurement(
    name="a",
    speaker="ann",
    heard="",
    errors=1,
    characters=10,
    secs=0.5,
    secs_speaker=None,
    secs_recording=None,
    secs_other=0.25,
    identified=True,
    seconds=2.0,
    length_ratio=1.1,
    mcd=5.0,
    f0_error=None,
    f0_correlation=None,
    real_time_factor=None,
)


def column(key):
    return next(column for column in COLUMNS if column.key == key)


def test_the_error_rate_is_over_all_characters():
    long = dataclasses.replace(ONE, errors=3, characters=90)
    assert figure(column("cer"), [ONE, long]).value == 100.0 * 4 / 100


def test_what_is_not_known_of_some_is_taken_over_the_others():
    unknown = dataclasses.replace(ONE, mcd=None, identified=False)
    known = figures([ONE, unknown])
    assert known["mcd"].value == 5.0
    assert known["f0_error"] is None
    assert known["identified"].value == 50.0


def test_intervals_hold_the_mean_and_narrow_with_more_sentences():
    few = [dataclasses.replace(ONE, secs=value) for value in (0.4, 0.5, 0.6, 0.7)]
    narrow, wide = figure(column("secs"), 16 * few), figure(column("secs"), few)
    assert wide.low < wide.value < wide.high
    assert narrow.high - narrow.low < 0.5 * (wide.high - wide.low)
    assert figure(column("secs"), few) == wide


def test_every_row_has_a_cell_for_every_title():
    cells = {row.count(" | ") for row in (head().splitlines()[0], line("real", [ONE]))}
    assert len(cells) == 1
