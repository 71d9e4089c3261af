"""Whether a population can still find something: how much its members differ, and their children.

Looked at by people alone. Nothing here changes what is bred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.layout import FLOAT, TEXT, Layout

# Of a larger population, so many members in even steps of rank.
_MOST = 1000


@dataclass(frozen=True)
class Vigour:
    """How lively a search is after a generation.

    Attributes
    ----------
    diversity : float or None
        As `measure_diversity` gives it; None if there are no parents.
    better_frac : float or None
        Children that rank before both of their parents; None if none has parents.
    """

    diversity: float | None = None
    better_frac: float | None = None


def measure_diversity(layout: Layout, genomes: NDArray[np.float64]) -> float | None:
    """The mean distance of two genomes, in units of what genomes drawn at random have.

    It is about 1 where a search begins, and 0 where all genomes are one.

    Parameters
    ----------
    layout : Layout
    genomes : ndarray of float64, shape (n, n_genes)
        Canonical.

    Returns
    -------
    float or None
        None if no two of them can differ.

    Notes
    -----
    Gower's distance: a gene counts its difference as a share of its range, or 1 for two different
    texts; genes that one of the two lacks do not count. Each gene's mean distance is divided by
    that of uniform values.

    References
    ----------
    Gower 1971, "A general coefficient of similarity and some of its properties".
    """
    genomes = genomes[:: -(-len(genomes) // _MOST) or 1]
    genes, n = layout.genes, len(genomes)
    # Scaled by hand: an unused gene is NaN in all of this and comes last in a sort.
    low, high = genes["low"], genes["high"]
    n_values = np.where(genes["kind"] == FLOAT, np.inf, high - low + 1)
    codes = genomes
    if genes["is_log"].any():
        is_log = genes["is_log"]
        low, high = (np.where(is_log, np.log(np.where(is_log, end, 1)), end) for end in (low, high))
        codes = np.where(is_log, np.log(np.where(is_log, codes, 1)), codes)
        n_values = np.where(is_log, np.inf, n_values)
    ordered = np.sort(codes, axis=0)
    n_used = n - np.count_nonzero(np.isnan(ordered), axis=0)
    n_pairs = n_used * (n_used - 1) / 2
    # In a sorted column, each value is subtracted as often as others lie above it.
    place = np.arange(n)[:, np.newaxis]
    times = np.where(place < n_used, 2 * place + 1 - n_used, 0)
    distances = np.nansum(times * ordered, axis=0)
    expected = (high - low) * (1 + 1 / n_values) / 3
    for gene in np.flatnonzero(genes["kind"] == TEXT):
        counts = np.bincount(codes[~np.isnan(codes[:, gene]), gene].astype(np.int64))
        distances[gene] = (n_used[gene] ** 2 - np.sum(counts**2)) / 2
        expected[gene] = 1 - 1 / n_values[gene]
    can_differ = (expected > 0) & (n_pairs > 0)
    if not can_differ.any():
        return None
    return float(np.sum(distances[can_differ] / expected[can_differ]) / np.sum(n_pairs[can_differ]))


def count_better(
    children: tuple[NDArray[Any], NDArray[Any]], parents: tuple[NDArray[Any], NDArray[Any]]
) -> int:
    """How many children rank before the better one of their parents.

    Parameters
    ----------
    children, parents : tuple of ndarray
        Tier and key of each child, and of its better parent.
    """
    (tier, key), (tier_before, key_before) = children, parents
    is_better = (tier < tier_before) | ((tier == tier_before) & (key < key_before))
    return int(np.count_nonzero(is_better))
