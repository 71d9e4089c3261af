"""The facts under the box of a ranking: numbers and states, without words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evosearch.evidence.moments import Moments
    from evosearch.evidence.verdict import Audited, Verdict

STATES = ("judged", "no_evidence", "unmerged", "chosen_by_holdout", "not_tested", "no_rows")


@dataclass(frozen=True)
class BoxFacts:
    """Everything that the box under a ranking says.

    Attributes
    ----------
    state : str
        One of `STATES`: ``judged``; ``no_evidence`` if the problem names no columns as its
        evidence; ``unmerged`` for shards of several runs that are not merged;
        ``chosen_by_holdout`` if rows were chosen by the hold-out; ``not_tested`` for a row below
        one that did not pass; ``no_rows``.
    verdict : Verdict, optional
        None unless `state` is ``judged`` or ``not_tested``.
    n_trials, n_is_bound
        N, and whether it is "at most N". Of a problem without evidence: rows that were measured.
    n_machines : int
    by_profile : tuple of (str, int)
        Distinct trials by profile, in order of size.
    n_elsewhere, n_files_elsewhere : int
        How many of the N trials stand in how many files that were not merged.
    n_before : int
        How many of the N trials `--trials-before` added.
    days_searched, days_unseen : int, optional
        None: not recorded; `days_unseen` also without a hold-out.
    days_per_year : float, optional
    unit : str
        What one return spans: ``day``, or the bar where that is longer; days are counted in it.
    searched, unseen, hold, hold_unseen : Moments, optional
    years_here, years_for_one : float, optional
        Years that were searched, and years before an annual Sharpe of 1 means anything.
    n_looks : int
        Looks at this hold-out, this one included; 0 without a hold-out.
    is_look_recorded : bool
    n_behaviours : int, optional
        Distinct lists of trades, an estimate above 1,024.
    objective : str
    best : float, optional
        Of the row, in the units of the objective.
    found : str
        The run that found the row, such as ``pro@vm``; empty if unknown.
    is_deterministic : bool, optional
        None: unknown.
    audit : Audited, optional
    next_command : str
    is_wide, is_older : bool
        A space that is wide was searched; shards of an older version are among the inputs.
    """

    state: str = "judged"
    verdict: Verdict | None = None
    n_trials: int = 0
    n_is_bound: bool = False
    n_machines: int = 1
    by_profile: tuple[tuple[str, int], ...] = ()
    n_elsewhere: int = 0
    n_files_elsewhere: int = 0
    n_before: int = 0
    days_searched: int | None = None
    days_unseen: int | None = None
    days_per_year: float | None = None
    searched: Moments | None = None
    unseen: Moments | None = None
    hold: Moments | None = None
    hold_unseen: Moments | None = None
    years_here: float | None = None
    years_for_one: float | None = None
    n_looks: int = 0
    is_look_recorded: bool = True
    n_behaviours: int | None = None
    objective: str = ""
    best: float | None = None
    found: str = ""
    is_deterministic: bool | None = None
    audit: Audited | None = None
    next_command: str = ""
    is_wide: bool = False
    is_older: bool = False
    unit: str = "day"

    def annualise(self, ratio: float | None) -> float | None:
        """The ratio of one period as that of a year; None if either is unknown."""
        year = self.days_per_year
        return None if ratio is None or year is None else ratio * math.sqrt(year)
