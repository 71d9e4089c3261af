"""What a ranking may claim: pure functions, numbers in and numbers out.

`sharpe` holds the published formulas, `rules` the one verdict that is built on them, `looks` what a
hold-out is worth after it was looked at, `sketch` the estimate of a count. Nothing here knows of
prices, files or terminals.

>>> from evosearch import evidence
>>> round(evidence.expected_max(1200), 6)
3.306615
"""

from evosearch.evidence.looks import MAX_LOOKS, alpha, count_open
from evosearch.evidence.moments import Moments
from evosearch.evidence.rules import judge
from evosearch.evidence.sharpe import (
    dsr,
    expected_max,
    luck_sharpe,
    min_backtest_years,
    min_track_record,
    psr,
    shape,
    sharpe_sd,
    sidak,
    wide_sd,
)
from evosearch.evidence.sketch import estimate_distinct
from evosearch.evidence.verdict import Audited, Case, Verdict

__all__ = [
    "MAX_LOOKS",
    "Audited",
    "Case",
    "Moments",
    "Verdict",
    "alpha",
    "count_open",
    "dsr",
    "estimate_distinct",
    "expected_max",
    "judge",
    "luck_sharpe",
    "min_backtest_years",
    "min_track_record",
    "psr",
    "shape",
    "sharpe_sd",
    "sidak",
    "wide_sd",
]
