"""Moves of the price far outside what is usual in its own file: pure numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

N_DEVIATIONS = 20.0
N_WICK_DEVIATIONS = 2 * N_DEVIATIONS  # within a bar prices move further than between its ends
_TO_DEVIATION = 1.4826  # of a normal distribution, from its median absolute deviation


class Jumps(NamedTuple):
    """Bars that close far from the close before.

    Attributes
    ----------
    rows : ndarray of intp, shape (n,)
        The bar after the jump.
    moves : ndarray of float64, shape (n,)
        Share by which the close moved.
    sizes : ndarray of float64, shape (n,)
        In robust deviations of the moves of a bar.
    is_spike : ndarray of bool, shape (n,)
        The next bar takes back more than half of it, by a jump as well.
    """

    rows: NDArray[np.intp]
    moves: NDArray[np.float64]
    sizes: NDArray[np.float64]
    is_spike: NDArray[np.bool_]


def find_jumps(
    times: NDArray[np.int64],
    close: NDArray[np.float64],
    length_us: int,
    limit: float = N_DEVIATIONS,
) -> Jumps:
    """Moves of more than `limit` robust deviations.

    A move over a night or a gap is measured by the square root of the bars that would fit into it.

    Parameters
    ----------
    times : ndarray of int64, shape (n,), ascending
    close : ndarray of float64, shape (n,), above 0
    length_us : int
        Of a bar.
    limit : float

    Examples
    --------
    >>> close = np.array([100, 101, 100, 101, 100, 200, 100, 101, 100, 101.0])
    >>> found = find_jumps(np.arange(10) * 60_000_000, close, 60_000_000)
    >>> found.rows.tolist(), found.is_spike.tolist()
    ([5, 6], [True, False])
    """
    moves = np.diff(np.log(close))
    sizes = np.zeros(len(moves))
    deviation = _measure(moves)
    if deviation > 0:
        n_bars = np.maximum(np.diff(times) / max(length_us, 1), 1.0)
        sizes = np.abs(moves - np.median(moves)) / deviation / np.sqrt(n_bars)
    rows = np.flatnonzero(sizes > limit)
    following = np.append(moves[1:], 0.0)[rows]
    is_next = np.append(sizes[1:] > limit, [False] * min(1, len(sizes)))[rows]
    is_back = np.sign(following) == -np.sign(moves[rows])
    is_spike = is_next & is_back & (np.abs(following) > np.abs(moves[rows]) / 2)
    return Jumps(rows + 1, np.expm1(moves[rows]), sizes[rows], is_spike)


def find_wicks(
    columns: Sequence[NDArray[np.float64]], limit: float = N_WICK_DEVIATIONS
) -> list[tuple[int, str, float]]:
    """Highs and lows far outside the open and close of their own bar and of those beside it.

    Parameters
    ----------
    columns : sequence of ndarray of float64, shape (n,)
        Open, high, low and close, above 0.
    limit : float
        In robust deviations of the moves of a bar.

    Returns
    -------
    list of (int, str, float)
        The bar, "high" or "low", and its distance in deviations; in the order of the bars.
    """
    open_, high, low, close = columns
    deviation = _measure(np.diff(np.log(close)))
    if deviation <= 0:
        return []
    found = []
    for name, wick in (
        ("high", np.log(high / _widen(np.maximum, open_, close))),
        ("low", np.log(_widen(np.minimum, open_, close) / low)),
    ):
        sizes = wick / deviation
        found += [(int(row), name, float(sizes[row])) for row in np.flatnonzero(sizes > limit)]
    return sorted(found)


def _widen(
    choose: np.ufunc, open_: NDArray[np.float64], close: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The outermost open or close of each bar and of the two beside it."""
    own = choose(open_, close)
    padded = np.concatenate([own[:1], own, own[-1:]])
    outermost: NDArray[np.float64] = choose(choose(padded[:-2], padded[2:]), own)
    return outermost


def _measure(moves: NDArray[np.float64]) -> float:
    """The robust deviation of moves; of prices that rest mostly, of the moves that there are."""
    if not len(moves):
        return 0.0
    distances = np.abs(moves - np.median(moves))
    middle = float(np.median(distances))
    if middle == 0.0 and distances.any():
        middle = float(np.median(distances[distances > 0]))
    return _TO_DEVIATION * middle
