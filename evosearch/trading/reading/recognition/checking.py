"""What a header or a person says against what the cells hold: contradictions are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evosearch.errors import DataError
from evosearch.trading.reading.instants.guessing import guess_formats
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.missing import is_missing
from evosearch.trading.reading.recognition.advice import (
    list_found,
    refuse,
    show_cell,
    write_options,
)
from evosearch.trading.reading.recognition.cells import (
    Marks,
    find_time_kind,
    fits_format,
    is_clock,
    is_number,
    parse_number,
)
from evosearch.trading.reading.recognition.content import Values, count_contradictions
from evosearch.trading.reading.recognition.grid import Grid
from evosearch.trading.reading.tables import PRICES

_N_GUESSED = 50
_LEAST_ROWS = 5
_MOST = 0.9
_NAMED = ("excel", "day first", "month first")


def check_prices(
    grid: Grid,
    prices: tuple[int, int, int, int],
    numbers: Values,
    marks: Marks,
    layout: Layout,
    path: Path,
) -> None:
    """Refuse prices that are no numbers by their marks, or a high that is below throughout.

    Raises
    ------
    DataError
    """
    if len(set(prices)) < 4:
        pairs = [(a, b) for a in range(4) for b in range(a) if prices[a] == prices[b]]
        one, two = (PRICES[place] for place in pairs[0])
        column = prices[pairs[0][0]] + 1
        raise refuse(
            path, None,
            f"{two} and {one} are both column {column}. Name another for one of them, such as",
            write_options(**{f"columns__{one}": column % grid.n_columns + 1}),
        )  # fmt: skip
    n_wrong, n_rows = count_contradictions(numbers, prices)
    if n_rows >= _LEAST_ROWS and n_wrong >= _MOST * n_rows:
        row = next(k for k, row in enumerate(numbers) if count_contradictions(row[None], prices)[0])
        told = ", ".join(
            f"{role} {grid.rows[row][place].strip()[:20]}"
            for role, place in zip(PRICES, prices, strict=True)
        )
        raise refuse(
            path, grid.first_line + row,
            f"the high is not the highest or the low not the lowest in {n_wrong:,} of {n_rows:,} "
            f"rows: {told}. The columns are not what they are called. Say which they are:",
            write_options(**{f"columns__{r}": p + 1 for r, p in zip(PRICES, prices, strict=True)}),
        )  # fmt: skip
    if layout.decimal is None and layout.thousands is None:
        return
    for k, cells in enumerate(grid.rows):
        for role, place in zip(PRICES, prices, strict=True):
            cell = cells[place]
            if is_number(cell) and parse_number(cell, marks) is None:
                said = "decimal" if layout.decimal else "thousands"
                raise refuse(
                    path, grid.first_line + k,
                    f"{said} = {getattr(layout, said)!r}, but the {role} is {show_cell(cell)}. "
                    f"Leave problem.layout.{said} out, or write:",
                    write_options(decimal="dot" if marks.decimal == "," else "comma"),
                )  # fmt: skip


def check_times(grid: Grid, places: tuple[int, ...], layout: Layout, path: Path) -> None:
    """Refuse time columns, named by a person, whose cells are no times at all.

    Raises
    ------
    DataError
    """
    for number, place in enumerate(places):
        cells = [(k, row[place]) for k, row in enumerate(grid.rows) if not is_missing(row[place])]
        if not cells or any(_is_time(cell, number, layout.time_format) for _, cell in cells):
            continue
        if layout.time_format and len(places) > 1:
            continue  # date and time are joined before they are read
        k, cell = cells[0]
        what = f"is no time as {layout.time_format!r}" if layout.time_format else "is no time"
        raise refuse(
            path, grid.first_line + k,
            f"time_columns names column {place + 1}, but {show_cell(cell)} {what}. "
            "Name the column that holds the time, or say how it is written:",
            _write_time(place, [each for _, each in cells]),
        )  # fmt: skip


def _is_time(cell: str, number: int, how: str | None) -> bool:
    if how and how not in _NAMED:
        return fits_format(cell, how)
    return (
        bool(find_time_kind(cell))
        or (number > 0 and is_clock(cell))
        or (how == "excel" and is_number(cell))
    )


def refuse_times(grid: Grid, path: Path) -> DataError:
    """The error where no column holds times that are known; the first of texts may be one."""
    found = f"; found: {list_found(grid.names)}" if grid.headers else ""
    texts = {
        place: grid.columns[place][0]
        for place in range(grid.n_columns)
        if grid.columns[place] and not any(map(is_number, grid.columns[place]))
    }
    if not texts:  # digits alone may be a date, such as 240131
        texts = {
            place: cells[0] for place, cells in enumerate(grid.columns)
            if cells and len(cells) > 2 and guess_formats(cells[:_N_GUESSED])[0]
        }  # fmt: skip
    place, cell = next(iter(texts.items()), (0, ""))
    what = f" and how it is written: {show_cell(cell)} is column {place + 1}" if cell else ""
    return refuse(
        path, grid.first_line,
        f"no column holds times that are known{found}. Say which holds the time{what}.",
        _write_time(place, grid.columns[place]) if cell else write_options(time_columns=1),
    )  # fmt: skip


def _write_time(place: int, cells: Sequence[str]) -> str:
    """Options that name a column of times and how these are written, as well as it shows."""
    formats, zone = guess_formats(cells)
    if not formats:
        formats = ["%d.%m.%Y %H:%M"]
    more = {"timezone": zone} if zone else {}
    return write_options(time_columns=place + 1, time_format=formats[0], **more)


def refuse_missing(
    grid: Grid, missing: Sequence[str], guess: Mapping[str, int], path: Path, line: int
) -> DataError:
    """The error where prices are missing, with a line to fill in: where they may be."""
    listed = " and ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
    if grid.headers:
        text = f"no column is known to be the {listed}; found: {list_found(grid.names)}."
    else:
        text = (
            f"of its {grid.n_columns} columns no four are like open, high, low and close, of "
            "which one is never below and one never above the others."
        )
    if len(guess) < len(missing):
        return refuse(path, line, text, "Each bar needs these four prices.")
    advice = "If they are there, say where, by name or position from 1, such as"
    options = {f"columns__{role}": place + 1 for role, place in guess.items()}
    return refuse(path, line, text, advice, write_options(**options))
