"""Small random changes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.compiled import compiled
from evosearch.genome.layout import FLOAT, LISTED, Layout


@compiled
def _step(share: float, eta: float) -> float:
    """A step in (-1, 1), mostly small (polynomial mutation)."""
    if share < 0.5:
        return math.pow(2.0 * share, 1.0 / (eta + 1.0)) - 1.0
    return 1.0 - math.pow(2.0 * (1.0 - share), 1.0 / (eta + 1.0))


@compiled
def mutate(
    layout: Layout,
    genomes: NDArray[np.float64],
    rate: float,
    eta: float,
    draws: NDArray[np.float64],
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
    draws : ndarray of float64 in [0, 1), shape (n, n_genes)
        Uniform. The draw of a gene without a value is not used.

    Returns
    -------
    ndarray of float64, shape (n, n_genes)
        Not yet canonical: ints may need rounding.

    References
    ----------
    Deb and Goyal 1996, "A combined genetic adaptive search (GeneAS) for engineering design".
    """
    genes = layout.genes
    mutants = genomes.copy()
    for row in range(len(mutants)):
        for column in range(len(genes)):
            if draws[row, column] >= rate:
                continue
            gene, code = genes[column], mutants[row, column]
            low, high = gene.low, gene.high
            if math.isnan(code) or low == high:
                continue
            # A uniform draw that is known to lie below the rate is still uniform below it.
            share = draws[row, column] / rate
            if gene.kind > LISTED:
                mutants[row, column] = (code + 1.0 + math.floor(share * high)) % (high + 1.0)
                continue
            place = code
            if gene.is_log:
                low, high, place = math.log(low), math.log(high), math.log(code)
            place += _step(share, eta) * (high - low)
            # Reflected at the bounds: clipping would pile genomes up there.
            if place < low:
                place = 2.0 * low - place
            if place > high:
                place = 2.0 * high - place
            moved = math.exp(place) if gene.is_log else place
            if gene.kind != FLOAT and np.rint(moved) == code:
                is_up = (share >= 0.5 or code == gene.low) and code < gene.high
                moved = code + (1.0 if is_up else -1.0)
            mutants[row, column] = moved
    return mutants
