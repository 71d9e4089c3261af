"""How the runs of a ranking got on, generation by generation, and what each machine brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.pages.gathering.columns import Columns
from evosearch.assemble.pages.gathering.thin import find_kept
from evosearch.report.page.rows_data import Machine, Machines, Progress, RunCurve
from evosearch.report.rising import find_rises, is_rising

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.viewing.contributions import Counts

MAX_RUNS = 40
_N_COLUMNS = 250


def make_progress(columns: Columns, metadata: ShardMetadata, to_value: float) -> Progress | None:
    """The best so far and the middle of each generation of each run; None without rows.

    Parameters
    ----------
    columns : Columns
    metadata : ShardMetadata
    to_value : float
        What a fitness is multiplied with to be shown; negative if less is better.
    """
    curves = []
    medians = _find_medians(columns)
    for place, run_id in enumerate(columns.run_ids):
        run, is_own = metadata.sources[run_id], columns.best.runs == place
        generations, best = columns.best.generations[is_own], columns.best.best[is_own]
        if not len(generations):
            continue
        so_far = np.fmax.accumulate(best)
        middle, found_in = _look_up(medians, place, generations), None
        rises = find_rises(generations, best, np.isfinite(best))
        kept = _find_seen(generations, so_far, middle)
        if rises:
            found_in = rises[-1][0]
        curves.append(
            RunCurve(
                name=run.name_finder(run_id),
                run_id=run_id,
                seed=run.seed,
                generations=generations[kept],
                best=so_far[kept] * to_value,
                median=middle[kept] * to_value,
                n_rows=int(columns.best.counts[is_own].sum()),
                found_in=found_in,
                last=int(generations[-1]),
                is_rising=is_rising(rises, int(generations[-1]) + 1),
            )
        )
    if not curves:
        return None
    sign = 1.0 if to_value > 0 else -1.0
    # The best first; runs without a best last, in the order of their names.
    curves.sort(key=lambda each: -sign * _or_least(each.best[-1], sign))
    return Progress(tuple(curves[:MAX_RUNS]), len(curves), _find_spread(metadata, curves, sign))


def _find_seen(
    generations: NDArray[np.int64], so_far: NDArray[np.float64], middle: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Of thousands of generations those that can be seen: of each column the extremes."""
    kept = [
        find_kept(generations, np.nan_to_num(each), _N_COLUMNS)
        for each in (so_far, middle)  # what is not defined stays so, wherever it is kept
    ]
    return np.union1d(*kept)


def _or_least(value: float, sign: float) -> float:
    return value if np.isfinite(value) else -sign * np.inf


def _find_spread(
    metadata: ShardMetadata, curves: list[RunCurve], sign: float
) -> tuple[tuple[str, int, float, float, float], ...]:
    """By profile: its runs, and their worst, middle and best."""
    found: dict[str, list[float]] = {}
    for curve in curves:
        if np.isfinite(curve.best[-1]):
            name = metadata.sources[curve.run_id].profile_name or curve.run_id
            found.setdefault(name, []).append(float(curve.best[-1]))
    return tuple(
        (name, len(v), sign * min(sign * x for x in v), float(np.median(v)),
         sign * max(sign * x for x in v))
        for name, v in sorted(found.items())
    )  # fmt: skip


def _find_medians(columns: Columns) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Run and generation as one key, ascending, and the median of its feasible rows."""
    rows = np.flatnonzero(columns.feasible & np.isfinite(columns.fitness))
    keys = _make_keys(columns.runs[rows], columns.generations[rows])
    fitness = columns.fitness[rows]
    order = np.lexsort((fitness, keys))
    keys, fitness = keys[order], fitness[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    sizes = np.diff(np.append(starts, len(keys)))
    low, high = starts + (sizes - 1) // 2, starts + sizes // 2
    return keys[starts], (fitness[low] + fitness[high]) / 2


def _look_up(
    medians: tuple[NDArray[np.int64], NDArray[np.float64]],
    run: int,
    generations: NDArray[np.int64],
) -> NDArray[np.float64]:
    keys, values = medians
    wanted = _make_keys(np.full(len(generations), run), generations)
    found = np.full(len(generations), np.nan)
    places = np.searchsorted(keys, wanted)
    is_there = places < len(keys)
    is_there[is_there] = keys[places[is_there]] == wanted[is_there]
    found[is_there] = values[places[is_there]]
    return found


def _make_keys(runs: NDArray[np.int64], generations: NDArray[np.int64]) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = runs.astype(np.int64) << 32 | generations
    return keys


def make_machines(
    metadata: ShardMetadata, counts: Counts, is_complete: bool, to_value: float
) -> Machines:
    """What each machine brought.

    Parameters
    ----------
    metadata : ShardMetadata
    counts : Counts
        Of the whole ranking.
    is_complete : bool
        All rows of all runs are in the ranking.
    to_value : float
        What a fitness is multiplied with to be shown.
    """
    from evosearch.report.machines import list_machines

    return Machines(
        tuple(
            Machine(
                name=each["host"],
                profiles=tuple(each["profiles"]),
                n_runs=each["runs"],
                n_rows=each["rows"],
                n_new=each["new"],
                n_shared=each["duplicates_across"],
                hours=each["hours"],
                per_s=each["evaluations_per_s"],
                best=None if each["best_fitness"] is None else each["best_fitness"] * to_value,
                best_rank=each["best_rank"],
            )
            for each in list_machines(metadata, counts, is_complete)
        )
    )
