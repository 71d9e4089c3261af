"""Rows of genomes whose copies are not all alike, with everything that was measured in them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.ranking import compute_rank_keys
from evosearch.shards.disk.files import remove
from evosearch.shards.format.arrays import one_chunk, to_arrow, to_numpy
from evosearch.shards.format.conflicts import Memory
from evosearch.shards.format.keys import RankKeys, find_new, read_texts
from evosearch.shards.format.measured import OK, read_measured
from evosearch.shards.merging.finders import Finders
from evosearch.shards.merging.job import Job
from evosearch.shards.merging.standing import PLACE_COLUMNS, compare_values, order_copies
from evosearch.shards.reading.checked import list_metadata

# Rows of `Copies.origin`.
RUN, GENERATION, INDEX, SOURCE, ROW = range(5)
# A row besides its measured values, and how many times it is held while it is examined.
_ROW_BYTES, _COPIES = 96, 4


@dataclass(frozen=True)
class Copies:
    """Copies of genomes, in any order.

    Attributes
    ----------
    keys : RankKeys
    values : ndarray of float64, shape (number of columns, n)
        Of `measured.read_measured`.
    origin : ndarray of int64, shape (5, n)
        Number of the run, generation and index; number of the input (-1 for a copy that a merged
        file remembers) and row in it.
    finders : Finders
    """

    keys: RankKeys
    values: NDArray[np.float64]
    origin: NDArray[np.int64]
    finders: Finders

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(
        cls, rows: pa.Table, chosen: NDArray[np.intp], source: int, first_row: int, job: Job
    ) -> Copies:
        """Some rows of a piece of an input."""
        few = rows.take(to_arrow(chosen.astype(np.int64), pa.int64()))
        texts = read_texts(few.column("run_id"))
        run = job.names.encode(texts.names)[texts.codes]
        place = [to_numpy(one_chunk(few.column(name))) for name in PLACE_COLUMNS[1:]]
        origin = np.array([run, *place, np.full(len(few), source), first_row + chosen], np.int64)
        values = read_measured(few, job.measured)
        return cls(RankKeys.of(few), values, origin, Finders.of(few, job.names))

    @classmethod
    def remembered(cls, memory: Memory, job: Job) -> Copies:
        """What a merged file remembers."""
        measured = job.measured
        flat = [(key, copy) for key, copies in memory.copies.items() for copy in copies]
        n = len(flat)
        values = np.full((len(measured), n), np.nan)
        stated = np.array([copy.values for _, copy in flat]).reshape(n, len(memory.columns)).T
        for place, name in enumerate(memory.columns):
            if name in measured:
                values[measured.index(name)] = stated[place]
        ids = np.array([[int(key[:16], 16), int(key[16:], 16)] for key, _ in flat], np.uint64)
        high, low = ids.reshape(n, 2).T.copy()
        feasible, fitness, status, violation = (
            values[measured.index(name)] for name in ("feasible", "fitness", "status", "violation")
        )
        is_feasible = (feasible == 1) & ~np.isnan(fitness)
        tier, key = compute_rank_keys(status == OK, is_feasible, fitness, np.nan_to_num(violation))
        origin = np.zeros((5, n), np.int64)
        origin[RUN] = job.names.encode([copy.run_id for _, copy in flat])
        origin[GENERATION] = [copy.generation for _, copy in flat]
        origin[INDEX] = [copy.position for _, copy in flat]
        origin[SOURCE] = -1
        return cls(RankKeys(tier, key, high, low), values, origin, Finders.none(n))

    @classmethod
    def join(cls, parts: Sequence[Copies]) -> Copies:
        """Copies one after another; at least one part."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            RankKeys.join([part.keys for part in parts]),
            np.concatenate([part.values for part in parts], axis=1),
            np.concatenate([part.origin for part in parts], axis=1),
            Finders.join([part.finders for part in parts]),
        )

    def take(self, rows: NDArray[np.intp]) -> Copies:
        """Some of them, in that order."""
        keys, finders = self.keys.take(rows), self.finders.take(rows)
        return Copies(keys, self.values[:, rows], self.origin[:, rows], finders)

    def sort(self, job: Job) -> tuple[Copies, NDArray[np.bool_]]:
        """The same by genome, each one's best copy first; and where a genome begins."""
        by_id = np.lexsort((self.keys.low, self.keys.high))
        is_new = find_new(self.keys.high[by_id], self.keys.low[by_id])
        groups = np.empty(len(self), np.int64)
        groups[by_id] = np.cumsum(is_new) - 1
        place = job.names.ranks()[self.origin[RUN]], *self.origin[[GENERATION, INDEX]]
        levels = [self.keys.tier, self.keys.key, *compare_values(self.values), *place]
        return self.take(order_copies(groups, levels)), is_new

    def write(self, file: BinaryIO) -> None:
        """Append them to a file, from which `read` reads them."""
        keys, finders = self.keys, self.finders
        for array in (
            *keys.columns, self.values, self.origin,
            finders.offsets, finders.codes, finders.conflict,
        ):  # fmt: skip
            np.save(file, array, allow_pickle=False)

    @classmethod
    def read(cls, file: BinaryIO) -> Copies:
        """What one `write` wrote."""
        arrays = [np.load(file, allow_pickle=False) for _ in range(9)]
        return cls(RankKeys(*arrays[:4]), arrays[4], arrays[5], Finders(*arrays[6:]))


class Collector:
    """All copies of a merge that are to be examined, in memory or on disk.

    Parameters
    ----------
    job : Job
    limit_bytes : int
        How much of them is held at once.
    n_rows : int
        How many there will be.
    """

    def __init__(self, job: Job, limit_bytes: int, n_rows: int) -> None:
        self._folder = job.folder
        row_bytes = (_ROW_BYTES + 8 * len(job.measured)) * _COPIES
        self._n_parts = max(1, -(-n_rows * row_bytes // max(1, limit_bytes)))
        self._limit_rows = max(1, limit_bytes // row_bytes)
        self._held: list[Copies] = []
        self._n_held = 0
        self._filled: set[int] = set()
        self._lock = threading.Lock()

    def add(self, copies: Copies) -> None:
        """Add some rows; from any thread."""
        with self._lock:
            self._held.append(copies)
            self._n_held += len(copies)
            if self._n_parts > 1 and self._n_held > self._limit_rows:
                self._spill()

    def _spill(self) -> None:
        held, self._held, self._n_held = Copies.join(self._held), [], 0
        part = held.keys.low % np.uint64(self._n_parts)
        for number in np.unique(part).tolist():
            with self._path(number).open("ab") as file:
                held.take(np.flatnonzero(part == number)).write(file)
            self._filled.add(number)

    def _path(self, number: int) -> Path:
        return self._folder / f"copies-{number:06d}"

    def parts(self) -> Iterator[Copies]:
        """All copies, those of one genome together, as many at a time as may be held."""
        if not self._filled:
            if self._held:
                yield Copies.join(self._held)
            return
        if self._held:
            self._spill()
        for number in sorted(self._filled):
            with self._path(number).open("rb") as file:
                found = []
                while file.peek(1):
                    found.append(Copies.read(file))
            remove(self._path(number))
            yield Copies.join(found)


def remember_all(job: Job) -> list[Copies]:
    """What merged files among the inputs remember, as copies."""
    memories = [metadata.measured for metadata in list_metadata(job.items)]
    return [Copies.remembered(memory, job) for memory in memories if memory.copies]
