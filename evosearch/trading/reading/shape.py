"""A layout that is completely decided: which column is what, and where the prices begin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TimeSpec:
    """Where the time stands and how it is written.

    Attributes
    ----------
    columns : tuple of int
        Positions from 0: one, or a date and a time.
    format : str or None
        As `Layout.time_format`; None: by content.
    zone : str or None
        Of times that name no zone, as `Layout.timezone`; None: UTC.
    """

    columns: tuple[int, ...]
    format: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class Shape:
    """What a reader needs to know of a file.

    Attributes
    ----------
    name : str
        What the layout is called, for people.
    times : TimeSpec
    prices : tuple of int
        Positions of open, high, low and close, from 0.
    volume : int or None
        None where the file has no volume.
    n_columns : int
    header : tuple of str
        Column names as found; several header rows are joined.
    first_line : int
        Of the first data row of a text, from 1.
    separator, decimal, thousands : str
    symbol : int or None
        Position of the column that names a symbol.
    chosen : str or None
        The symbol whose rows are kept; None keeps all.
    divisor : float
        Prices that are written as whole numbers are divided by it.
    notes : tuple of str
        What was decided and a person should know.
    """

    name: str
    times: TimeSpec
    prices: tuple[int, int, int, int]
    volume: int | None
    n_columns: int
    header: tuple[str, ...] = ()
    first_line: int = 2
    separator: str = ","
    decimal: str = "."
    thousands: str = ""
    symbol: int | None = None
    chosen: str | None = None
    divisor: float = 1.0
    notes: tuple[str, ...] = ()
