"""Rules that every row of a shard or merged file obeys; every reader of rows checks them.

The deep check reports a broken rule; merges and views leave the file out.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evosearch.population import STATUS_NAMES
from evosearch.shards.format.arrays import is_null, one_chunk, to_numpy
from evosearch.shards.format.keys import KEY_COLUMNS, Texts, read_texts

# Columns that the rules need; `RULED_MERGED` too if a file has them.
RULED_COLUMNS = (*KEY_COLUMNS, "run_id")
RULED_MERGED = ("rank", "found_by")


def find_fault(rows: pa.Table, runs: Collection[str], first: int = 0) -> str | None:
    """Why rows contradict themselves or their file, or None.

    Parameters
    ----------
    rows : pyarrow.Table
        With `RULED_COLUMNS`, within the limits of `limits.find_excess`.
    runs : collection of str
        The run ids in the file's metadata.
    first : int
        How many rows of the file precede these.
    """
    if not len(rows):
        return None
    fitness = one_chunk(rows.column("fitness"))
    missing = is_null(fitness)
    is_finite = np.isfinite(to_numpy(fitness))
    if missing is not None:
        is_finite |= missing
    if not is_finite.all():
        return "a fitness is not a finite number"
    violation = to_numpy(one_chunk(rows.column("violation")))
    if not (violation >= 0).all():
        return "a violation is below zero or no number"
    statuses = read_texts(rows.column("status"))
    strange = _find_strange(statuses, STATUS_NAMES)
    if strange is not None:
        return f"a status is {strange[:20]!r}, not one of {', '.join(STATUS_NAMES)}"
    feasible = to_numpy(one_chunk(rows.column("feasible")))
    if missing is not None and (feasible & missing).any():
        return "a feasible row has no fitness"
    if (feasible & (violation > 0)).any():
        return "a feasible row has a violation"
    is_failed = ~statuses.equals_text("ok")
    if (feasible & is_failed).any():
        return "a feasible row is not ok"
    if is_failed.any() and (is_failed & ~(False if missing is None else missing)).any():
        return "a row that is not ok has a fitness"
    return _find_stranger(rows, runs) or _find_wrong_rank(rows, first)


def _find_strange(texts: Texts, allowed: Collection[str]) -> str | None:
    """The first text in some rows that is not allowed, or None."""
    is_allowed = np.array([text in allowed for text in texts.names])
    places = np.flatnonzero(~is_allowed[texts.codes])
    return texts.names[texts.codes[places[0]]] if len(places) else None


def _find_stranger(rows: pa.Table, runs: Collection[str]) -> str | None:
    strange = _find_strange(read_texts(rows.column("run_id")), runs)
    if strange is None and "found_by" in rows.column_names:
        finders = one_chunk(rows.column("found_by"))
        if (to_numpy(pc.list_value_length(finders)) < 1).any():
            return "a row names no run that found it"
        named = finders.flatten().dictionary_encode()
        strange = _find_strange(read_texts(pa.chunked_array([named])), runs)
    return None if strange is None else f"rows name a run that its metadata do not: {strange[:80]}"


def _find_wrong_rank(rows: pa.Table, first: int) -> str | None:
    if "rank" not in rows.column_names:
        return None
    ranks = to_numpy(one_chunk(rows.column("rank")))
    is_right = np.array_equal(ranks, np.arange(first + 1, first + len(rows) + 1))
    return None if is_right else "its ranks do not count from 1"
