"""Keeps every row of a run and publishes them as shards."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
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

# A shard's rows are sorted in memory: about 130 MB of them at 60 columns.
ROLL_ROWS = 262_144


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
        self._held: list[Population] = []
        self._n_held = 0
        self._part = 0
        self._started = time.monotonic()

    def record(self, population: Population) -> None:
        """Take in evaluated individuals; publishes a shard when enough are held."""
        if len(population):
            self._held.append(population)
            self._n_held += len(population)
        if self._n_held >= ROLL_ROWS:
            self.seal(is_last=False)

    def seal(self, is_last: bool = True) -> None:
        """Publish what is held as one shard; nothing when nothing is held.

        Raises
        ------
        EnvironmentFailed
            The disk refuses; what is held is kept.
        """
        if not self._held:
            return
        rows = Population.concatenate(self._held)
        order = rows.order_best_first()
        table = make_table(rows, self._schema, self._space, self._run["run_id"], order)

        def finish(rows_sha256: str, n_rows: int) -> dict[str, Any]:
            facts = self._describe(rows, rows_sha256, n_rows, is_last)
            return make_shard_metadata(
                self._run,
                self._problem,
                self._space.to_dict(),
                self._profile_toml,
                self._part,
                facts,
            )

        name = f"{self._run['run_id']}-{self._part:04d}-{{sha}}.parquet"
        path, _ = write_table(self.folder, name, self._schema, [table], finish)
        self.paths.append(path)
        self._held, self._n_held = [], 0
        self._part += 1
        self._publish(path, len(rows))

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
