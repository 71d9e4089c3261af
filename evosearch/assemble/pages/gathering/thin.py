"""Curves reduced to what can be seen: the least and the greatest value of each pixel column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.report.page.money_data import Curve

MAX_POINTS = 4_000


def thin(
    times: NDArray[np.int64], values: NDArray[np.float64], n_columns: int = MAX_POINTS // 2
) -> Curve:
    """A curve of at most `MAX_POINTS` points that looks like the whole one.

    Parameters
    ----------
    times : ndarray of int64, shape (n,)
        Ascending.
    values : ndarray of float64, shape (n,)
        Finite.
    n_columns : int
        Columns of equal time; of each the least and the greatest value are kept, where they are.

    Returns
    -------
    Curve
        The first and the last point are always among its points.
    """
    kept = find_kept(times, values, n_columns)
    return Curve(times[kept], values[kept], len(times))


def find_kept(
    times: NDArray[np.int64], values: NDArray[np.float64], n_columns: int = MAX_POINTS // 2
) -> NDArray[np.intp]:
    """The places that `thin` keeps, ascending."""
    n = len(times)
    if n <= 2 * n_columns:
        return np.arange(n)
    # One column less, of which two places would be kept, makes room for both ends.
    columns = (times - times[0]) * (n_columns - 1) // max(1, int(times[-1] - times[0]))
    columns = np.minimum(columns, n_columns - 2)
    starts = np.flatnonzero(np.append(True, columns[1:] != columns[:-1]))
    sizes = np.diff(np.append(starts, n))
    numbers = np.repeat(np.arange(len(starts)), sizes)
    # Sorted within each column by value: its first and its last are the extremes.
    order = np.lexsort((values, numbers))
    kept = np.concatenate([order[starts], order[starts + sizes - 1], [0, n - 1]])
    return np.unique(kept)
