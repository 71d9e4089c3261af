"""The canonical form: the one genome that stands for all that mean the same.

Many genomes can mean one thing: values in inactive genes, rules in another order, a rule given
twice. Kernels see a search space as a `Layout` of flat arrays.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.choices import Categorical, Listed, Ordinal
from evosearch.compiled import compiled
from evosearch.genes import Float, Int
from evosearch.space import Space

FLOAT, INT, LISTED, TEXT = 0, 1, 2, 3


class Layout(NamedTuple):
    """A search space as flat arrays, the form in which kernels take it (g genes)."""

    kind: NDArray[np.int8]  # (g,) FLOAT, INT, LISTED or TEXT
    low: NDArray[np.float64]  # (g,) smallest and largest code
    high: NDArray[np.float64]
    is_log: NDArray[np.bool_]
    above: NDArray[np.int64]  # (g,) the gene this one must exceed, or -1
    condition_start: NDArray[np.int64]  # (g + 1,) slices of condition_parent
    condition_parent: NDArray[np.int64]
    allowed_low: NDArray[np.int64]  # (conditions,) smallest code that keeps the gene active
    allowed_start: NDArray[np.int64]  # (conditions + 1,) slices of allowed
    allowed: NDArray[np.bool_]  # from that code on: does the parent's code keep it active?
    by_name: NDArray[np.int64]  # (g,) genes in the order of their names
    name_word: NDArray[np.uint64]  # (g,) hash of each name
    list_start: NDArray[np.int64]  # (g,) where a listed gene's entries begin in the next two
    value_word: NDArray[np.uint64]  # identity of each listed value
    value_rank: NDArray[np.float64]  # place of each listed value in an order free of the profile
    block_count: NDArray[np.int64]  # (b,) the gene that counts blocks
    block_shape: NDArray[np.int64]  # (b, 3) start in block_genes, n blocks, genes each
    block_genes: NDArray[np.int64]


def _text_word(text: str) -> int:
    normal = unicodedata.normalize("NFC", text).encode()
    return int.from_bytes(hashlib.blake2b(normal, digest_size=8).digest(), "big")


def _number_word(value: float) -> int:
    return int(np.array(float(value) + 0.0).view(np.uint64))


def make_layout(space: Space) -> Layout:
    """The arrays that describe `space` to the kernels."""
    kinds, lows, highs, logs, aboves = [], [], [], [], []
    condition_start, condition_parent = [0], []
    allowed_low, allowed_start, allowed = list[int](), [0], list[bool]()
    list_start, words, ranks = [], list[int](), list[float]()
    for gene in space.genes:
        list_start.append(len(words))
        if isinstance(gene, Listed):
            is_text = isinstance(gene, Categorical)
            kinds.append(TEXT if is_text else LISTED)
            lows.append(0.0)
            highs.append(len(gene.values) - 1.0)
            words += [_text_word(v) if is_text else _number_word(v) for v in gene.values]
            order = sorted(gene.values)
            ranks += [float(order.index(value)) for value in gene.values]
        else:
            assert isinstance(gene, (Float, Int))
            kinds.append(FLOAT if isinstance(gene, Float) else INT)
            lows.append(float(gene.low))
            highs.append(float(gene.high))
        logs.append(isinstance(gene, (Float, Int)) and gene.log)
        aboves.append(space.index[gene.above] if isinstance(gene, Ordinal) and gene.above else -1)
        for parent, values in gene.when.items():
            condition_parent.append(space.index[parent])
            codes = {int(space[parent].encode(value)) for value in values}
            allowed_low.append(min(codes))
            allowed += [code in codes for code in range(min(codes), max(codes) + 1)]
            allowed_start.append(len(allowed))
        condition_start.append(len(condition_parent))
    shapes, block_genes = list[tuple[int, int, int]](), list[int]()
    for item in space.unordered:
        shapes.append((len(block_genes), len(item.blocks), len(item.blocks[0])))
        block_genes += [space.index[name] for block in item.blocks for name in block]
    return Layout(
        kind=np.array(kinds, np.int8),
        low=np.array(lows),
        high=np.array(highs),
        is_log=np.array(logs, np.bool_),
        above=np.array(aboves, np.int64),
        condition_start=np.array(condition_start, np.int64),
        condition_parent=np.array(condition_parent, np.int64),
        allowed_start=np.array(allowed_start, np.int64),
        allowed_low=np.array(allowed_low, np.int64),
        allowed=np.array(allowed, np.bool_),
        by_name=np.array(sorted(range(len(space)), key=lambda g: space.names[g]), np.int64),
        name_word=np.array([_text_word(name) for name in space.names], np.uint64),
        list_start=np.array(list_start, np.int64),
        value_word=np.array(words, np.uint64),
        value_rank=np.array(ranks, np.float64),
        block_count=np.array([space.index[item.count] for item in space.unordered], np.int64),
        block_shape=np.array(shapes, np.int64).reshape(-1, 3),
        block_genes=np.array(block_genes, np.int64),
    )


@compiled
def code_at(layout: Layout, gene: int, share: float) -> float:
    """The code that lies a share in [0, 1) of the way through a gene's range."""
    low, high = layout.low[gene], layout.high[gene]
    if layout.kind[gene] == FLOAT:
        if layout.is_log[gene]:
            code = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
        else:
            code = low + share * (high - low)
    elif layout.is_log[gene]:
        code = math.floor(math.exp(math.log(low) + share * (math.log(high + 1.0) - math.log(low))))
    else:
        code = math.floor(low + share * (high - low + 1.0))
    return float(min(max(code, low), high) + 0.0)


@compiled
def _is_active(layout: Layout, genome: NDArray[np.float64], gene: int) -> bool:
    for c in range(layout.condition_start[gene], layout.condition_start[gene + 1]):
        code = genome[layout.condition_parent[c]]
        if math.isnan(code):
            return False
        place = layout.allowed_start[c] + int(code) - layout.allowed_low[c]
        if place < layout.allowed_start[c] or place >= layout.allowed_start[c + 1]:
            return False
        if not layout.allowed[place]:
            return False
    return True


@compiled
def _settle(layout: Layout, genome: NDArray[np.float64], fill: NDArray[np.float64]) -> None:
    """Null the inactive genes, give values to newly active ones, mend ordered pairs."""
    for gene in range(len(genome)):
        if not _is_active(layout, genome, gene):
            genome[gene] = np.nan
            continue
        code = genome[gene]
        if math.isnan(code):
            code = code_at(layout, gene, fill[gene])
        else:
            if layout.kind[gene] != FLOAT:
                code = np.rint(code)
            code = min(max(code, layout.low[gene]), layout.high[gene]) + 0.0
        genome[gene] = code
        lower = layout.above[gene]
        if lower >= 0 and not math.isnan(genome[lower]):
            other = genome[lower]
            if code < other:
                genome[gene], genome[lower] = other, code
            elif code == other:
                if code < layout.high[gene]:
                    genome[gene] = code + 1.0
                else:
                    genome[lower] = code - 1.0


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
    for item in range(len(layout.block_count)):
        start, n_blocks, size = layout.block_shape[item]
        counter = layout.block_count[item]
        count = int(genome[counter])
        if count < 2:
            continue
        genes = layout.block_genes[start : start + n_blocks * size]
        ranks = scratch[: n_blocks * size].reshape(n_blocks, size)
        for k in range(count * size):
            gene = genes[k]
            code = genome[gene]
            if math.isnan(code):
                code = -math.inf
            elif layout.kind[gene] == TEXT:
                code = layout.value_rank[layout.list_start[gene] + int(code)]
            ranks[k // size, k % size] = code
        kept = _sort_blocks(genome, genes, count, ranks)
        if kept < count:
            genome[counter] = kept
            has_shrunk = True
    return has_shrunk


@compiled
def _canonicalise(
    layout: Layout, genomes: NDArray[np.float64], fill: NDArray[np.float64]
) -> NDArray[np.float64]:
    out = genomes.copy()
    scratch = np.empty(len(layout.block_genes))
    for row in range(len(out)):
        genome = out[row]
        _settle(layout, genome, fill[row])
        if _order_blocks(layout, genome, scratch):
            _settle(layout, genome, fill[row])
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
    """
    result: NDArray[np.float64] = _canonicalise(layout, genomes, fill)
    return result
