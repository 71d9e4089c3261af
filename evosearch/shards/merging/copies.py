"""Rows of genomes whose copies are not all alike, with everything that was measured in them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
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
from evosearch.shards.merging.finders import Finders, RunNames
from evosearch.shards.merging.standing import order_copies
from evosearch.shards.reading.check import Checked, list_metadata

PLACE_COLUMNS = ("run_id", "generation", "index")
# A row besides its measured values, and how often all of it is held while it is looked at.
_ROW_BYTES, _COPIES = 96, 4


@dataclass(frozen=True)
class Copies:
    """Copies of genomes, in any order.

    Attributes
    ----------
    keys : RankKeys
    values : ndarray of float64, shape (number of columns, n)
        Of `measured.read_measured`.
    run, generation, index : ndarray of int32, shape (n,)
        Number of the run, and the place in it.
    source : ndarray of int32, shape (n,)
        Number of the input; -1 for copies that merged files remember.
    row : ndarray of int64, shape (n,)
        Place in the input.
    finders : Finders
    """

    keys: RankKeys
    values: NDArray[np.float64]
    run: NDArray[np.int32]
    generation: NDArray[np.int32]
    index: NDArray[np.int32]
    source: NDArray[np.int32]
    row: NDArray[np.int64]
    finders: Finders

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def of(
        cls, rows: pa.Table, chosen: NDArray[np.intp], source: int, first_row: int, names: RunNames
    ) -> Copies:
        """Some rows of a piece of an input."""
        few = rows.take(to_arrow(chosen.astype(np.int64), pa.int64()))
        texts = read_texts(few.column("run_id"))
        return cls(
            RankKeys.of(few),
            read_measured(few, names.measured),
            names.encode(texts.names)[texts.codes],
            to_numpy(one_chunk(few.column("generation"))),
            to_numpy(one_chunk(few.column("index"))),
            np.full(len(few), source, np.int32),
            first_row + chosen,
            Finders.of(few, names),
        )

    @classmethod
    def remembered(cls, memory: Memory, names: RunNames) -> Copies:
        """What a merged file remembers."""
        measured = names.measured
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
        return cls(
            RankKeys(tier, key, high, low),
            values,
            names.encode([copy.run_id for _, copy in flat]),
            np.array([copy.generation for _, copy in flat], np.int32),
            np.array([copy.position for _, copy in flat], np.int32),
            np.full(n, -1, np.int32),
            np.zeros(n, np.int64),
            Finders.none(n),
        )

    @classmethod
    def join(cls, parts: Sequence[Copies]) -> Copies:
        """Copies one after another; at least one part."""
        if len(parts) == 1:
            return parts[0]
        plain = {
            item.name: np.concatenate([getattr(part, item.name) for part in parts], axis=-1)
            for item in fields(cls)
            if item.name not in ("keys", "finders")
        }
        return cls(
            keys=RankKeys.join([part.keys for part in parts]),
            finders=Finders.join([part.finders for part in parts]),
            **plain,
        )

    def take(self, rows: NDArray[np.bool_]) -> Copies:
        """Some of them."""
        plain = {
            item.name: getattr(self, item.name)[..., rows]
            for item in fields(self)
            if item.name not in ("keys", "finders")
        }
        keys = self.keys.take(np.flatnonzero(rows))
        return Copies(keys=keys, finders=self.finders.take(rows), **plain)

    def order(self, names: RunNames) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Row numbers by genome, the copy that stands first; and where a genome begins."""
        by_id = np.lexsort((self.keys.low, self.keys.high))
        is_new = find_new(self.keys.high[by_id], self.keys.low[by_id])
        groups = np.empty(len(self), np.int64)
        groups[by_id] = np.cumsum(is_new) - 1
        levels = [
            self.keys.tier,
            self.keys.key,
            np.isnan(self.values).sum(axis=0),
            *self.values,
            names.ranks()[self.run],
            self.generation,
            self.index,
        ]
        return order_copies(groups, levels), is_new

    def write(self, file: BinaryIO) -> None:
        """Append them to a file, from which `read` takes them."""
        for array in self._arrays():
            np.save(file, array, allow_pickle=False)

    def _arrays(self) -> list[NDArray[np.generic]]:
        keys, finders = self.keys, self.finders
        return [
            keys.tier, keys.key, keys.high, keys.low, self.values, self.run, self.generation,
            self.index, self.source, self.row, finders.offsets, finders.codes, finders.conflict,
        ]  # fmt: skip

    @classmethod
    def read(cls, file: BinaryIO) -> Copies:
        """What one `write` wrote."""
        arrays = [np.load(file, allow_pickle=False) for _ in range(13)]
        values, run, generation, index, source, row = arrays[4:10]
        keys, finders = RankKeys(*arrays[:4]), Finders(*arrays[10:])
        return cls(keys, values, run, generation, index, source, row, finders)


class Collector:
    """All copies of a merge that are to be looked at, in memory or on disk.

    Parameters
    ----------
    folder : Path
        Where they go that outgrow memory.
    limit_bytes : int
        How much of them is held at once.
    n_rows, n_columns : int
        How many there will be, and measured columns of each.
    """

    def __init__(self, folder: Path, limit_bytes: int, n_rows: int, n_columns: int) -> None:
        self._folder = folder
        row_bytes = (_ROW_BYTES + 8 * n_columns) * _COPIES
        self._n_parts = max(1, -(-n_rows * row_bytes // max(1, limit_bytes)))
        self._limit_rows = max(1, limit_bytes // row_bytes)
        self._held: list[Copies] = []
        self._n_held = 0
        self._filled: set[int] = set()
        self._lock = threading.Lock()

    def add(self, copies: Copies) -> None:
        """Take in some rows; from any thread."""
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
                held.take(part == number).write(file)
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


def remember_all(items: Iterable[Checked], names: RunNames) -> list[Copies]:
    """What merged files remember, as copies."""
    memories = [metadata.measured for metadata in list_metadata(items)]
    return [Copies.remembered(memory, names) for memory in memories if memory.copies]
