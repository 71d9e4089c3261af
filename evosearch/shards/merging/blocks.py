"""One block of a merge: neighbouring rows of the ranking, from all runs at once.

A block holds every copy of its genomes that has their best rank, so one block is enough to choose
the row of each genome. Copies that differ from the best were dropped before (see `look`). What
remains of them are ghosts: rows without content that only say who found a genome, and whether its
copies are in conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.shards.format.arrays import one_chunk, to_arrow
from evosearch.shards.format.keys import RankKeys, find_new
from evosearch.shards.merging.finders import Finders
from evosearch.shards.merging.job import Job
from evosearch.shards.merging.standing import order_rows


@dataclass(frozen=True)
class Part:
    """Rows in the order of ranking.

    Attributes
    ----------
    rows : pyarrow.Table or None
        Without `conflict`, `rank` and `found_by`; None for ghosts.
    keys : RankKeys
    finders : Finders
    """

    rows: pa.Table | None
    keys: RankKeys
    finders: Finders

    def cut(self, start: int, stop: int) -> Part:
        """Neighbouring rows."""
        rows = None if self.rows is None else self.rows.slice(start, stop - start)
        piece = slice(start, stop)
        return Part(rows, self.keys.take(piece), self.finders.take(piece))

    def keep(self, is_kept: NDArray[np.bool_]) -> Part:
        """Some of the rows."""
        assert self.rows is not None
        rows, places = self.rows.filter(to_arrow(is_kept, pa.bool_())), np.flatnonzero(is_kept)
        return Part(rows, self.keys.take(places), self.finders.take(places))


@dataclass(frozen=True)
class Block(Part):
    """Rows with content, one per genome."""

    rows: pa.Table


def choose_rows(parts: Sequence[Part], job: Job) -> Block:
    """One row per genome, best first, with all who found it.

    Parameters
    ----------
    parts : sequence of Part
        At least one with rows.
    job : Job
    """
    solid = [part for part in parts if part.rows is not None]
    parts = [*solid, *(part for part in parts if part.rows is None)]
    rows = pa.concat_tables([part.rows for part in solid]).unify_dictionaries()
    keys = RankKeys.join([part.keys for part in parts])
    finders = Finders.join([part.finders for part in parts])
    order = keys.order()
    is_new = find_new(keys.high[order], keys.low[order])
    n_groups = int(np.count_nonzero(is_new))
    groups = np.empty(len(order), np.int64)
    groups[order] = np.cumsum(is_new) - 1
    first = order[is_new]
    if n_groups < len(order):
        joins = ~is_new
        members = order[joins | np.append(joins[1:], False)]
        members = members[members < len(rows)]  # never a ghost
        # A worse measurement of the same genome may follow its best one: it is never chosen.
        best = first[groups[members]]
        is_best = (keys.tier[members] == keys.tier[best]) & (keys.key[members] == keys.key[best])
        members = members[is_best]
        measured = () if job.is_scanned else job.measured
        members = order_rows(rows, members, groups[members], measured)
        group = groups[members]
        begins = np.append(True, group[1:] != group[:-1])
        first[group[begins]] = members[begins]
    indices = to_arrow(first.astype(np.int64), pa.int64())
    columns = [one_chunk(column).take(indices) for column in rows.columns]
    chosen = pa.Table.from_arrays(columns, schema=rows.schema)
    return Block(chosen, keys.take(first), finders.union(groups, n_groups, job.names))
