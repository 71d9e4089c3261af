"""What newer bars say of the leaders of a ranking, as plain records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evosearch.evidence.moments import Moments
from evosearch.evidence.verdict import Audited, Verdict

LEAST_DAYS = 30


@dataclass(frozen=True)
class ForwardRow:
    """What a strategy earned on newer bars, and what that says of it."""

    rank: int
    genome_id: str
    searched: Moments
    earned: Moments
    verdict: Verdict
    audit: Audited | None = None

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "rank": self.rank,
            "genome_id": self.genome_id,
            "earned": vars(self.earned),
            "passes": self.verdict.passes_oos,
            "verdict": self.verdict.to_plain(),
        }


@dataclass(frozen=True)
class Forward:
    """What newer bars say.

    Attributes
    ----------
    source : str
        Name of their file.
    n_bars, n_days : int
        Newer bars, and the days that they cover; bars where one is longer than a day.
    since, until : str
        Dates of the first and the last newer bar; empty without any.
    n_changed : int
        Bars of the ranking that the file has with other prices.
    first_changed : str
        Moment of the first of them.
    days_per_year : float
    reading : str
        The options that the file was read with, if it needs any; they are the ranking's.
    hold : Moments or None
        Buy and hold of the newer bars.
    rows : tuple of ForwardRow
        The first strategies, as far as those above passed; empty below `LEAST_DAYS` days.
    n_looks : int
        Strategies that were looked at on these days, these included.
    is_recorded : bool
        These looks will be remembered.
    unit : str
        What one return spans: ``day``, or the bar where that is longer.
    """

    source: str
    n_bars: int
    n_days: int
    since: str
    until: str
    n_changed: int
    first_changed: str
    days_per_year: float
    hold: Moments | None = None
    rows: tuple[ForwardRow, ...] = ()
    n_looks: int = 0
    is_recorded: bool = True
    reading: str = ""
    unit: str = "day"

    @property
    def is_too_short(self) -> bool:
        """Whether there are too few days to say anything."""
        return self.n_days < LEAST_DAYS

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        hold = None if self.hold is None else vars(self.hold)
        rows = [row.to_plain() for row in self.rows]
        return {**vars(self), "hold": hold, "rows": rows, "is_too_short": self.is_too_short}
