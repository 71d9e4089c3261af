"""The identity of a genome: 128 bits that are the same on every machine and in every profile.

It is a hash of the names and values of the active genes, never of their codes. So one strategy
has one id in all profiles, however wide the ranges they search.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.compiled import compiled
from evosearch.genome.layout import LISTED, Layout

_C1 = np.uint64(0x87C37B91114253D5)
_C2 = np.uint64(0x4CF5AD432745937F)
_M1 = np.uint64(0xFF51AFD7ED558CCD)
_M2 = np.uint64(0xC4CEB9FE1A85EC53)


@compiled
def _mix(word: np.uint64) -> np.uint64:
    word ^= word >> np.uint64(33)
    word *= _M1
    word ^= word >> np.uint64(33)
    word *= _M2
    word ^= word >> np.uint64(33)
    return word


@compiled
def _rotate(word: np.uint64, bits: int) -> np.uint64:
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@compiled
def _hash_rows(
    layout: Layout, genomes: NDArray[np.float64], bits: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    n = len(genomes)
    highs, lows, lengths = np.zeros(n, np.uint64), np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    genes, values = layout.genes, layout.values
    # Gene by gene: the hash of a row is one long chain, but rows need not wait for each other.
    for column in layout.by_name:
        gene = genes[column]
        name = _rotate(gene.name_word * _C1, 31) * _C2
        is_listed, values_start = gene.kind >= LISTED, gene.values_start
        for row in range(n):
            if math.isnan(genomes[row, column]):
                continue
            word = bits[row, column]
            if is_listed:
                word = values[values_start + int(genomes[row, column])].word
            h1, h2 = highs[row] ^ name, lows[row]
            h1 = (_rotate(h1, 27) + h2) * np.uint64(5) + np.uint64(0x52DCE729)
            h2 ^= _rotate(word * _C2, 33) * _C1
            h2 = (_rotate(h2, 31) + h1) * np.uint64(5) + np.uint64(0x38495AB5)
            highs[row], lows[row] = h1, h2
            lengths[row] += np.uint64(16)
    ids = np.empty((n, 2), np.uint64)
    for row in range(n):
        h1, h2 = highs[row] ^ lengths[row], lows[row] ^ lengths[row]
        h1 += h2
        h2 += h1
        h1, h2 = _mix(h1), _mix(h2)
        h1 += h2
        h2 += h1
        ids[row, 0], ids[row, 1] = h1, h2
    return ids


def compute_genome_ids(layout: Layout, genomes: NDArray[np.float64]) -> NDArray[np.uint64]:
    """The identities of canonical genomes.

    Parameters
    ----------
    layout : Layout
    genomes : ndarray of float64, shape (n, n_genes), C-contiguous, canonical

    Returns
    -------
    ndarray of uint64, shape (n, 2)
        High and low half of each 128-bit id; their order is the order of the ids.

    References
    ----------
    Appleby, MurmurHash3_x64_128, over one 16-byte block (name, value) per active gene, genes
    in the order of their names.

    Examples
    --------
    >>> from evosearch.genome.layout import make_layout
    >>> from evosearch import Ordinal, Space
    >>> narrow, wide = Space(Ordinal("period", [50])), Space(Ordinal("period", [20, 50]))
    >>> of_narrow = compute_genome_ids(make_layout(narrow), narrow.encode([{"period": 50}]))
    >>> of_wide = compute_genome_ids(make_layout(wide), wide.encode([{"period": 50}]))
    >>> bool((of_narrow == of_wide).all())
    True
    """
    bits = np.ascontiguousarray(genomes).view(np.uint64)
    return _hash_rows(layout, genomes, bits)


def format_genome_id(genome_id: NDArray[np.uint64]) -> str:
    """An id as 32 hexadecimal digits.

    Examples
    --------
    >>> format_genome_id(np.array([1, 255], np.uint64))
    '000000000000000100000000000000ff'
    """
    return f"{int(genome_id[0]):016x}{int(genome_id[1]):016x}"
