"""One block of a merge: rows that stand next to each other in the ranking, of all runs at once.

A block holds every copy of its genomes that has their best rank, so that each genome is settled
within one block. Copies that are not like the best were found and left out before (see `look`);
what is left of them here are ghosts: rows without content that only say who found a genome, and
whether its copies are in conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.shards.format.arrays import one_chunk, to_arrow
from evosearch.shards.format.keys import RankKeys, find_new
from evosearch.shards.merging.finders import Finders, RunNames
from evosearch.shards.merging.standing import order_rows


@dataclass(frozen=True)
class Part:
    """Rows of one run that belong to a block.

    Attributes
    ----------
    rows : pyarrow.Table or None
        None for ghosts.
    keys : RankKeys
    finders : Finders
    """

    rows: pa.Table | None
    keys: RankKeys
    finders: Finders


@dataclass(frozen=True)
class Block:
    """Distinct rows in the order of ranking.

    Attributes
    ----------
    rows : pyarrow.Table
        Without `rank` and `found_by`.
    keys : RankKeys
    finders : Finders
    """

    rows: pa.Table
    keys: RankKeys
    finders: Finders

    def take(self, rows: slice) -> Block:
        """Some of the rows."""
        return Block(
            self.rows.slice(rows.start, rows.stop - rows.start),
            self.keys.take(rows),
            self.finders.take(rows),
        )


def settle(parts: Sequence[Part], names: RunNames) -> Block:
    """One row per genome, best first, with all who found it.

    Parameters
    ----------
    parts : sequence of Part
        At least one with rows.
    names : RunNames
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
        _choose(first, order, is_new, groups, rows, keys, names)
    indices = to_arrow(first.astype(np.int64), pa.int64())
    columns = [one_chunk(column).take(indices) for column in rows.columns]
    chosen = pa.Table.from_arrays(columns, schema=rows.schema)
    return Block(chosen, keys.take(first), finders.union(groups, n_groups, names))


def _choose(
    first: NDArray[np.intp],
    order: NDArray[np.intp],
    is_new: NDArray[np.bool_],
    groups: NDArray[np.int64],
    rows: pa.Table,
    keys: RankKeys,
    names: RunNames,
) -> None:
    """Put the row that stands for each genome into `first`, where several tie."""
    joins = ~is_new
    in_group = np.flatnonzero(joins | np.append(joins[1:], False))
    members = order[in_group]
    members = members[members < len(rows)]  # never a ghost
    # A worse measurement of the same genome may follow its best one: it never stands for it.
    best = first[groups[members]]
    is_best = (keys.tier[members] == keys.tier[best]) & (keys.key[members] == keys.key[best])
    members = members[is_best]
    measured = () if names.is_settled else names.measured
    members = order_rows(rows, members, groups[members], measured)
    group = groups[members]
    begins = np.append(True, group[1:] != group[:-1])
    first[group[begins]] = members[begins]
