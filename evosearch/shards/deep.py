"""The whole truth about one file: every value decoded, every promise of its rows verified.

A merge believes a file whose hash is the one in its name. This looks further, as one does before
trusting a stranger's file or after a disk has failed: whether the rows are what the digest says,
are ranked as they must be, and hold nothing that no search writes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evosearch.errors import EnvironmentFailed
from evosearch.ranking import compute_rank_keys
from evosearch.shards.arrays import one_chunk, to_floats, to_numpy
from evosearch.shards.ranked import Ranked
from evosearch.shards.schema import ids_from_arrow
from evosearch.shards.validate import Checked, Verdict, check_shard


def check_deep(path: Path) -> Checked:
    """The verdict on one file after reading all of it.

    Returns
    -------
    Checked
        Never raises for what is wrong with the file.
    """
    checked = check_shard(path, deep=True)
    if not checked.is_usable:
        return checked
    try:
        fault = find_fault(Ranked.of_file(checked))
    except EnvironmentFailed as error:
        return Checked(path, Verdict.CHANGED, f"changed while it was read: {error}")
    except (pa.ArrowException, ValueError, OverflowError) as error:
        fault = str(error).partition("\n")[0][:120]
    if fault:
        return replace(checked, verdict=Verdict.DAMAGED, reason=f"damaged: {fault}")
    return checked


def find_fault(ranked: Ranked) -> str | None:
    """What contradicts the promise of a shard or merged file, or None.

    Parameters
    ----------
    ranked : Ranked
        `rank` and `found_by` are looked at when they are there.
    """
    runs = set(ranked.metadata.sources)
    last: tuple[NDArray[Any], ...] | None = None
    n_seen = 0
    for batch in ranked.batches():
        if not len(batch):
            continue
        fault = _find_strange(batch, runs)
        if fault:
            return fault
        keys = _keys(batch)
        joined = keys if last is None else tuple(
            np.concatenate([tail, key]) for tail, key in zip(last, keys, strict=True)
        )  # fmt: skip
        place = _first_unordered(joined)
        if place is not None:
            first = n_seen + place + (1 if last is None else 0)
            return f"rows {first:,} and {first + 1:,} are not in the order of ranking"
        if "rank" in batch.column_names:
            ranks = to_numpy(one_chunk(batch.column("rank")))
            if not np.array_equal(ranks, np.arange(n_seen + 1, n_seen + len(batch) + 1)):
                return "its ranks do not count from 1"
        last = tuple(key[-1:] for key in keys)
        n_seen += len(batch)
    return None if n_seen == ranked.n_rows else f"it holds {n_seen:,} rows, not {ranked.n_rows:,}"


def _find_strange(batch: pa.Table, runs: set[str]) -> str | None:
    fitness = to_floats(one_chunk(batch.column("fitness")))
    missing = to_numpy(one_chunk(pc.is_null(batch.column("fitness"))))
    if not np.isfinite(fitness[~missing]).all():
        return "a fitness is not a finite number"
    feasible = to_numpy(one_chunk(batch.column("feasible")))
    if (feasible & missing).any():
        return "a feasible row has no fitness"
    violation = to_floats(one_chunk(batch.column("violation")))
    if not (violation >= 0).all():
        return "a violation is below zero or no number"
    named = set(pc.unique(batch.column("run_id").cast(pa.string())).to_pylist())
    if "found_by" in batch.column_names:
        finders = one_chunk(batch.column("found_by"))
        if (to_numpy(pc.list_value_length(finders)) < 1).any():
            return "a row was found by nobody"
        named |= set(pc.unique(finders.flatten()).to_pylist())
    unknown = sorted(named - runs, key=str)
    return f"rows name a run that its metadata do not: {unknown[0]}" if unknown else None


def _keys(batch: pa.Table) -> tuple[NDArray[Any], ...]:
    """The order of ranking as columns of numbers, smaller first, most important first."""
    is_ok = to_numpy(one_chunk(pc.equal(batch.column("status").cast(pa.string()), "ok")))
    fitness = to_floats(one_chunk(batch.column("fitness")))
    feasible = to_numpy(one_chunk(batch.column("feasible")))
    violation = to_floats(one_chunk(batch.column("violation")))
    tier, key = compute_rank_keys(is_ok, feasible, fitness, violation)
    ids = ids_from_arrow(one_chunk(batch.column("genome_id")))
    return tier, key, ids[:, 0], ids[:, 1]


def _first_unordered(keys: tuple[NDArray[Any], ...]) -> int | None:
    """The first place whose successor should stand before it."""
    is_equal = np.ones(len(keys[0]) - 1, np.bool_)
    is_worse = np.zeros(len(keys[0]) - 1, np.bool_)
    for key in keys:
        is_worse |= is_equal & (key[:-1] > key[1:])
        is_equal &= key[:-1] == key[1:]
    places = np.flatnonzero(is_worse)
    return int(places[0]) if len(places) else None
