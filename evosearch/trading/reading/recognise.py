"""Decide by content which column of a file is what, and where its prices begin."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evosearch.errors import DataError, did_you_mean
from evosearch.trading.reading.layout import ROLES, Layout
from evosearch.trading.reading.shape import Shape, TimeSpec

MAX_SAMPLE_LINES = 300
_NAMES = ("timestamp", *ROLES)


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
    header = sample.names
    if header is None:
        header = tuple(next(csv.reader(sample.lines), []))
    places = _pick(path, header)
    is_text = sample.names is None
    return Shape(
        name="CSV with a header" if is_text else "columns by name",
        times=TimeSpec((places[0],)),
        prices=(places[1], places[2], places[3], places[4]),
        volume=places[5],
        n_columns=len(header),
        header=tuple(header),
        first_line=2 if is_text else 1,
    )


def _pick(path: Path, found: Sequence[str]) -> list[int]:
    plain = [name.strip().lower() for name in found]
    problems = []
    for name in _NAMES:
        if name not in plain:
            problems.append(f"column {name!r} is missing. {did_you_mean(name, plain)}")
        elif plain.count(name) > 1:
            problems.append(f"column {name!r} stands there {plain.count(name)} times.")
    if problems:
        listed = ", ".join(found)[:200]
        raise DataError("\n".join([f"{path}:1: found the columns {listed}.", *problems]))
    return [plain.index(name) for name in _NAMES]
