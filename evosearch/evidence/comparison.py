"""Whether two groups of searches differ, told from the best of each search.

A search ends with one number, and groups are small: the test is that of ranks, exact for equal
values too, and the interval of a median rests on its order statistics. Neither assumes a normal
distribution, which bests do not have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Beyond so many values the distribution of ranks is taken as normal.
_MOST_EXACT = 80


@dataclass(frozen=True)
class RankTest:
    """What ranks say of two groups.

    Attributes
    ----------
    p : float
        Chance of such a difference, or a larger one, if there is none; two-sided.
    p_least : float
        The smallest p that so many values, with these ties, can reach.
    share : float
        Of all pairs, how many the first group wins; a tie is half a win.

    References
    ----------
    Mann and Whitney 1947, "On a test of whether one of two random variables is stochastically
    larger than the other".
    """

    p: float
    p_least: float
    share: float


def compare_ranks(first: ArrayLike, second: ArrayLike) -> RankTest:
    """The Mann-Whitney test of two groups.

    Parameters
    ----------
    first, second : array_like of float
        At least one value each; larger is better, and -inf is a value like others.

    Examples
    --------
    >>> compare_ranks([1, 2, 3], [4, 5, 6])
    RankTest(p=0.1, p_least=0.1, share=0.0)
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n_first, n = len(a), len(a) + len(b)
    doubled = _rank_twice(np.concatenate([a, b]))
    total = int(doubled[:n_first].sum())
    share = (total / 2 - n_first * (n_first + 1) / 2) / (n_first * len(b))
    if n > _MOST_EXACT:
        return RankTest(_approximate(doubled, n_first, total), 0.0, share)
    counts = _count_sums(doubled, n_first)
    away = np.abs(np.arange(len(counts)) - n_first * (n + 1))
    n_all = counts.sum()
    p = counts[away >= abs(total - n_first * (n + 1))].sum() / n_all
    p_least = counts[away == away[counts > 0].max()].sum() / n_all
    return RankTest(float(p), float(p_least), share)


def _rank_twice(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Twice the ranks from 1 on, equal values sharing their mean rank."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    return below + np.searchsorted(ordered, values, side="right") + 1


def _count_sums(ranks: NDArray[np.int64], n_chosen: int) -> NDArray[np.float64]:
    """In how many ways so many of the ranks add up to each sum."""
    counts = np.zeros((n_chosen + 1, int(ranks.sum()) + 1))
    counts[0, 0] = 1.0
    for rank in ranks.tolist():
        counts[1:, rank:] += counts[:-1, :-rank]
    found: NDArray[np.float64] = counts[n_chosen]
    return found


def _approximate(ranks: NDArray[np.int64], n_chosen: int, total: int) -> float:
    n = len(ranks)
    # The variance of the ranks as they are, ties included.
    variance = n_chosen * (n - n_chosen) / n * float(np.var(ranks / 2, ddof=1))
    away = max(0.0, abs(total - n_chosen * (n + 1)) / 2 - 0.5)
    return math.erfc(away / math.sqrt(2 * variance)) if variance > 0 else 1.0


@dataclass(frozen=True)
class Middle:
    """The median of a group, and where that of all such searches lies.

    Attributes
    ----------
    median, low, high : float
    certainty : float
        That the interval holds; fewer than six values reach no 95 %: then it is their range.
    """

    median: float
    low: float
    high: float
    certainty: float


def find_middle(values: ArrayLike, certainty: float = 0.95) -> Middle:
    """The median, and the narrowest interval of order statistics that is certain enough.

    Parameters
    ----------
    values : array_like of float
        At least one.
    certainty : float

    Examples
    --------
    >>> find_middle([1, 2, 3, 4, 5, 6, 7])
    Middle(median=4.0, low=1.0, high=7.0, certainty=0.984375)
    """
    ordered = np.sort(np.asarray(values, np.float64))
    n = len(ordered)
    outside, k = 2 * 0.5**n, 1
    while k < n // 2 and outside + 2 * math.comb(n, k) * 0.5**n <= 1 - certainty:
        outside += 2 * math.comb(n, k) * 0.5**n
        k += 1
    middle = ordered[(n - 1) // 2], ordered[n // 2]
    median = middle[0] if middle[0] == middle[1] else (middle[0] + middle[1]) / 2
    return Middle(
        float(median), float(ordered[k - 1]), float(ordered[n - k]), max(0.0, 1 - outside)
    )


def find_least(alpha: float) -> int:
    """How many values each of two groups needs at least to show a difference.

    Examples
    --------
    >>> find_least(0.05)
    4
    """
    n = 1
    while 2 / math.comb(2 * n, n) > alpha:
        n += 1
    return n
