"""What each run and each machine contributed to a ranking, counted in one pass over it.

A row of a run is new (no other run found its genome), a duplicate inside its machine (only runs of
this machine found it), or a duplicate across machines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evosearch.shards.format.arrays import one_chunk, to_numpy
from evosearch.shards.reading.ranked import Ranked


@dataclass
class Brought:
    """What one run or one machine contributed.

    Attributes
    ----------
    n_distinct : int
        Genomes it found.
    n_new : int
        Those that no other run, or no other machine, found.
    n_across : int
        Those that another machine found too.
    best_rank : int or None
        Of its best feasible row.
    """

    n_distinct: int = 0
    n_new: int = 0
    n_across: int = 0
    best_rank: int | None = None
    best_fitness: float | None = None


@dataclass(frozen=True)
class Counts:
    """A ranking in numbers."""

    n_rows: int
    runs: dict[str, Brought]
    machines: dict[str, Brought]


def count_contributions(ranked: Ranked) -> Counts:
    """Count a ranking by run and by machine."""
    sources = ranked.metadata.sources
    run_names = sorted(sources)
    hosts = [sources[name].host for name in run_names]
    host_names = sorted(set(hosts))
    run_of = {name: place for place, name in enumerate(run_names)}
    host_of_run = np.array([host_names.index(host) for host in hosts], np.int64)
    runs = _Tally(len(run_names))
    machines = _Tally(len(host_names))
    start = 0
    for batch in ranked.batches(["feasible", "fitness", "found_by"]):
        rows, codes = _mentions(one_chunk(batch.column("found_by")), run_of)
        host_rows, host_codes = _distinct_pairs(rows, host_of_run[codes], len(host_names))
        is_alone = np.bincount(rows, minlength=len(batch)) == 1
        is_across = np.bincount(host_rows, minlength=len(batch)) > 1
        runs.add(rows, codes, is_alone, is_across, batch, start)
        machines.add(host_rows, host_codes, ~is_across, is_across, batch, start)
        start += len(batch)
    return Counts(ranked.n_rows, runs.by_name(run_names), machines.by_name(host_names))


class _Tally:
    def __init__(self, n: int) -> None:
        self.counts = np.zeros((3, n), np.int64)
        self.best: list[tuple[int | None, float | None]] = [(None, None)] * n  # rank and fitness

    def add(
        self,
        rows: NDArray[np.int64],
        codes: NDArray[np.int64],
        is_new: NDArray[np.bool_],
        is_across: NDArray[np.bool_],
        batch: pa.Table,
        start: int,
    ) -> None:
        n, fitness = len(self.best), batch.column("fitness")
        self.counts[0] += np.bincount(codes, minlength=n)
        self.counts[1] += np.bincount(codes[is_new[rows]], minlength=n)
        self.counts[2] += np.bincount(codes[is_across[rows]], minlength=n)
        is_open = np.array([rank is None for rank, _ in self.best], np.bool_)
        good = to_numpy(one_chunk(batch.column("feasible")))[rows] & is_open[codes]
        names, first = np.unique(codes[good], return_index=True)
        for name, place in zip(names, rows[good][first], strict=True):
            self.best[name] = start + int(place) + 1, fitness[int(place)].as_py()

    def by_name(self, names: Sequence[str]) -> dict[str, Brought]:
        rows = zip(names, *self.counts.tolist(), self.best, strict=True)
        return {name: Brought(n, new, across, *best) for name, n, new, across, best in rows}


def _mentions(
    finders: Any, run_of: Mapping[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and number of each run named in a batch; unknown names are ignored."""
    flat = finders.flatten().dictionary_encode()
    lengths = to_numpy(pc.list_value_length(finders)).astype(np.int64)
    numbers = np.array([run_of.get(name, -1) for name in flat.dictionary.to_pylist()], np.int64)
    rows = np.repeat(np.arange(len(finders)), lengths)
    codes = numbers[to_numpy(flat.indices)] if len(numbers) else np.empty(0, np.int64)
    return _distinct_pairs(rows[codes >= 0], codes[codes >= 0], len(run_of))


def _distinct_pairs(
    rows: NDArray[np.int64], codes: NDArray[np.int64], n_codes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pairs = rows * n_codes + codes
    if (pairs[1:] > pairs[:-1]).all():
        return rows, codes  # as a merge writes them
    pairs = np.sort(pairs, kind="stable")  # quick, because nearly all are in order
    pairs = pairs[np.append(True, pairs[1:] > pairs[:-1])]
    return pairs // n_codes, pairs % n_codes
