"""What each run and each machine contributed to a ranking, counted in one pass over it.

A row of a run is new (no other run found its genome), a duplicate inside its machine (only runs of
this machine found it), or a duplicate across machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
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
        feasible = to_numpy(one_chunk(batch.column("feasible")))
        rows, codes = _mentions(one_chunk(batch.column("found_by")), run_of)
        host_rows, host_codes = _distinct_pairs(rows, host_of_run[codes], len(host_names))
        n_hosts = np.bincount(host_rows, minlength=len(batch))
        n_runs = np.bincount(rows, minlength=len(batch))
        is_across = n_hosts > 1
        fitness, is_shared = batch.column("fitness"), is_across[host_rows]
        runs.add(rows, codes, n_runs[rows] == 1, is_across[rows], feasible, fitness, start)
        machines.add(host_rows, host_codes, ~is_shared, is_shared, feasible, fitness, start)
        start += len(batch)
    return Counts(
        ranked.n_rows,
        dict(zip(run_names, runs.results(), strict=True)),
        dict(zip(host_names, machines.results(), strict=True)),
    )


class _Tally:
    def __init__(self, n: int) -> None:
        self.counts = np.zeros((3, n), np.int64)
        self.best = np.full(n, -1, np.int64)
        self.fitness: list[float | None] = [None] * n

    def add(
        self,
        rows: NDArray[np.int64],
        codes: NDArray[np.int64],
        is_new: NDArray[np.bool_],
        is_across: NDArray[np.bool_],
        feasible: NDArray[np.bool_],
        fitness: Any,
        start: int,
    ) -> None:
        n = len(self.best)
        self.counts[0] += np.bincount(codes, minlength=n)
        self.counts[1] += np.bincount(codes[is_new], minlength=n)
        self.counts[2] += np.bincount(codes[is_across], minlength=n)
        good = feasible[rows]
        names, first = np.unique(codes[good], return_index=True)
        for name, place in zip(names, rows[good][first], strict=True):
            if self.best[name] < 0:
                self.best[name] = start + place
                self.fitness[name] = fitness[int(place)].as_py()

    def results(self) -> list[Brought]:
        found = []
        for k, place in enumerate(self.best.tolist()):
            n_distinct, n_new, n_across = self.counts[:, k].tolist()
            rank = place + 1 if place >= 0 else None
            found.append(Brought(n_distinct, n_new, n_across, rank, self.fitness[k]))
        return found


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
    if (rows[1:] > rows[:-1]).all():
        return rows, codes  # one name a row, as nearly always
    pairs = np.unique(rows * max(1, n_codes) + codes)
    return pairs // max(1, n_codes), pairs % max(1, n_codes)
