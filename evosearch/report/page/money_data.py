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
    """Money over the parts, in order of time."""

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
    outcomes : ndarray of float64
        Money won or lost, costs included.
    is_unseen : ndarray of bool
    """

    entries: Ints
    exits: Ints
    entry_prices: Floats
    exit_prices: Floats
    stops: Floats
    targets: Floats
    reasons: Ints
    outcomes: Floats
    is_unseen: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(frozen=True)
class Candles:
    """Bars, each drawn; arrays of shape (n,)."""

    times: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats


@dataclass(frozen=True)
class Prices:
    """Prices around the last positions.

    Attributes
    ----------
    line : Curve, optional
        Closes, where there are many bars.
    candles : Candles, optional
        Where there are few.
    shown : Positions
    n_positions : int
        Of the row in all.
    boundary : int, optional
        Where the hold-out begins, if it is within.
    """

    line: Curve | None
    candles: Candles | None
    shown: Positions
    n_positions: int
    boundary: int | None = None


@dataclass(frozen=True)
class Fees:
    """What the row in focus returns at other fees.

    Attributes
    ----------
    fees : ndarray of float64, shape (n,)
        A side, ascending; the ranking's own is among them.
    returns : ndarray of float64, shape (n_parts, n)
        Searched, and the hold-out where it is shown.
    own, slippage : float
        As the ranking was measured. The slippage stays as it is.
    free : ndarray of float64, shape (n_parts,)
        Without fee and slippage.
    even : float, optional
        The fee at which the searched part earns nothing; None if it loses without any.
    hold : ndarray of float64, shape (n_parts,)
        What holding returns, without costs.
    """

    fees: Floats
    returns: Floats
    own: float
    slippage: float
    free: Floats
    even: float | None
    hold: Floats


@dataclass(frozen=True)
class Months:
    """Returns by calendar month, UTC; a month with both parts stands twice.

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
