"""The close look at genomes whose copies are not all alike.

Which copy stands is settled here: the others are dropped, and ghosts beside the one that stands
keep who found them and that they were in conflict. What they said is remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evosearch.shards.blocks import Part
from evosearch.shards.conflicts import (
    Copy,
    Memory,
    choose_copies,
    comparable,
    count_remembered,
    is_apart,
)
from evosearch.shards.copies import Copies
from evosearch.shards.finders import RunNames
from evosearch.shards.measured import OK


@dataclass
class Notes:
    """Differences that are no conflict, among the copies of one merge.

    Attributes
    ----------
    blanks : Counter of str
        How many genomes have a value in one copy and none in another, by column.
    lost : Counter of str
        In how many of these the copy that stands is the one without.
    n_not_ok : int
        Genomes measured by one run and not by another: failed, crashed or out of time.
    """

    blanks: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    n_not_ok: int = 0


class Look:
    """All that the close look finds; `settle` adds to it.

    Parameters
    ----------
    names : RunNames
    sizes : sequence of int
        Rows of each input.

    Attributes
    ----------
    dropped : list of ndarray of uint8, or None
        For each input one bit per row, set where another copy stands for the row's genome.
    ghosts : list of Part
        Sorted; without rows.
    n_conflicts : int
    notes : Notes
    """

    def __init__(self, names: RunNames, sizes: Sequence[int]) -> None:
        self._measured, self._names, self._sizes = names.measured, names, sizes
        self.dropped: list[NDArray[np.uint8] | None] = [None] * len(sizes)
        self.ghosts: list[Part] = []
        self.n_conflicts = 0
        self.notes = Notes()
        self._conflicts: dict[str, list[Copy]] = {}
        self._others: dict[str, list[Copy]] = {}

    @property
    def memory(self) -> Memory:
        """What is to be remembered."""
        return Memory(self._measured, dict(sorted({**self._conflicts, **self._others}.items())))

    def settle(self, copies: Copies) -> None:
        """Look at genomes with all their copies, among them such as merged files remember."""
        order, is_new = copies.order(self._names)
        starts = np.flatnonzero(is_new)
        group = np.cumsum(is_new) - 1
        is_real = copies.source[order] >= 0
        # The first real row stands, whatever a stranger's file remembers.
        n_rows = len(order)
        best = np.minimum.reduceat(np.where(is_real, np.arange(n_rows), n_rows), starts)
        is_here = best < n_rows  # a top's memory may hold genomes that are not in it
        standing = np.where(is_here, best, starts)
        rounded = comparable(self._measured, copies.values)[:, order]
        low = np.fmin.reduceat(rounded, starts, axis=1)
        high = np.fmax.reduceat(rounded, starts, axis=1)
        in_conflict = is_apart(low, high)
        was_in_conflict = np.logical_or.reduceat(copies.finders.conflict[order], starts)
        is_conflict = (in_conflict.any(axis=0) | was_in_conflict) & is_here
        self.n_conflicts += int(np.count_nonzero(is_conflict))
        is_worse = is_real & self._differs(copies, order, standing[group])
        self._drop(copies, order[is_worse])
        self._add_ghosts(copies, order, is_worse, group, standing, is_conflict)
        self._note(copies.values[:, order], starts, group, standing, is_here)
        is_lost = np.isnan(rounded[:, standing]) & ~np.isnan(low)
        is_other = (is_lost | (low < high)).any(axis=0) & ~in_conflict.any(axis=0) & is_here
        n_most = count_remembered(len(self._measured))
        ends = np.append(starts[1:], n_rows)
        for kept, wanted in (
            (self._conflicts, np.flatnonzero(in_conflict.any(axis=0) & is_here)[:n_most]),
            (self._others, np.flatnonzero(is_other)[:n_most]),
        ):
            for number in wanted.tolist():
                members = slice(starts[number], ends[number])
                chosen, _ = choose_copies(rounded[:, members])
                kept[_id_of(copies, order[starts[number]])] = [
                    self._copy(copies, row) for row in order[members][chosen].tolist()
                ]
            for genome_id in sorted(kept)[n_most:]:
                del kept[genome_id]

    def _differs(
        self, copies: Copies, order: NDArray[np.intp], standing: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Which rows, in this order, are not like the one that stands for their genome."""
        other = order[standing]
        keys = copies.keys
        differs = (keys.tier[order] != keys.tier[other]) | (keys.key[order] != keys.key[other])
        for values in copies.values:
            a, b = values[order], values[other]
            differs |= (a != b) & ~(np.isnan(a) & np.isnan(b))
        return np.asarray(differs)

    def _drop(self, copies: Copies, worse: NDArray[np.intp]) -> None:
        for source in np.unique(copies.source[worse]).tolist():
            rows = copies.row[worse[copies.source[worse] == source]]
            bits = self.dropped[source]
            if bits is None:
                bits = self.dropped[source] = np.zeros(self._sizes[source] + 7 >> 3, np.uint8)
            np.bitwise_or.at(bits, rows >> 3, np.uint8(1) << (rows & 7).astype(np.uint8))

    def _add_ghosts(
        self,
        copies: Copies,
        order: NDArray[np.intp],
        is_worse: NDArray[np.bool_],
        group: NDArray[np.int64],
        standing: NDArray[np.intp],
        is_conflict: NDArray[np.bool_],
    ) -> None:
        # Ghosts are numbered in the order of ranking.
        keys = copies.keys.take(order[standing])
        by_rank = keys.order()
        place = np.empty(len(standing), np.int64)
        place[by_rank] = np.arange(len(standing))
        group_of = np.empty(len(order), np.int64)
        group_of[order] = place[group]
        is_worse_row = np.zeros(len(order), np.bool_)
        is_worse_row[order] = is_worse
        finders = copies.finders.take(is_worse_row)
        union = finders.union(group_of[is_worse_row], len(standing), self._names)
        union.conflict[:] |= is_conflict[by_rank]
        is_needed = (union.counts > 0) | union.conflict
        if is_needed.any():
            chosen = by_rank[is_needed]
            self.ghosts.append(Part(None, keys.take(chosen), union.take(is_needed)))

    def _note(
        self,
        values: NDArray[np.float64],
        starts: NDArray[np.intp],
        group: NDArray[np.int64],
        standing: NDArray[np.intp],
        is_here: NDArray[np.bool_],
    ) -> None:
        """Count what is no conflict; the values by genome."""
        is_ok = values[self._measured.index("status")] == OK
        n_ok = np.add.reduceat(is_ok, starts, dtype=np.int64)
        n_all = np.diff(np.append(starts, len(group)))
        self.notes.n_not_ok += int(np.count_nonzero((n_ok > 0) & (n_ok < n_all) & is_here))
        for name, column in zip(self._measured, values, strict=True):
            is_blank = np.isnan(column)
            is_lost = is_blank[standing]
            has_value = np.logical_or.reduceat(~is_blank, starts)
            # A copy that failed has no values; that is another note.
            lacks = np.logical_or.reduceat(is_blank & is_ok, starts) | is_lost
            for counter, rows in ((self.notes.blanks, lacks), (self.notes.lost, is_lost)):
                n = int(np.count_nonzero(rows & has_value & is_here))
                if n:
                    counter[name] += n

    def _copy(self, copies: Copies, row: int) -> Copy:
        values = tuple(copies.values[:, row].tolist())
        run_id = self._names.names[copies.run[row]]
        return Copy(run_id, int(copies.generation[row]), int(copies.index[row]), values)


def _id_of(copies: Copies, row: np.intp) -> str:
    return f"{int(copies.keys.high[row]):016x}{int(copies.keys.low[row]):016x}"
