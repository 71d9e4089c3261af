"""Rows that behave alike as one row: of each behaviour a table shows the best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.problems.words import find_evidence
from evosearch.shards.format.arrays import is_null, one_chunk, to_arrow, to_numpy
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.merging.result import KEPT_ROWS
from evosearch.shards.reading.ranked import Ranked, join

# Of shards that are not merged, so many of the best are ranked to find some that differ.
N_RANKED = 1_000
# Of a ranking, rows that behave alike are looked for among so many of the best: as many as a merge
# keeps in memory.
N_FOLDED = KEPT_ROWS


@dataclass(frozen=True)
class Folded:
    """The best row of each behaviour, in the order of the rows.

    Attributes
    ----------
    table : pyarrow.Table
    counts : mapping of int to int
        By rank: how many rows behave so, this one included; only ranks that stand for several.
    """

    table: pa.Table
    counts: Mapping[int, int] = field(default_factory=dict)


def name_behaviour(metadata: ShardMetadata) -> str:
    """The column that is equal for rows that behave alike; empty if there is none."""
    evidence = find_evidence(metadata.problem.plain)
    return "" if evidence is None else evidence.behaviour


def fold_table(table: pa.Table, column: str, n: int | None = None) -> Folded:
    """The first `n` rows that behave differently; None for all of them."""
    if column not in table.schema.names:
        return Folded(table.slice(0, len(table) if n is None else min(n, len(table))))
    places, counts = _find_first(one_chunk(table[column]), n)
    return _describe(table.take(to_arrow(places, pa.int64())), counts)


def fold_ranking(ranked: Ranked, column: str, n: int | None = None, most: int = N_FOLDED) -> Folded:
    """The same of a ranking, among its best `most` rows."""
    n_read = min(most if n is None else max(n, most), ranked.n_rows)
    if column not in ranked.schema.names:
        return Folded(ranked.rows(0, n_read if n is None else min(n, n_read)))
    ids, n_left = [], n_read
    for batch in ranked.batches([column]):
        ids.append(batch.slice(0, n_left))
        n_left -= len(ids[-1])
        if not n_left:
            break
    whole = join(ids, pa.schema([ranked.schema.field(column)]))
    places, counts = _find_first(one_chunk(whole[column]), n)
    return _describe(take_rows(ranked, places), counts)


def find_alike(ranked: Ranked, column: str, value: int) -> list[int]:
    """The ranks, among the best `N_FOLDED`, of the rows that behave in one way."""
    found: list[int] = []
    start = 0
    for batch in ranked.batches([column]):
        ids = to_numpy(one_chunk(batch.slice(0, N_FOLDED - start)[column]))
        found += (np.flatnonzero(ids == value) + start + 1).tolist()
        start += len(batch)
        if start >= N_FOLDED:
            break
    return found


def _find_first(ids: pa.Array, n: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the place of the first of each id, in order, and how often it is there."""
    values = to_numpy(ids).astype(np.int64)
    missing = is_null(ids)
    if missing is not None:
        # Each row without one is like no other.
        values = np.where(missing, -1 - np.arange(len(values)), values)
    _, first, counts = np.unique(values, return_index=True, return_counts=True)
    order = np.argsort(first)[:n]
    return first[order].astype(np.int64), counts[order].astype(np.int64)


def take_rows(ranked: Ranked, places: NDArray[np.int64]) -> pa.Table:
    """Some rows in full, by their places in ascending order; what lies behind is not read."""
    found: list[pa.Table] = []
    start, last = 0, int(places[-1]) if len(places) else -1
    for batch in ranked.batches():
        if start > last:
            break
        inside = places[(places >= start) & (places < start + len(batch))] - start
        if len(inside):
            found.append(batch.take(to_arrow(inside, pa.int64())))
        start += len(batch)
    return join(found, ranked.schema)


def _describe(table: pa.Table, counts: NDArray[np.int64]) -> Folded:
    ranks = to_numpy(one_chunk(table["rank"])).tolist()
    pairs = zip(ranks, counts.tolist(), strict=True)
    return Folded(table, {rank: n for rank, n in pairs if n > 1})
