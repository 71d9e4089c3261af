"""From checked inputs to the distinct rows of their union in the order of ranking.

Three passes at most: which genomes have copies that are not alike, unsorted or too many inputs
into sorted runs on disk, and the merge itself. Memory is bounded whatever the number of rows; the
rows are the same whatever the memory, the threads and the order of the inputs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.shards.disk.spill import require_space
from evosearch.shards.format.arrays import to_arrow
from evosearch.shards.format.conflicts import Memory
from evosearch.shards.format.discretion import redact_errors
from evosearch.shards.format.keys import RankKeys
from evosearch.shards.merging.blocks import Block, Part, settle
from evosearch.shards.merging.copies import Copies, remember_all
from evosearch.shards.merging.finders import Finders, RunNames
from evosearch.shards.merging.look import Look
from evosearch.shards.merging.runs import (
    BUFFER_BYTES,
    FileRun,
    MemoryRun,
    Run,
    SpilledRun,
    catch_unusable,
    conform,
    raise_together,
    read_bits,
    read_rows,
)
from evosearch.shards.merging.scan import FirstPass, Scan
from evosearch.shards.merging.stream import Crew, merge_runs, run_ahead
from evosearch.shards.reading.check import Checked
from evosearch.shards.reading.pages import MAX_PAGE_BYTES
from evosearch.shards.writing.store import PAGE_BYTES
from evosearch.system.open_files import count_openable

MIN_BATCH_ROWS, MAX_BATCH_ROWS = 2048, 131_072
_FEW_ROWS = 128
MIN_FAN_IN = 4
# Rows that all runs hold together: reading more of them at once saves no more time.
_HELD_ROWS = 2_000_000
# Rows that are spilled, and later read back, together: so few that hundreds of runs can be open.
_SPILLED_ROWS = 4096
# A row's bytes while it is read, held, gathered and written, in multiples of its width.
_COPIES = 6

Tell = Callable[[int], None]


@dataclass(frozen=True)
class Means:
    """What a merge may use.

    Attributes
    ----------
    memory_bytes : int
    n_threads : int
    folder : Path
        For what does not fit in memory.
    """

    memory_bytes: int
    n_threads: int
    folder: Path


class Engine:
    """One merge of inputs that measured the same thing.

    Parameters
    ----------
    items : sequence of Checked
        Usable, each content once.
    schema : pyarrow.Schema
        Of `make_working_schema`.
    measured : sequence of str
        Of `schema.list_measured`.
    means : Means
    tell : callable
        Given how many more rows were read in the pass under way.

    Attributes
    ----------
    names : RunNames
    first_pass : FirstPass or None
        After `scan`.
    """

    def __init__(
        self, items: Sequence[Checked], schema: pa.Schema, measured: Sequence[str], means: Means,
        tell: Tell,
    ) -> None:  # fmt: skip
        self.items, self.schema, self.means, self._tell = items, schema, means, tell
        self.names = RunNames(measured)
        self.first_pass: FirstPass | None = None
        self._row_bytes = estimate_row_bytes(schema)
        self._numbers = itertools.count()

    def scan(self, crew: Crew) -> FirstPass:
        """The first pass.

        Raises
        ------
        UnusableInputs
        """
        limit = max(1, self.means.memory_bytes // 4)
        scan = Scan(self.items, self.names, self.means.folder, limit, self._tell)
        self.first_pass = scan.run(crew)
        self.names.is_settled = True
        return self.first_pass

    def blocks(self, crew: Crew, ahead: bool = True) -> Iterator[Block]:
        """The distinct rows, best first.

        Raises
        ------
        UnusableInput
        """
        found = self.first_pass
        ghosts = [] if found is None else found.look.ghosts
        runs: list[Run] = []
        for number, item in enumerate(self.items):
            dropped = None if found is None else found.look.dropped[number]
            if found is None or found.is_sorted[number]:
                runs.append(FileRun(item, self.schema, self.names, dropped))
            else:
                runs += self._sort(item, dropped)
        if len(runs) > self._fan_in(runs):
            require_space(self.means.folder, sum(run.n_rows for run in runs) * self._row_bytes)
        while len(runs) > (fan_in := self._fan_in(runs)):
            n_groups = -(-len(runs) // fan_in)
            bounds = np.linspace(0, len(runs), n_groups + 1).astype(int)
            runs = [
                self._spill(runs[start:stop], crew, ahead)
                for start, stop in itertools.pairwise(bounds)
            ]
        runs += [MemoryRun(part) for part in ghosts]
        yield from self._merge(runs, crew)

    def best(self, n_rows: int, crew: Crew) -> tuple[Block, Memory]:
        """The best rows, exactly, from the first rows of sorted inputs.

        A genome's first row in the ranking is its best one, so no key has to be known before.
        Only who found it with a worse measurement is not known, and of conflicts what merged
        inputs remember.

        Raises
        ------
        UnusableInput, UnusableInputs
        """
        block = self._find_best(n_rows, crew)
        look = Look(self.names, [len(block.keys)])
        known = remember_all(self.items, self.names)
        if known:
            ids = np.concatenate([copies.keys.low for copies in known])
            rows = np.flatnonzero(np.isin(block.keys.low, ids))
            look.settle(Copies.join([Copies.of(block.rows, rows, 0, 0, self.names), *known]))
            block = settle([Part(block.rows, block.keys, block.finders), *look.ghosts], self.names)
        return block, look.memory

    def _find_best(self, n_rows: int, crew: Crew) -> Block:
        def start(item: Checked) -> list[Run]:
            if item.is_sorted:
                return [FileRun(item, self.schema, self.names)]
            return list(self._sort(item, None))

        started = raise_together(catch_unusable(start, item) for item in self.items)
        runs: list[Run] = [run for some in started for run in some]
        fan_in = self._fan_in(runs)
        # The best of the best of parts are the best of all.
        while True:
            groups = [runs[start : start + fan_in] for start in range(0, len(runs), fan_in)]
            blocks = [self._best_of(group, n_rows, crew) for group in groups]
            if len(blocks) == 1:
                return blocks[0]
            if not blocks:
                return settle([_nothing(self.schema)], self.names)
            runs = [MemoryRun(Part(block.rows, block.keys, block.finders)) for block in blocks]

    def _best_of(self, runs: Sequence[Run], n_rows: int, crew: Crew) -> Block:
        # The best rows are spread over the runs, more or less.
        few = max(_FEW_ROWS, 4 * n_rows // max(1, len(runs)))
        batch_rows = min(self._batch_rows(len(runs)), few)
        parts: list[Part] = []
        seen: set[tuple[int, int]] = set()
        blocks = merge_runs(runs, batch_rows, self.names, crew, is_eager=False)
        for block in blocks:
            keep = np.zeros(len(block.keys), np.bool_)
            ids = zip(block.keys.high.tolist(), block.keys.low.tolist(), strict=True)
            for row, genome_id in enumerate(ids):
                if len(seen) == n_rows:
                    break
                keep[row] = genome_id not in seen
                seen.add(genome_id)
            rows = block.rows.filter(to_arrow(keep, pa.bool_()))
            parts.append(
                Part(rows, block.keys.take(np.flatnonzero(keep)), block.finders.take(keep))
            )
            self._tell(len(rows))
            if len(seen) == n_rows:
                break
        blocks.close()
        return settle(parts or [_nothing(self.schema)], self.names)

    def _merge(self, runs: Sequence[Run], crew: Crew) -> Iterator[Block]:
        n_rows = self._batch_rows(len(runs))
        for block in merge_runs(runs, n_rows, self.names, crew):
            self._tell(len(block.keys))
            yield block

    def _spill(self, runs: Sequence[Run], crew: Crew, ahead: bool) -> SpilledRun:
        blocks = self._merge(runs, crew)
        path = self.means.folder / f"run-{next(self._numbers):06d}"
        return SpilledRun(path, run_ahead(blocks) if ahead else blocks, _SPILLED_ROWS, self.names)

    def _sort(self, item: Checked, dropped: NDArray[np.uint8] | None) -> Iterator[Run]:
        """Sorted runs of the rows of a file that is not sorted."""
        n_rows = max(MIN_BATCH_ROWS, self.means.memory_bytes // (self._row_bytes * _COPIES))
        require_space(self.means.folder, item.n_rows * self._row_bytes)
        held: list[Part] = []
        start = n_held = 0
        for table in read_rows(item, min(n_rows, MAX_BATCH_ROWS)):
            keys, finders = RankKeys.of(table), Finders.of(table, self.names)
            rows = conform(redact_errors(table), self.schema)
            if dropped is not None:
                keep = ~read_bits(dropped, start, len(table))
                rows = rows.filter(to_arrow(keep, pa.bool_()))
                keys, finders = keys.take(np.flatnonzero(keep)), finders.take(keep)
            start += len(table)
            held.append(Part(rows, keys, finders))
            n_held += len(rows)
            if n_held >= n_rows:
                yield self._spill_sorted(held)
                held, n_held = [], 0
        if n_held:
            yield self._spill_sorted(held)

    def _spill_sorted(self, held: Sequence[Part]) -> SpilledRun:
        path = self.means.folder / f"run-{next(self._numbers):06d}"
        return SpilledRun(path, [settle(held, self.names)], _SPILLED_ROWS, self.names)

    def _fan_in(self, runs: Sequence[Run]) -> int:
        """How many of these runs may be open at once."""
        per_run = _SPILLED_ROWS * self._row_bytes
        if not all(isinstance(run, SpilledRun) for run in runs):
            # A file's reader holds a page of every column.
            largest = max(_page_bytes(item) for item in self.items)
            n_rows = max(item.n_rows for item in self.items)
            pages = [min(largest, n_rows * _width(field.type)) for field in self.schema]
            per_run = max(per_run, sum(pages)) + BUFFER_BYTES * len(pages) // 2
        per_run = 2 * per_run + MIN_BATCH_ROWS * self._row_bytes * _COPIES
        by_memory = self.means.memory_bytes // 2 // per_run
        return max(MIN_FAN_IN, min(int(by_memory), count_openable()))

    def _batch_rows(self, n_runs: int) -> int:
        rows = self.means.memory_bytes // 2 // max(1, n_runs) // (self._row_bytes * _COPIES)
        rows = min(rows, _HELD_ROWS // max(1, n_runs))
        return int(min(MAX_BATCH_ROWS, max(MIN_BATCH_ROWS, rows)))


def _page_bytes(item: Checked) -> int:
    if item.unread:
        return max(item.page_bytes, PAGE_BYTES)  # the first row group's are small
    return item.page_bytes or MAX_PAGE_BYTES


def _nothing(schema: pa.Schema) -> Part:
    rows = schema.empty_table()
    return Part(rows, RankKeys.of(rows), Finders.none(0))


def estimate_row_bytes(schema: pa.Schema) -> int:
    """Bytes of a row in memory, about."""
    return sum(_width(field.type) for field in schema) + 24


def _width(kind: pa.DataType) -> int:
    if pa.types.is_fixed_size_binary(kind):
        return int(kind.byte_width)
    return 1 if pa.types.is_boolean(kind) else 8
