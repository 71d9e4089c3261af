"""Load bars from a file and refuse those that cannot be trusted.

Every fault in a file is named with its place; nothing is repaired or filled in silently. Times
become microseconds since 1970 UTC; a time without a zone is taken as UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evosearch.trading.bars import Bars
from evosearch.trading.loading.faults import check_rows
from evosearch.trading.loading.find import SAMPLE_FOLDER, find_file
from evosearch.trading.loading.looks import list_jumps
from evosearch.trading.loading.order import sort_rows
from evosearch.trading.reading.parsing import read_table
from evosearch.trading.reading.settings import Reading
from evosearch.trading.reading.tables import Faults, Finding
from evosearch.trading.series.calendar import find_calendar

_USUAL = Reading()


def load_bars(reference: str, folders: tuple[Path, ...], reading: Reading = _USUAL) -> Bars:
    """Load bars from a CSV or Parquet file, or a sample that comes with the package.

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
        With every fault found and its place; the first five of a kind, and how many more.
    """
    path = find_file(reference, folders)
    faults = Faults(path)
    table = read_table(path, reading.layout, faults)
    notes: list[str] = []
    if reading.unsorted == "sort":
        table = sort_rows(table, notes)
    check_rows(table, faults)
    faults.raise_if_any()
    days_per_year = find_calendar(table.timestamp_us).per_year
    open_, high, low, close, volume = table.values
    return Bars(
        table.timestamp_us, open_, high, low, close, volume, path.name, days_per_year, tuple(notes),
        table.layout, len(table.timestamp_us), path, path.parent == SAMPLE_FOLDER,
    )  # fmt: skip


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
    reference: str, folders: tuple[Path, ...], reading: Reading = _USUAL
) -> Inspection:
    """Look at a file of prices without refusing its rows.

    Parameters
    ----------
    reference, folders, reading
        As `load_bars` takes them.

    Raises
    ------
    DataError
        No table can be read.
    """
    path = find_file(reference, folders)
    faults = Faults(path)
    table = read_table(path, reading.layout, faults)
    check_rows(table, faults)
    bars = None if len(faults) else load_bars(reference, folders, reading)
    jumps, counts = ([], {}) if bars is None else list_jumps(table)
    return Inspection(
        path,
        bars,
        (*table.findings, *faults.findings, *jumps),
        faults.counts | counts,
        tuple(faults.advice),
    )
