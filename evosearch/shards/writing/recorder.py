"""Saves every row of a run: committed within a second or two, published as shards.

The loop fills rows in place in one buffer. Measured rows are committed to the run's journal about
every second. A full buffer, many rows in that second, or a few minutes publish a shard instead,
which replaces the commits before it. Another thread sorts, encodes and flushes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.population import Population
from evosearch.provenance import RunPlan
from evosearch.shards.format.schema import make_schema
from evosearch.shards.reading.summary import find_shards
from evosearch.shards.writing.excess import refuse_columns
from evosearch.shards.writing.journal import Journal
from evosearch.shards.writing.kept import count_files, to_population
from evosearch.shards.writing.recall import COMMITTED, NEW, PUBLISHED, Recall
from evosearch.shards.writing.shard_files import ShardFiles
from evosearch.tally import Tally

# The buffer, and so the largest shard: about 130 MB at 60 columns. Not a power of two: columns
# that far apart would fight for the same lines of the processor's cache.
MAX_ROWS = 250_000
SAVE_EVERY_S = 1.0
# From this many unsaved rows on a shard is published: a commit would only write them twice.
PUBLISH_ROWS = 32_768
PUBLISH_EVERY_S = 300.0


class Recorder:
    """The rows of one run on their way to disk.

    Parameters
    ----------
    plan : RunPlan
    publish : callable, optional
        Gets the path and the number of rows of every published shard.
    journal : Journal, optional
        Where rows are committed; without one they are only published.
    recall : Recall, optional
        What an interrupted run has on disk already.
    save_every_s : float
        Seconds between commits.

    Raises
    ------
    UsageError
        There are more columns, or longer names, than a shard may have.
    """

    def __init__(
        self,
        plan: RunPlan,
        publish: Callable[[Path, int], None] | None = None,
        journal: Journal | None = None,
        recall: Recall | None = None,
        save_every_s: float = SAVE_EVERY_S,
    ) -> None:
        self.folder = plan.results
        self.paths: list[Path] = []
        self._run_id = plan.run_id
        self._n_genes, self._n_metrics = len(plan.space), len(plan.metrics)
        schema = make_schema(plan.space, plan.metrics, plan.int_metrics)
        refuse_columns(schema)
        self._files = ShardFiles(plan, schema, journal)
        self._publish = publish or (lambda path, n_rows: None)
        self._journal, self._recall = journal, recall
        self.n_known = recall.n_rows if recall is not None else 0
        self._buffer: Population | None = None
        self._state = np.empty(0, np.uint8)
        self._n_held = self._n_reserved = self._n_kept = 0
        self._part = recall.next_part if recall is not None else 0
        self._save_every_s = save_every_s
        self._saved = self._published = time.monotonic()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="evosearch-shards")
        self._writing: Future[tuple[Path, int] | None] | None = None

    def reserve(self, n: int) -> Population:
        """Rows for n individuals, to be filled in place and then kept.

        Raises
        ------
        EnvironmentFailed
            What was to be saved before could not be written.
        """
        if self._buffer is None or self._n_held + n > len(self._buffer):
            self._start_publishing(is_last=False)
            if self._buffer is None or n > len(self._buffer):
                self._buffer = self._allocate(max(MAX_ROWS, n))
                self._state = np.zeros(len(self._buffer), np.uint8)
            self._n_held = 0
        self._n_reserved = n
        self._state[self._n_held : self._n_held + n] = NEW
        return self._buffer.take(slice(self._n_held, self._n_held + n))

    def recall(self, rows: Population) -> NDArray[np.bool_]:
        """Fill in what is known of the rows reserved last; True where it is.

        Raises
        ------
        IncomparableShards
            The disk holds other genomes at these places.
        """
        if self._recall is None:
            return np.zeros(len(rows), np.bool_)
        state = self._recall.fill(rows)
        self._state[self._n_held : self._n_held + len(rows)] = state
        is_known: NDArray[np.bool_] = state != NEW
        return is_known

    def note(self, is_measured: NDArray[np.bool_]) -> None:
        """Some of the rows reserved last are measured: save them if it is time.

        Raises EnvironmentFailed when the disk refuses.
        """
        now = time.monotonic()
        if now - self._saved < self._save_every_s:
            return
        unsaved = self._find(is_measured, below=COMMITTED)
        if len(unsaved) >= PUBLISH_ROWS or now - self._published > PUBLISH_EVERY_S:
            self._start_publishing(is_last=False, is_measured=is_measured)
        elif self._journal is not None and len(unsaved) and self._is_idle():
            self._commit(unsaved)
        self._saved = now

    def keep(self, is_measured: NDArray[np.bool_]) -> None:
        """Keep those of the rows reserved last that were measured."""
        assert self._buffer is not None
        n_measured = int(np.count_nonzero(is_measured))
        if n_measured < self._n_reserved:
            where = self._n_held + np.flatnonzero(is_measured)
            kept = slice(self._n_held, self._n_held + n_measured)
            self._buffer.place(kept, self._buffer.take(where))
            self._state[kept] = self._state[where]
        self._n_held += n_measured
        self._n_kept += n_measured
        self._n_reserved = 0

    def record(self, population: Population) -> None:
        """Keep individuals from outside the buffer."""
        self.reserve(len(population)).place(slice(None), population)
        self.keep(np.ones(len(population), np.bool_))

    def seal(self, is_complete: bool = True) -> None:
        """Publish all that is held, and wait until it is safe on disk.

        Parameters
        ----------
        is_complete : bool
            The run has come to its end; False leaves it to be resumed.

        Raises
        ------
        EnvironmentFailed
            The disk refuses.
        """
        self._publish_rest()
        self._start_publishing(is_last=is_complete)
        self._finish_writing()
        self._writer.shutdown()
        if self._journal is not None:
            self._journal.is_over = is_complete or self._is_empty()
            if not self._journal.is_over:
                self._journal.close()

    def abandon(self, is_measured: NDArray[np.bool_] | None = None) -> None:
        """Commit measured rows, publish nothing and release the run; after an error.

        Raises EnvironmentFailed when the disk refuses this too.
        """
        try:
            self._finish_writing()
            unsaved = self._find(is_measured, below=COMMITTED)
            if self._journal is not None and len(unsaved):
                self._commit(unsaved)
                self._finish_writing()
        finally:
            self._n_kept += 0 if is_measured is None else int(np.count_nonzero(is_measured))
            self._writer.shutdown()
            if self._journal is not None:
                self._journal.is_over = self._is_empty()
                self._journal.close()

    def list_shards(self) -> list[Path]:
        """All sound shards of the run, those of earlier sessions too."""
        damaged = {item.path for item in self._recall.damaged} if self._recall else set()
        return [path for path in find_shards(self.folder, self._run_id) if path not in damaged]

    def count(self, tally: Tally) -> int:
        """Add the run's rows on disk to a tally; returns how many are in no shard."""
        committed = self._journal.commits() if self._journal is not None else []
        return count_files(tally, self.list_shards(), committed)

    @property
    def is_resumable(self) -> bool:
        """Whether the run can be continued; valid after `seal` or `abandon`."""
        return self._journal is not None and self._journal.is_resumable

    def _is_empty(self) -> bool:
        """Whether nothing was measured, now or before: there is nothing to resume."""
        has_commits = self._journal is not None and bool(self._journal.commits())
        return not (self._n_kept or has_commits or find_shards(self.folder, self._run_id))

    def _publish_rest(self) -> None:
        """Publish rows of earlier sessions that are only committed and were not asked for."""
        tables = self._recall.take_rest() if self._recall is not None else []
        if tables:
            self._finish_writing()
            table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
            rows = to_population(table)
            table = table.take(pa.array(rows.order_best_first()))
            self._begin_shard(rows, {"elapsed_s": 0.0, "is_last": False}, [], table)

    def _find(self, is_measured: NDArray[np.bool_] | None, below: int) -> NDArray[np.intp]:
        """Places in the buffer of measured rows whose state is below `below`."""
        found = np.flatnonzero(self._state[: self._n_held] < below)
        if is_measured is not None and self._n_reserved:
            end = self._n_held + self._n_reserved
            fresh = np.flatnonzero((self._state[self._n_held : end] < below) & is_measured)
            found = np.concatenate([found, self._n_held + fresh])
        return found

    def _start_publishing(
        self, is_last: bool, is_measured: NDArray[np.bool_] | None = None
    ) -> None:
        self._finish_writing()
        where = self._find(is_measured, below=PUBLISHED)
        if not len(where):
            return  # the time goes to the next shard: together they have all of the run's
        now = time.monotonic()
        elapsed_s, self._published = now - self._published, now
        about = {"elapsed_s": round(elapsed_s, 6), "is_last": is_last}
        rows = self._copy(where, PUBLISHED)
        pending = self._recall.pending if self._recall is not None else ()
        commits = self._journal.commits() if self._journal is not None else []
        covered = [path for path in commits if path not in pending]
        self._begin_shard(rows, about, covered)

    def _begin_shard(self, *what: Any) -> None:
        self._writing = self._writer.submit(self._files.publish, self._part, *what)
        self._part += 1

    def _commit(self, where: NDArray[np.intp]) -> None:
        rows = self._copy(where, COMMITTED)
        self._writing = self._writer.submit(self._files.commit, self._part, rows)

    def _copy(self, where: NDArray[np.intp], state: int) -> Population:
        """A copy of rows, to write while the search fills the buffer."""
        assert self._buffer is not None
        self._state[where] = state
        is_block = int(where[-1] - where[0]) == len(where) - 1
        block: Any = slice(int(where[0]), int(where[-1]) + 1) if is_block else where
        copy = self._allocate(len(where))
        copy.place(slice(None), self._buffer.take(block))
        return copy

    def _is_idle(self) -> bool:
        """Whether nothing is being written; finishes a write that is done."""
        if self._writing is not None and self._writing.done():
            self._finish_writing()
        return self._writing is None

    def _finish_writing(self) -> None:
        """Wait for the write under way, if any."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            published = writing.result()
            if published is not None:
                self.paths.append(published[0])
                self._publish(*published)

    def _allocate(self, n: int) -> Population:
        return Population.allocate(n, self._n_genes, self._n_metrics)
