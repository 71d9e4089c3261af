"""Rows of a ranking that pass a filter, in order of rank or of a column."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evosearch.errors import UsageError
from evosearch.shards.disk.spill import open_spill
from evosearch.shards.format.arrays import one_chunk, to_arrow, to_numpy
from evosearch.shards.reading.ranked import Ranked, join
from evosearch.shards.viewing.filters import Sieve

# So many rows of a sorted result are put together at a time, in at most so many files.
STRETCH_ROWS, _MAX_STRETCHES = 131_072, 200
_GOAL = "evosearch_goal"


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
) -> Iterator[pa.Table]:
    """The first n rows that pass, in the order of a column and then of rank; nulls last.

    In memory are the column and the place of the rows wanted, and one stretch of the result. The
    rows of a file are read once more and spread over files, one for each stretch.

    Raises
    ------
    UsageError
        The column holds lists.
    """
    if pa.types.is_list(ranked.schema.field(column).type):
        raise UsageError(f"--sort {column}: a list of names has no order.")
    places = _sort(ranked, sieve, n, column, descending)
    if ranked.table is None:
        return _spread(ranked, places)
    stretches = (places[k : k + STRETCH_ROWS] for k in range(0, len(places), STRETCH_ROWS))
    return (ranked.table.take(to_arrow(some, pa.int64())) for some in stretches)


def _sort(
    ranked: Ranked, sieve: Sieve | None, n: int | None, column: str, descending: bool
) -> NDArray[np.int64]:
    """The places of the first n rows that pass, in the order of a column and then of rank."""
    names = [*dict.fromkeys([column, *(sieve.columns if sieve else ())])]
    key = ranked.schema.empty_table().column(column)
    places, start = np.empty(0, np.int64), 0
    held: list[tuple[pa.ChunkedArray, NDArray[np.int64]]] = []
    n_held = 0
    for batch in ranked.batches(names):
        keys, here = batch.column(column), np.arange(start, start + len(batch))
        if sieve:
            passes = sieve.mask(batch)
            keys, here = keys.filter(to_arrow(passes, pa.bool_())), here[passes]
        held.append((keys, here))
        n_held += len(here)
        start += len(batch)
        if n is not None and n_held > n + STRETCH_ROWS:
            # The first n so far come first: of equal rows they have the better rank.
            key, places = _join([(key, places), *held])
            order = _order(key, descending)[:n]
            key, places = key.take(to_arrow(order, pa.int64())), places[order]
            held.clear()
            n_held = 0
    key, places = _join([(key, places), *held])
    return places[_order(key, descending)[:n]]


def _join(
    parts: list[tuple[pa.ChunkedArray, NDArray[np.int64]]],
) -> tuple[pa.ChunkedArray, NDArray[np.int64]]:
    """Keys and places, one part after another; dictionaries are unified."""
    key = pa.chunked_array([chunk for keys, _ in parts for chunk in keys.chunks], parts[0][0].type)
    if pa.types.is_dictionary(key.type):
        key = pa.chunked_array([one_chunk(key)])
    return key, np.concatenate([places for _, places in parts])


def _order(key: pa.ChunkedArray, descending: bool) -> NDArray[np.int64]:
    """Row numbers in the order of their keys, nulls last."""
    if pa.types.is_dictionary(key.type):
        coded = one_chunk(key)
        ranks = np.argsort(to_numpy(pc.sort_indices(coded.dictionary)).astype(np.int64))
        key = to_arrow(ranks, pa.int64()).take(coded.indices)
    direction = "descending" if descending else "ascending"
    found = pc.sort_indices(key, sort_keys=[("", direction)])  # keeps the order of equal ones
    order: NDArray[np.int64] = to_numpy(found).astype(np.int64)
    return order


def _spread(ranked: Ranked, places: NDArray[np.int64]) -> Iterator[pa.Table]:
    """Rows of a file in another order, piece by piece."""
    goals = np.argsort(places)
    places = places[goals]
    with contextlib.ExitStack() as stack:
        stretches = _Stretches(len(places), stack)
        for piece in ranked.pieces():
            start = piece.start
            first, end = np.searchsorted(places, [start, start + piece.n_rows])
            if first == end:
                continue
            for batch in piece.read(None):
                first, end = np.searchsorted(places, [start, start + len(batch)])
                stretches.add(batch, places[first:end] - start, goals[first:end])
                start += len(batch)
        yield from stretches.read()


class _Stretches:
    """Rows on their way to their place in a result: in memory, or in a file for each stretch."""

    def __init__(self, n_rows: int, stack: contextlib.ExitStack) -> None:
        self._size = max(STRETCH_ROWS, -(-n_rows // _MAX_STRETCHES))
        self._held: list[list[pa.Table]] = [[] for _ in range(0, n_rows, self._size)]
        self._n_held, self._stack = 0, stack
        self._folder: Path | None = None
        self._writers: list[Any] = []

    def add(self, batch: pa.Table, chosen: NDArray[np.int64], goals: NDArray[np.int64]) -> None:
        """Take some rows of a batch, each with its place in the result."""
        order = np.argsort(goals)
        goals = goals[order]
        rows = batch.take(to_arrow(chosen[order], pa.int64()))
        rows = rows.append_column(_GOAL, to_arrow(goals, pa.int64()))
        ends = np.searchsorted(goals, np.arange(len(self._held) + 1) * self._size)
        for held, first, end in zip(self._held, ends[:-1], ends[1:], strict=True):
            if first < end:
                held.append(rows.slice(first, end - first))
        self._n_held += len(rows)
        if self._n_held > STRETCH_ROWS:
            self._spill(rows.schema)

    def _spill(self, schema: pa.Schema) -> None:
        if self._folder is None:
            self._folder = self._stack.enter_context(open_spill(Path(tempfile.gettempdir())))
            options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
            for k in range(len(self._held)):
                file = self._stack.enter_context(pa.OSFile(str(self._folder / str(k)), "wb"))
                writer = pa.ipc.new_stream(file, schema, options=options)
                self._writers.append(self._stack.enter_context(writer))
        for held, writer in zip(self._held, self._writers, strict=True):
            if held:
                writer.write_table(join(held, schema).combine_chunks())
                held.clear()
        self._n_held = 0

    def read(self) -> Iterator[pa.Table]:
        """All rows in the order of the result."""
        for k, held in enumerate(self._held):
            if self._folder is not None:
                self._writers[k].close()
                with pa.OSFile(str(self._folder / str(k)), "rb") as file:
                    held.append(pa.ipc.open_stream(file).read_all())
            rows = join(held, held[0].schema).combine_chunks()
            held.clear()
            order = np.argsort(to_numpy(one_chunk(rows.column(_GOAL))))
            yield rows.drop_columns([_GOAL]).take(to_arrow(order, pa.int64()))
