"""Read a file of prices: what it is, how it is laid out, and then its rows.

The usual file is read in batches. A text whose lines cannot be divided is read a second time,
line by line, in order to say which lines are wrong and why.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evosearch.trading.reading.files.containers import Container, look_into
from evosearch.trading.reading.files.own_form import read_own_form
from evosearch.trading.reading.layout import Layout
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
    own = read_own_form(path) if container.kind == "Parquet" and layout == Layout() else None
    if own is not None:
        return own
    if container.kind != "text":
        return _read_arrow(container, layout, faults)
    is_asked = layout.symbol is not None
    from evosearch.trading.reading.files.csv_fast import NotDividedError, read_csv
    from evosearch.trading.reading.files.csv_lines import read_csv_by_line

    shape = find_shape(container, layout)
    try:
        return read_csv(container, shape, is_asked, faults)
    except NotDividedError:
        return read_csv_by_line(container, shape, is_asked, faults)


def _read_arrow(container: Container, layout: Layout, faults: Faults) -> Table:
    from evosearch.trading.reading.files.arrow_tables import ArrowTable
    from evosearch.trading.reading.recognise import Sample, recognise

    table = ArrowTable(container)
    shape = recognise(Sample(names=table.names, cells=table.sample()), layout, container.path)
    return table.read(shape, layout.symbol is not None, faults)


def find_shape(container: Container, layout: Layout) -> Shape:
    """The layout of a text, with a note on its encoding."""
    from evosearch.trading.reading.recognise import MAX_SAMPLE_LINES, Sample, recognise

    n_lines = (layout.skip_rows or 0) + MAX_SAMPLE_LINES
    sample = Sample(container.first_lines(n_lines), container.last_lines())
    shape = recognise(sample, layout, container.path)
    if container.encoding == "cp1252":
        note = "the text is not UTF-8: it was read as Windows-1252 (cp1252)"
        shape = replace(shape, notes=(*shape.notes, note))
    return shape
