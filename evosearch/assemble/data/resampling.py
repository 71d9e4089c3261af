"""A file of prices as a file of longer bars, by the rule of the option ``timeframe``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evosearch.assemble.ranking.outputs import refuse_inputs, refuse_taken
from evosearch.assemble.settings.reading import parse_reading
from evosearch.errors import DataError, OptionError, UsageError
from evosearch.shards.disk.files import write_atomically
from evosearch.shards.disk.spill import open_spill
from evosearch.system.typed_paths import expand_target
from evosearch.trading.bars import Bars
from evosearch.trading.loading.find import find_file, is_sample
from evosearch.trading.loading.load import form_file, load_bars
from evosearch.trading.loading.writing import FORMATS, write_bars
from evosearch.trading.window import parse_timeframe, write_length

INCOMPLETE = ("keep", "drop")


@dataclass(frozen=True)
class Resampled:
    """What was formed, and where it is.

    Attributes
    ----------
    path : Path
    summary : dict
        Of the bars that were written, as `Bars.summarise` gives it.
    n_read, length : int, str
        Bars of the file that was read, and how long each is.
    timeframe : str
    n_incomplete : int
        Bars with missing pieces.
    is_kept : bool
        They were written too.
    n_dropped : int
        1 if the last bar was unfinished.
    n_over : int
        Bars that reach into the next one, as the shorter ones begin off the clock.
    notes : tuple of str
        Of the file that was read.
    """

    path: Path
    summary: dict[str, Any]
    n_read: int
    length: str
    timeframe: str
    n_incomplete: int
    is_kept: bool
    n_dropped: int
    n_over: int = 0
    notes: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "path": str(self.path), "n_read": self.n_read, "length": self.length,
            "timeframe": self.timeframe, "n_bars": self.summary["n_bars"],
            "n_incomplete": self.n_incomplete, "is_incomplete_kept": self.is_kept,
            "n_dropped": self.n_dropped, "n_over": self.n_over, "data": self.summary,
        }  # fmt: skip


def resample(
    file: str,
    timeframe: str,
    output: str,
    *,
    incomplete: str = "keep",
    assignments: Sequence[str] = (),
    force: bool = False,
) -> Resampled:
    """Form bars of a timeframe and write them, whole or not at all.

    Parameters
    ----------
    file : str
        Or ``sample:NAME``.
    timeframe : str
        As `parse_timeframe` takes it.
    output : str
        Parquet or CSV, by the end of its name.
    incomplete : "keep" or "drop"
        What becomes of bars with missing pieces. An unfinished last bar is dropped in any case.
    assignments : sequence of str
        How the file is read, as after ``--set``.
    force : bool
        Replace an existing file.

    Raises
    ------
    DataError
        The file cannot be used.
    UsageError
        Something cannot be done as asked; nothing is written.
    """
    path = _choose_output(output)
    try:
        parse_timeframe(timeframe)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if incomplete not in INCOMPLETE:
        raise UsageError(f"--incomplete {incomplete}: expected {' or '.join(INCOMPLETE)}.")
    reading = parse_reading(assignments)
    if reading.timeframe is not None:
        raise UsageError("--set problem.timeframe: the timeframe stands after FILE. Leave it out.")
    found = find_file(file, (Path(),))
    refuse_inputs(path, [] if is_sample(file) else [found])
    refuse_taken(path, may_replace=force)
    try:
        longer = form_file(
            file, (Path(),), replace(reading, timeframe=timeframe), incomplete == "drop"
        )
    except OptionError as error:
        raise UsageError("; ".join(text for _, text in error.faults)) from error
    written, formed = _write(longer.bars, path), longer.formed
    return Resampled(
        path, written.choose().summarise(), longer.n_read, write_length(longer.length_us),
        timeframe, formed.n_incomplete, incomplete == "keep", formed.n_dropped, formed.n_over,
        tuple(each.said for each in longer.bars.findings if each.kind != "formed"),
    )  # fmt: skip


def _choose_output(output: str) -> Path:
    path = expand_target(output)
    if path.suffix.lower() not in FORMATS:
        raise UsageError(
            f"-o {output}: let the name end in .parquet or .csv, so that it says what is written."
        )
    return path


def _write(bars: Bars, path: Path) -> Bars:
    """Write bars, and read them back: what a later command finds is what was formed."""
    with open_spill(path.parent) as scratch:
        write_atomically(
            path.parent,
            path.name,
            lambda sink: write_bars(bars, path.suffix.lower(), sink),
            scratch,
        )
    written = load_bars(str(path), (Path(),))
    if written.compute_hash() != bars.compute_hash():
        raise DataError(f"{path} was written, but other bars are read from it. Do not use it.")
    return written
