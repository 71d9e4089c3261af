"""Decide by content which column of a file is what, and where its prices begin.

One way for all files: find the separator and the rows of prices, the time, the marks of numbers,
then the prices by their names or by their values. What a person says replaces each of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.recognition.advice import (
    refuse,
    write_options,
)
from evosearch.trading.reading.recognition.cells import Marks, doubt_marks, find_marks, parse_number
from evosearch.trading.reading.recognition.checking import (
    check_prices,
    check_times,
    refuse_missing,
    refuse_times,
)
from evosearch.trading.reading.recognition.columns import Columns, map_names, resolve
from evosearch.trading.reading.recognition.content import (
    Values,
    choose_open,
    find_prices,
    find_volume,
    guess_places,
)
from evosearch.trading.reading.recognition.grid import Grid, find_grid
from evosearch.trading.reading.recognition.known import Facts, find_known, name_all, name_layout
from evosearch.trading.reading.recognition.symbols import find_symbol_column, refuse_symbol
from evosearch.trading.reading.recognition.timing import TimeColumns, find_times, list_doubts
from evosearch.trading.reading.shape import Shape, TimeSpec
from evosearch.trading.reading.tables import PRICES

MAX_SAMPLE_LINES = 150
_MAX_VALUE = 1e100  # no price beyond it or its inverse: products and ratios would overflow


@dataclass(frozen=True)
class Sample:
    """The beginning and the end of a file, from which its layout is recognised.

    Attributes
    ----------
    lines : tuple of str
        The first lines of a text, at most `MAX_SAMPLE_LINES`, without line ends.
    tail : tuple of str
        A few of the last lines.
    names : tuple of str or None
        Column names of an Arrow table; None for a text.
    cells : tuple of tuple of str
        Its first rows as texts, in place of lines.
    """

    lines: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    names: tuple[str, ...] | None = None
    cells: tuple[tuple[str, ...], ...] = ()


def recognise(sample: Sample, layout: Layout, path: Path) -> Shape:
    """The layout of a file.

    Parameters
    ----------
    sample : Sample
    layout : Layout
        What a person said about it; the rest is found by content.
    path : Path
        For messages.

    Raises
    ------
    DataError
        It cannot be decided; the message names the option that decides it.
    """
    if sample.names is None:
        grid = find_grid(sample.lines, sample.tail, layout, path)
    else:
        grid = Grid(sample.cells, (sample.names,), len(sample.names))
    return _Recognition(grid, layout, path).decide()


class _Recognition:
    """One file while it is decided."""

    def __init__(self, grid: Grid, layout: Layout, path: Path) -> None:
        self.grid, self.layout, self.path = grid, layout, path
        self.line = max(grid.first_line - 1, 1)  # of the names, or of the first prices

    def decide(self) -> Shape:
        """The layout, or a DataError."""
        grid, layout = self.grid, self.layout
        times = self._find_times()
        marks = self._find_marks(times)
        numbers = _read_values(grid, marks)
        columns, by_content = self._find_columns(times, numbers)
        missing = [role for role in PRICES if role not in columns.places]
        if missing:
            looks = (*times.chosen, *times.others)
            guess = guess_places(numbers, missing, columns.places, looks, times.order)
            raise refuse_missing(grid, missing, guess, self.path, self.line)
        open_, high, low, close = (columns.places[role] for role in PRICES)
        prices = (open_, high, low, close)
        check_prices(grid, prices, numbers, marks, layout, self.path)
        symbol = self._find_symbol({*times.chosen, *columns.places.values()}, times, columns)
        volume = columns.places.get("volume")
        facts = Facts(
            grid, name_all(grid), times.chosen, prices, 1 + len(times.others),
            volume is not None and bool(np.nan_to_num(numbers[:, volume]).any()),
        )  # fmt: skip
        known = find_known(facts)
        name = name_layout(known, grid)
        if by_content and not known:
            name += f", columns by content: {_describe_places(times, columns)}"
        divisor = known.divisor(facts) if known and known.divisor else 1.0
        notes = [*columns.notes, *(["prices are in units of 1e-9"] if divisor != 1 else [])]
        if marks.example:
            notes.append(f'numbers such as "{marks.example}" are read with a decimal comma')
        notes += list_doubts(times, grid)
        return Shape(
            name=name,
            times=TimeSpec(
                times.chosen, layout.time_format, layout.timezone or (known.zone if known else None)
            ),
            prices=prices,
            volume=volume,
            n_columns=grid.n_columns,
            header=grid.names,
            first_line=grid.first_line,
            separator=grid.separator or ",",
            decimal=marks.decimal,
            thousands=marks.thousands,
            symbol=symbol,
            chosen=self._choose_symbol(symbol) if symbol is not None else columns.symbol or None,
            divisor=divisor,
            notes=tuple(notes),
        )

    def _find_columns(self, times: TimeColumns, numbers: Values) -> tuple[Columns, bool]:
        """The columns, and whether their values alone told which is what."""
        grid, layout = self.grid, self.layout
        given = {
            role: resolve(column, f"columns.{role}", grid, self.path, self.line)
            for role, column in layout.columns.items()
        }
        columns = Columns()
        if grid.headers:
            columns = map_names(grid, times.chosen, numbers, layout, self.path)
        by_content = columns.places.keys().isdisjoint(PRICES) and not given.keys() >= {*PRICES}
        if by_content:
            self._find_by_content(numbers, times, columns, given)
        columns.places |= given
        return columns, by_content

    def _find_times(self) -> TimeColumns:
        grid, layout = self.grid, self.layout
        named = layout.time_columns
        if named and len(named) == 1 and isinstance(named[0], str) and "," in named[0]:
            parts = [part.strip() for part in named[0].split(",")]
            if named[0] not in grid.names and len(parts) == 2:
                named = tuple(int(part) if part.isdigit() else part for part in parts)
        given = tuple(
            resolve(column, "time_columns", grid, self.path, self.line) for column in named or ()
        )
        times = find_times(grid, given or None, layout.time_format)
        if given:
            check_times(grid, given, layout, self.path)
        if not times.chosen:
            raise refuse_times(grid, self.path)
        return times

    def _find_marks(self, times: TimeColumns) -> Marks:
        grid, layout = self.grid, self.layout
        if not grid.separator:
            return Marks(layout.decimal or ".", layout.thousands or "")
        rest = [place for place in range(grid.n_columns) if place not in times.chosen]
        cells = (cell for place in rest for cell in grid.columns[place])
        found = find_marks(cells, grid.separator)
        if found.thousands == "," and grid.separator != ",":
            found = doubt_marks(found, [grid.columns[place] for place in rest])
        if found.is_open and layout.decimal is None and layout.thousands is None:
            raise refuse(
                self.path, grid.first_line,
                f"the comma of {found.example!r} may begin decimals or part thousands. Say which:",
                write_options(decimal="comma"), write_options(thousands="comma"),
            )  # fmt: skip
        decimal = layout.decimal or ("." if layout.thousands == "," else found.decimal)
        if layout.thousands is not None:
            return Marks(decimal, layout.thousands)
        example = found.example if layout.decimal is None else ""
        return Marks(
            decimal, found.thousands if found.thousands != decimal else "", example=example
        )

    def _find_by_content(
        self, numbers: Values, times: TimeColumns, columns: Columns, given: Mapping[str, int]
    ) -> None:
        """Prices and volume by their values; some are given."""
        taken = (*times.chosen, *times.others)
        found = find_prices(numbers, taken)
        if found is None:
            return
        columns.places |= {"high": found.high, "low": found.low}
        pair = choose_open(numbers, found, times.order)
        one, two = found.between
        if given.get("open") == one or given.get("close") == two:
            pair = (one, two)
        elif given.get("open") == two or given.get("close") == one:
            pair = (two, one)
        if pair is None:
            a, b = one + 1, two + 1
            orders = [
                write_options(
                    time_columns=times.chosen[0] + 1, columns__open=open_,
                    columns__high=found.high + 1, columns__low=found.low + 1, columns__close=close,
                )
                for open_, close in ((a, b), (b, a))
            ]  # fmt: skip
            raise refuse(
                self.path, self.grid.first_line,
                f"columns {a} and {b} are open and close, but their values do not tell which is "
                "which. Say it:", orders[0], "or", orders[1],
            )  # fmt: skip
        columns.places |= {"open": pair[0], "close": pair[1]}
        if "volume" not in columns.places:
            prices = [columns.places[role] for role in PRICES]
            volume = find_volume(numbers, prices, (*taken, *prices, *found.inner))
            if volume is not None:
                columns.places["volume"] = volume

    def _find_symbol(self, taken: set[int], times: TimeColumns, columns: Columns) -> int | None:
        grid, layout = self.grid, self.layout
        if layout.symbol_column is not None:
            return resolve(layout.symbol_column, "symbol_column", grid, self.path, self.line)
        place = find_symbol_column(grid, taken, times.chosen)
        if place is None and layout.symbol is not None and not columns.symbol:
            raise refuse_symbol(self.path, layout.symbol, ())
        return place

    def _choose_symbol(self, place: int) -> str | None:
        """The symbol that a person chose, or the only one that is seen."""
        found = {cell.strip() for cell in self.grid.columns[place]}
        return self.layout.symbol or (found.pop() if len(found) == 1 else None)


def _read_values(grid: Grid, marks: Marks) -> Values:
    """All cells as numbers; NaN for any other cell."""
    numbers = np.full((len(grid.rows), grid.n_columns), np.nan)
    for k, row in enumerate(grid.rows):
        for place, cell in enumerate(row):
            value = parse_number(cell, marks)
            if value == 0 or (value and 1 / _MAX_VALUE < abs(value) < _MAX_VALUE):
                numbers[k, place] = value
    return numbers


def _describe_places(times: TimeColumns, columns: Columns) -> str:
    places = [(place, "time") for place in times.chosen]
    places += [(place, role) for role, place in columns.places.items()]
    return ", ".join(f"{place + 1} {role}" for place, role in sorted(places))
