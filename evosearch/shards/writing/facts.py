"""Facts about the rows of a shard, for its metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.population import STATUS_NAMES, Population
from evosearch.provenance import format_utc
from evosearch.shards.format.trials import TrialSums
from evosearch.shards.format.trials.benchmark import ROLES


def describe_rows(rows: Population, column: int | None = None) -> dict[str, Any]:
    """Counts and times of one shard's rows, as plain data for its metadata.

    Parameters
    ----------
    rows : Population, at least one row
    column : int, optional
        The column of the metrics whose sums over distinct genomes are stated.

    Returns
    -------
    dict
        ``n_distinct``, ``counts`` by status, ``n_feasible``, first and last of ``generations``,
        ``evaluation_s`` in all, ``finished_utc``; ``trials`` with a column.
    """
    found = rows.evaluations
    counts = np.bincount(found.status, minlength=len(STATUS_NAMES)).tolist()
    distinct = _find_distinct(rows)
    trials = {}
    if column is not None:
        sums = TrialSums.of(found.metrics[distinct, column], found.feasible[distinct])
        trials["trials"] = sums.to_plain()
    return trials | {
        "n_distinct": len(found.status[distinct]),
        "counts": dict(zip(STATUS_NAMES, counts, strict=True)),
        "n_feasible": int(found.feasible.sum()),
        "generations": [int(rows.generation.min()), int(rows.generation.max())],
        "evaluation_s": round(float(found.evaluation_s.sum()), 6),
        "finished_utc": format_utc(datetime.now(UTC)),
    }


def find_evidence(problem: Mapping[str, Any], metrics: Sequence[str]) -> int | None:
    """The place among the metrics of the one that tells skill from luck; None without one."""
    name = problem.get("evidence", {}).get(ROLES[0])
    return list(metrics).index(name) if name in metrics else None


def _find_distinct(rows: Population) -> slice | NDArray[np.intp]:
    """One row of each genome: its best, as a merge would choose."""
    genome_ids = rows.genome_ids
    # Whole ids are compared only if two rows share half an id.
    halves = np.sort(genome_ids[:, 1])
    if not (halves[1:] == halves[:-1]).any():
        return slice(None)
    best_first = rows.order_best_first()
    _, first = np.unique(genome_ids[best_first], axis=0, return_index=True)
    return best_first[first]
