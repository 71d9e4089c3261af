"""What is known of the rows of some runs: their best where it was searched, and whether merged.

The shards may be anybody's. Of each only its footer and its first row are read.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evosearch.problems.metric import TWIN
from evosearch.problems.words import find_metric

if TYPE_CHECKING:
    from evosearch.shards.reading.summary import ShardSummary

# So many merged files, the newest ones, are asked which shards are in them.
_MOST_MERGED = 50


@dataclass(frozen=True)
class BestValue:
    """The best feasible row of a run by what it searched for, without its hold-out.

    Attributes
    ----------
    metric : str
        The objective, or what says the same in the unit that people know.
    value : float
    """

    metric: str
    value: float


def find_best_value(shards: Sequence[ShardSummary]) -> BestValue | None:
    """The best of the first rows of some shards of one run; None if none is feasible."""
    from evosearch.shards.writing.kept import read_values

    if not shards:
        return None
    objective = shards[0].metadata.problem.objective
    if objective.endswith(TWIN):
        return None  # nobody has judged it yet
    names = dict.fromkeys((find_metric(objective).shown_as or objective, objective))
    best: tuple[float, BestValue] | None = None
    for shard in shards:
        row = read_values(shard.path, ["feasible", "fitness", *names])
        known = [name for name in names if isinstance(row.get(name), (int, float))]
        fitness = row.get("fitness")
        if not row.get("feasible") or not known or not isinstance(fitness, float):
            continue
        value = float(row[known[0]])
        if math.isfinite(value) and (best is None or fitness > best[0]):
            best = fitness, BestValue(known[0], value)
    return None if best is None else best[1]


def count_bytes(paths: Iterable[Path]) -> int:
    """What the rows of some files take on the disk; nothing of one that cannot be read."""
    from evosearch.shards.reading.summary import count_row_bytes

    n_bytes = 0
    for path in paths:
        with contextlib.suppress(OSError):
            n_bytes += count_row_bytes(path)
    return n_bytes


def find_merged(folder: Path, fingerprints: Iterable[str]) -> dict[str, frozenset[str]]:
    """The shards in the newest merged file of each problem, as ``run:part:digest``."""
    from evosearch.shards.reading.summary import ShardSummary, open_footer

    wanted, found = set(fingerprints), dict[str, frozenset[str]]()
    files = sorted(folder.glob("merged/*.parquet"), key=_find_age, reverse=True)
    for path in files[:_MOST_MERGED]:
        if not wanted:
            break
        footer = open_footer(path)
        if not isinstance(footer, ShardSummary):
            continue
        fingerprint = footer.metadata.problem.fingerprint
        if fingerprint in wanted:
            wanted.discard(fingerprint)
            found[fingerprint] = frozenset(
                name_part(run_id, part)
                for run_id, run in footer.metadata.sources.items()
                for part in run.parts
            )
    return found


def name_part(run_id: str, part: str) -> str:
    """What a shard is called among the parts of all runs."""
    return f"{run_id}:{part}"


def _find_age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
