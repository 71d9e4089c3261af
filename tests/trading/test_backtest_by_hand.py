"""Short markets worked out by hand: what the reference says there, and the kernel with it.

Volume is the signal: the only rule is "volume above its average of 2 bars", which is true on a
bar whose volume exceeds that of the bar before.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from evosearch.problems import load_problem
from tests.trading.comparison import assert_agreement, read_bars
from tests.trading.reference import Trade, run
from tests.trading.reference_signals import Signals
from tests.trading.strategies import write_bars

Bar = tuple[float, float, float, float]
QUIET: Bar = (100.0, 100.0, 100.0, 100.0)
FREE = {"fee_frac": 0.0, "slippage_frac": 0.0}
ON_VOLUME = {"rule1_kind": "volume_vs_sma", "rule1_op": "above", "rule1_period": 2}


@pytest.fixture
def trade(tmp_path):
    """A function that trades on given bars and returns the trades and the metrics."""

    def _trade(
        bars: list[Bar],
        signals: list[int],
        rule: dict[str, Any] = ON_VOLUME,
        interval: str = "1h",
        stop: float = 0.1,
        target: float = 0.1,
        **options: Any,
    ) -> tuple[list[Trade], dict[str, float]]:
        path = tmp_path / f"bars-{len(list(tmp_path.iterdir()))}.csv"
        volume = np.array([2.0 if bar in signals else 1.0 for bar in range(len(bars))])
        write_bars(path, np.array(bars), volume, interval)
        settings = {
            "data": str(path),
            "kinds": [rule["rule1_kind"]],
            "periods": [rule["rule1_period"]],
            "max_rules": 1,
            "holdout_frac": 0.0,
            "stop_loss_range": [stop, stop],
            "take_profit_range": [target, target],
            **options,
        }
        params = {"n_rules": 1, "stop_loss_frac": stop, "take_profit_frac": target, **rule}
        problem = load_problem("trading", settings)
        (metrics,) = assert_agreement(problem, settings, [params])
        courses = run(Signals(read_bars(str(path))[0]), params, settings)
        return courses[0][1].trades, metrics

    return _trade


def test_signal_fills_at_the_next_open_with_slippage(trade):
    bars = [QUIET, QUIET, (110.0, 111.0, 109.0, 110.0), (110.0, 111.0, 109.0, 110.0)]
    (only,), _ = trade(bars, [1], slippage_frac=0.01)
    assert (only.entry_bar, only.entry_price) == (2, pytest.approx(111.1))


def test_stop_fills_before_target_inside_one_bar(trade):
    bars = [QUIET, QUIET, QUIET, (100.0, 115.0, 85.0, 100.0), QUIET]
    (only,), metrics = trade(bars, [1], **FREE)
    assert (only.reason, only.exit_bar, only.exit_price) == ("stop", 3, 90.0)
    assert metrics["n_ambiguous_bars"] == 1


@pytest.mark.parametrize(("high", "low", "n_ambiguous"), [(125, 75, 1), (124, 75, 0), (125, 76, 0)])
def test_bar_is_ambiguous_when_it_just_touches_both_stop_and_target(trade, high, low, n_ambiguous):
    bars = [QUIET, QUIET, QUIET, (100.0, high, low, 100.0), QUIET]
    _, metrics = trade(bars, [1], stop=0.25, target=0.25, **FREE)
    assert metrics["n_ambiguous_bars"] == n_ambiguous


def test_stop_inside_a_gap_fills_at_the_open(trade):
    bars = [QUIET, QUIET, QUIET, (80.0, 82.0, 79.0, 81.0), QUIET]
    (only,), _ = trade(bars, [1], slippage_frac=0.01, stop=0.05)
    assert only.exit_price == pytest.approx(80 * 0.99)


def test_target_inside_a_gap_fills_at_the_open_without_slippage(trade):
    bars = [QUIET, QUIET, QUIET, (120.0, 121.0, 119.0, 120.0), QUIET]
    (only,), _ = trade(bars, [1], slippage_frac=0.01)
    assert (only.reason, only.exit_price) == ("target", 120.0)


def test_stop_that_is_touched_exactly_fills(trade):
    bars = [QUIET, QUIET, QUIET, (100.0, 100.0, 90.0, 95.0), QUIET]
    (only,), _ = trade(bars, [1], **FREE)
    assert (only.reason, only.exit_price) == ("stop", 90.0)


def test_target_that_is_touched_exactly_fills(trade):
    bars = [QUIET, QUIET, QUIET, (100.0, 125.0, 100.0, 100.0), QUIET]
    (only,), _ = trade(bars, [1], target=0.25, **FREE)
    assert (only.reason, only.exit_price) == ("target", 125.0)


def test_entry_bar_is_live_after_its_open(trade):
    bars = [QUIET, QUIET, (100.0, 101.0, 88.0, 95.0), QUIET, QUIET]
    (only,), metrics = trade(bars, [1], **FREE)
    assert (only.entry_bar, only.exit_bar, only.exit_price) == (2, 2, 90.0)
    assert metrics["exposure_frac"] == pytest.approx(1 / 5)


def test_signal_on_the_last_bar_opens_nothing(trade):
    trades, metrics = trade([QUIET] * 5, [4])
    assert trades == []
    assert math.isnan(metrics["win_frac"])


def test_position_open_at_the_end_closes_at_the_last_close_with_both_fees(trade):
    bars = [QUIET, QUIET, QUIET, (104.0, 106.0, 103.0, 105.0)]
    (only,), metrics = trade(bars, [1], fee_frac=0.01, slippage_frac=0.0)
    assert only.reason == "end"
    assert metrics["net_profit"] == pytest.approx(10_500 - 105 - 10_000 - 100)
    assert metrics["exposure_frac"] == pytest.approx(2 / 4)


def test_signal_at_the_close_of_the_exit_bar_opens_at_the_next_open(trade):
    bars = [QUIET, QUIET, QUIET, (100.0, 100.0, 89.0, 95.0), QUIET, QUIET]
    trades, _ = trade(bars, [1, 3], **FREE)
    assert [(item.entry_bar, item.exit_bar) for item in trades] == [(2, 3), (4, 5)]


def test_signal_while_a_position_is_held_opens_nothing(trade):
    bars = [QUIET, QUIET, QUIET, QUIET, (100.0, 100.0, 89.0, 95.0), QUIET, QUIET]
    trades, _ = trade(bars, [1, 3], **FREE)
    assert [(item.entry_bar, item.exit_bar) for item in trades] == [(2, 4)]


def test_trailing_stop_follows_only_the_bars_before(trade):
    rise = (100.0, 104.0, 99.0, 104.0)  # the stop of the next bar is 104 - 0.5 * 10
    held = (104.0, 108.0, 99.5, 108.0)  # above 99; its own close would have lifted it to 103
    fall = (108.0, 108.0, 101.0, 102.0)
    trades, _ = trade([QUIET, QUIET, rise, held, fall], [1], trail_frac=0.5, target=0.5, **FREE)
    assert [(item.exit_bar, item.exit_price) for item in trades] == [(4, 103.0)]


def test_trailing_stop_never_falls(trade):
    bars = [QUIET, QUIET, (100.0, 104.0, 100.0, 104.0), (104.0, 104.0, 99.5, 100.0)]
    bars += [(100.0, 100.0, 98.0, 98.0)]
    (only,), _ = trade(bars, [1], trail_frac=0.5, **FREE)
    assert (only.exit_bar, only.exit_price) == (4, 99.0)


def test_fixed_notional_is_opened_only_while_cash_exceeds_it_and_the_fee(trade):
    loss = (100.0, 100.0, 50.0, 100.0)
    bars = [QUIET, QUIET, loss, QUIET, QUIET, loss, QUIET, QUIET, loss, QUIET]
    trades, _ = trade(bars, [1, 4, 7], notional=9_950.0, fee_frac=0.001, slippage_frac=0.0)
    assert len(trades) == 1  # 10,000 exceeds 9,959.95; what is left of it does not
    trades, _ = trade(bars, [1, 4, 7], notional=9_995.0, fee_frac=0.001, slippage_frac=0.0)
    assert trades == []


def test_drawdown_is_taken_on_closes_from_the_initial_capital(trade):
    bars = [QUIET, QUIET, (100.0, 100.0, 92.0, 95.0), (95.0, 109.0, 95.0, 108.0)]
    bars += [(108.0, 109.0, 94.0, 102.6)]
    _, metrics = trade(bars, [1], **FREE)
    assert metrics["max_drawdown_frac"] == pytest.approx(0.05)  # 108 to 102.6, and 100 to 95


def test_hold_out_starts_flat_and_its_indicators_are_warm(trade):
    bars = [QUIET] * 10
    _, metrics = trade(bars, [4], holdout_frac=0.5)  # the last bar before the hold-out
    assert (metrics["n_trades"], metrics["n_trades_oos"]) == (0, 0)
    _, metrics = trade(bars, [5], holdout_frac=0.5)  # its first bar, whose average needs bar 4
    assert (metrics["n_trades"], metrics["n_trades_oos"]) == (0, 1)


def test_hold_out_bars_change_nothing_before_them(trade):
    before = [QUIET, QUIET, QUIET, (100.0, 112.0, 99.0, 111.0), (111.0, 113.0, 108.0, 109.0)]
    _, first = trade([*before, *[QUIET] * 5], [1, 3, 6], holdout_frac=0.5)
    _, second = trade([*before, *[(70.0, 90.0, 50.0, 60.0)] * 5], [1, 3, 6], holdout_frac=0.5)
    # Only the hash of all trades speaks of both.
    inside = [name for name in first if not name.endswith("_oos") and name != "trades_id"]
    np.testing.assert_equal([first[name] for name in inside], [second[name] for name in inside])
    assert first["net_profit_oos"] != second["net_profit_oos"]


@pytest.mark.parametrize(("interval", "days_per_year"), [("1D", 365), ("B", 252)])
def test_moments_of_one_profitable_day_among_thirty(trade, interval, days_per_year):
    bars = [QUIET] * 30
    bars[10] = (100.0, 111.0, 100.0, 100.0)  # bought and sold within the bar
    _, metrics = trade(bars, [9], interval=interval, **FREE)
    share = 1 / 30  # of days that differ from the rest: a Bernoulli distribution
    spread = share * (1 - share)
    assert metrics["return_frac"] == pytest.approx(0.1)
    assert metrics["sharpe_daily"] == pytest.approx(30**-0.5)
    assert metrics["sharpe_annual"] == pytest.approx(30**-0.5 * days_per_year**0.5)
    assert metrics["skew_daily"] == pytest.approx((1 - 2 * share) / spread**0.5)
    assert metrics["kurtosis_daily"] == pytest.approx(3 + (1 - 6 * spread) / spread)


def test_moments_of_fewer_than_thirty_days_are_undefined(trade):
    bars = [QUIET] * 29
    bars[10] = (100.0, 111.0, 100.0, 100.0)
    _, metrics = trade(bars, [9], interval="1D", **FREE)
    assert metrics["n_trades"] == 1
    for name in ("sharpe_daily", "sharpe_annual", "skew_daily", "kurtosis_daily"):
        assert math.isnan(metrics[name])


def test_rsi_that_is_undefined_counts_as_fifty(trade):
    rule = {"rule1_kind": "rsi_level", "rule1_period": 50, "rule1_level": 40}
    for op, n_trades in (("above", 1), ("below", 0)):
        trades, _ = trade([QUIET] * 6, [], rule | {"rule1_op": op}, levels=[40])
        assert len(trades) == n_trades


@pytest.mark.parametrize("op", ["above", "below"])
@pytest.mark.parametrize("kind", ["price_vs_sma", "price_vs_ema", "volume_vs_sma"])
def test_comparison_of_equals_is_false(trade, kind, op):
    rule = {"rule1_kind": kind, "rule1_op": op, "rule1_period": 3}
    trades, _ = trade([(1.1, 1.1, 1.1, 1.1)] * 20, [], rule)
    assert trades == []


def test_same_close_trails_with_the_close_of_the_bar_itself(trade):
    bars = [QUIET] * 201 + [(100.0, 108.0, 98.0, 107.0), QUIET]  # 107 - 0.8 * 10
    (only,), metrics = trade(bars, [200], fill="same_close")
    assert (only.entry_bar, only.exit_bar, only.exit_price) == (200, 201, 99.0)
    assert metrics["net_profit"] == pytest.approx(990 - 3.96 - 1_000 - 4)
    assert metrics["exposure_frac"] == pytest.approx(1 / 203)


def test_same_close_fills_a_gap_at_the_stop_itself(trade):
    bars = [QUIET] * 201 + [(70.0, 71.0, 60.0, 65.0), QUIET]
    (only,), _ = trade(bars, [200], fill="same_close")
    assert only.exit_price == 90.0


def test_same_close_opens_nothing_before_bar_two_hundred(trade):
    bars = [QUIET] * 202 + [(70.0, 71.0, 60.0, 65.0)]
    assert trade(bars, [199], fill="same_close")[0] == []
    assert len(trade(bars, [200], fill="same_close")[0]) == 1


def test_same_close_bar_that_closes_a_position_opens_none(trade):
    fall = (100.0, 100.0, 80.0, 100.0)
    trades, _ = trade([*[QUIET] * 201, fall, QUIET, fall], [200, 201], fill="same_close")
    assert [item.entry_bar for item in trades] == [200]


def test_same_close_drops_a_position_open_at_the_end_without_a_trace(trade):
    bars = [QUIET] * 201 + [(100.0, 104.0, 97.0, 97.0)]
    trades, metrics = trade(bars, [200], fill="same_close")
    assert trades == []
    for name in ("net_profit", "exposure_frac", "max_drawdown_frac"):
        assert metrics[name] == 0
