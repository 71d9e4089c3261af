"""The rules of the verdict: two tests, one table, the first line that fits.

Where a textbook rule failed on markets without any edge, the rule here differs, and says so. The
luck of N trials uses the variance of a Sharpe ratio without skill, 1 / (T - 1): a search breeds
around what it finds, so the variance of its trials says nothing of luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from evosearch.evidence.looks import MAX_LOOKS, alpha
from evosearch.evidence.moments import Moments
from evosearch.evidence.normal import cdf, upper_tail
from evosearch.evidence.sharpe import expected_max, max_quantile, needed, shape, wide_sd
from evosearch.evidence.verdict import SIGNIFICANT, Audited, Case, Verdict

CONFIDENCE = 0.95
# Searches on mirrored bars before their share of better ones may speak for a strategy.
MIN_SURROGATES = 39
_P_FOR, _P_AGAINST = 0.025, 0.05
# Checks of an audit that a strategy must survive.
VITAL = ("same_numbers", "costs", "lookahead", "neighbourhood")
_Z_ONE_SIDED = 1.645  # of 0.95
_Z_POWER = 2.80  # 80 % power of one test at 0.025
_USUAL_YEAR = 365.0
_MOST_TRIALS = 10**300


@dataclass(frozen=True)
class _Part:
    """One part of the history: its Sharpe ratio over the benchmark."""

    sharpe: float
    benchmark: float
    deviation: float
    widened: float
    n_days: int

    @property
    def x(self) -> float:
        return (self.sharpe - self.benchmark) / self.deviation


def judge(case: Case) -> Verdict:
    """What the evidence supports.

    Parameters
    ----------
    case : Case
        Numbers of any kind: what is no number counts as not recorded.

    Returns
    -------
    Verdict
        Always one of its names; never raises. More looks never give a better name.
    """
    n = min(max(int(case.n_trials), 0), _MOST_TRIALS)
    highest = expected_max(n)
    searched, lack = _read_part(case.searched, case.hold)
    facts = Verdict(
        "unknown", n, bool(case.n_is_bound), expected_max=highest, dispersion=case.dispersion
    )
    if not case.is_feasible:
        # Without a Sharpe ratio most are infeasible: both reasons are true.
        reasons = ("infeasible",) + ("no_sharpe",) * (lack == "no_sharpe")
        return _replace(facts, _facts_in(searched, highest), why=reasons)
    if searched is None:
        return _replace(facts, why=(lack,))
    unseen, lack = _read_part(case.unseen, case.hold_unseen)
    tests = _Tests.of(case, searched, unseen, highest)
    facts = _replace(
        facts,
        _facts_in(searched, highest),
        _facts_out(case, unseen, tests),
        passes_in=tests.passes_in,
        passes_oos=tests.passes_oos,
        years_needed=_years(searched, highest, case.days_per_year),
        days_to_paper=_days(searched, unseen),
    )
    earned = Moments.of(None, None, None, None, case.searched.return_frac).return_frac
    if earned is not None and earned <= 0.0:
        return _replace(facts, name="loses", why=("wide_space",) * ("wide_space" in tests.why))
    why = tests.why
    if case.unseen is not None and unseen is None and (lack == "hold_unknown" or tests.is_strong):
        # Where luck explains what was searched, it needs no hold-out to say so.
        return _replace(facts, why=(*why, lack if lack == "hold_unknown" else "no_sharpe_unseen"))
    name = tests.find_name()
    # One more look turns "paper" into "too_short": an audit speaks against both alike.
    if name in (*SIGNIFICANT, "too_short") and case.audit is not None:
        name, found = _audit(name, case.audit)
        why += found
    return _replace(facts, name=name, why=why)


@dataclass(frozen=True)
class _Tests:
    """Both tests of one strategy, and what stands in their way."""

    x_in: float
    x_oos: float | None
    has_holdout: bool
    passes_in: bool
    passes_oos: bool
    is_wide: bool
    highest: float
    why: tuple[str, ...]

    @classmethod
    def of(cls, case: Case, searched: _Part, unseen: _Part | None, highest: float) -> _Tests:
        audit = case.audit
        p = _read_share(audit)
        is_audited = p is not None and _is_long_enough(audit)
        passes_in = is_audited and p is not None and p <= _P_FOR
        if not case.is_wide:
            passes_in = passes_in or _deflate(searched, highest) >= CONFIDENCE
        why: tuple[str, ...] = ("wide_space",) if case.is_wide and not is_audited else ()
        look = max(case.n_looks, 1)
        passes_oos = False
        if case.unseen is None:
            why += ("no_holdout",)
        elif look > MAX_LOOKS:
            why += ("used_up",)
        elif unseen is not None:
            passes_oos = upper_tail(unseen.x) <= alpha(look)
        x_oos = None if unseen is None else unseen.x
        has_holdout = case.unseen is not None
        return cls(
            searched.x, x_oos, has_holdout, passes_in, passes_oos, case.is_wide, highest, why
        )

    @property
    def is_beyond_luck(self) -> bool:
        """Whether it beats the luckiest of N; never said of a wide space, bred."""
        return not self.is_wide and self.x_in > self.highest

    @property
    def is_strong(self) -> bool:
        return self.passes_in or self.is_beyond_luck

    def find_name(self) -> str:
        """The table, first match first, for what is known and did not lose."""
        x_oos = 0.0 if self.x_oos is None else self.x_oos
        if self.passes_in and self.passes_oos:
            return "consistent"
        if self.passes_oos and self.x_in > 0.0:
            return "paper"
        # Without a hold-out, paper trading is the one that is left to make.
        if self.passes_in and (x_oos > 0.0 or not self.has_holdout):
            return "paper"
        if self.has_holdout and self.is_strong and x_oos <= 0.0:
            return "contradicted"
        if self.passes_in or self.passes_oos:
            return "luck"
        if self.is_beyond_luck and self.x_in > 0.0 and (x_oos > 0.0 or not self.has_holdout):
            return "too_short"
        return "luck"


def _read_part(moments: Moments | None, hold: Moments | None) -> tuple[_Part | None, str]:
    """Return one part over its benchmark, or None and the key of what is missing."""
    if moments is None:
        return None, ""
    known = Moments.of(*vars(moments).values())
    if not known.is_complete:
        return None, "no_sharpe"
    market = Moments.of(hold.sharpe).sharpe if hold is not None else None
    if market is None:
        return None, "hold_unknown"
    assert known.sharpe is not None and known.skew is not None
    assert known.kurtosis is not None and known.n_days is not None
    # An unknown exposure counts as always in the market: the strictest benchmark.
    share = 1.0 if known.exposure is None else min(max(known.exposure, 0.0), 1.0)
    deviation = wide_sd(known.sharpe, known.n_days, known.skew, known.kurtosis)
    widened = max(1.0, shape(known.sharpe, known.skew, known.kurtosis))
    benchmark = max(0.0, market) * math.sqrt(share)
    return _Part(known.sharpe, benchmark, deviation, widened, known.n_days), ""


def find_lucky(
    searched: Moments | None, hold: Moments | None, n_trials: int, qs: tuple[float, ...]
) -> tuple[float, tuple[float, ...]] | None:
    """Where the best of `n_trials` without skill stands: a daily ratio, and some of its quantiles.

    The first is `luck_daily` of a verdict. None if its benchmark or the days are not known.

    Parameters
    ----------
    searched : Moments
        Of the best one, for its days and its exposure.
    hold : Moments
        Of holding over the same days.
    n_trials : int
    qs : tuple of float in (0, 1)
    """
    part, _ = _read_part(searched, hold)
    if part is None or n_trials < 1:
        return None
    n = min(int(n_trials), _MOST_TRIALS)
    return _luck(part, expected_max(n)), tuple(_luck(part, max_quantile(q, n)) for q in qs)


def _deflate(part: _Part, highest: float) -> float:
    """Return the deflated Sharpe ratio over the benchmark, by the wide deviation."""
    return cdf((part.sharpe - _luck(part, highest)) / part.deviation)


def _luck(part: _Part, highest: float) -> float:
    return part.benchmark + highest / math.sqrt(float(part.n_days - 1))


def _facts_in(part: _Part | None, highest: float) -> dict[str, object]:
    if part is None:
        return {}
    luck, dsr = _luck(part, highest), _deflate(part, highest)
    return {"luck_daily": luck, "dsr": dsr, "b_in": part.benchmark, "x_in": part.x}


def _facts_out(case: Case, part: _Part | None, tests: _Tests) -> dict[str, object]:
    if case.unseen is None:
        return {}
    look = max(case.n_looks, 1)
    level = None if "used_up" in tests.why else alpha(look)
    found: dict[str, object] = {"look": look, "alpha": level}
    if part is not None:
        found |= {"p_oos": upper_tail(part.x), "b_oos": part.benchmark, "x_oos": part.x}
    return found


def _years(part: _Part, highest: float, days_per_year: float) -> float:
    """Return the years of history after which this Sharpe ratio would pass in sample."""
    year = Moments.of(days_per_year).sharpe
    distance = part.sharpe - part.benchmark
    days = needed(distance, part.widened, highest + _Z_ONE_SIDED)
    return days / (year if year is not None and year > 0.0 else _USUAL_YEAR)


def _days(searched: _Part, unseen: _Part | None) -> float:
    """Return the days of paper trading that find half of it with 80 % power."""
    distance = (searched.sharpe - searched.benchmark) / 2.0
    if unseen is not None:
        distance = min(distance, unseen.sharpe - unseen.benchmark)
    return needed(distance, searched.widened, _Z_POWER)


def _read_share(audit: Audited | None) -> float | None:
    return None if audit is None else Moments.of(audit.p_surrogate).sharpe


def _is_long_enough(audit: Audited | None) -> bool:
    """Return whether its searches are enough to speak for a strategy."""
    return audit is not None and not audit.is_at_least and audit.n_surrogates >= MIN_SURROGATES


def _audit(name: str, audit: Audited) -> tuple[str, tuple[str, ...]]:
    p = _read_share(audit)
    if p is not None and p > _P_AGAINST:
        return "luck", ("surrogates",)
    failed = tuple(check for check in VITAL if check in audit.failed)
    return ("fragile", failed) if failed else (name, ())


def _replace(verdict: Verdict, *facts: dict[str, object], **more: object) -> Verdict:
    known = vars(verdict)
    for each in (*facts, more):
        known = known | each
    return Verdict(**known)
