"""From checked inputs to the distinct rows of their union in the order of ranking.

There are three passes at most: find the genomes with copies that are not alike; write unsorted or
too many inputs to sorted runs on disk; merge. Memory is bounded for any number of rows. The result
does not depend on memory, threads or the order of the inputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from evosearch.shards.disk.spill import require_space
from evosearch.shards.format.conflicts import Memory
from evosearch.shards.format.keys import RankKeys
from evosearch.shards.merging.blocks import Block, Part, choose_rows
from evosearch.shards.merging.copies import Copies, remember_all
from evosearch.shards.merging.finders import Finders
from evosearch.shards.merging.job import Crew, Job, run_ahead
from evosearch.shards.merging.look import Look
from evosearch.shards.merging.runs import SPILLED_ROWS, FileRun, MemoryRun, Run, SpilledRun
from evosearch.shards.merging.scan import Scan
from evosearch.shards.merging.stream import merge_runs
from evosearch.shards.reading.checked import Checked
from evosearch.shards.reading.pages import MAX_PAGE_BYTES
from evosearch.shards.reading.rows import BUFFER_BYTES
from evosearch.shards.writing.store import PAGE_BYTES
from evosearch.system.open_files import count_openable

MIN_BATCH_ROWS, MAX_BATCH_ROWS = 2048, 131_072
_FEW_ROWS = 128
MIN_FAN_IN = 4
# Rows that all runs hold together: reading more of them at once is not faster.
_HELD_ROWS = 2_000_000
# How many copies of a row exist while it is read, held, gathered and written.
_COPIES = 6


class Engine:
    """The passes of one merge.

    Attributes
    ----------
    job : Job
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self._row_bytes = sum(_width(field.type) for field in job.schema) + 24  # about, in memory
        self._numbers = itertools.count()

    def scan(self, crew: Crew) -> Look:
        """The first pass.

        Raises
        ------
        UnusableInput
        """
        self._is_sorted, self._look = Scan(self.job).run(crew)
        self.job.is_scanned = True
        return self._look

    def blocks(self, crew: Crew) -> Iterator[Block]:
        """The distinct rows, best first; after `scan`.

        Raises
        ------
        UnusableInput
        """
        runs: list[Run] = []
        inputs = zip(self.job.items, self._is_sorted, self._look.dropped, strict=True)
        for item, is_sorted, dropped in inputs:
            run = FileRun(item, self.job, dropped, is_sorted)
            runs += [run] if is_sorted else self._sort(run)
        if len(runs) > self._fan_in(runs):
            require_space(self.job.folder, sum(run.n_rows for run in runs) * self._row_bytes)
        while len(runs) > (fan_in := self._fan_in(runs)):
            n_groups = -(-len(runs) // fan_in)
            bounds = np.linspace(0, len(runs), n_groups + 1).astype(int)
            runs = [
                self._spill(run_ahead(self._merge(runs[start:stop], crew)))
                for start, stop in itertools.pairwise(bounds)
            ]
        runs += [MemoryRun(part) for part in self._look.ghosts]
        yield from self._merge(runs, crew)

    def best(self, n_rows: int, crew: Crew) -> tuple[Block, Memory]:
        """The best rows, exactly, from the first rows of sorted inputs.

        A genome's first row in the ranking is its best one, so no first pass is needed. Unknown
        are those who found it with a worse measurement, and conflicts that no merged input
        remembers.

        Raises
        ------
        UnusableInput
        """
        block = self._find_best(n_rows, crew)
        look = Look(self.job, [len(block.keys)])
        remembered = remember_all(self.job)
        if remembered:
            ids = np.concatenate([copies.keys.low for copies in remembered])
            rows = np.flatnonzero(np.isin(block.keys.low, ids))
            look.examine(Copies.join([Copies.of(block.rows, rows, 0, 0, self.job), *remembered]))
            block = choose_rows([block, *look.ghosts], self.job)
        return block, look.memory

    def _find_best(self, n_rows: int, crew: Crew) -> Block:
        def start(item: Checked) -> list[Run]:
            run = FileRun(item, self.job, is_sorted=item.is_sorted)
            return [run] if item.is_sorted else list(self._sort(run))

        # One after the other, or memory would hold rows of several files to sort.
        runs = [run for some in Crew(1).do_all(start, self.job.items) for run in some]
        fan_in = self._fan_in(runs)
        # The best of the best of parts are the best of all.
        while True:
            starts = range(0, max(1, len(runs)), fan_in)
            blocks = [self._best_of(runs[k : k + fan_in], n_rows, crew) for k in starts]
            if len(blocks) == 1:
                return blocks[0]
            runs = [MemoryRun(block) for block in blocks]

    def _best_of(self, runs: Sequence[Run], n_rows: int, crew: Crew) -> Block:
        # The best rows are spread over the runs, more or less.
        few = max(_FEW_ROWS, 4 * n_rows // max(1, len(runs)))
        batch_rows = min(self._batch_rows(len(runs)), few)
        parts: list[Part] = []
        seen: set[tuple[int, int]] = set()
        blocks = merge_runs(runs, batch_rows, self.job, crew, is_eager=False)
        for block in blocks:
            keep = np.zeros(len(block.keys), np.bool_)
            ids = zip(block.keys.high.tolist(), block.keys.low.tolist(), strict=True)
            for row, genome_id in enumerate(ids):
                if len(seen) == n_rows:
                    break
                keep[row] = genome_id not in seen
                seen.add(genome_id)
            parts.append(block.keep(keep))
            self.job.tell(len(parts[-1].keys))
            if len(seen) == n_rows:
                break
        blocks.close()
        if not parts:
            nothing = self.job.schema.empty_table()
            parts = [Part(nothing, RankKeys.of(nothing), Finders.none(0))]
        return choose_rows(parts, self.job)

    def _merge(self, runs: Sequence[Run], crew: Crew) -> Iterator[Block]:
        n_rows = self._batch_rows(len(runs))
        for block in merge_runs(runs, n_rows, self.job, crew):
            self.job.tell(len(block.keys))
            yield block

    def _spill(self, blocks: Iterable[Block]) -> SpilledRun:
        path = self.job.folder / f"run-{next(self._numbers):06d}"
        return SpilledRun(path, blocks, self.job)

    def _sort(self, run: FileRun) -> Iterator[SpilledRun]:
        """Sorted runs of the rows of a file that is not sorted."""
        n_rows = max(MIN_BATCH_ROWS, self.job.memory_bytes // (self._row_bytes * _COPIES))
        require_space(self.job.folder, run.n_rows * self._row_bytes)
        held: list[Part] = []
        n_held = 0
        for part in run.parts(min(n_rows, MAX_BATCH_ROWS)):
            held.append(part)
            n_held += len(part.keys)
            if n_held >= n_rows:
                yield self._spill([choose_rows(held, self.job)])
                held, n_held = [], 0
        if n_held:
            yield self._spill([choose_rows(held, self.job)])

    def _fan_in(self, runs: Sequence[Run]) -> int:
        """How many runs like these may be open at once."""
        per_run = SPILLED_ROWS * self._row_bytes
        if not all(isinstance(run, SpilledRun) for run in runs):
            # A file's reader holds a page of every column.
            largest = max(_page_bytes(item) for item in self.job.items)
            n_rows = max(item.n_rows for item in self.job.items)
            pages = [min(largest, n_rows * _width(field.type)) for field in self.job.schema]
            per_run = max(per_run, sum(pages)) + BUFFER_BYTES * len(pages) // 2
        per_run = 2 * per_run + MIN_BATCH_ROWS * self._row_bytes * _COPIES
        by_memory = self.job.memory_bytes // 2 // per_run
        return max(MIN_FAN_IN, min(int(by_memory), count_openable()))

    def _batch_rows(self, n_runs: int) -> int:
        rows = self.job.memory_bytes // 2 // max(1, n_runs) // (self._row_bytes * _COPIES)
        rows = min(rows, _HELD_ROWS // max(1, n_runs))
        return int(min(MAX_BATCH_ROWS, max(MIN_BATCH_ROWS, rows)))


def _page_bytes(item: Checked) -> int:
    if item.unread:
        return max(item.page_bytes, PAGE_BYTES)  # the first row group's are small
    return item.page_bytes or MAX_PAGE_BYTES


def _width(kind: pa.DataType) -> int:
    if pa.types.is_fixed_size_binary(kind):
        return int(kind.byte_width)
    return 1 if pa.types.is_boolean(kind) else 8
