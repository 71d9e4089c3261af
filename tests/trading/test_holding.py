"""Buy and hold of both parts, its days, and whether a space is wide."""

import numpy as np
import pytest

from evosearch.problems import load_problem
from evosearch.problems.evidence import SharpeEvidence
from evosearch.problems.words import find_evidence, is_wide
from evosearch.trading.metrics import EVIDENCE
from evosearch.trading.problem import Trading
from tests.trading.comparison import read_bars
from tests.trading.reference_metrics import DAY_US, compute_daily_returns, compute_moments

DATA = "sample:ibm-daily"


@pytest.mark.parametrize("last_bars", [None, 150, 60, 1])
def test_holding_is_measured_as_a_strategy_is(last_bars):
    problem = load_problem("trading", {"data": DATA, "last_bars": last_bars})
    stated = problem.measure_data()["hold"]
    bars, per_year = read_bars(DATA, last_bars)
    n_bars = len(bars["close"])
    split = n_bars - round(n_bars * 0.3)
    for key, cut in (("in", slice(0, split)), ("oos", slice(split, None))):
        close, days = bars["close"][cut], bars["timestamp_us"][cut] // DAY_US
        if not len(close):
            assert stated[key] is None
            continue
        returns = compute_daily_returns(close.tolist(), days, bars["open"][cut][0])
        wanted = compute_moments(returns, per_year)
        for name in ("sharpe_daily", "skew_daily", "kurtosis_daily"):
            assert stated[key][name] == (
                None if np.isnan(wanted[name]) else pytest.approx(wanted[name], rel=1e-12)
            )
        assert stated[key]["return_frac"] == pytest.approx(close[-1] / bars["open"][cut][0] - 1)
        assert stated[key]["n_days"] == len(returns)
    assert (stated["in"]["sharpe_daily"] is None) == (last_bars == 1)


def test_a_part_without_hold_out_has_none():
    problem = load_problem("trading", {"data": DATA, "holdout_frac": 0.0})
    stated = problem.measure_data()
    assert stated["hold"]["oos"] is stated["days"]["oos"] is None


@pytest.mark.parametrize(
    ("options", "wide"),
    [
        ({}, False),
        ({"max_rules": 1, "kinds": ["rsi_level"], "periods": [14]}, False),
        ({"risk": "conservative"}, False),
        ({"stop_loss_range": (0.005, 0.1), "take_profit_range": (0.01, 0.2)}, False),
        ({"max_rules": 4}, True),
        ({"periods": [10, 15]}, True),
        ({"levels": [20, 50]}, True),
        ({"stop_loss_range": (0.004, 0.1)}, True),
        ({"take_profit_range": (0.01, 0.21)}, True),
    ],
    ids=str,
)
def test_a_space_beyond_the_shipped_one_is_wide(options, wide):
    problem = load_problem("trading", options)
    assert problem.is_wide is wide
    assert is_wide("trading", problem.space.to_dict()) is wide
    assert is_wide("mine.py:Mine", problem.space.to_dict()) is True


@pytest.mark.parametrize(
    "space",
    [{}, {"genes": None}, {"genes": [3]}, {"genes": [{"name": "x"}]}, {"genes": [{"name": 3}]},
     {"genes": [{"name": "n_rules", "low": "a", "high": 3}]}, [], "x",
     {"genes": [{"name": "rule1_kind", "values": 3}]}],
    ids=str,
)  # fmt: skip
def test_an_odd_space_is_wide(space):
    assert is_wide("trading", space) is True


def test_evidence_is_that_of_the_shard_or_of_its_problem():
    assert find_evidence({"name": "trading"}) == EVIDENCE == Trading.evidence
    assert find_evidence({"name": "mine.py:Mine"}) is None
    assert find_evidence({"name": "sphere"}) is None
    stated = SharpeEvidence("a", "b", "c", "d", "e", "f")
    assert find_evidence({"name": "mine.py:Mine", "evidence": stated.to_plain()}) == stated
    # A stranger's file cannot say that another column of a built-in problem is its evidence.
    assert find_evidence({"name": "trading", "evidence": stated.to_plain()}) == EVIDENCE
