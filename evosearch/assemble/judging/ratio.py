"""The column by which returns are judged, in the unit that people compare: a year."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evosearch.assemble.judging.case import find_days_per_year
from evosearch.evidence.rules import find_lucky
from evosearch.problems.words import find_evidence

if TYPE_CHECKING:
    from evosearch.report.box_facts import BoxFacts
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

    def read_hold(self, box: BoxFacts) -> tuple[float | None, float | None]:
        """The ratio of a year of holding, where it was searched and over the hold-out."""
        searched, unseen = (
            None if each is None or each.sharpe is None else each.sharpe * self.to_year
            for each in (box.hold, box.hold_unseen)
        )
        return searched, unseen

    def find_lucky(self, box: BoxFacts) -> tuple[float, float, float] | None:
        """Where the best of as many lucky ones stands: 5 % lie below, expected, 95 % below."""
        found = find_lucky(box.searched, box.hold, box.n_trials, (0.05, 0.95))
        if found is None:
            return None
        expected, (low, high) = found
        return low * self.to_year, expected * self.to_year, high * self.to_year


def find_ratio(metadata: ShardMetadata) -> Ratio | None:
    """The ratio of a ranking; None if its problem names no evidence."""
    evidence = find_evidence(metadata.problem.plain)
    if evidence is None:
        return None
    to_year = math.sqrt(find_days_per_year(metadata))
    return Ratio(evidence.sharpe, to_year, evidence.return_frac, evidence.behaviour)
