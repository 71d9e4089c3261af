"""Keeps every row of a run: committed within a second or two, published as shards.

Rows lie in one buffer, filled in place by the loop. What is measured is committed to the run's
journal about every second; a full buffer, many rows in that second, or minutes gone by publish a
shard instead, which makes the commits before it superfluous. Sorting, encoding and flushing
happen in one thread beside the search.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.population import Population
from evosearch.redaction import Private
from evosearch.shards.discretion import redact_problem
from evosearch.shards.excess import refuse_columns
from evosearch.shards.facts import describe_rows
from evosearch.shards.journal import Journal
from evosearch.shards.metadata import make_shard_metadata
from evosearch.shards.recall import COMMITTED, NEW, PUBLISHED, Recall
from evosearch.shards.schema import make_schema, make_table
from evosearch.shards.store import write_table
from evosearch.space import Space

# The buffer, and so the largest shard: about 130 MB at 60 columns. Not a power of two: columns
# that far apart would fight for the same lines of the processor's cache.
MAX_ROWS = 250_000
SAVE_EVERY_S = 1.0
# So many unsaved rows are published at once: a commit first would only write them twice.
PUBLISH_ROWS = 32_768
PUBLISH_EVERY_S = 300.0


class Recorder:
    """The rows of one run on their way to disk.

    Parameters
    ----------
    folder : Path
        Where shards are published.
    run, problem : mapping
        As in `make_shard_metadata`.
    space : Space
    metrics, int_metrics
        The problem's metric columns.
    profile_toml : str
    publish : callable, optional
        Told path and rows of every shard published.
    journal : Journal, optional
        Where rows are committed; without one they are only published.
    recall : Recall, optional
        What an interrupted run has on disk already.
    first_part : int
        Number of the next shard of this run.
    save_every_s : float
        Seconds between commits.
    folders : iterable of Path
        Of the profile: no file tells of them.

    Raises
    ------
    UsageError
        There are more columns, or longer names, than a shard may have.
    """

    def __init__(
        self,
        folder: Path,
        run: Mapping[str, Any],
        problem: Mapping[str, Any],
        space: Space,
        metrics: Sequence[str],
        int_metrics: frozenset[str],
        profile_toml: str,
        publish: Callable[[Path, int], None] | None = None,
        journal: Journal | None = None,
        recall: Recall | None = None,
        first_part: int = 0,
        save_every_s: float = SAVE_EVERY_S,
        folders: Iterable[Path] = (),
    ) -> None:
        self.folder = folder
        self.paths: list[Path] = []
        self._private = Private(folders, run["machine"]["host"])
        self._run, self._problem = run, redact_problem(problem, self._private.remove)
        self._space, self._profile_toml = space, profile_toml
        self._schema = make_schema(space, metrics, int_metrics)
        refuse_columns(self._schema)
        self._publish = publish or (lambda path, n_rows: None)
        self._journal, self._recall = journal, recall
        self._n_metrics = len(metrics)
        self._buffer: Population | None = None
        self._state = np.empty(0, np.uint8)
        self._n_held = self._n_reserved = 0
        self._part, self._save_every_s = first_part, save_every_s
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

        Raises
        ------
        EnvironmentFailed
            The disk refuses.
        """
        now = time.monotonic()
        if now - self._saved < self._save_every_s:
            return
        unsaved = self._find(is_measured, below=COMMITTED)
        is_due = len(unsaved) >= PUBLISH_ROWS or now - self._published > PUBLISH_EVERY_S
        if is_due:
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
        self._n_reserved = 0

    def record(self, population: Population) -> None:
        """Keep individuals that stand elsewhere."""
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
        self._start_publishing(is_last=is_complete)
        self._finish_writing()
        self._writer.shutdown()
        if self._journal is not None:
            if is_complete:
                self._journal.is_over = True
            else:
                self._journal.close()

    def abandon(self, is_measured: NDArray[np.bool_] | None = None) -> None:
        """Commit what is measured, publish nothing, and let go of the run; for when all fails.

        Raises
        ------
        EnvironmentFailed
            The disk refuses this too.
        """
        try:
            self._finish_writing()
            unsaved = self._find(is_measured, below=COMMITTED)
            if self._journal is not None and len(unsaved):
                self._commit(unsaved)
                self._finish_writing()
        finally:
            self._writer.shutdown()
            if self._journal is not None:
                self._journal.close()

    def _find(self, is_measured: NDArray[np.bool_] | None, below: int) -> NDArray[np.intp]:
        """Places in the buffer of measured rows that are not as safe as that."""
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
        now = time.monotonic()
        elapsed_s, self._published = now - self._published, now
        if not len(where):
            return
        about = {"elapsed_s": round(elapsed_s, 6), "is_last": is_last}
        rows = self._copy(where, PUBLISHED)
        covered = self._journal.commits() if self._journal is not None else []
        self._writing = self._writer.submit(self._write_shard, rows, self._part, about, covered)
        self._part += 1

    def _commit(self, where: NDArray[np.intp]) -> None:
        self._writing = self._writer.submit(self._write_commit, self._copy(where, COMMITTED))

    def _copy(self, where: NDArray[np.intp], state: int) -> Population:
        """Rows to write while the search goes on filling the buffer."""
        assert self._buffer is not None
        self._state[where] = state
        is_block = int(where[-1] - where[0]) == len(where) - 1
        block: Any = slice(int(where[0]), int(where[-1]) + 1) if is_block else where
        copy = self._allocate(len(where))
        copy.place(slice(None), self._buffer.take(block))
        return copy

    def _is_idle(self) -> bool:
        """Whether nothing is being written; takes in what was."""
        if self._writing is not None and self._writing.done():
            self._finish_writing()
        return self._writing is None

    def _finish_writing(self) -> None:
        """Wait for what is being written, if anything."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            published = writing.result()
            if published is not None:
                self.paths.append(published[0])
                self._publish(*published)

    def _allocate(self, n: int) -> Population:
        return Population.allocate(n, len(self._space), self._n_metrics)

    def _write_shard(
        self, rows: Population, part: int, about: Mapping[str, Any], covered: list[Path]
    ) -> tuple[Path, int]:
        name = f"{self._run['run_id']}-{part:04d}-{{sha}}.parquet"
        path = self._write(self.folder, name, rows, part, about)
        if self._journal is not None:
            self._journal.forget(covered)
        return path, len(rows)

    def _write_commit(self, rows: Population) -> None:
        assert self._journal is not None
        self._write(self._journal.folder, self._journal.next_name(), rows, self._part, {})

    def _write(
        self, folder: Path, name: str, rows: Population, part: int, about: Mapping[str, Any]
    ) -> Path:
        # Here alone: commits and shards hold the same, and a person at this machine sees it all.
        self._private.clean(rows.evaluations.error)
        order = rows.order_best_first()
        table = make_table(rows, self._schema, self._space, self._run["run_id"], order)

        def finish(rows_sha256: str, n_rows: int) -> dict[str, Any]:
            facts = {"rows_sha256": rows_sha256, "n_rows": n_rows, **describe_rows(rows), **about}
            return make_shard_metadata(
                self._run, self._problem, self._space.to_dict(), self._profile_toml, part, facts
            )

        scratch = self._journal.folder if self._journal is not None else None
        return write_table(folder, name, self._schema, [table], finish, scratch)[0]
