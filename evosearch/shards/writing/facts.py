"""Facts about the rows of a shard, for its metadata."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.population import STATUS_NAMES, Population
from evosearch.provenance import format_utc


def describe_rows(rows: Population) -> dict[str, Any]:
    """Counts and times of one shard's rows, as plain data for its metadata.

    Parameters
    ----------
    rows : Population, at least one row

    Returns
    -------
    dict
        ``n_distinct``, ``counts`` by status, ``n_feasible``, first and last of ``generations``,
        ``evaluation_s`` in all, ``finished_utc``.
    """
    found = rows.evaluations
    counts = np.bincount(found.status, minlength=len(STATUS_NAMES)).tolist()
    return {
        "n_distinct": _count_distinct(rows.genome_ids),
        "counts": dict(zip(STATUS_NAMES, counts, strict=True)),
        "n_feasible": int(found.feasible.sum()),
        "generations": [int(rows.generation.min()), int(rows.generation.max())],
        "evaluation_s": round(float(found.evaluation_s.sum()), 6),
        "finished_utc": format_utc(datetime.now(UTC)),
    }


def _count_distinct(genome_ids: NDArray[np.uint64]) -> int:
    # Whole ids are compared only if two rows share half an id.
    halves = np.sort(genome_ids[:, 1])
    n_maybe = int(np.count_nonzero(halves[1:] == halves[:-1]))
    return len(np.unique(genome_ids, axis=0)) if n_maybe else len(genome_ids)
