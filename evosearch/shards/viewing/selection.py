"""Rows of a ranking that pass a filter, in order of rank or of a column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evosearch.errors import UsageError
from evosearch.shards.format.arrays import to_arrow
from evosearch.shards.reading.ranked import Ranked, join
from evosearch.shards.viewing.filters import Sieve


def select(ranked: Ranked, sieve: Sieve | None = None, n: int | None = None) -> Iterator[pa.Table]:
    """Rows that pass, whole, in order of rank, until there are n.

    Only the columns of the filter are read of stretches where no row passes.
    """
    left = ranked.n_rows if n is None else min(n, ranked.n_rows)
    for piece in ranked.pieces():
        if left <= 0:
            return
        passes = None
        if sieve is not None and sieve.columns:
            passes = np.concatenate([sieve.mask(batch) for batch in piece.read(sieve.columns)])
            if not passes.any():
                continue
        start = 0
        for batch in piece.read(None):
            if left <= 0:
                return
            rows = batch
            if passes is not None:
                hits = np.flatnonzero(passes[start : start + len(batch)])[:left]
                rows = batch.take(to_arrow(hits.astype(np.int64), pa.int64()))
            start += len(batch)
            rows = rows.slice(0, left)
            left -= len(rows)
            if len(rows):
                yield rows


def select_sorted(
    ranked: Ranked, sieve: Sieve | None, n: int | None, column: str, descending: bool
) -> pa.Table:
    """The first n rows that pass, in the order of a column and then of rank; nulls last.

    Raises
    ------
    UsageError
        The column holds lists.
    """
    if pa.types.is_list(ranked.schema.field(column).type):
        raise UsageError(f"--sort {column}: a list of names has no order.")
    best = ranked.schema.empty_table()
    for rows in select(ranked, sieve):
        both = join([best, rows], ranked.schema)
        key = both.column(column)
        if pa.types.is_dictionary(key.type):
            key = key.cast(pa.string())
        order = pc.sort_indices(
            pa.table({"key": key, "rank": both.column("rank")}),
            sort_keys=[("key", "descending" if descending else "ascending"), ("rank", "ascending")],
        )
        best = both.take(order if n is None else order[: min(n, len(order))])
    return best
