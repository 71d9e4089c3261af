"""Whether a run's shards may take much of what is free on the disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from evosearch.genome.genes import Float
from evosearch.problems.base import Problem
from evosearch.profiles.tables import Profile
from evosearch.system.machine import find_nearest
from evosearch.texts import format_bytes

_MOST_SHARE = 0.2
# Compressed, as measured on shards: the identity, a number that varies, one that hardly does.
_BYTES_OF_ID, _BYTES_OF_FLOAT, _BYTES_OF_OTHER = 30, 7, 2


def note_room(profile: Profile, problem: Problem, n_known: int = 0) -> tuple[str, ...]:
    """A sentence when the shards may take more than a fifth of what is free.

    Parameters
    ----------
    profile : Profile
    problem : Problem
    n_known : int
        Rows that are on the disk already.
    """
    try:
        free = shutil.disk_usage(find_nearest(Path(profile.run.results)))
    except (OSError, StopIteration):
        return ()
    n_rows = max(0, profile.n_evaluations - n_known)
    n_bytes = n_rows * estimate_row_bytes(problem)
    if n_bytes <= _MOST_SHARE * free.free:
        return ()
    search, ends = profile.search, ""
    if profile.run.budget is not None:
        ends = f"; --budget {profile.run.budget} may end it before"
    elif search.target is not None or search.stagnation is not None:
        ends = "; it may end before"
    return (
        f"its {n_rows:,} rows take up to {format_bytes(n_bytes)}, of {format_bytes(free.free)} "
        f"that are free on the disk of {profile.run.results}{ends}",
    )


def estimate_row_bytes(problem: Problem) -> int:
    """About how much of a shard one row takes: by its columns, rather too much than too little."""
    n_floats = sum(isinstance(gene, Float) for gene in problem.space.genes)
    n_floats += sum(name not in problem.int_metrics for name in problem.metric_names)
    n_columns = len(problem.space) + len(problem.metric_names)
    others = n_columns - n_floats
    return _BYTES_OF_ID + _BYTES_OF_FLOAT * n_floats + _BYTES_OF_OTHER * others
