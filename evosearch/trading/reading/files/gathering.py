"""Batches of cells become rows: which are kept, which are left out, and which are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.texts import make_visible
from evosearch.trading.reading.buffers import as_floats, as_mask, make_mask, make_texts
from evosearch.trading.reading.files.batches import Batch, Growing
from evosearch.trading.reading.files.numbers import Numbers, read_numbers
from evosearch.trading.reading.instants.calendar import FIRST_YEAR
from evosearch.trading.reading.recognition.symbols import refuse_several, refuse_symbol
from evosearch.trading.reading.shape import Shape
from evosearch.trading.reading.tables import MAX_KEPT, PRICES, Faults, Finding, Table
from evosearch.trading.reading.times import TimeReader, Times

_UNDEFINED = 2.0**63  # Databento's price of a bar without one
_MAX_SYMBOLS = 10_000
_OF_DIGITS = re.compile(r"[+-]?[\d.,' ]*\d[\d.,' ]*")
_AS_NUMBERS = (
    "Say how numbers are written, such as --set problem.layout.decimal=comma "
    "--set problem.layout.thousands=dot."
)
_AS_MISSING = "Correct these cells. An empty one, or NaN, is a price that is missing."


class Gatherer:
    """Collects the rows of a file.

    Parameters
    ----------
    shape : Shape
    is_asked : bool
        A person chose the symbol; otherwise a second symbol is refused.
    """

    def __init__(self, shape: Shape, is_asked: bool) -> None:
        self.shape, self._is_asked = shape, is_asked
        self._times = TimeReader(shape.times)
        self._values = tuple(Growing(np.float64) for _ in range(5))
        self._places = Growing(np.int64)
        self._bad: list[tuple[int, str, str]] = []
        self._n_seen = self._n_bad = self._n_empty = self._n_without_volume = 0
        self._first_empty = self._first_without_volume = -1
        self._example: tuple[str, float] | None = None
        self._symbols: dict[str, None] = {}
        self._is_of_digits = False

    def add(self, batch: Batch) -> None:
        """Take the rows of a batch, which follow those of the batch before."""
        n_rows = len(batch.prices[0])
        places = np.arange(self._n_seen, self._n_seen + n_rows)
        self._n_seen += n_rows
        if batch.symbols is not None:
            batch, places = self._choose(batch, places)
        if not len(places):
            return
        columns = [self._read(column) for column in batch.prices]
        volume = None if batch.volume is None else self._read(batch.volume)
        is_kept = self._judge(batch, places, columns, volume)
        values = [column.values for column in columns]
        values.append(np.zeros(len(places)) if volume is None else volume.values)
        if is_kept is not None:
            batch, places = batch.filter(make_mask(is_kept)), places[is_kept]
            values = [each[is_kept] for each in values]
        self._keep(batch, places, values)

    def _choose(self, batch: Batch, places: NDArray[Any]) -> tuple[Batch, NDArray[Any]]:
        import pyarrow.compute as pc

        names = pc.utf8_trim_whitespace(batch.symbols)
        if len(self._symbols) < _MAX_SYMBOLS:
            self._symbols |= dict.fromkeys(name or "" for name in pc.unique(names).to_pylist())
        if self.shape.chosen is None:
            return batch, places
        mask = pc.equal(names, make_texts([self.shape.chosen.strip()])[0])
        is_chosen = as_mask(mask)
        if is_chosen.all():
            return batch, places
        return batch.filter(make_mask(is_chosen)), places[is_chosen]

    def _read(self, column: Any) -> Numbers:
        import pyarrow as pa

        if pa.types.is_string(column.type):
            numbers = read_numbers(column, self.shape.decimal, self.shape.thousands)
            self._example = self._example or numbers.example
            return numbers
        return Numbers(as_floats(column), np.empty(0, np.intp))

    def _judge(
        self, batch: Batch, places: NDArray[Any], columns: list[Numbers], volume: Numbers | None
    ) -> NDArray[np.bool_] | None:
        """Which rows are kept; None for all."""
        is_bad = None
        for column in (*columns, *([] if volume is None else [volume])):
            if len(column.bad):
                is_bad = np.zeros(len(places), np.bool_) if is_bad is None else is_bad
                is_bad[column.bad] = True
        is_empty = np.isnan(columns[0].values)
        for column in columns[1:]:
            if not is_empty.any():
                break
            is_empty &= np.isnan(column.values)
        if is_bad is not None:
            self._note_bad(batch, places, np.flatnonzero(is_bad))
            is_empty &= ~is_bad
        elif not is_empty.any():
            return None
        self._note_empty(batch, places, np.flatnonzero(is_empty))
        return ~is_empty if is_bad is None else ~(is_empty | is_bad)

    def _note_bad(self, batch: Batch, places: NDArray[Any], rows: NDArray[Any]) -> None:
        self._n_bad += len(rows)
        for row in rows[: max(0, MAX_KEPT - len(self._bad))]:
            cells = batch.list_cells(int(row))
            self._bad.append((int(places[row]), *self._name_fault(cells)))

    def _name_fault(self, cells: list[str]) -> tuple[str, str]:
        plain = {cell.strip().strip("<>").lower() for cell in cells}
        header = {name.strip().strip("<>").lower() for name in self.shape.header}
        shown = ", ".join(cell[:30] for cell in cells)
        n_times = len(self.shape.times.columns)
        if len(plain & {*PRICES}) >= 3 or (len(plain) > 3 and plain <= header):
            here = [cell.strip().strip("<>").lower() for cell in cells[n_times : n_times + 4]]
            if any(a != b for a, b in zip(here, PRICES, strict=False) if a in PRICES):
                return "column names in the middle", (
                    "other column names stand here: the columns below are in another order. Put "
                    f"the lines from here on into a file of their own ({shown})"
                )
            return "column names in the middle", (
                "the column names stand here again: files were put together. Remove this line "
                f"({shown})"
            )
        marks = self.shape.decimal, self.shape.thousands
        numbers = read_numbers(make_texts(cells[n_times:]), *marks)
        bad = ", ".join(f"'{cells[n_times + place][:40]}'" for place in numbers.bad)
        self._is_of_digits |= any(_OF_DIGITS.fullmatch(cells[n_times + k]) for k in numbers.bad)
        words = "is no number" if len(numbers.bad) == 1 else "are no numbers"
        return "no number", f"{bad} {words} ({shown})"

    def _note_empty(self, batch: Batch, places: NDArray[Any], rows: NDArray[Any]) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        first = batch.times[0]
        if pa.types.is_string(first.type):  # a line without anything is no row
            lengths = pc.binary_length(pc.utf8_trim_whitespace(first)).cast(pa.float64())
            rows = rows[np.nan_to_num(as_floats(lengths)[rows]) > 0]
        if len(rows) and not self._n_empty:
            self._first_empty = int(places[rows[0]])
        self._n_empty += len(rows)

    def _keep(self, batch: Batch, places: NDArray[Any], values: list[NDArray[Any]]) -> None:
        is_without = np.isnan(values[4])
        if is_without.any():
            if not self._n_without_volume:
                self._first_without_volume = int(places[np.argmax(is_without)])
            self._n_without_volume += int(is_without.sum())
            values[4] = np.where(is_without, 0.0, values[4])
        if self.shape.divisor != 1.0:
            whole = [np.where(each == _UNDEFINED, np.nan, each) for each in values[:4]]
            values[:4] = [each / self.shape.divisor for each in whole]
        self._times.add(batch.times)
        self._places.append(places)
        for kept, column in zip(self._values, values, strict=True):
            kept.append(column)

    def finish(
        self, faults: Faults, find_lines: Callable[[NDArray[Any]], NDArray[np.int64]], packing: str
    ) -> Table:
        """All rows.

        Parameters
        ----------
        faults : Faults
            Takes what is wrong, row by row.
        find_lines : callable
            Line numbers of rows, which are counted from 0.
        packing : str
            How the rows were packed and encoded, in words.

        Raises
        ------
        DataError
            The rows are of several symbols, or of none that was asked for.
        """
        self._check_symbols(faults)
        times = self._times.finish()
        lines = find_lines(self._places.values)

        def line_of(place: int) -> int:
            return int(find_lines(np.array([place]))[0])

        for place, kind, text in self._bad:
            faults.add(kind, text, line_of(place))
        faults.count("no number", self._n_bad - len(self._bad))
        if any(kind == "no number" for _, kind, _ in self._bad):
            faults.advise(_AS_NUMBERS if self._is_of_digits else _AS_MISSING)
        for row, text, why in times.bad:
            reason, remedy = _split_remedy(why)
            faults.add("no time", f"'{text[:40]}' {reason}", int(lines[row]))
            if remedy:
                faults.advise(remedy)
        faults.count("no time", times.n_bad - len(times.bad))
        if old := _find_old(times, lines):
            faults.advise(old)
        if self._n_empty and not len(lines):
            faults.add("no prices", f"none of {count_rows(self._n_empty)} has a price")
        values = tuple(column.values for column in self._values)
        findings = [*self._list_findings(line_of)]
        findings += [
            Finding(kind, text, None if row is None else int(lines[row]))
            for kind, text, row in times.findings
        ]
        has_volume = self.shape.volume is not None
        words = [f"{self.shape.name}: {times.words}"]
        words += ["volume missing: counted as 0"] * (not has_volume) + [packing] * bool(packing)
        table = Table(
            times.us, values, lines, ", ".join(words), times.zone, has_volume, tuple(findings),
            self._name_symbol(), times.is_naive,
        )  # fmt: skip
        if times.n_bad:
            table = table.take(np.flatnonzero(times.us))  # 0 where there is no time
        return table

    def _check_symbols(self, faults: Faults) -> None:
        found = [name for name in self._symbols if name]
        if not found:
            return
        wanted = (self.shape.chosen or "").strip()
        if wanted and wanted not in self._symbols:
            found.sort(key=lambda name: name.lower() != wanted.lower())
            raise refuse_symbol(faults.path, wanted, found)
        if len(found) > 1 and not self._is_asked:
            raise refuse_several(faults.path, found)

    def _name_symbol(self) -> str:
        found = [name for name in self._symbols if name]
        only = found[0] if len(found) == 1 else ""
        return make_visible(self.shape.chosen or only)[:40]

    def _list_findings(self, line_of: Callable[[int], int]) -> list[Finding]:
        findings = [Finding("layout", note) for note in self.shape.notes]
        if self._example:
            text, value = self._example
            shown = make_visible(text)[:40]
            findings.append(
                Finding("marked_numbers", f'numbers such as "{shown}" were read as {value!r}')
            )
        if self._n_empty:
            text = f"{count_rows(self._n_empty)} without any price left out"
            line = line_of(self._first_empty)
            findings.append(Finding("rows_without_price", text, line, n=self._n_empty))
        if self._n_without_volume:
            text = f"{count_rows(self._n_without_volume)} without a volume, counted as 0"
            line, n = line_of(self._first_without_volume), self._n_without_volume
            findings.append(Finding("rows_without_volume", text, line, n=n))
        return findings


def count_rows(n_rows: int) -> str:
    """So many rows, in words."""
    return "1 row" if n_rows == 1 else f"{n_rows:,} rows"


def _split_remedy(why: str) -> tuple[str, str]:
    """A reason, and the options that help: they are told whole, once, below the faults."""
    for mark in (". ", ": "):
        reason, _, remedy = why.partition(mark)
        if "--set" in remedy:
            return reason, remedy
    return why, ""


def _find_old(times: Times, lines: NDArray[Any]) -> str:
    """What to do where all that is wrong are bars of years that are not read; else empty."""
    places = np.flatnonzero(times.us)
    if not len(places) or any(not why.startswith("is of the year 19") for _, _, why in times.bad):
        return ""
    first, last = int(places[0]), int(places[-1])
    if times.n_bad == 0 or times.n_bad != len(times.us) - (last - first + 1):
        return ""
    kept = f"from line {lines[first]} on" if first else f"up to line {lines[last]}"
    return f"Bars before {FIRST_YEAR} are not read: give a file with the bars {kept}."
