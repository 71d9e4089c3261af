"""Children from pairs of parents."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evosearch.canonical import Layout
from evosearch.compiled import compiled

_FLOAT, _INT = 0, 1


@compiled
def _cross(
    layout: Layout,
    mothers: NDArray[np.float64],
    fathers: NDArray[np.float64],
    rate: float,
    spread: float,
    pair_draws: NDArray[np.float64],
    gene_draws: NDArray[np.float64],
) -> NDArray[np.float64]:
    children = mothers.copy()
    for row in range(len(children)):
        if pair_draws[row] >= rate:
            continue
        for gene in range(children.shape[1]):
            draw = gene_draws[row, gene]
            mother, father = mothers[row, gene], fathers[row, gene]
            if layout.kind[gene] > _INT or math.isnan(mother) or math.isnan(father):
                if draw < 0.5:
                    children[row, gene] = father
                continue
            if mother == father:
                continue
            share = draw * (1.0 + 2.0 * spread) - spread
            if layout.is_log[gene]:
                log_mother, log_father = math.log(mother), math.log(father)
                children[row, gene] = math.exp(log_mother + share * (log_father - log_mother))
            else:
                children[row, gene] = mother + share * (father - mother)
    return children


def cross_blend(
    layout: Layout,
    mothers: NDArray[np.float64],
    fathers: NDArray[np.float64],
    rate: float,
    spread: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Children that blend the numbers of their parents and take the rest from either.

    Parameters
    ----------
    layout : Layout
    mothers, fathers : ndarray of float64, shape (n, n_genes)
        Row i of both makes child i. Not modified.
    rate : float in [0, 1]
        Chance that a pair is crossed at all; otherwise the child is a copy of the mother.
    spread : float, >= 0
        How far beyond its parents a number may fall, as a share of their distance.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float64, shape (n, n_genes)
        Not yet canonical: numbers may lie out of range, and an active gene may have no value.

    References
    ----------
    Eshelman and Schaffer 1993, "Real-coded genetic algorithms and interval-schemata" (BLX).
    Syswerda 1989, "Uniform crossover in genetic algorithms".
    """
    pair_draws = rng.random(len(mothers))
    gene_draws = rng.random(mothers.shape)
    result: NDArray[np.float64] = _cross(
        layout, mothers, fathers, rate, spread, pair_draws, gene_draws
    )
    return result
