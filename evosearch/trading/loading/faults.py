"""What is refused: rows that cannot be true.

A row is looked at once, in batches that stay in the processor's cache. High and low that miss open
or close by the rounding of an adjusted price are clipped, and that is counted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.bars import COLUMNS
from evosearch.trading.reading.tables import Faults, Finding, Table

TOLERANCE = 1e-9  # of the price
_PRICES = COLUMNS[1:5]
_BATCH = 100_000
_DROP = (
    "--set problem.incomplete=drop leaves out rows that lack one of the four prices, or have 0 "
    "there, and counts them."
)
_NEGATIVE = (
    "Prices below 0 have no returns in percent: a search needs a series above 0, such as another "
    "contract, or a file of the time before them or after them."
)


def check_rows(table: Table, faults: Faults) -> Table:
    """Note every row that cannot be true; the table with high and low clipped.

    Parameters
    ----------
    table : Table
    faults : Faults
        Takes what is wrong.
    """
    rows = _find_doubtful(table)
    if not len(rows):
        return table
    values = [column[rows] for column in table.values]
    open_, high, low, close, volume = values
    lacks, n_other = np.zeros(len(rows), np.bool_), 0
    for name, column in zip(_PRICES, values, strict=False):
        is_missing, is_low = np.isnan(column), column <= 0
        lacks |= is_missing | (column == 0)
        n_other += int(np.count_nonzero(np.isinf(column) | (column < 0)))
        faults.add_rows(f"{name} is missing", table, rows[is_missing])
        faults.add_rows(f"{name} is not a finite number", table, rows[np.isinf(column)])
        faults.add_rows(f"{name} is not above 0", table, rows[is_low])
    is_volume = np.isfinite(volume)
    faults.add_rows("volume is not a finite number", table, rows[~is_volume])
    faults.add_rows("negative volume", table, rows[is_volume & (volume < 0)])
    top, bottom = np.maximum(open_, close), np.minimum(open_, close)
    # Of a row that lacks a price the others are not compared: NaN is neither below nor above.
    is_whole = ~lacks
    is_under, is_over = is_whole & (high < top), is_whole & (low > bottom)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        clip_high = is_under & (top - high < TOLERANCE * top)
        clip_low = is_over & (low - bottom < TOLERANCE * bottom)
    faults.add_rows("high below open or close", table, rows[is_under & ~clip_high])
    faults.add_rows("low above open or close", table, rows[is_over & ~clip_low])
    if lacks.any():
        faults.advise(_DROP)
    if any((column < 0).any() for column in values[:4]):
        faults.advise(_NEGATIVE)
    return _clip(table, rows, (clip_high, clip_low), (top, bottom))


def leave_out(table: Table) -> Table:
    """Without the rows that `check_rows` looks at closely, to look at the rest."""
    return table.take(np.setdiff1d(np.arange(len(table)), _find_doubtful(table)))


def _find_doubtful(table: Table) -> NDArray[np.intp]:
    found = []
    for begin in range(0, len(table), _BATCH):
        open_, high, low, close, volume = (
            column[begin : begin + _BATCH] for column in table.values
        )
        # Whatever is NaN compares as False.
        is_fine = (low > 0) & (high < np.inf) & (volume >= 0) & (volume < np.inf)
        is_fine &= (low <= open_) & (low <= close) & (high >= open_) & (high >= close)
        if not is_fine.all():
            found.append(np.flatnonzero(~is_fine) + begin)
    return np.concatenate(found) if found else np.empty(0, np.intp)


def _clip(
    table: Table,
    rows: NDArray[np.intp],
    masks: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    limits: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Table:
    is_clipped = masks[0] | masks[1]
    n_clipped = int(np.count_nonzero(is_clipped))
    if not n_clipped:
        return table
    values = list(table.values)
    for place, mask, limit in zip((1, 2), masks, limits, strict=True):
        if mask.any():
            values[place] = values[place].copy()
            values[place][rows[mask]] = limit[mask]
    line = int(table.lines[rows[np.argmax(is_clipped)]])
    text = (
        f"{n_clipped:,} bar{'s' * (n_clipped > 1)} had a high or a low that misses open or close "
        f"by a rounding error; it was clipped, first in line {line:,}"
    )
    findings = (*table.findings, Finding("clipped", text, line, n=n_clipped))
    return replace(table, values=tuple(values), findings=findings)


def drop_incomplete(table: Table) -> Table:
    """Without the rows that lack one of the four prices, or have 0 there; how many is said."""
    lacks = np.zeros(len(table), np.bool_)
    for column in table.values[:4]:
        lacks |= ~(column != 0) | np.isnan(column)
    if not lacks.any():
        return table
    line = int(table.lines[np.argmax(lacks)])
    n = int(lacks.sum())
    rows = "rows lack a price and are" if n > 1 else "row lacks a price and is"
    text = f"{n:,} {rows} left out, the first in line {line:,}"
    kept = table.take(np.flatnonzero(~lacks))
    return replace(kept, findings=(*kept.findings, Finding("incomplete", text, line, n=n)))
