"""Read a file of prices: what it is, how it is laid out, and then its rows.

The usual file is read in batches. A text whose lines cannot be divided is read a second time,
line by line, in order to say which lines are wrong and why.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evosearch.trading.reading.files.arrow_tables import ArrowTable
from evosearch.trading.reading.files.containers import Container, look_into
from evosearch.trading.reading.files.csv_fast import NotDividedError, read_csv
from evosearch.trading.reading.files.csv_lines import read_csv_by_line
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.recognise import MAX_SAMPLE_LINES, Sample, recognise
from evosearch.trading.reading.shape import Shape
from evosearch.trading.reading.tables import Faults, Table


def read_table(path: Path, layout: Layout, faults: Faults) -> Table:
    """Read the prices of a file.

    Parameters
    ----------
    path : Path
    layout : Layout
        What a person says about it; the rest is found by content.
    faults : Faults
        Takes what is wrong in single rows, which are left out of the table. The caller refuses
        the file if there is anything.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        No table can be read: the file is empty or no table, or its layout cannot be told.
    """
    container = look_into(path)
    is_asked = layout.symbol is not None
    if container.kind != "text":
        table = ArrowTable(container)
        shape = recognise(Sample(names=table.names, cells=table.sample()), layout, path)
        return table.read(shape, is_asked, faults)
    shape = find_shape(container, layout)
    try:
        return read_csv(container, shape, is_asked, faults)
    except NotDividedError:
        return read_csv_by_line(container, shape, is_asked, faults)


def find_shape(container: Container, layout: Layout) -> Shape:
    """The layout of a text, with a note on its encoding."""
    n_lines = (layout.skip_rows or 0) + MAX_SAMPLE_LINES
    sample = Sample(container.first_lines(n_lines), container.last_lines())
    shape = recognise(sample, layout, container.path)
    if container.encoding == "cp1252":
        note = "the text is not UTF-8: it was read as Windows-1252 (cp1252)"
        shape = replace(shape, notes=(*shape.notes, note))
    return shape
