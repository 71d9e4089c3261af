"""What the pictures of one row show that need prices: numbers alone.

Times are milliseconds since 1970 UTC. Arrays are never changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Span:
    """From the first bar of a part until its last one.

    Attributes
    ----------
    begin, end : int
        When its first and its last bar begin.
    n_bars : int
    """

    begin: int
    end: int
    n_bars: int


@dataclass(frozen=True)
class Curve:
    """A curve over time, of which only what can be seen is kept.

    Attributes
    ----------
    times : ndarray of int64, shape (n,)
    values : ndarray of float64, shape (n,)
    n_behind : int
        So many points it had.
    """

    times: Ints
    values: Floats
    n_behind: int


@dataclass(frozen=True)
class Fall:
    """A fall from a peak.

    Attributes
    ----------
    begin, bottom : int
    end : int, optional
        When the peak was reached again; None if it was not.
    depth : float
        A fraction of the peak, positive.
    """

    begin: int
    bottom: int
    end: int | None
    depth: float


@dataclass(frozen=True)
class MoneyPart:
    """Money over one part; it begins anew in each.

    Attributes
    ----------
    name : str
        ``in`` or ``oos``.
    span : Span
    own, hold : Curve
        Of the row in focus, and of holding without costs.
    free : Curve, optional
        Of the row in focus without costs.
    below : Curve
        How far the money is below its peak: a fraction, at most 0.
    falls : tuple of Fall
        The deepest, at most three over all parts.
    first, last, last_hold : float
        Money at the begin and at the end.
    last_free : float, optional
    depth : float
        The deepest fall of all.
    """

    name: str
    span: Span
    own: Curve
    hold: Curve
    free: Curve | None
    below: Curve
    falls: tuple[Fall, ...]
    first: float
    last: float
    last_hold: float
    last_free: float | None
    depth: float


@dataclass(frozen=True)
class Money:
    """Picture 1."""

    parts: tuple[MoneyPart, ...]


@dataclass(frozen=True)
class Positions:
    """Closed positions, in order of time; arrays of shape (n,).

    Attributes
    ----------
    entries, exits : ndarray of int64
    entry_prices, exit_prices, stops, targets : ndarray of float64
    reasons : ndarray of int64
        0 stop, 1 target, 2 trailing stop, 3 end of the bars.
    fees, outcomes : ndarray of float64
        Money.
    bars_held : ndarray of int64
    is_unseen : ndarray of bool
    """

    entries: Ints
    exits: Ints
    entry_prices: Floats
    exit_prices: Floats
    stops: Floats
    targets: Floats
    reasons: Ints
    fees: Floats
    outcomes: Floats
    bars_held: Ints
    is_unseen: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(frozen=True)
class Prices:
    """Picture 4: prices around the last positions.

    Attributes
    ----------
    times : ndarray of int64, shape (n,)
    open, high, low, close : ndarray of float64, shape (n,)
        Of candles; each may stand for `bars_each` bars.
    bars_each : int
    n_bars : int
        Bars behind the candles.
    shown : Positions
    n_positions : int
        Of the row in all.
    boundary : int, optional
        Where the hold-out begins, if it is within.
    """

    times: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    bars_each: int
    n_bars: int
    shown: Positions
    n_positions: int
    boundary: int | None = None


@dataclass(frozen=True)
class Fees:
    """Picture 7: what the row in focus returns at other fees.

    Attributes
    ----------
    fees : ndarray of float64, shape (n,)
        A side, ascending.
    returns : ndarray of float64, shape (n_parts, n)
        Searched, and the hold-out where there is one.
    own : float
        The fee of the ranking.
    slippage : float
    even : float, optional
        Where the searched part earns nothing; None if it never earns.
    hold : tuple of float
        What holding returns in each part.
    """

    fees: Floats
    returns: Floats
    own: float
    slippage: float
    even: float | None
    hold: tuple[float, ...]


@dataclass(frozen=True)
class Months:
    """Picture 8: returns by calendar month, UTC; a month with both parts stands twice.

    Attributes
    ----------
    months : tuple of (int, int)
        Year and month, in order.
    is_unseen : tuple of bool
    returns, hold : ndarray of float64, shape (n,)
    """

    months: tuple[tuple[int, int], ...]
    is_unseen: tuple[bool, ...]
    returns: Floats
    hold: Floats
