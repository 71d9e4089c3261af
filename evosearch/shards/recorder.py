"""Keeps every row of a run and publishes them as shards."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.population import STATUS_NAMES, Population
from evosearch.provenance import format_utc
from evosearch.shards.metadata import make_shard_metadata
from evosearch.shards.schema import make_schema, make_table
from evosearch.shards.store import write_table
from evosearch.space import Space

# A shard's rows are sorted in memory: about 130 MB of them at 60 columns, and as much again
# while the search already fills the next one. Not a power of two: columns that far apart would
# fight for the same lines of the processor's cache.
ROLL_ROWS = 250_000


class Recorder:
    """The rows of one run on their way to shards.

    Parameters
    ----------
    folder : Path
        Where shards are published.
    run : mapping
        ``run_id`` and what else all shards of the run state.
    problem : mapping
        As in `make_shard_metadata`.
    space : Space
    metrics, int_metrics
        The problem's metric columns.
    profile_toml : str
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
    ) -> None:
        self.folder = folder
        self.paths: list[Path] = []
        self._run, self._problem, self._space = run, problem, space
        self._schema = make_schema(space, metrics, int_metrics)
        self._profile_toml = profile_toml
        self._publish = publish or (lambda path, n_rows: None)
        self._n_metrics = len(metrics)
        self._buffer: Population | None = None
        self._spare: Population | None = None
        self._n_held = self._n_reserved = 0
        self._part = 0
        self._started = time.monotonic()
        # One shard at a time is sorted, encoded and flushed beside the search.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="evosearch-shards")
        self._writing: Future[tuple[Path, int, Population]] | None = None

    def reserve(self, n: int) -> Population:
        """Rows for n individuals, to be filled in place and then kept.

        Raises
        ------
        EnvironmentFailed
            A shard begun before could not be written.
        """
        if self._buffer is not None and self._n_held + n > len(self._buffer):
            self._begin(is_last=False)
        if self._buffer is None:
            size = max(ROLL_ROWS, n)
            fits = self._spare is not None and len(self._spare) >= size
            self._buffer = self._spare if fits else self._allocate(size)
            self._spare = None
        assert self._buffer is not None
        self._n_reserved = n
        return self._buffer.take(slice(self._n_held, self._n_held + n))

    def keep(self, is_measured: NDArray[np.bool_]) -> None:
        """Keep those of the rows reserved last that were measured."""
        assert self._buffer is not None
        n_measured = int(np.count_nonzero(is_measured))
        if n_measured < self._n_reserved:
            rows = self._buffer.take(self._n_held + np.flatnonzero(is_measured))
            self._buffer.place(slice(self._n_held, self._n_held + n_measured), rows)
        self._n_held += n_measured
        self._n_reserved = 0

    def record(self, population: Population) -> None:
        """Keep individuals that stand elsewhere."""
        self.reserve(len(population)).place(slice(None), population)
        self.keep(np.ones(len(population), np.bool_))

    def seal(self) -> None:
        """Publish all that is held, and wait until it is safe on disk.

        Raises
        ------
        EnvironmentFailed
            The disk refuses.
        """
        if self._n_held:
            self._begin(is_last=True)
        self._finish()
        self._writer.shutdown()

    def _begin(self, is_last: bool) -> None:
        self._finish()
        assert self._buffer is not None
        rows = self._buffer.take(slice(0, self._n_held))
        self._writing = self._writer.submit(self._write, rows, self._part, is_last, self._buffer)
        self._buffer, self._n_held = None, 0
        self._part += 1

    def _finish(self) -> None:
        """Wait for the shard that is being written, if any."""
        if self._writing is not None:
            path, n_rows, self._spare = self._writing.result()
            self._writing = None
            self.paths.append(path)
            self._publish(path, n_rows)

    def _allocate(self, n: int) -> Population:
        return Population.allocate(n, len(self._space), self._n_metrics)

    def _write(
        self, rows: Population, part: int, is_last: bool, buffer: Population
    ) -> tuple[Path, int, Population]:
        order = rows.order_best_first()
        table = make_table(rows, self._schema, self._space, self._run["run_id"], order)

        def finish(rows_sha256: str, n_rows: int) -> dict[str, Any]:
            facts = self._describe(rows, rows_sha256, n_rows, is_last)
            return make_shard_metadata(
                self._run, self._problem, self._space.to_dict(), self._profile_toml, part, facts
            )

        name = f"{self._run['run_id']}-{part:04d}-{{sha}}.parquet"
        path, _ = write_table(self.folder, name, self._schema, [table], finish)
        return path, len(rows), buffer

    def _describe(
        self, rows: Population, rows_sha256: str, n_rows: int, is_last: bool
    ) -> dict[str, Any]:
        found = rows.evaluations
        counts = np.bincount(found.status, minlength=len(STATUS_NAMES)).tolist()
        now = time.monotonic()
        elapsed_s, self._started = now - self._started, now
        return {
            "rows_sha256": rows_sha256,
            "n_rows": n_rows,
            "n_distinct": _count_distinct(rows.genome_ids),
            "counts": dict(zip(STATUS_NAMES, counts, strict=True)),
            "n_feasible": int(found.feasible.sum()),
            "generations": [int(rows.generation.min()), int(rows.generation.max())],
            "elapsed_s": round(elapsed_s, 6),
            "evaluation_s": round(float(found.evaluation_s.sum()), 6),
            "finished_utc": format_utc(datetime.now(UTC)),
            "is_last": is_last,
        }


def _count_distinct(genome_ids: NDArray[np.uint64]) -> int:
    # Only rows that share half an id have to be compared whole.
    halves = np.sort(genome_ids[:, 1])
    n_maybe = int(np.count_nonzero(halves[1:] == halves[:-1]))
    return len(np.unique(genome_ids, axis=0)) if n_maybe else len(genome_ids)
