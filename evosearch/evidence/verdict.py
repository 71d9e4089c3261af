"""The verdict on one strategy: one name out of eight, and the numbers that it rests on.

`Case` goes in, `Verdict` comes out of `rules.judge`; both are plain numbers.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from evosearch.evidence.moments import Moments

# The last one comes from an audit only.
NAMES = (
    "unknown",
    "loses",
    "consistent",
    "paper",
    "contradicted",
    "too_short",
    "luck",
    "fragile",
)
SIGNIFICANT = ("paper", "consistent")


@dataclass(frozen=True)
class Audited:
    """What an audit found.

    Parameters
    ----------
    n_surrogates : int
        Searches of the same profiles on mirrored bars.
    p_surrogate : float or None
        Share of those searches that found as good a Sharpe ratio.
    failed : tuple of str
        Checks that failed, such as ``"costs"``.
    is_at_least : bool
        Those searches were shorter than ours, so the share is at least this: it speaks against a
        strategy, never for one.
    is_measured : bool
        The strategy itself was measured again; otherwise `failed` says nothing.
    """

    n_surrogates: int
    p_surrogate: float | None
    failed: tuple[str, ...] = ()
    is_at_least: bool = False
    is_measured: bool = True


@dataclass(frozen=True)
class Case:
    """Everything that a verdict rests on.

    Parameters
    ----------
    searched : Moments
        The strategy over the bars that were searched.
    unseen : Moments or None
        The strategy over the hold-out; None without one.
    hold, hold_unseen : Moments or None
        Buy and hold over the same bars; None where it is not recorded.
    is_feasible : bool
    n_trials : int
        Distinct trials with a defined Sharpe ratio.
    n_is_bound : bool
        Whether `n_trials` is an upper bound.
    n_looks : int
        Distinct winners whose hold-out was looked at, this one included; 0 without a hold-out.
    is_wide : bool
        Whether breeding in this space climbs past the luck of random draws.
    days_per_year : float
    dispersion : float or None
        Standard deviation of the Sharpe ratios of all trials: information only.
    audit : Audited or None
    """

    searched: Moments
    unseen: Moments | None
    hold: Moments | None
    hold_unseen: Moments | None
    is_feasible: bool
    n_trials: int
    n_is_bound: bool
    n_looks: int
    is_wide: bool
    days_per_year: float
    dispersion: float | None = None
    audit: Audited | None = None


@dataclass(frozen=True)
class Verdict:
    """What the evidence supports, and why.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    n : int
        Trials; `n_is_bound` says whether at most so many.
    luck_daily : float or None
        Daily Sharpe ratio that the luckiest of `n` skill-free strategies is expected to reach.
    dsr : float or None
        Deflated Sharpe ratio: chance that the true one beats that luck, by the wide deviation.
    p_oos : float or None
        Chance of as good a hold-out without skill.
    look, alpha : int, float or None
        Number of this look at the hold-out, and the level it is tested at.
    b_in, b_oos : float or None
        Daily Sharpe ratio that holding the market for as long would have earned.
    x_in, x_oos : float or None
        z-scores over those benchmarks.
    expected_max : float
        Largest z-score expected among `n` skill-free strategies.
    years_needed : float or None
        Years of history that this Sharpe ratio would need; infinite if none would do.
    days_to_paper : float or None
        Days of paper trading that would decide; infinite if none would do.
    dispersion : float or None
    why : tuple of str
        Keys of reasons: ``infeasible``, ``no_sharpe``, ``hold_unknown``, ``no_sharpe_unseen``,
        ``no_holdout``, ``used_up``, ``wide_space``, ``surrogates``, or a check that failed.
    passes_in, passes_oos : bool
    """

    name: str
    n: int
    n_is_bound: bool
    luck_daily: float | None = None
    dsr: float | None = None
    p_oos: float | None = None
    look: int = 0
    alpha: float | None = None
    b_in: float | None = None
    b_oos: float | None = None
    x_in: float | None = None
    x_oos: float | None = None
    expected_max: float = 0.0
    years_needed: float | None = None
    days_to_paper: float | None = None
    dispersion: float | None = None
    why: tuple[str, ...] = ()
    passes_in: bool = False
    passes_oos: bool = False

    @property
    def is_significant(self) -> bool:
        """Whether the strategy is worth anything beyond another look."""
        return self.name in SIGNIFICANT

    @property
    def is_passed(self) -> bool:
        """Whether the row below may be tested too: the hold-out, if there is one, confirms it."""
        return self.is_significant and (self.passes_oos or "no_holdout" in self.why)

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it: all numbers finite, None where infinite or undefined."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        for key, value in plain.items():
            if isinstance(value, float) and not math.isfinite(value):
                plain[key] = None
        return plain | {"why": list(self.why)}
