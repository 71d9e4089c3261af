"""The identity of a genome: 128 bits that are the same on every machine and in every profile.

It is a hash of the active genes by name and value - never by code - so that one strategy has
one id however wide the profile searches that found it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evosearch.canonical import LISTED, Layout
from evosearch.compiled import compiled

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
    ids = np.empty((len(genomes), 2), np.uint64)
    for row in range(len(genomes)):
        h1, h2, length = np.uint64(0), np.uint64(0), np.uint64(0)
        for gene in layout.by_name:
            code = genomes[row, gene]
            if math.isnan(code):
                continue
            word = bits[row, gene]
            if layout.kind[gene] >= LISTED:
                word = layout.value_word[layout.list_start[gene] + int(code)]
            h1 ^= _rotate(layout.name_word[gene] * _C1, 31) * _C2
            h1 = (_rotate(h1, 27) + h2) * np.uint64(5) + np.uint64(0x52DCE729)
            h2 ^= _rotate(word * _C2, 33) * _C1
            h2 = (_rotate(h2, 31) + h1) * np.uint64(5) + np.uint64(0x38495AB5)
            length += np.uint64(16)
        h1 ^= length
        h2 ^= length
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
    """
    bits = np.ascontiguousarray(genomes).view(np.uint64)
    result: NDArray[np.uint64] = _hash_rows(layout, genomes, bits)
    return result


def format_genome_id(genome_id: NDArray[np.uint64]) -> str:
    """An id as 32 hexadecimal digits."""
    return f"{int(genome_id[0]):016x}{int(genome_id[1]):016x}"
