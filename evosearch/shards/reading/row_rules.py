"""Rules that every row of a shard or merged file obeys; every reader of rows checks them.

The deep check reports a broken rule; merges and views leave the file out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

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
    return next((fault for is_broken, fault in _rules(rows, runs, first) if is_broken), None)


def _rules(
    rows: pa.Table, runs: Collection[str], first: int
) -> Iterator[tuple[bool | np.bool_, str]]:
    """Whether each rule is broken, and how; a rule relies on those before it."""
    fitness = one_chunk(rows.column("fitness"))
    missing = is_null(fitness)
    has_none = np.zeros(len(rows), np.bool_) if missing is None else missing
    is_finite = np.isfinite(to_numpy(fitness)) | has_none
    yield not is_finite.all(), "a fitness is not a finite number"
    violation = to_numpy(one_chunk(rows.column("violation")))
    yield not (violation >= 0).all(), "a violation is below zero or no number"
    statuses = read_texts(rows.column("status"))
    strange = _find_strange(statuses, STATUS_NAMES)
    allowed = ", ".join(STATUS_NAMES)
    yield strange is not None, f"a status is {str(strange)[:20]!r}, not one of {allowed}"
    feasible = to_numpy(one_chunk(rows.column("feasible")))
    yield (feasible & has_none).any(), "a feasible row has no fitness"
    yield (feasible & (violation > 0)).any(), "a feasible row has a violation"
    is_failed = ~statuses.equals_text("ok")
    yield (feasible & is_failed).any(), "a feasible row is not ok"
    yield (is_failed & ~has_none).any(), "a row that is not ok has a fitness"
    yield _find_stranger(read_texts(rows.column("run_id")), runs)
    if "found_by" in rows.column_names:
        finders = one_chunk(rows.column("found_by"))
        is_empty = to_numpy(pc.list_value_length(finders)) < 1
        yield is_empty.any(), "a row names no run that found it"
        named = pa.chunked_array([finders.flatten().dictionary_encode()])
        yield _find_stranger(read_texts(named), runs)
    if "rank" in rows.column_names:
        ranks = to_numpy(one_chunk(rows.column("rank")))
        is_right = np.array_equal(ranks, np.arange(first + 1, first + len(rows) + 1))
        yield not is_right, "its ranks do not count from 1"


def _find_stranger(texts: Texts, runs: Collection[str]) -> tuple[bool, str]:
    strange = _find_strange(texts, runs)
    return strange is not None, f"rows name a run that its metadata do not: {str(strange)[:80]}"


def _find_strange(texts: Texts, allowed: Collection[str]) -> str | None:
    """The first text in some rows that is not allowed, or None."""
    is_allowed = np.array([text in allowed for text in texts.names])
    places = np.flatnonzero(~is_allowed[texts.codes])
    return texts.names[texts.codes[places[0]]] if len(places) else None
