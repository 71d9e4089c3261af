"""Statements and tables of one strategy, before they are worded."""

from __future__ import annotations

from dataclasses import dataclass

from evosearch.problems.metric import TWIN
from evosearch.problems.words import find_metric
from evosearch.report.catalogue import find_sentence
from evosearch.statements import Statement

Cell = Statement | None


@dataclass(frozen=True)
class Table:
    """A table whose headers and cells are statements; None is a value that is not there.

    Attributes
    ----------
    headers : tuple of Statement or None
    rows : tuple of tuple
        One cell for each header.
    texts : tuple of int
        Places of the columns that are texts; all others are numbers.
    spare : tuple of int
        Columns that are left out first where there is no room, by their places.
    """

    headers: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: tuple[int, ...] = (0,)
    spare: tuple[int, ...] = ()


@dataclass(frozen=True)
class Section:
    """Statements on one thing, and a table under them."""

    key: str
    statements: tuple[Statement, ...] = ()
    table: Table | None = None


def cell(kind: str, value: str | int | float | None) -> Cell:
    """A value as a cell shows it; ``kind`` is ``percent``, ``decimal``, ``money``, ..."""
    if value is None:
        return None
    return Statement(f"cell.{kind}", {"text" if kind == "text" else "x": value})


def state_metric(name: str) -> Statement:
    """The word for a metric, or its name."""
    plain = name.removesuffix(TWIN)
    key = f"metric.{plain}"
    known = find_sentence(key) is not None
    text = find_metric(plain).label or plain
    said = Statement(key) if known else Statement("cell.text", {"text": text})
    return said if plain == name else Statement("common.unseen", {"name": said})
