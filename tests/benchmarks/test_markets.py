"""The markets of known truth: their highs and lows, their fair game, their drift and edge."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.markets import Kind, announces, draw_extremes, make_market
from evosearch.trading.bars import Bars
from evosearch.trading.loading.load import load_bars
from evosearch.trading.market import Execution, make_span
from evosearch.trading.market import make_market as make_kernel_market

# Wide enough that hardly a bar touches both, where the kernel counts the stop.
STOP, TARGET = 0.0075, 0.0225


def test_highest_and_lowest_of_a_path_have_their_exact_joint_law():
    # Of Brownian motion over one unit of time: E[range] = sqrt(8 / pi), E[range^2] = 4 ln 2
    # (Feller 1951). The second holds only if highest and lowest are tied as they should be.
    rng, n, n_steps = np.random.default_rng(1), 60_000, 12
    after = np.cumsum(rng.standard_normal((n, n_steps)) / np.sqrt(n_steps), axis=1)
    before = np.hstack([np.zeros((n, 1)), after[:, :-1]])
    highs, lows = draw_extremes(before, after, np.full((n, 1), 1 / n_steps), rng)
    for moment, exact in ((1, np.sqrt(8 / np.pi)), (2, 4 * np.log(2))):
        drawn = (highs.max(axis=1) - lows.min(axis=1)) ** moment
        assert abs(drawn.mean() - exact) < 4 * drawn.std() / np.sqrt(n)
    one_step = draw_extremes(np.zeros((n, 1)), after[:, -1:], np.ones((n, 1)), rng)
    drawn = (one_step[0] - one_step[1])[:, 0] ** 2
    assert abs(drawn.mean() - 4 * np.log(2)) > 4 * drawn.std() / np.sqrt(n)


def test_bars_are_bars():
    market = make_market(Kind(), 2_000, 1)
    low, high = market["low"], market["high"]
    for name in ("open", "close"):
        assert (low <= market[name]).all() and (market[name] <= high).all()
    assert (market["open"][1:] == market["close"][:-1]).all() and low.min() > 0
    again = make_market(Kind(), 2_000, 1)
    assert all((market[name] == again[name]).all() for name in market)
    assert (make_market(Kind(), 2_000, 2)["close"] != market["close"]).any()


def trade_always(kind: Kind, n_bars: int) -> tuple[float, int]:
    """z of the mean trade, in the market at all times with a stop and a target; and trades."""
    from evosearch.trading.backtest import simulate
    from evosearch.trading.metrics import NAMES

    times = np.arange(n_bars) * np.int64(kind.minutes * 60_000_000)
    bars = Bars(times, *make_market(kind, n_bars, 3).values(), source="", days_per_year=365)
    execution = Execution(
        is_next_open=True, first_bar=0, fee_frac=0.0, slippage_frac=0.0, size_frac=0.0,
        notional=1.0, trail_frac=0.0, initial_capital=1e6,
    )  # fmt: skip
    masks = np.full((1, -(-n_bars // 64)), ~np.uint64(0), np.uint64)
    found = simulate(
        make_kernel_market(bars), execution, make_span(bars, 0, n_bars), masks,
        np.zeros((1, 1), np.int32), np.array([STOP]), np.array([TARGET]),
    )[0]  # fmt: skip
    metrics = dict(zip(NAMES, found, strict=True))
    n, won = int(metrics["n_trades"]), metrics["win_frac"]
    spread = (STOP + TARGET) * np.sqrt(won * (1 - won))  # a trade has two outcomes
    return metrics["mean_trade_frac"] / spread * np.sqrt(n), n


@pytest.mark.parametrize("minutes", [60, 5])
def test_stops_and_targets_gain_nothing_on_a_fair_market(minutes):
    n_bars = 60_000 if minutes == 60 else 120_000
    z, n_trades = trade_always(Kind(minutes=minutes), n_bars)
    assert n_trades > 1_000
    assert abs(z) < 3.3


def test_a_few_prices_a_bar_make_each_stop_a_gift():
    z, _ = trade_always(Kind(is_fair=False), 120_000)
    assert z > 4


def test_holding_and_the_planted_edge_earn_what_was_asked():
    n_bars, per_year = 30_000, 365 * 24
    found = {"none": [], "hold": [], "edge": [], "all": []}
    for seed in range(3):
        for name, kind in (
            ("none", Kind()),
            ("hold", Kind(hold_sharpe=8.0)),
            ("edge", Kind(edge_sharpe=6.0)),
        ):
            market = make_market(kind, n_bars, seed)
            gains = market["close"] / market["open"] - 1
            if name == "edge":
                found["all"].append(gains.mean() / gains.std())
                gains = gains * announces(market["volume"])
            found[name].append(gains.mean() / gains.std())
    years, expected = n_bars / per_year, {"none": 0.0, "hold": 8.0, "edge": 6.0, "all": 0.0}
    for name, values in found.items():
        sharpe = np.mean(values) * np.sqrt(per_year)
        assert abs(sharpe - expected[name]) < 4 / np.sqrt(years * len(values)), name


def test_the_sample_is_made_again_bit_for_bit():
    market, bars = make_market(Kind(minutes=5), 30_000, 2026), load_bars("sample:fair-5min", ())
    assert all((market[name] == getattr(bars, name)).all() for name in market)
