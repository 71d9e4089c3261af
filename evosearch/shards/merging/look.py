"""The close look at genomes whose copies are not all alike.

It chooses the copy that stands for each genome and drops the others. Ghosts keep who found the
dropped ones and whether there is a conflict. Their values are remembered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evosearch.shards.format.conflicts import (
    Copy,
    Memory,
    choose_copies,
    comparable,
    count_remembered,
    is_apart,
    round_values,
)
from evosearch.shards.format.measured import OK
from evosearch.shards.merging.blocks import Part
from evosearch.shards.merging.copies import GENERATION, INDEX, ROW, RUN, SOURCE, Copies
from evosearch.shards.merging.job import Job
from evosearch.shards.merging.runs import set_bits


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
    """All that the close look finds; `examine` adds to it.

    Parameters
    ----------
    job : Job
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

    def __init__(self, job: Job, sizes: Sequence[int]) -> None:
        self._job, self._measured, self._sizes = job, job.measured, sizes
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

    def examine(self, copies: Copies) -> None:
        """Examine genomes with all their copies, remembered ones among them."""
        copies, is_new = copies.sort(self._job)
        starts, group = np.flatnonzero(is_new), np.cumsum(is_new) - 1
        is_real = copies.origin[SOURCE] >= 0
        # The first real row stands, even before a better copy that a file remembers.
        best = np.where(is_real, np.arange(len(copies)), len(copies))
        best = np.minimum.reduceat(best, starts)
        is_here = best < len(copies)  # a top's memory may hold genomes that are not in it
        standing = np.where(is_here, best, starts)
        is_worse, is_unlike = _compare(copies, standing[group], group)
        is_worse &= is_real
        is_conflict = np.zeros(len(starts), np.bool_)
        is_conflict[group[copies.finders.conflict]] = True
        is_unlike &= is_here
        if is_unlike.any():
            # Most copies differ in their last bits only: they need no closer look.
            rows = np.flatnonzero(is_unlike[group])
            offsets = standing[is_unlike] - starts[is_unlike]
            is_conflict[is_unlike] |= self._judge(copies.take(rows), is_new[rows], offsets)
        is_conflict &= is_here
        self.n_conflicts += int(np.count_nonzero(is_conflict))
        worse = np.flatnonzero(is_worse)
        self._drop(*copies.origin[[SOURCE, ROW]][:, worse])
        # Ghosts are numbered in the order of ranking.
        keys = copies.keys.take(standing)
        by_rank = keys.order()
        place = np.empty(len(standing), np.int64)
        place[by_rank] = np.arange(len(standing))
        union = copies.finders.take(worse).union(
            place[group[worse]], len(standing), self._job.names
        )
        union.conflict[:] |= is_conflict[by_rank]
        needed = np.flatnonzero((union.counts > 0) | union.conflict)
        if len(needed):
            self.ghosts.append(Part(None, keys.take(by_rank[needed]), union.take(needed)))

    def _judge(
        self, copies: Copies, is_new: NDArray[np.bool_], offsets: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Which genomes are in conflict, given all their copies; remembers the values.

        Parameters
        ----------
        copies : Copies, n of them
            By genome, in the order of `standing`.
        is_new : ndarray of bool, shape (n,)
            Where a genome begins.
        offsets : ndarray of intp, shape (number of genomes,)
            Place of the row that stands among those of its genome.
        """
        starts = np.flatnonzero(is_new)
        standing, ends = starts + offsets, np.append(starts[1:], len(copies))
        self._note(copies.values, starts, standing)
        rounded = comparable(self._measured, copies.values)
        low = np.fmin.reduceat(rounded, starts, axis=1)
        high = np.fmax.reduceat(rounded, starts, axis=1)
        is_conflict = is_apart(low, high).any(axis=0)
        is_lost = np.isnan(rounded[:, standing]) & ~np.isnan(low)
        is_other = (is_lost | (low < high)).any(axis=0) & ~is_conflict
        n_most = count_remembered(len(self._measured))
        for kept, wanted in ((self._conflicts, is_conflict), (self._others, is_other)):
            for number in np.flatnonzero(wanted)[:n_most].tolist():
                first, end = int(starts[number]), int(ends[number])
                genome_id = f"{int(copies.keys.high[first]):016x}{int(copies.keys.low[first]):016x}"
                chosen = choose_copies(rounded[:, first:end])
                kept[genome_id] = [self._copy(copies, first + row) for row in chosen]
            for genome_id in sorted(kept)[n_most:]:
                del kept[genome_id]
        return np.asarray(is_conflict)

    def _drop(self, sources: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        for source in np.unique(sources).tolist():
            bits = self.dropped[source]
            if bits is None:
                bits = self.dropped[source] = np.zeros(self._sizes[source] + 7 >> 3, np.uint8)
            set_bits(bits, rows[sources == source])

    def _note(
        self, values: NDArray[np.float64], starts: NDArray[np.intp], standing: NDArray[np.intp]
    ) -> None:
        """Count differences that are no conflict, in values grouped by genome."""
        is_ok = values[self._measured.index("status")] == OK
        n_ok = np.add.reduceat(is_ok, starts, dtype=np.int64)
        n_all = np.diff(np.append(starts, len(is_ok)))
        self.notes.n_not_ok += int(np.count_nonzero((n_ok > 0) & (n_ok < n_all)))
        for name, column in zip(self._measured, values, strict=True):
            is_blank = np.isnan(column)
            if not is_blank.any():
                continue
            is_lost = is_blank[standing]
            has_value = np.logical_or.reduceat(~is_blank, starts)
            # A copy that failed has no values; that is another note.
            lacks = np.logical_or.reduceat(is_blank & is_ok, starts) | is_lost
            for counter, rows in ((self.notes.blanks, lacks), (self.notes.lost, is_lost)):
                n = int(np.count_nonzero(rows & has_value))
                if n:
                    counter[name] += n

    def _copy(self, copies: Copies, row: int) -> Copy:
        run, generation, index = copies.origin[[RUN, GENERATION, INDEX], row].tolist()
        values = tuple(copies.values[:, row].tolist())
        return Copy(self._job.names.names[run], generation, index, values)


def _compare(
    copies: Copies, standing: NDArray[np.intp], group: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which copies are not like the one that stands, and which groups differ after rounding."""
    tier, key = copies.keys.tier, copies.keys.key
    differs = (tier != tier[standing]) | (key != key[standing])
    is_unlike = np.zeros(group[-1] + 1, np.bool_)
    for values in copies.values:
        rows = np.flatnonzero(_unlike(values, values[standing]))
        differs[rows] = True
        a, b = round_values(values[rows]), round_values(values[standing[rows]])
        is_unlike[group[rows[_unlike(a, b)]]] = True
    return differs, is_unlike


def _unlike(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((a != b) & ~(np.isnan(a) & np.isnan(b)))
