"""The first pass of a merge: which genomes have copies that are not all alike.

Copies that were measured alike are neighbours in the ranking: one of them is chosen where they
meet. Genomes with other copies are found here, by their keys and a digest of what was measured,
and examined (see `look`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.shards.format.keys import OrderCheck, RankKeys
from evosearch.shards.format.measured import Digester
from evosearch.shards.format.schema import CONFLICT
from evosearch.shards.merging.buckets import KeyBuckets
from evosearch.shards.merging.copies import Collector, Copies, remember_all
from evosearch.shards.merging.finders import Finders
from evosearch.shards.merging.job import Crew, Job
from evosearch.shards.merging.look import Look
from evosearch.shards.merging.runs import read_bits, set_bits
from evosearch.shards.merging.standing import PLACE_COLUMNS
from evosearch.shards.reading.checked import Checked, Verdict
from evosearch.shards.reading.row_rules import RULED_COLUMNS, RULED_MERGED
from evosearch.shards.reading.rows import UNSORTED, UnusableInput, read_rows

SCAN_ROWS = 131_072
MIN_SCAN_ROWS = 2048


class Scan:
    """Reads the keys and measured columns of all inputs.

    Parameters
    ----------
    job : Job
        A quarter of its memory holds keys and rows to examine.
    """

    def __init__(self, job: Job) -> None:
        self._job, self._limit_bytes = job, max(1, job.memory_bytes // 4)
        self._buckets = KeyBuckets(job.folder, self._limit_bytes)
        self._digester = Digester(job.measured)
        self._starts = np.concatenate([[0], np.cumsum([item.n_rows for item in job.items])])
        self._batch_rows = SCAN_ROWS

    def run(self, crew: Crew) -> tuple[list[bool], Look]:
        """The whole pass: whether each input is sorted, and what the close look found.

        Raises
        ------
        UnusableInput
        """
        job, buckets = self._job, self._buckets
        room = self._limit_bytes // (16 * crew.n_threads * (len(job.measured) + 8))
        self._batch_rows = min(SCAN_ROWS, max(MIN_SCAN_ROWS, room))
        is_sorted = crew.do_all(self._scan, range(len(job.items)))
        look = Look(job, [item.n_rows for item in job.items])
        remembered = remember_all(job)
        ids = np.unique(np.concatenate([np.empty(0, np.uint64), *(k.keys.low for k in remembered)]))
        unlike = list(crew.map(lambda n: buckets.find_unlike(n, ids), buckets.find_filled()))
        marks = self._mark([rows for rows in unlike if len(rows)])
        if marks:
            n_marked = sum(int(np.unpackbits(bits).sum()) for bits in marks.values())
            collector = Collector(job, self._limit_bytes, n_marked)
            for copies in remembered:
                collector.add(copies)
            crew.do_all(partial(self._collect, marks=marks, collector=collector), sorted(marks))
            for copies in collector.parts():
                look.examine(copies)
        return is_sorted, look

    def _scan(self, number: int) -> bool:
        """Add a file's rows to the buckets; returns whether they are sorted."""
        item = self._job.items[number]
        is_sorted, order, first_row = True, OrderCheck(), int(self._starts[number])
        for table in self._read(item):
            keys = RankKeys.of(table)
            is_sorted = is_sorted and order.find_unsorted(keys) is None
            conflict = Finders.read_conflict(table)
            self._buckets.add(keys, self._digester.digest(table), conflict, first_row)
            first_row += len(table)
            self._job.tell(len(table))
            if item.is_sorted and not is_sorted:
                raise UnusableInput(item, Verdict.DAMAGED, UNSORTED)
        return is_sorted

    def _mark(self, rows: Sequence[NDArray[np.uint64]]) -> dict[int, NDArray[np.uint8]]:
        """One bit per row of those inputs that have rows to examine."""
        marks: dict[int, NDArray[np.uint8]] = {}
        for part in rows:
            part.sort()
            bounds = np.searchsorted(part, self._starts.astype(np.uint64))
            for number in np.flatnonzero(np.diff(bounds)).tolist():
                here = part[bounds[number] : bounds[number + 1]] - np.uint64(self._starts[number])
                size = self._job.items[number].n_rows + 7 >> 3
                bits = marks.setdefault(number, np.zeros(size, np.uint8))
                set_bits(bits, here.astype(np.int64))
        return marks

    def _collect(
        self, number: int, marks: dict[int, NDArray[np.uint8]], collector: Collector
    ) -> None:
        """Read the marked rows of an input once more, with all columns to examine."""
        item, bits, start = self._job.items[number], marks[number], 0
        for table in self._read(item, PLACE_COLUMNS):
            chosen = np.flatnonzero(read_bits(bits, start, len(table)))
            if len(chosen):
                collector.add(Copies.of(table, chosen, number, start, self._job))
            start += len(table)

    def _read(self, item: Checked, more: Sequence[str] = ()) -> Iterator[pa.Table]:
        """The columns that rules, keys and digests need, and some more, if the file has them."""
        assert item.schema is not None
        wanted = {*RULED_COLUMNS, *RULED_MERGED, CONFLICT.name, *self._job.measured, *more}
        columns = [name for name in item.schema.names if name in wanted]
        return read_rows(item, self._batch_rows, columns)
