"""No genome twice: the set of ids a run has seen, and the walk through a finite space."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evosearch.compiled import compiled
from evosearch.space import Space

# Above this many genomes random draws will not run dry before the user does.
MAX_SWEEP = 2**31
SWEEP_BLOCK = 4096


@compiled
def _insert(table: NDArray[np.uint64], keys: NDArray[np.uint64], limit: int) -> NDArray[np.intp]:
    mask = np.uint64(len(table) - 1)
    rows = np.empty(min(limit, len(keys)), np.intp)
    n_new = 0
    for row in range(len(keys)):
        if n_new == limit:
            break
        key = keys[row]
        if key == np.uint64(0):  # zero marks a free slot
            key = np.uint64(1)
        slot = key & mask
        while table[slot] != np.uint64(0) and table[slot] != key:
            slot = (slot + np.uint64(1)) & mask
        if table[slot] == np.uint64(0):
            table[slot] = key
            rows[n_new] = row
            n_new += 1
    return rows[:n_new]


class IdSet:
    """The ids seen so far, eight bytes each in an open-addressing table.

    Half of each 128-bit id is kept. Two ids that share it would cost the run one genome that it
    might have tried: a chance of 3 in a million after ten million genomes.

    The table doubles whenever it is three quarters full: each id is moved about once, and memory
    follows what was seen, not what a budget allows for.
    """

    def __init__(self) -> None:
        self._table = np.zeros(self._size_for(0), np.uint64)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def add(self, genome_ids: NDArray[np.uint64], limit: int) -> NDArray[np.intp]:
        """Add ids in their order until `limit` new ones are in.

        Parameters
        ----------
        genome_ids : ndarray of uint64, shape (n, 2)
        limit : int

        Returns
        -------
        ndarray of intp, shape (n_new,)
            Rows of the ids that were new and went in.
        """
        size = self._size_for(self._n + len(genome_ids))
        if size > len(self._table):
            old = self._table[self._table != 0]
            self._table = np.zeros(size, np.uint64)
            _insert(self._table, old, len(old))
        rows: NDArray[np.intp] = _insert(self._table, np.ascontiguousarray(genome_ids[:, 1]), limit)
        self._n += len(rows)
        return rows

    @staticmethod
    def _size_for(n: int) -> int:
        return 1 << max(10, math.ceil(math.log2(max(1, n) * 4 / 3)))


class Sweep:
    """All genomes of a finite space, each once, in a scattered order.

    The order is index -> index * stride mod n with a stride near the golden section of n, so a
    sweep that is broken off has touched every part of the space.
    """

    def __init__(self, space: Space) -> None:
        n_genomes = space.n_genomes
        self._n = int(n_genomes) if n_genomes <= MAX_SWEEP else 0
        self._sizes = [int(gene.n_values) for gene in space.genes] if self._n else []
        self._lows = np.array([float(getattr(gene, "low", 0.0)) for gene in space.genes])
        stride = max(1, int(self._n * 0.6180339887498949))
        while self._n and math.gcd(stride, self._n) != 1:
            stride += 1
        self._stride = stride
        self._position = 0

    def next_codes(self) -> NDArray[np.float64] | None:
        """The next block of genomes, not yet canonical; None at the end or if not finite."""
        block = np.arange(self._position, min(self._position + SWEEP_BLOCK, self._n))
        if not len(block):
            return None
        self._position += len(block)
        rest = block * self._stride % self._n
        codes = np.empty((len(block), len(self._sizes)))
        for column, size in enumerate(self._sizes):
            codes[:, column] = rest % size + self._lows[column]
            rest = rest // size
        return codes

    def rewind(self) -> None:
        """Give the last block again at the next call."""
        self._position = max(0, self._position - SWEEP_BLOCK)
