"""The canonical form: the one genome that stands for all that mean the same.

Many genomes can mean the same: by values in inactive genes, by rules in another order, or by a
rule given twice.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.compiled import compiled
from evosearch.genome.layout import FLOAT, TEXT, Layout, make_layout


@compiled
def _code_at(gene: Any, share: float) -> float:
    """The code a share in [0, 1) of the way through a gene's range, not yet clipped to it."""
    low, high = gene.low, gene.high
    if gene.kind == FLOAT:
        if gene.is_log:
            code = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
        else:
            code = low + share * (high - low)
    elif gene.is_log:
        code = math.floor(math.exp(math.log(low) + share * (math.log(high + 1.0) - math.log(low))))
    else:
        code = math.floor(low + share * (high - low + 1.0))
    return float(code)


@compiled
def _is_active(
    conditions: NDArray[Any], allowed: NDArray[np.bool_], genome: NDArray[np.float64], gene: Any
) -> bool:
    for place in range(gene.conditions_start, gene.conditions_stop):
        condition = conditions[place]
        code = genome[condition.parent]
        if math.isnan(code):
            return False
        entry = condition.allowed_start + int(code) - condition.lowest
        if entry < condition.allowed_start or entry >= condition.allowed_stop:
            return False
        if not allowed[entry]:
            return False
    return True


@compiled
def _settle(layout: Layout, genomes: NDArray[np.float64], fill: NDArray[np.float64]) -> None:
    """Null the inactive genes, give values to newly active ones, correct ordered pairs."""
    # Taking an array out of the layout costs more than using it: not inside the loops.
    genes, conditions, allowed = layout.genes, layout.conditions, layout.allowed
    for column in range(genomes.shape[1]):
        gene = genes[column]
        low, high, above, is_whole = gene.low, gene.high, gene.above, gene.kind != FLOAT
        is_conditional = gene.conditions_stop > gene.conditions_start
        for row in range(len(genomes)):
            if is_conditional and not _is_active(conditions, allowed, genomes[row], gene):
                genomes[row, column] = np.nan
                continue
            code = genomes[row, column]
            if math.isnan(code):
                code = _code_at(gene, fill[row, column])
            elif is_whole:
                code = np.rint(code)
            code = min(max(code, low), high) + 0.0
            genomes[row, column] = code
            if above >= 0 and not math.isnan(genomes[row, above]):
                other = genomes[row, above]
                if code < other:
                    genomes[row, column], genomes[row, above] = other, code
                elif code == other:
                    if code < high:
                        genomes[row, column] = code + 1.0
                    else:
                        genomes[row, above] = code - 1.0


@compiled
def _compare(ranks: NDArray[np.float64], first: int, second: int) -> int:
    for place in range(ranks.shape[1]):
        if ranks[first, place] < ranks[second, place]:
            return -1
        if ranks[first, place] > ranks[second, place]:
            return 1
    return 0


@compiled
def _sort_blocks(
    genome: NDArray[np.float64],
    genes: NDArray[np.int64],
    count: int,
    ranks: NDArray[np.float64],
) -> int:
    """Sort blocks by their ranks and drop repeats; how many are left.

    Parameters
    ----------
    genome : ndarray of float64, shape (n_genes,)
        Changed in place.
    genes : ndarray of int64, shape (n_blocks * size,)
        The genes of each block.
    count : int
        Blocks that are active.
    ranks : ndarray of float64, shape (n_blocks, size)
        What each gene's value is worth in the order; changed in place.
    """
    size = ranks.shape[1]
    for end in range(1, count):
        k = end
        while k > 0 and _compare(ranks, k - 1, k) == 1:
            for place in range(size):
                ranks[k - 1, place], ranks[k, place] = ranks[k, place], ranks[k - 1, place]
                a, b = genes[(k - 1) * size + place], genes[k * size + place]
                genome[a], genome[b] = genome[b], genome[a]
            k -= 1
    kept = 1
    for k in range(1, count):
        if _compare(ranks, kept - 1, k) == 0:
            continue
        if kept != k:
            for place in range(size):
                ranks[kept, place] = ranks[k, place]
                genome[genes[kept * size + place]] = genome[genes[k * size + place]]
        kept += 1
    return kept


@compiled
def _order_blocks(
    layout: Layout, genome: NDArray[np.float64], scratch: NDArray[np.float64]
) -> bool:
    """Put every group of blocks in order; True when one of them lost repeats."""
    has_shrunk = False
    for item in range(len(layout.blocks)):
        group = layout.blocks[item]
        size, n_genes = group.size, group.n_blocks * group.size
        count = int(genome[group.count])
        if count < 2:
            continue
        genes = layout.block_genes[group.start : group.start + n_genes]
        ranks = scratch[:n_genes].reshape(group.n_blocks, size)
        for k in range(count * size):
            gene = layout.genes[genes[k]]
            code = genome[genes[k]]
            if math.isnan(code):
                code = -math.inf
            elif gene.kind == TEXT:
                code = layout.values[gene.values_start + int(code)].rank
            ranks[k // size, k % size] = code
        kept = _sort_blocks(genome, genes, count, ranks)
        if kept < count:
            genome[group.count] = kept
            has_shrunk = True
    return has_shrunk


@compiled
def _canonicalise(
    layout: Layout, genomes: NDArray[np.float64], fill: NDArray[np.float64]
) -> NDArray[np.float64]:
    out = genomes.copy()
    _settle(layout, out, fill)
    if len(layout.blocks):
        scratch = np.empty(len(layout.block_genes))
        for row in range(len(out)):
            if _order_blocks(layout, out[row], scratch):
                _settle(layout, out[row : row + 1], fill[row : row + 1])
    return out


def canonicalise(
    layout: Layout, genomes: NDArray[np.float64], fill: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The canonical form of genomes; canonical genomes come back unchanged.

    Parameters
    ----------
    layout : Layout
    genomes : ndarray of float64, shape (n, n_genes)
        Codes, NaN for "no value". Not modified. Codes out of range are clipped and rounded.
    fill : ndarray of float64 in [0, 1), shape (n, n_genes)
        Where in its range a gene starts that is active but has no value.

    Returns
    -------
    ndarray of float64, shape (n, n_genes)

    Examples
    --------
    >>> from evosearch import Float, Int, Space
    >>> layout = make_layout(Space(Int("k", 0, 9), Float("x", 0, 1, when={"k": 9})))
    >>> canonicalise(layout, np.array([[12.0, np.nan], [3.2, 0.7]]), fill=np.full((2, 2), 0.5))
    array([[9. , 0.5],
           [3. , nan]])
    """
    return _canonicalise(layout, genomes, fill)


__all__ = ["Layout", "canonicalise", "make_layout"]
