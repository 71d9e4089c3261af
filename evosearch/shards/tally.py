"""What a ranking says in numbers, counted while its rows pass by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.ranking import FEASIBLE, NOT_OK
from evosearch.shards.blocks import Block
from evosearch.shards.finders import RunNames


@dataclass(frozen=True)
class Contribution:
    """What one run brought to a ranking.

    Attributes
    ----------
    n_distinct : int
        Genomes it found.
    n_only_here : int
        Those that no other run found.
    best_rank : int or None
        Of its best feasible genome.
    best_fitness : float or None
    """

    n_distinct: int
    n_only_here: int
    best_rank: int | None
    best_fitness: float | None


class Tally:
    """Counts over the blocks of a merge, in the order of ranking."""

    def __init__(self, names: RunNames) -> None:
        self.n_rows = self.n_feasible = self.n_not_ok = 0
        self._names = names
        self._n_distinct = np.zeros(0, np.int64)
        self._n_only_here = np.zeros(0, np.int64)
        self._best: dict[int, tuple[int, float]] = {}

    def add(self, block: Block) -> None:
        """Count the next rows."""
        tier, codes = block.keys.tier, block.finders.codes
        n_names = len(self._names.names)
        self._n_distinct = _grown(self._n_distinct, n_names)
        self._n_only_here = _grown(self._n_only_here, n_names)
        self._n_distinct += np.bincount(codes, minlength=n_names)
        counts = block.finders.counts
        alone = block.finders.codes[block.finders.offsets[:-1][counts == 1]]
        self._n_only_here += np.bincount(alone, minlength=n_names)
        is_feasible = tier == FEASIBLE
        if len(self._best) < n_names and is_feasible.any():
            rows = np.repeat(np.arange(len(tier)), counts)
            feasible_codes = codes[is_feasible[rows]]
            found, first = np.unique(feasible_codes, return_index=True)
            rows = rows[is_feasible[rows]][first]
            for code, row in zip(found.tolist(), rows.tolist(), strict=True):
                place = (self.n_rows + row + 1, -float(block.keys.key[row]))
                self._best.setdefault(code, place)
        self.n_rows += len(tier)
        self.n_feasible += int(np.count_nonzero(is_feasible))
        self.n_not_ok += int(np.count_nonzero(tier == NOT_OK))

    def contributions(self) -> dict[str, Contribution]:
        """What each run brought, by run id."""
        found: dict[str, Any] = {}
        for code, name in enumerate(self._names.names):
            if code < len(self._n_distinct):
                rank, fitness = self._best.get(code, (None, None))
                found[name] = Contribution(
                    int(self._n_distinct[code]), int(self._n_only_here[code]), rank, fitness
                )
        return dict(sorted(found.items()))


def _grown(counts: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    return np.append(counts, np.zeros(n - len(counts), np.int64)) if len(counts) < n else counts
