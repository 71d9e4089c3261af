"""Cells of a table as a person reads them, and as a script sorts them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evosearch.report.page.records import Cell, Grid
from evosearch.report.page.sparkline import draw_sparkline
from evosearch.report.sentences import show_decimal, show_integer, show_percent, show_value
from evosearch.texts import make_visible

# A page stays small: so many rows, and so many characters of a cell.
MAX_ROWS, MAX_TEXT = 1_000, 500
# A moment is a text that is never broken.
CLASSES = {"time": "text time", "shown": "text shown"}
_DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class ShownCell:
    """A cell that is ready for the template.

    Attributes
    ----------
    text : str
        As it is read; escaped by the template.
    value : str
        What the script sorts by and writes to CSV: a number with a point, or the text itself.
    kind : str
    is_loss : bool
        A negative fraction or amount.
    curve : str
        Coordinates of a small curve.
    """

    text: str
    value: str
    kind: str
    is_loss: bool = False
    curve: str = ""


def show_rows(grid: Grid, language: str) -> list[list[ShownCell]]:
    """The rows of a table, at most `MAX_ROWS`."""
    return [
        [show_cell(cell, kind, language) for cell, kind in zip(row, grid.kinds, strict=True)]
        for row in grid.rows[:MAX_ROWS]
    ]


def show_cell(cell: Cell, kind: str, language: str) -> ShownCell:
    """One cell.

    Examples
    --------
    >>> show_cell(-1234.5, "money", "es")
    ShownCell(text='-1.234,50', value='-1234.5', kind='money', is_loss=True, curve='')
    """
    kind = CLASSES.get(kind, kind)
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ShownCell(_DASH, "", kind)
    if isinstance(cell, tuple):
        return ShownCell("", "", kind, curve=draw_sparkline(cell))
    if isinstance(cell, str) or kind.startswith("text"):
        text = make_visible(str(cell))
        shown = text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}\N{HORIZONTAL ELLIPSIS}"
        return ShownCell(shown, shown, kind)
    if kind == "integer":
        return ShownCell(show_integer(int(cell), language), str(int(cell)), kind)
    if kind == "percent":
        text = show_percent(float(cell), language, 2).replace(" %", "\N{NO-BREAK SPACE}%")
    elif kind == "value":
        text = show_value(float(cell), language)
    else:
        text = show_decimal(float(cell), language, 2)
    is_loss = kind in ("percent", "money") and text.startswith("-")
    return ShownCell(text, repr(float(cell)), kind, is_loss)
