"""What luck alone was expected to find in a search: all that the end of a run says of its worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evosearch.evidence import Moments, expected_max
from evosearch.problems.words import find_evidence
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.records import Part
from evosearch.shards.reading.summary import ShardSummary, open_footer


@dataclass(frozen=True)
class Luck:
    """What luck was expected to find.

    Attributes
    ----------
    n_trials : int
        Trials with a defined result.
    best_annual : float or None
        The best Sharpe ratio of a year that so many skill-free trials are expected to show.
    """

    n_trials: int
    best_annual: float | None


def estimate_luck(runs: Sequence[tuple[Sequence[Path], Mapping[str, Any]]]) -> Luck | None:
    """What luck alone was expected to find in some runs together.

    Parameters
    ----------
    runs : sequence of (paths, best)
        The shards of each run, and its best row with metrics by name.

    Returns
    -------
    Luck or None
        None for a problem without evidence, or without shards.
    """
    n, bests = 0, []
    for paths, best in runs:
        found = [each for path in paths if isinstance(each := open_footer(path), ShardSummary)]
        evidence = find_evidence(found[0].metadata.problem.plain) if found else None
        if evidence is None:
            return None
        n += sum(_count(part) for each in found for part in each.run.parts.values())
        names = (evidence.sharpe, evidence.skew, evidence.kurtosis, evidence.n_days)
        figures = [best.get(name) for name in (*names, evidence.return_frac, evidence.exposure)]
        bests.append((found[0].metadata, Moments.of(*figures)))
    lucky = [_find_best(metadata, searched, n) for metadata, searched in bests]
    return Luck(n, max((each for each in lucky if each is not None), default=None))


def _find_best(metadata: ShardMetadata, searched: Moments, n: int) -> float | None:
    data = metadata.problem.plain.get("data")
    year = data.get("days_per_year") if isinstance(data, Mapping) else None
    if not isinstance(year, int | float) or not 1 <= year <= 366 or n < 1:
        return None
    if searched.n_days is None or searched.n_days < 2:
        return None
    hold = metadata.problem.hold
    drift = 0.0 if hold is None or hold.searched.sharpe is None else max(0.0, hold.searched.sharpe)
    # As in a verdict: an unknown exposure counts as always in the market.
    share = 1.0 if searched.exposure is None else min(max(searched.exposure, 0.0), 1.0)
    benchmark = drift * math.sqrt(share)
    return (benchmark + expected_max(n) / math.sqrt(searched.n_days - 1)) * math.sqrt(year)


def _count(part: Part) -> int:
    if part.trials is not None:
        return part.trials.n
    counts = part.plain.get("counts")
    n_ok = counts.get("ok") if isinstance(counts, Mapping) else None
    return n_ok if isinstance(n_ok, int) else part.n_rows
