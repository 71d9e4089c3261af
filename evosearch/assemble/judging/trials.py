"""N, the number of trials behind a ranking: each distinct genome once, wherever it was found."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evosearch.assemble.judging.folder import Elsewhere, count_part

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.format.records import Part

# Larger numbers come from strangers; luck grows with the root of their logarithm.
_MOST = 10**18
NONE = Elsewhere()


@dataclass(frozen=True)
class Trials:
    """How much was tried.

    Attributes
    ----------
    n : int
        All trials on these bars: of the ranking, elsewhere in the folder, and those before.
    is_bound : bool
        Whether it is an upper bound: a genome may be counted twice.
    dispersion : float or None
        Standard deviation of the Sharpe ratios of the ranking's trials; None if not recorded.
    elsewhere : Elsewhere
    n_before : int
    by_profile : tuple of (str, int)
        Trials of the ranking by profile, the largest first.
    n_machines : int
    is_older : bool
        Whether a file of an older version is among them, of which all rows count.
    """

    n: int
    is_bound: bool
    dispersion: float | None
    elsewhere: Elsewhere
    n_before: int
    by_profile: tuple[tuple[str, int], ...]
    n_machines: int
    is_older: bool


def count_trials(
    metadata: ShardMetadata,
    elsewhere: Elsewhere = NONE,
    n_before: int = 0,
    has_evidence: bool = True,
) -> Trials:
    """Count the trials of a ranking from its metadata alone.

    Parameters
    ----------
    metadata : ShardMetadata
        Of the ranking.
    elsewhere : Elsewhere
    n_before : int
        Trials that a person adds.
    has_evidence : bool
        Whether the problem names a Sharpe ratio; otherwise every distinct row is a trial.
    """
    parts = [part for run in metadata.sources.values() for part in run.parts.values()]
    is_older = has_evidence and any(part.trials is None for part in parts)
    n, is_bound = _count_own(metadata, parts, has_evidence)
    by_profile: dict[str, int] = {}
    for run_id, run in metadata.sources.items():
        name = run.profile_name or run_id
        own = sum(count_part(part) for part in run.parts.values())
        by_profile[name] = by_profile.get(name, 0) + own
    n_before = max(n_before, 0)
    total = n + elsewhere.n_trials + n_before
    return Trials(
        n=min(total, _MOST),
        is_bound=is_bound or elsewhere.may_repeat,
        dispersion=_find_dispersion(metadata, parts),
        elsewhere=elsewhere,
        n_before=n_before,
        by_profile=tuple(sorted(by_profile.items(), key=lambda item: (-item[1], item[0]))),
        n_machines=len({run.host for run in metadata.sources.values()}),
        is_older=is_older,
    )


def _count_own(metadata: ShardMetadata, parts: list[Part], has_evidence: bool) -> tuple[int, bool]:
    """Return how many trials a ranking itself has, and whether that is an upper bound."""
    is_whole = metadata.complete and metadata.kind == "merged"
    if not has_evidence and is_whole and metadata.n_rows is not None:
        return metadata.n_rows, False
    if is_whole and metadata.trials is not None:
        return metadata.trials.n, False
    if len(parts) == 1:
        return count_part(parts[0]), has_evidence and parts[0].trials is None
    n = sum(map(count_part, parts))
    # A merged file of an older version: its rows are distinct, but some have no Sharpe ratio.
    if is_whole and metadata.n_rows is not None:
        n = min(n, metadata.n_rows)
    return n, True


def _find_dispersion(metadata: ShardMetadata, parts: list[Part]) -> float | None:
    if metadata.complete and metadata.trials is not None:
        return metadata.trials.sd
    found = [part.trials for part in parts if part.trials is not None]
    if len(found) < len(parts) or not found:
        return None
    return functools.reduce(operator.add, found).sd
