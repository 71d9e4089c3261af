"""Small random changes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evosearch.canonical import Layout
from evosearch.compiled import compiled

_FLOAT, _INT, _LISTED = 0, 1, 2


@compiled
def _step(share: float, eta: float) -> float:
    """A step in (-1, 1), mostly small (polynomial mutation)."""
    if share < 0.5:
        return math.pow(2.0 * share, 1.0 / (eta + 1.0)) - 1.0
    return 1.0 - math.pow(2.0 * (1.0 - share), 1.0 / (eta + 1.0))


@compiled
def _mutate(
    layout: Layout,
    genomes: NDArray[np.float64],
    rate: float,
    eta: float,
    pick_draws: NDArray[np.float64],
    size_draws: NDArray[np.float64],
) -> NDArray[np.float64]:
    mutants = genomes.copy()
    for row in range(len(mutants)):
        for gene in range(mutants.shape[1]):
            code = mutants[row, gene]
            if pick_draws[row, gene] >= rate or math.isnan(code):
                continue
            share = size_draws[row, gene]
            low, high = layout.low[gene], layout.high[gene]
            if low == high:
                continue
            if layout.kind[gene] > _LISTED:
                code = (code + 1.0 + math.floor(share * high)) % (high + 1.0)
            elif layout.is_log[gene]:
                log_low, log_high = math.log(low), math.log(high)
                moved = math.log(code) + _step(share, eta) * (log_high - log_low)
                if moved < log_low:
                    moved = 2.0 * log_low - moved
                if moved > log_high:
                    moved = 2.0 * log_high - moved
                moved = math.exp(moved)
                if layout.kind[gene] == _INT and np.rint(moved) == code:
                    is_up = (share >= 0.5 or code == low) and code < high
                    moved = code + (1.0 if is_up else -1.0)
                code = moved
            else:
                change = _step(share, eta) * (high - low)
                if layout.kind[gene] != _FLOAT and abs(change) < 1.0:
                    change = 1.0 if share >= 0.5 else -1.0
                code += change
                # Reflected at the bounds: clipping would pile genomes up there.
                if code < low:
                    code = 2.0 * low - code
                if code > high:
                    code = 2.0 * high - code
            mutants[row, gene] = code
    return mutants


def mutate(
    layout: Layout,
    genomes: NDArray[np.float64],
    rate: float,
    eta: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Copies of genomes in which some active genes have moved.

    Numbers move by polynomial mutation, reflected at their bounds (ints and ordinals by one step
    at least); a category becomes any other category.

    Parameters
    ----------
    layout : Layout
    genomes : ndarray of float64, shape (n, n_genes)
        Not modified.
    rate : float in [0, 1]
        Chance of each gene.
    eta : float, > 0
        Distribution index; larger keeps steps smaller.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float64, shape (n, n_genes)
        Not yet canonical: ints may need rounding.

    References
    ----------
    Deb and Goyal 1996, "A combined genetic adaptive search (GeneAS) for engineering design".
    """
    pick_draws = rng.random(genomes.shape)
    size_draws = rng.random(genomes.shape)
    result: NDArray[np.float64] = _mutate(layout, genomes, rate, eta, pick_draws, size_draws)
    return result
