"""The first pass of a merge: which genomes have copies that are not all alike.

Copies of a genome that were measured alike stand next to each other in the ranking and are
settled where they meet. The others are found here, by their keys and a digest of what was
measured, and looked at closely.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evosearch.shards.format.keys import RankKeys
from evosearch.shards.format.measured import Digester
from evosearch.shards.format.schema import CONFLICT
from evosearch.shards.merging.buckets import KeyBuckets
from evosearch.shards.merging.copies import PLACE_COLUMNS, Collector, Copies, remember_all
from evosearch.shards.merging.finders import Finders, RunNames
from evosearch.shards.merging.look import Look
from evosearch.shards.merging.runs import (
    UNSORTED,
    UnusableInput,
    catch_unusable,
    raise_together,
    read_bits,
    read_rows,
)
from evosearch.shards.merging.stream import Crew
from evosearch.shards.reading.check import Checked, Verdict
from evosearch.shards.reading.row_rules import RULED_COLUMNS, RULED_MERGED

SCAN_ROWS = 131_072
MIN_SCAN_ROWS = 2048


@dataclass(frozen=True)
class FirstPass:
    """What the first pass found.

    Attributes
    ----------
    is_sorted : list of bool
        For each input.
    look : Look
    """

    is_sorted: list[bool]
    look: Look


class Scan:
    """Reads the keys and measured columns of all inputs.

    Parameters
    ----------
    items : sequence of Checked
    names : RunNames
    folder : Path
        For what does not fit in memory.
    limit_bytes : int
        What may be held of rows that are looked at closely, and of keys.
    tell : callable
        Given the number of rows read since the last call.
    """

    def __init__(
        self, items: Sequence[Checked], names: RunNames, folder: Path, limit_bytes: int,
        tell: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._items, self._measured, self._names = items, names.measured, names
        self._folder, self._limit_bytes, self._tell = folder, limit_bytes, tell
        self._buckets = KeyBuckets(folder, limit_bytes)
        self._digester = Digester(self._measured)
        self._starts = np.concatenate([[0], np.cumsum([item.n_rows for item in items])])
        self._batch_rows = SCAN_ROWS

    def run(self, crew: Crew) -> FirstPass:
        """The whole pass.

        Raises
        ------
        UnusableInputs
        """
        room = self._limit_bytes // (16 * crew.n_threads * (len(self._measured) + 8))
        self._batch_rows = min(SCAN_ROWS, max(MIN_SCAN_ROWS, room))
        is_sorted = raise_together(
            crew.map(partial(catch_unusable, self._scan), range(len(self._items)))
        )
        look = Look(self._names, [item.n_rows for item in self._items])
        known = remember_all(self._items, self._names)
        ids = np.unique(np.concatenate([np.empty(0, np.uint64), *(k.keys.low for k in known)]))
        unlike = list(
            crew.map(lambda n: self._buckets.find_unlike(n, ids), self._buckets.find_filled())
        )
        marks = self._mark([rows for rows in unlike if len(rows)])
        if marks:
            n_marked = sum(int(np.unpackbits(bits).sum()) for bits in marks.values())
            collector = Collector(self._folder, self._limit_bytes, n_marked, len(self._measured))
            for copies in known:
                collector.add(copies)
            collect = partial(self._collect, marks=marks, collector=collector)
            raise_together(crew.map(partial(catch_unusable, collect), sorted(marks)))
            for copies in collector.parts():
                look.settle(copies)
        return FirstPass(is_sorted, look)

    def _scan(self, number: int) -> bool:
        """Hand a file's rows to the buckets; whether they are sorted."""
        item = self._items[number]
        is_sorted, last, first_row = True, None, int(self._starts[number])
        columns = [*RULED_COLUMNS, *RULED_MERGED, CONFLICT.name, *self._measured]
        for table in read_rows(item, self._batch_rows, _existing(item, columns)):
            keys = RankKeys.of(table)
            joined = keys if last is None else RankKeys.join([last, keys])
            is_sorted = is_sorted and joined.is_sorted()
            last = keys.take(slice(len(keys) - 1, len(keys)))
            conflict = Finders.read_conflict(table)
            self._buckets.add(keys, self._digester.digest(table), conflict, first_row)
            first_row += len(table)
            self._tell(len(table))
            if item.is_sorted and not is_sorted:
                raise UnusableInput(item, Verdict.DAMAGED, UNSORTED)
        return is_sorted

    def _mark(self, rows: Sequence[NDArray[np.uint64]]) -> dict[int, NDArray[np.uint8]]:
        """One bit per row of those inputs that have rows to look at."""
        marks: dict[int, NDArray[np.uint8]] = {}
        for part in rows:
            part.sort()
            bounds = np.searchsorted(part, self._starts.astype(np.uint64))
            for number in np.flatnonzero(np.diff(bounds)).tolist():
                here = part[bounds[number] : bounds[number + 1]] - np.uint64(self._starts[number])
                size = self._items[number].n_rows + 7 >> 3
                bits = marks.setdefault(number, np.zeros(size, np.uint8))
                bit = np.uint8(1) << (here & np.uint64(7)).astype(np.uint8)
                np.bitwise_or.at(bits, here >> np.uint64(3), bit)
        return marks

    def _collect(
        self, number: int, marks: dict[int, NDArray[np.uint8]], collector: Collector
    ) -> None:
        """Read the marked rows of an input once more, with all that is looked at."""
        item, bits, start = self._items[number], marks[number], 0
        columns = [*RULED_COLUMNS, *PLACE_COLUMNS, *RULED_MERGED, CONFLICT.name, *self._measured]
        for table in read_rows(item, self._batch_rows, _existing(item, columns)):
            chosen = np.flatnonzero(read_bits(bits, start, len(table)))
            if len(chosen):
                collector.add(Copies.of(table, chosen, number, start, self._names))
            start += len(table)


def _existing(item: Checked, columns: Sequence[str]) -> list[str]:
    assert item.schema is not None
    known = {*item.schema.names}
    return [name for name in dict.fromkeys(columns) if name in known]
