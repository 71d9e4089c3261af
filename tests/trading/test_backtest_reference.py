"""The fast kernel equals a slow reference, on thousands of random strategies."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

from evosearch.problems import evaluate_genomes, load_problem
from tests.conftest import find_btc
from tests.trading.comparison import (
    assert_agreement,
    compare,
    encode,
    read_bars,
)
from tests.trading.reference import run
from tests.trading.reference_signals import Signals
from tests.trading.strategies import MARKETS, draw_strategies

# The most bars used of each; the markets made here are short enough to be used whole.
LONGEST = {"sample:ibm-daily": 3270, "sample:fair-5min": 3000, "btc": 3000}
SOURCES = [*MARKETS, *LONGEST]
BTC_REASON = "the real bars are not here: set EVOSEARCH_BTC_CSV to BTC-USD_FIVE_MINUTE.csv"

TIGHT = {"stop_loss_range": [0.0005, 0.01], "take_profit_range": [0.0005, 0.02]}
LOOSE = {"stop_loss_range": [0.001, 0.4], "take_profit_range": [0.001, 0.8]}
# Exact in binary: where prices are whole dollars, bars touch stops and targets to the last bit.
SIXTEENTHS = {"stop_loss_range": [0.0625, 0.0625], "take_profit_range": [0.0625, 0.0625]}
NEXT_OPEN: dict[str, dict[str, Any]] = {
    "defaults": {},
    "trailing": {"trail_frac": 0.5, "risk": "conservative", "holdout_frac": 0.5},
    "trailing far": {"trail_frac": 2.5, "risk": "low", "max_rules": 1, "slippage_frac": 0.0},
    "fixed notional": {"notional": 2500.0, "fee_frac": 0.01, "holdout_frac": 0.0, "max_rules": 2},
    "half of equity": {"size_frac": 0.5, "fee_frac": 0.001, "max_rules": 1, "min_trades": 3},
    "no costs": {"fee_frac": 0.0, "slippage_frac": 0.0, "max_rules": 4, **TIGHT},
    # Slippage beyond the stop loss: the stop lies above the open of the entry bar.
    "dear": {"fee_frac": 0.02, "slippage_frac": 0.03, "trail_frac": 1.0, "risk": "low"},
    "own rules": {
        "periods": [1, 2, 9, 31, 64, 65, 300],
        "levels": [0, 12.5, 40, 50, 60, 100],
        "holdout_frac": 0.07,
        "objective": "profit_factor",
        "max_rules": 2,
        **LOOSE,
    },
    "sixteenths": {"slippage_frac": 0.0, "max_rules": 1, **SIXTEENTHS},
    "legacy objective": {"objective": "legacy_2026", "holdout_frac": 0.0, "initial_capital": 500.0},
}
SAME_CLOSE: dict[str, dict[str, Any]] = {
    "defaults": {"max_rules": 2},
    "tight": {"max_rules": 1, "objective": "max_drawdown_frac", "min_trades": 0, **TIGHT},
    "dear": {"fee_frac": 0.05, "risk": "high", "max_rules": 1, "objective": "legacy_2026"},
    "own rules": {"periods": [1, 2, 9, 31, 64, 65, 300], "levels": [0, 40, 50, 60, 100], **LOOSE},
    "sixteenths": {"max_rules": 1, **SIXTEENTHS},
    # The old system knew none of these options; they must change nothing.
    "foreign options": {
        "risk": "conservative",
        "max_rules": 4,
        "slippage_frac": 0.05,
        "size_frac": 0.5,
        "notional": 300.0,
        "trail_frac": 0.1,
        "initial_capital": 77.0,
    },
}
CASES = [("next_open", name) for name in NEXT_OPEN] + [("same_close", name) for name in SAME_CLOSE]
# Together with 14 sources: at least 2,000 and 10,000 strategies for each fill.
QUICK = {"next_open": 18, "same_close": 28}
SLOW = {"next_open": 75, "same_close": 125}

PUBLISHED = {
    "pro": (
        {
            "n_rules": 2,
            "rule1_kind": "price_vs_sma",
            "rule1_op": "below",
            "rule1_period": 100,
            "rule2_kind": "rsi_level",
            "rule2_op": "above",
            "rule2_period": 20,
            "rule2_level": 75,
            "stop_loss_frac": 0.040480008261204674,
            "take_profit_frac": 0.06375186758033012,
        },
        (70.72604774825379, 16, 6),
    ),
    "air": (
        {
            "n_rules": 2,
            "rule1_kind": "rsi_level",
            "rule1_op": "below",
            "rule1_period": 50,
            "rule1_level": 25,
            "rule2_kind": "price_vs_ema",
            "rule2_op": "above",
            "rule2_period": 14,
            "stop_loss_frac": 0.032404352401753156,
            "take_profit_frac": 0.08646546454083559,
        },
        (78.1196026826724, 1, 1),
    ),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every source of bars, by the value of the option ``data``."""
    folder = tmp_path_factory.mktemp("markets")
    found = {name: name for name in LONGEST if name != "btc"}
    for name, write in MARKETS.items():
        path = folder / f"{name.replace(' ', '-')}.csv"
        write(path, np.random.default_rng(make_seed(name)))
        found[name] = str(path)
    if find_btc():
        found["btc"] = str(find_btc())
    return found


def make_seed(*names: str) -> int:
    """A number that is always the same for the same names."""
    return zlib.crc32(" ".join(names).encode())


def make_options(files: dict[str, str], source: str, fill: str, variant: str) -> dict[str, Any]:
    """The options of one case, over a window of a length of its own."""
    if source not in files:
        pytest.skip(BTC_REASON)
    longest = LONGEST.get(source) or len(read_bars(files[source])[0]["close"])
    rng = np.random.default_rng(make_seed(source, fill, variant))
    last_bars = max(2, int(rng.integers(longest * 2 // 3, longest + 1)))
    options = {"data": files[source], "last_bars": last_bars, "fill": fill}
    if fill == "same_close":
        return options | {"holdout_frac": 0.0} | SAME_CLOSE[variant]
    return options | NEXT_OPEN[variant]


@pytest.mark.parametrize(("fill", "variant"), CASES)
@pytest.mark.parametrize("source", SOURCES)
def test_kernel_equals_the_reference(files, source, fill, variant):
    options = make_options(files, source, fill, variant)
    compare(options, QUICK[fill], make_seed("quick", source, fill, variant))


@pytest.mark.slow
@pytest.mark.parametrize(("fill", "variant"), CASES)
@pytest.mark.parametrize("source", SOURCES)
def test_kernel_equals_the_reference_on_many_more_strategies(files, source, fill, variant):
    options = make_options(files, source, fill, variant)
    compare(options, SLOW[fill], make_seed("slow", source, fill, variant))


@pytest.mark.parametrize("trail_frac", [None, 0.7])
@pytest.mark.parametrize("fill", ["next_open", "same_close"])
def test_positions_held_over_thousands_of_bars_are_the_same(fill, trail_frac):
    # Long enough that the kernel leaps over whole blocks of 1,024 bars.
    options = {"data": "sample:fair-5min", "last_bars": 12_000, "fill": fill, **LOOSE}
    options |= {"holdout_frac": 0.0, "max_rules": 1, "trail_frac": trail_frac}
    results = compare(options, 12, make_seed("long", fill))
    assert max(metrics["exposure_frac"] for metrics in results) > 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "fill"),
    [
        ("sample:fair-5min", "next_open"),
        ("sample:fair-5min", "same_close"),
        ("btc", "next_open"),
        ("btc", "same_close"),
    ],
)
def test_kernel_equals_the_reference_over_all_bars_of_a_file(files, source, fill):
    if source not in files:
        pytest.skip(BTC_REASON)
    holdout = {"holdout_frac": 0.3 if fill == "next_open" else 0.0}
    options = {"data": files[source], "fill": fill, **holdout}
    compare(options, 60, make_seed("whole", source, fill))


@pytest.mark.parametrize("fill", ["next_open", "same_close"])
def test_random_strategies_meet_every_way_out_of_a_position(files, fill):
    # Were this to fail, the comparisons above would be passing over idle strategies.
    reasons, n_ambiguous, n_idle, n_lost = set(), 0, 0, 0
    for source in ("daily walk", "gaps", "wide bars", "whole dollars"):
        options = make_options(files, source, fill, "defaults")
        problem = load_problem("trading", options)
        signals = Signals(read_bars(options["data"], options["last_bars"])[0])
        for params in draw_strategies(problem.space, 40, np.random.default_rng(1)):
            trades = run(signals, params, options)[0][1].trades
            reasons |= {trade.reason for trade in trades}
            n_ambiguous += sum(trade.is_ambiguous for trade in trades)
            n_lost += sum(trade.pnl < 0 for trade in trades)
            n_idle += not trades
    assert reasons == ({"stop", "target", "end"} if fill == "next_open" else {"stop", "target"})
    assert n_ambiguous > 100
    assert n_lost > 1000
    assert 0 < n_idle < 80


@pytest.mark.parametrize(("fill", "variant"), CASES)
@pytest.mark.parametrize("source", ["gaps", "wide bars", "extreme", "ends in position"])
def test_profits_of_trades_add_up_to_the_change_of_equity(files, source, fill, variant):
    options = make_options(files, source, fill, variant)
    problem = load_problem("trading", options)
    signals = Signals(read_bars(options["data"], options["last_bars"])[0])
    for params in draw_strategies(problem.space, 10, np.random.default_rng(2)):
        for _, simulation in run(signals, params, options):
            change = simulation.equity[-1] - simulation.initial_capital
            profit = sum(trade.pnl for trade in simulation.trades)
            largest = max(map(abs, simulation.equity))
            assert profit == pytest.approx(change, rel=1e-9, abs=1e-12 * largest)


@pytest.mark.parametrize("machine", PUBLISHED)
def test_published_winners_of_the_old_system_are_reproduced(machine):
    if find_btc() is None:
        pytest.skip(BTC_REASON)
    params, (profit, n_trades, n_wins) = PUBLISHED[machine]
    data = {"data": str(find_btc()), "last_bars": 30_000}
    options = {**data, "fill": "same_close", "holdout_frac": 0.0}
    problem = load_problem("trading", options)
    (expected,) = assert_agreement(problem, options, [params])
    measured = evaluate_genomes(problem, encode(problem.space, [params])).metrics[0]
    measured = dict(zip(problem.metric_names, measured.tolist(), strict=True))
    for metrics in (expected, measured):
        assert metrics["net_profit"] == pytest.approx(profit, rel=1e-9)
        assert (metrics["n_trades"], metrics["n_wins"]) == (n_trades, n_wins)


def test_both_fills_are_compared_on_at_least_two_thousand_strategies():
    n_sources = len(SOURCES) - 1  # the real bars may be missing
    assert n_sources * len(NEXT_OPEN) * QUICK["next_open"] >= 2_000
    assert n_sources * len(SAME_CLOSE) * QUICK["same_close"] >= 2_000
    assert n_sources * len(NEXT_OPEN) * SLOW["next_open"] >= 10_000
    assert n_sources * len(SAME_CLOSE) * SLOW["same_close"] >= 10_000


def test_last_bars_of_the_written_files_are_the_ones_measured(files):
    problem = load_problem("trading", {"data": files["gaps"], "last_bars": 777})
    bars, _ = read_bars(files["gaps"], 777)
    for name, column in bars.items():
        np.testing.assert_array_equal(getattr(problem.bars, name), column)
