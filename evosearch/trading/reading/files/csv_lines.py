"""Read a text line by line: slower, but it can say which lines are not divided into cells."""

from __future__ import annotations

import contextlib
import csv
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.buffers import make_texts
from evosearch.trading.reading.files.batches import Batch
from evosearch.trading.reading.files.containers import Container
from evosearch.trading.reading.files.csv_fast import count_columns, describe_ragged
from evosearch.trading.reading.files.gathering import Gatherer
from evosearch.trading.reading.shape import Shape
from evosearch.trading.reading.tables import MAX_KEPT, Faults, Table

_BATCH_ROWS = 5_000


def read_csv_by_line(container: Container, shape: Shape, is_asked: bool, faults: Faults) -> Table:
    """As the fast way, noting the line of every fault; it stops when there are very many.

    Parameters
    ----------
    container : Container
    shape : Shape
    is_asked : bool
        A person chose the symbol.
    faults : Faults
    """
    n_columns = count_columns(container, shape)
    gatherer = Gatherer(shape, is_asked)
    lines: list[int] = []
    rows: list[list[str]] = []
    with contextlib.closing(container.open()) as stream:
        text = io.TextIOWrapper(
            io.BufferedReader(stream),
            encoding="utf-8-sig",
            errors="backslashreplace",
            newline="",
        )
        for _ in range(shape.first_line - 1):
            text.readline()
        reader = csv.reader(text, delimiter=shape.separator)
        previous = 0
        try:
            for cells in reader:
                first, previous = previous + shape.first_line, reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                problem = _find_problem(
                    cells, n_columns, shape, first, previous + shape.first_line - 1
                )
                if problem:
                    faults.add("ragged line", problem, first)
                    if len(faults) >= MAX_KEPT:
                        faults.advise(f"The lines below line {first} were not read.")
                        break
                    continue
                rows.append(cells)
                lines.append(first)
                if len(rows) >= _BATCH_ROWS:
                    gatherer.add(_assign(rows, shape))
                    rows = []
        except csv.Error as error:
            faults.add("broken line", f"{error}", previous + shape.first_line)
    if rows:
        gatherer.add(_assign(rows, shape))
    places = np.array(lines, np.int64)

    def find_lines(numbers: NDArray[Any]) -> NDArray[np.int64]:
        lines_of: NDArray[np.int64] = places[numbers]
        return lines_of

    return gatherer.finish(faults, find_lines, ", ".join(container.words))


def _find_problem(cells: list[str], n_columns: int, shape: Shape, first: int, last: int) -> str:
    if last > first:
        swallowed = max((cell for cell in cells), key=len).splitlines()
        if any(line.count(shape.separator) >= n_columns - 2 for line in swallowed):
            return f'a quotation mark (") opens here and closes in line {last} or never'
    if len(cells) == shape.n_columns and n_columns > shape.n_columns:
        return ""
    if len(cells) == n_columns and not any(cells[shape.n_columns :]):
        return ""
    if len(cells) == n_columns:
        return f"a cell after the last column: {cells[-1][:40]!r}"
    return describe_ragged(len(cells), n_columns, shape.separator.join(cells), is_last=False)


def _assign(rows: list[list[str]], shape: Shape) -> Batch:
    return Batch.choose(shape, lambda place: make_texts([cells[place] for cells in rows]))
