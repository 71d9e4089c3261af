"""No genome twice: the set of ids a run has seen, and the walk through a finite space."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.branches import Branches
from evosearch.genome.compiled import compiled
from evosearch.genome.space import Space

# Above this many genomes a space is not walked to its end ...
MAX_SWEEP = 2**31
# ... but given up after so many known ones in a row: messages say "a million".
MAX_FRUITLESS = 1_000_000
# Up to this many genomes a walk ignores conditions and meets inactive values, too.
MAX_PLAIN = 2**22
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

    Half of each 128-bit id is kept. Where two ids share that half, the run misses one genome: a
    chance of 3 in a million after ten million genomes.

    The table doubles when it is three quarters full. Each id is moved about once, and memory
    grows with the ids seen, not with the budget.
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
    """The walk through a space: all its genomes, each once, in a scattered order.

    The order is index -> index * stride mod n, with a stride near the golden section of n. An
    interrupted walk has touched every part of the space.

    Parameters
    ----------
    space : Space

    Attributes
    ----------
    is_whole : bool
        The walk came to the end of the space.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._branches: Branches | None = None
        self._n = 0
        self._stride = 1
        self._before = self._position = 0
        self._n_fruitless = 0
        self.is_whole = False

    def next_codes(self) -> NDArray[np.float64] | None:
        """The next block of genomes, not yet canonical; None at the end.

        In a space that is too large, the walk ends after `MAX_FRUITLESS` known genomes in a row.
        """
        branches = self._branches or self._begin()
        is_large = self._n > MAX_SWEEP
        if self._position == self._n:
            self.is_whole = True
            return None
        if is_large and self._n_fruitless >= MAX_FRUITLESS:
            return None
        n_block = SWEEP_BLOCK if self._n_fruitless < 16 * SWEEP_BLOCK else 16 * SWEEP_BLOCK
        n_block = min(n_block, self._n - self._position)
        block = np.arange(n_block).astype(object if is_large else np.int64) + self._position
        self._before, self._position = self._position, self._position + n_block
        self._n_fruitless += n_block
        return branches.find_codes(block * self._stride % self._n)

    def note_new(self) -> None:
        """The last block had genomes that the run did not know."""
        self._n_fruitless = 0

    def rewind(self) -> None:
        """Give the last block again at the next call."""
        self._position = self._before

    def _begin(self) -> Branches:
        """Count the space. Late, because the draws of few searches run dry."""
        genes = self._space.genes
        product = math.prod(gene.n_values for gene in genes)
        self._branches = branches = Branches(genes, heeds_conditions=product > MAX_PLAIN)
        n = self._n = branches.n_genomes
        stride = int(n * 0.6180339887498949) if n <= MAX_SWEEP else n * 6180339887498949 // 10**16
        self._stride = next(at for at in itertools.count(max(1, stride)) if math.gcd(at, n) == 1)
        return branches
