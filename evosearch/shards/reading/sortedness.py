"""Whether a file's rows are sorted, judged by its footer alone.

Only readers of the first rows need this; a merge looks at every row. Our writer declares the
order, and what the footer says of each row group must agree with it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from evosearch.shards.format.schema import BASE_NAMES
from evosearch.shards.reading.footer import RowGroup

_FITNESS, _FEASIBLE = BASE_NAMES.index("fitness"), BASE_NAMES.index("feasible")


class Claim(NamedTuple):
    """What a row group says of its order; None where it does not say.

    Attributes
    ----------
    is_declared : bool
        It names the order of ranking.
    has_infeasible, has_feasible : bool or None
    lowest, highest : float or None
        Fitness in it.
    """

    is_declared: bool
    has_infeasible: bool | None
    has_feasible: bool | None
    lowest: float | None
    highest: float | None

    @classmethod
    def of(cls, group: RowGroup) -> Claim:
        """What one row group says."""
        columns, sorted_by = group.columns, group.sorted_by
        if len(columns) <= max(_FITNESS, _FEASIBLE, *sorted_by, 0):
            return cls(False, None, None, None, None)
        # Ours declare `feasible` in a shard and `rank` in a merged file.
        is_rank = bool(sorted_by) and columns[sorted_by[0]].name == "rank"
        feasible, fitness = columns[_FEASIBLE], columns[_FITNESS]
        return cls(
            is_rank or sorted_by == [_FEASIBLE],
            None if feasible.low is None else feasible.low == b"\0",
            None if feasible.high is None else feasible.high != b"\0",
            _as_float(fitness.low),
            _as_float(fitness.high),
        )


def are_sorted(claims: Iterable[Claim]) -> bool:
    """Whether all row groups say that they are sorted and nothing contradicts.

    Parameters
    ----------
    claims : iterable of Claim
        In the order of the file.
    """
    worst = float("inf")
    are_all_feasible = True
    for claim in claims:
        if not claim.is_declared or claim.has_infeasible is None or claim.has_feasible is None:
            return False
        if claim.has_feasible and not are_all_feasible:
            return False  # a feasible row behind an infeasible one
        if not claim.has_infeasible:
            if claim.lowest is None or claim.highest is None or claim.highest > worst:
                return False
            worst = claim.lowest
        are_all_feasible = are_all_feasible and not claim.has_infeasible
    return True


def _as_float(stored: bytes | None) -> float | None:
    if stored is None or len(stored) != 8:
        return None
    value: float = struct.unpack("<d", stored)[0]
    return value
