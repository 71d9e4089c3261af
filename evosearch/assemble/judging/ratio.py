"""The column by which returns are judged, in the unit that people compare: a year."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evosearch.assemble.judging.case import find_days_per_year
from evosearch.problems.words import find_evidence

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata


@dataclass(frozen=True)
class Ratio:
    """A Sharpe ratio of one period, and how it becomes that of a year.

    Attributes
    ----------
    column : str
    to_year : float
        What the column is multiplied with.
    return_column : str
        The return over the searched part.
    behaviour : str
        The column that is equal for rows that behave alike; empty if there is none.
    """

    column: str
    to_year: float
    return_column: str
    behaviour: str


def find_ratio(metadata: ShardMetadata) -> Ratio | None:
    """The ratio of a ranking; None if its problem names no evidence."""
    evidence = find_evidence(metadata.problem.plain)
    if evidence is None:
        return None
    to_year = math.sqrt(find_days_per_year(metadata))
    return Ratio(evidence.sharpe, to_year, evidence.return_frac, evidence.behaviour)
