"""The one order in which everything is ranked: in a generation, in a shard, in a merge.

Feasible before infeasible before not-ok; then fitness descending (violation ascending for the
infeasible); then genome id. Copies of one genome go on in the order of `shards.standing`. It is
total: no two different rows of any two shards tie, so no result ever depends on the order in which
rows arrived.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FEASIBLE, INFEASIBLE, NOT_OK = 0, 1, 2


def compute_rank_keys(
    is_ok: NDArray[np.bool_],
    feasible: NDArray[np.bool_],
    fitness: NDArray[np.float64],
    violation: NDArray[np.float64],
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The first two parts of the order, smaller is better.

    Parameters
    ----------
    is_ok, feasible : ndarray of bool, shape (n,)
    fitness : ndarray of float64, shape (n,)
        Higher is better; read only where feasible.
    violation : ndarray of float64, shape (n,), >= 0
        Read only where ok and infeasible.

    Returns
    -------
    tier : ndarray of uint8, shape (n,)
        FEASIBLE, INFEASIBLE or NOT_OK.
    key : ndarray of float64, shape (n,)
        Never NaN, never -0.0.

    Examples
    --------
    >>> is_ok, feasible = np.array([True, True, False]), np.array([True, False, False])
    >>> fitness, violation = np.array([0.5, 0.9, np.nan]), np.array([0.0, 0.2, 0.0])
    >>> [column.tolist() for column in compute_rank_keys(is_ok, feasible, fitness, violation)]
    [[0, 1, 2], [-0.5, 0.2, 0.0]]
    """
    is_best = is_ok & feasible
    tier = np.subtract(NOT_OK, is_ok, dtype=np.uint8) - is_best
    # + 0.0 makes -0.0 plain zero.
    key = np.where(is_best, -fitness, np.where(is_ok, violation, 0.0)) + 0.0
    return tier, key


def order_best_first(
    tier: NDArray[np.uint8],
    key: NDArray[np.float64],
    genome_ids: NDArray[np.uint64],
    *tie_breakers: NDArray[Any],
) -> NDArray[np.intp]:
    """Row numbers in the order of ranking.

    Parameters
    ----------
    tier, key : ndarray, shape (n,)
        As `compute_rank_keys` gives them.
    genome_ids : ndarray of uint64, shape (n, 2)
    *tie_breakers : ndarray of numbers, shape (n,)
        What decides between rows of one genome: run, generation, index, and so on.

    Returns
    -------
    ndarray of intp, shape (n,)

    Examples
    --------
    >>> tier, key = np.array([1, 0, 0], np.uint8), np.array([0.1, -0.3, -0.5])
    >>> order_best_first(tier, key, np.array([[0, 1], [0, 2], [0, 3]], np.uint64)).tolist()
    [2, 1, 0]
    """
    if not len(tier) or tier.min() == tier.max():
        return _order_tier(key, genome_ids, *tie_breakers)
    parts = []
    for wanted in (FEASIBLE, INFEASIBLE, NOT_OK):
        rows = np.flatnonzero(tier == wanted)
        if len(rows):
            columns = (column[rows] for column in (key, genome_ids, *tie_breakers))
            parts.append(rows[_order_tier(*columns)])
    return np.concatenate(parts)


def find_best(
    tier: NDArray[np.uint8], key: NDArray[np.float64], genome_ids: NDArray[np.uint64]
) -> int:
    """The first row of `order_best_first`, without ordering the others; n >= 1."""
    rows = np.flatnonzero(tier == tier.min())
    rows = rows[key[rows] == key[rows].min()]
    for half in range(2):
        rows = rows[genome_ids[rows, half] == genome_ids[rows, half].min()]
    return int(rows[0])


def _order_tier(
    key: NDArray[np.float64], genome_ids: NDArray[np.uint64], *tie_breakers: NDArray[Any]
) -> NDArray[np.intp]:
    # One sort of plain floats is several times faster than a sort of five columns, and fitness
    # rarely ties: only rows that do tie are sorted by everything.
    # Rows that come from sorted shards are long runs, which the stable sort only has to merge.
    is_nearly_sorted = 16 * np.count_nonzero(key[1:] < key[:-1]) < len(key)
    order = np.argsort(key, kind="stable" if is_nearly_sorted else None)
    is_same = key[order[1:]] == key[order[:-1]]
    if is_same.any():
        joins_last = np.concatenate([[False], is_same])
        places = np.flatnonzero(joins_last | np.concatenate([is_same, [False]]))
        if not tie_breakers:
            # Copies of one genome tie in everything: they stand right already.
            ids = genome_ids[order[places]]
            starts = np.flatnonzero(~joins_last[places])
            sizes = np.diff(np.append(starts, len(places)))
            differs = (ids != np.repeat(ids[starts], sizes, axis=0)).any(axis=1)
            places = places[np.repeat(np.logical_or.reduceat(differs, starts), sizes)]
        tied = order[places]
        columns = (key, genome_ids[:, 0], genome_ids[:, 1], *tie_breakers)
        order[places] = tied[np.lexsort([column[tied] for column in reversed(columns)])]
    return order
