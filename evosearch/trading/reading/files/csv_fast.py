"""Read a text of columns in batches: only the columns that are needed, as texts.

pyarrow divides the lines; numbers and times are read from each batch, so that hardly more than
the final arrays is ever in memory.
"""

from __future__ import annotations

import contextlib
import csv
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.files.batches import Batch
from evosearch.trading.reading.files.containers import Container
from evosearch.trading.reading.files.gathering import Gatherer
from evosearch.trading.reading.files.streams import Stream
from evosearch.trading.reading.missing import MISSING
from evosearch.trading.reading.shape import Shape
from evosearch.trading.reading.tables import MAX_KEPT, Faults, Table

BLOCK_BYTES = 2**20


class NotDividedError(ValueError):
    """The lines cannot be divided into cells in the fast way."""


class _NotPlainError(ValueError):
    """Some price is not written as a plain number."""


class _Counted(Stream):
    """A stream that counts its lines: a quoted cell may run over several of them."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream = stream
        self.n_ends, self.last = 0, b"\n"

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size) or b""
        if block:
            self.n_ends += block.count(b"\n")
            self.last = block[-1:]
        return block

    @property
    def n_lines(self) -> int:
        return self.n_ends + (self.last != b"\n")


def read_csv(container: Container, shape: Shape, is_asked: bool, faults: Faults) -> Table:
    """The rows of a text.

    Parameters
    ----------
    container : Container
    shape : Shape
    is_asked : bool
        A person chose the symbol.
    faults : Faults
        Takes what is wrong in single lines.

    Raises
    ------
    NotDividedError
        It must be read line by line.
    """
    if shape.decimal == ".":
        # pyarrow reads plain numbers itself in half the time; of others it knows nothing.
        with contextlib.suppress(_NotPlainError):
            return _read(container, shape, is_asked, faults, is_plain=True)
    return _read(container, shape, is_asked, faults, is_plain=False)


def _read(
    container: Container, shape: Shape, is_asked: bool, faults: Faults, is_plain: bool
) -> Table:
    import pyarrow as pa

    n_columns = count_columns(container, shape)
    gatherer = Gatherer(shape, is_asked)
    left_out: list[int] = []
    ragged: list[tuple[int, int, str]] = []

    def note(row: Any) -> str:
        left_out.append(row.number)
        if row.text.strip():
            ragged.append((row.number, row.actual_columns, row.text[:200]))
        return "skip" if len(ragged) <= MAX_KEPT else "error"

    n_rows = 0
    with contextlib.closing(container.open()) as stream:
        counted = _Counted(stream)
        try:
            for batch in _divide(counted, shape, n_columns, note, is_plain):
                n_rows += len(batch)
                gatherer.add(_assign(batch, shape, n_columns))
        except pa.ArrowInvalid as error:
            if is_plain and "conversion error" in str(error):
                raise _NotPlainError from error
            if len(ragged) <= MAX_KEPT and "Empty CSV file" not in str(error):
                raise NotDividedError(str(error)) from error
    is_whole = len(ragged) <= MAX_KEPT
    if (
        is_whole
        and n_rows + len(left_out) + shape.first_line - 1 < counted.n_lines
        and counted.n_ends
    ):
        raise NotDividedError("a cell of several lines")
    # Rows that come after a line that is left out stand one line further down.
    skipped = np.array(left_out, np.int64)
    before = skipped - shape.first_line - np.arange(len(skipped))

    def find_lines(rows: NDArray[Any]) -> NDArray[np.int64]:
        # In place: of two million rows each copy counts.
        n_before = np.searchsorted(before, rows, side="right") if len(before) else 0
        rows += n_before + shape.first_line
        return rows

    last = counted.n_lines if is_whole else 0
    for number, n_cells, text in ragged:
        faults.add("ragged line", describe_ragged(n_cells, n_columns, text, number == last), number)
    if any(number != last for number, _, _ in ragged):
        faults.advise(f"Correct these lines: each must have {n_columns} cells.")
    if not is_whole:
        faults.advise("The lines below them were not read.")
    return gatherer.finish(faults, find_lines, ", ".join(container.words))


def describe_ragged(n_cells: int, n_columns: int, text: str, is_last: bool) -> str:
    """A line of too few or too many cells, in words."""
    hint = ""
    if is_last and n_cells < n_columns:
        # A line that begins as a time does may be a bar: no advice loses one.
        is_bar = text.lstrip(" \"'")[:1].isdigit() and n_cells > 1
        hint = " The file ends within this line" if is_bar else " A footer? Remove this line"
    unit = "column" if n_cells == 1 else "columns"
    return f"{n_cells} {unit} instead of {n_columns}: {text[:80]!r}.{hint}"


def count_columns(container: Container, shape: Shape) -> int:
    """How many cells a line has.

    One more than it should if all end with an empty one, one less if only the header does.
    """
    lines = container.first_lines(100)[shape.first_line - 1 :]
    try:
        rows = [row for row in csv.reader(lines, delimiter=shape.separator) if any(row)]
    except csv.Error:
        return shape.n_columns
    n_trailing = sum(len(row) == shape.n_columns + 1 and not row[-1].strip() for row in rows)
    n_short = sum(len(row) == shape.n_columns - 1 for row in rows)
    is_loose = bool(shape.header) and not shape.header[-1].strip()
    return shape.n_columns + (n_trailing > len(rows) // 2) - (is_loose and n_short > len(rows) // 2)


def _divide(stream: Any, shape: Shape, n_columns: int, note: Any, is_plain: bool) -> Any:
    """Batches of the columns that are needed, named by their positions."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    wanted = {*shape.times.columns, *shape.prices}
    volume = () if shape.volume is None else (shape.volume,)
    numbers = {*shape.prices, *volume} - {*shape.times.columns, shape.symbol}
    wanted |= numbers | (set() if shape.symbol is None else {shape.symbol})
    if n_columns > shape.n_columns:
        wanted.add(shape.n_columns)
    names = [str(place) for place in sorted(wanted)]
    types = dict.fromkeys(names, pa.string())
    if is_plain:
        types |= {str(place): pa.float64() for place in numbers}
    return arrow_csv.open_csv(
        pa.PythonFile(stream, mode="r"),
        read_options=arrow_csv.ReadOptions(
            column_names=[str(place) for place in range(n_columns)],
            skip_rows=shape.first_line - 1,
            use_threads=False,
            block_size=BLOCK_BYTES,
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=shape.separator, ignore_empty_lines=False, invalid_row_handler=note
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types,
            include_columns=names,
            null_values=[*MISSING, *map(str.upper, MISSING), *map(str.title, MISSING)],
            strings_can_be_null=False,
        ),
    )


def _assign(batch: Any, shape: Shape, n_columns: int) -> Batch:
    import pyarrow.compute as pc

    if (
        n_columns > shape.n_columns
        and pc.max(pc.binary_length(batch.column(str(shape.n_columns)))).as_py()
    ):
        raise NotDividedError("a cell without a column name")
    return Batch.choose(shape, lambda place: batch.column(str(place)))
