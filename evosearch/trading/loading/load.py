"""Load bars from a file and refuse those that cannot be trusted.

Every fault in a file is named with its place; nothing is repaired or filled in silently. Times
become microseconds since 1970 UTC; a time without a zone is taken as UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.bars import Bars
from evosearch.trading.loading.faults import check_rows, drop_incomplete, leave_out
from evosearch.trading.loading.find import SAMPLE_FOLDER, find_file
from evosearch.trading.loading.lengths import settle_lengths
from evosearch.trading.loading.order import check_order, sort_rows, turn_rows
from evosearch.trading.reading.parsing import read_table
from evosearch.trading.reading.settings import Reading
from evosearch.trading.reading.tables import Faults, Finding, Table
from evosearch.trading.series.calendar import find_calendar
from evosearch.trading.series.clock import Formed, form_bars
from evosearch.trading.series.lengths import find_length
from evosearch.trading.series.oddities import Series, find_odd_last
from evosearch.trading.window import write_length

_USUAL = Reading()


def load_bars(reference: str, folders: tuple[Path, ...], reading: Reading = _USUAL) -> Bars:
    """Load bars from a file of prices, or a sample that comes with the package.

    Parameters
    ----------
    reference : str
        A path, or ``sample:<name>``.
    folders : tuple of Path
        Where a relative path is looked for, first match wins.
    reading : Reading
        How the file is read.

    Returns
    -------
    Bars

    Raises
    ------
    DataError
        With every fault found and its place, in at most 20 lines.
    OptionError
        The timeframe is no multiple of the length of the bars.
    """
    path = find_file(reference, folders)
    faults = Faults(path)
    table, length_us, notes = _read(path, reading, faults)
    faults.raise_if_any()
    return _make_bars(path, table, length_us, notes, reading)


class Longer(NamedTuple):
    """Bars of a timeframe, and what they were formed from.

    Attributes
    ----------
    bars : Bars
        As `load_bars` gives them, for the same timeframe.
    formed : Formed
    n_read, length_us : int
        How many shorter bars there are, and the length of the newest.
    """

    bars: Bars
    formed: Formed
    n_read: int
    length_us: int


def form_file(
    reference: str, folders: tuple[Path, ...], reading: Reading, drop_incomplete: bool = False
) -> Longer:
    """Load a file and form bars of its timeframe; also without those that lack pieces.

    Parameters and errors as in `load_bars`; the timeframe must be given.
    """
    path = find_file(reference, folders)
    faults = Faults(path)
    table, length_us, notes = _read(path, reading, faults)
    faults.raise_if_any()
    assert reading.timeframe is not None
    formed = form_bars(
        table.timestamp_us, table.values, length_us, reading.timeframe, drop_incomplete
    )
    bars = _make_bars(path, table, length_us, notes, reading, formed)
    return Longer(bars, formed, len(table), length_us)


def _read(path: Path, reading: Reading, faults: Faults) -> tuple[Table, int, list[str]]:
    """The rows that are used, the length of the newest bars, and notes on what was done."""
    notes: list[str] = []
    table = read_table(path, reading.layout, faults)
    if reading.incomplete == "drop":
        table = drop_incomplete(table)
    table = sort_rows(table, notes) if reading.unsorted == "sort" else turn_rows(table)
    n_before = len(faults)
    check_order(table, faults)
    is_in_order = len(faults) == n_before
    table = check_rows(table, faults)
    length_us = 0
    if is_in_order:
        if reading.drop_last:
            table = _drop_last(table)
        table, length_us = settle_lengths(table, reading, faults)
    return table, length_us, notes


def _drop_last(table: Table) -> Table:
    """Without a last bar that is off the grid, or of the same day as the one before."""
    length = find_length(table.timestamp_us)
    odd = find_odd_last(Series(table.timestamp_us, table.values, length, table.lines))
    if not odd:
        return table
    line = odd[0].line
    text = f"the last bar, in line {line}, is off the grid and left out, as drop_last asks"
    last = len(table) - 1
    kept = replace(
        table,
        timestamp_us=table.timestamp_us[:last],
        values=tuple(column[:last] for column in table.values),
        lines=table.lines[:last],
    )
    return replace(kept, findings=(*table.findings, Finding("last_bar_dropped", text, line)))


def _make_bars(
    path: Path,
    table: Table,
    length_us: int,
    notes: list[str],
    reading: Reading,
    formed: Formed | None = None,
) -> Bars:
    times, columns, findings = table.timestamp_us, table.values, table.findings
    lines: range | NDArray[np.int64] | None = _pack(table.lines)
    if reading.timeframe is not None:
        formed = formed or form_bars(times, columns, length_us, reading.timeframe)
        times, columns, lines = formed.times_us, formed.columns, None
        findings = (*findings, *_describe_formed(formed, length_us))
    shown = find_calendar(times).per_year
    open_, high, low, close, volume = columns
    return Bars(
        timestamp_us=times, open=open_, high=high, low=low, close=close, volume=volume,
        source=path.name, days_per_year=reading.days_per_year or shown, notes=tuple(notes),
        layout=table.layout, n_file_bars=len(times), path=path,
        is_sample=path.parent == SAMPLE_FOLDER, zone=table.zone, symbol=table.symbol,
        has_volume=table.has_volume, timeframe=reading.timeframe, findings=findings, lines=lines,
        given_per_year=reading.days_per_year,
    )  # fmt: skip


def _pack(lines: NDArray[np.int64]) -> range | NDArray[np.int64]:
    """Lines in little memory where one follows the other."""
    if len(lines) and lines[-1] - lines[0] == len(lines) - 1 and (lines[1:] > lines[:-1]).all():
        return range(int(lines[0]), int(lines[-1]) + 1)
    return lines


def _describe_formed(formed: Formed, length_us: int) -> list[Finding]:
    pieces = [f"{formed.n_incomplete:,} of them lack some"] if formed.n_incomplete else []
    pieces += [f"{formed.n_over:,} of them reach into the next"] if formed.n_over else []
    pieces += ["an unfinished last one was dropped"] if formed.n_dropped else []
    if not pieces:
        return []
    text = f"bars are formed from bars of {write_length(length_us)}: {', '.join(pieces)}"
    return [Finding("formed", text)]


@dataclass(frozen=True)
class Inspection:
    """What a look at a file of prices found.

    Attributes
    ----------
    path : Path
    bars : Bars or None
        None where the file is refused.
    findings : tuple of Finding
        All that is worth saying, in the order of the file; the first 1,000 of a kind.
    counts : mapping of str to int
        How many there are of a kind, if more than are listed.
    advice : tuple of str
        How to read the file in spite of what refuses it.
    """

    path: Path
    bars: Bars | None
    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    advice: tuple[str, ...] = ()


def inspect_file(
    reference: str,
    folders: tuple[Path, ...],
    reading: Reading = _USUAL,
    now_us: int | None = None,
) -> Inspection:
    """Look at a file of prices without refusing its rows.

    Parameters
    ----------
    reference, folders, reading
        As `load_bars` takes them.
    now_us : int, optional
        The time of the look, which tells an unfinished last bar; None does not ask.

    Raises
    ------
    DataError
        No table can be read.
    OptionError
        The timeframe is no multiple of the length of the bars.
    """
    from evosearch.trading.loading.looks import look_closely  # a run has no need of it

    path = find_file(reference, folders)
    faults = Faults(path)
    table, length_us, notes = _read(path, reading, faults)
    if len(faults):
        found, counts = _look_at_rest(path, table, reading, now_us)
        findings = (*faults.findings, *found)
        return Inspection(path, None, findings, counts | faults.counts, tuple(faults.advice))
    bars = _make_bars(path, table, length_us, notes, reading)
    said = [Finding("order", note) for note in bars.notes]
    bars = bars.choose()
    close, counts = look_closely(bars, now_us)
    return Inspection(path, bars, (*said, *bars.findings, *close), counts)


def _look_at_rest(
    path: Path, table: Table, reading: Reading, now_us: int | None
) -> tuple[list[Finding], dict[str, int]]:
    """What is odd in the rows that are no faults, in order of time."""
    from evosearch.trading.loading.looks import look_closely

    rest = sort_rows(leave_out(table), [])
    if len(rest) < 2:
        return list(table.findings), {}
    bars = _make_bars(path, rest, 0, [], replace(reading, timeframe=None)).choose()
    known_us = np.setdiff1d(table.timestamp_us, rest.timestamp_us)
    close, counts = look_closely(bars, now_us, known_us)
    return [*bars.findings, *close], counts
