"""What a page is made of: pictures and tables as plain data, without a library that draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Colours that a figure may name, wherever plotly takes a colour. The page has each for light and
# dark, told apart also by the colour-blind, and puts them in when it draws.
INK, QUIET, PAPER, SHADE = "--ink", "--quiet", "--paper", "--shade"  # shade: behind the hold-out
FIRST, HOLDING, FREE = "--first", "--holding", "--free"  # the row shown, holding, without costs
GAIN, LOSS = "--gain", "--loss"
SERIES = ("--one", "--two", "--three", "--four", "--five", "--six")  # machines, runs

# The places of the page, in the order in which a person asks.
PLACES = (
    "equity", "luck", "best-of-n", "how", "price", "search", "plateau", "genes", "costs", "months",
    "ideas", "machines", "rests",
)  # fmt: skip

# What a cell may hold. None is shown as a dash.
Cell = str | int | float | tuple[float, ...] | None
# How the cells of a column look and are sorted: as text, moments, numbers that are words already,
# whole numbers, numbers with two decimals, numbers of any size, fractions shown as percent, money,
# or numbers that become a small curve.
KINDS = ("text", "time", "shown", "integer", "decimal", "value", "percent", "money", "spark")


@dataclass(frozen=True)
class Grid:
    """A table. Cells hold plain values; the page writes them in the reader's language.

    Attributes
    ----------
    headers : tuple of str
        One a column, in the reader's language.
    rows : tuple of tuple
        Of texts, numbers or None.
    kinds : tuple of str
        One of `KINDS` for each column.
    caption : str
    csv_name : str
        The name under which a button saves the table; without one there is no button.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kinds: tuple[str, ...]
    caption: str
    csv_name: str = ""

    def __post_init__(self) -> None:
        assert len(self.headers) == len(self.kinds), (self.headers, self.kinds)
        assert set(self.kinds) <= set(KINDS), self.kinds
        assert all(len(row) == len(self.headers) for row in self.rows), self.headers


@dataclass(frozen=True)
class Picture:
    """A part of the page: a drawing, what it shows in words, and the same in tables.

    Attributes
    ----------
    key : str
        One of `PLACES`.
    title : str
    figure : dict, optional
        Plain values alone: ``data`` and ``layout`` as plotly's script takes them. Colours
        and fonts of the page are added when it is drawn, for light and dark.
    caption : str
        Units, how many, dates and seed.
    tables : tuple of Grid
        Shown under the drawing.
    missing : str
        Why there is no drawing, and the command that gets it. Shown instead of the caption.
    sentences : tuple of str
        Whole sentences above the drawing, for pictures that are mostly words.
    """

    key: str
    title: str
    figure: dict[str, Any] | None
    caption: str
    tables: tuple[Grid, ...] = ()
    missing: str = ""
    sentences: tuple[str, ...] = ()
