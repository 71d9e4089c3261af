"""Children from pairs of parents."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.compiled import compiled
from evosearch.genome.layout import INT, Layout


@compiled
def cross_blend(
    layout: Layout,
    parents: NDArray[np.float64],
    pairs: NDArray[np.intp],
    rate: float,
    spread: float,
    draws: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Children that blend the numbers of their parents and take the rest from either.

    Parameters
    ----------
    layout : Layout
    parents : ndarray of float64, shape (n_parents, n_genes)
        Not modified.
    pairs : ndarray of intp, shape (2, n)
        Rows of the mother and the father of each child.
    rate : float in [0, 1]
        Chance that a pair is crossed at all; otherwise the child is a copy of the mother.
    spread : float, >= 0
        How far beyond its parents a number may fall, as a share of their distance.
    draws : ndarray of float64 in [0, 1), shape (n, 1 + n_genes)
        Uniform: first whether the pair is crossed, then one for each gene.

    Returns
    -------
    ndarray of float64, shape (n, n_genes)
        Not yet canonical: numbers may lie out of range, and an active gene may have no value.

    References
    ----------
    Eshelman and Schaffer 1993, "Real-coded genetic algorithms and interval-schemata" (BLX).
    Syswerda 1989, "Uniform crossover in genetic algorithms".
    """
    genes = layout.genes
    children = np.empty((pairs.shape[1], len(genes)))
    for row in range(len(children)):
        is_crossed = draws[row, 0] < rate
        for column in range(len(genes)):
            mother, father = parents[pairs[0, row], column], parents[pairs[1, row], column]
            if not is_crossed or mother == father:
                children[row, column] = mother
                continue
            gene, draw = genes[column], draws[row, column + 1]
            if gene.kind > INT or math.isnan(mother) or math.isnan(father):
                child = father if draw < 0.5 else mother
            else:
                share = draw * (1.0 + 2.0 * spread) - spread
                if gene.is_log:
                    child = mother * math.pow(father / mother, share)
                else:
                    child = mother + share * (father - mother)
            children[row, column] = child
    return children
