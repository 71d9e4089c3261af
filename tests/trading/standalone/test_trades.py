"""A strategy's own file makes the very trades of the package."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evosearch.trading.indicators import compute_ema, compute_rsi, compute_sma
from evosearch.trading.problem import Trading
from evosearch.trading.replay.now import position_now
from evosearch.trading.replay.replay import replay
from tests.conftest import find_btc
from tests.trading.standalone.written import compare, load, write, write_csv
from tests.trading.strategies import MARKETS, draw_strategies

# Few rules and near exits: random strategies then trade often.
NEAR = {"max_rules": 2, "stop_loss_range": [0.002, 0.03], "take_profit_range": [0.002, 0.05]}
EXECUTIONS: dict[str, dict[str, Any]] = {
    "next open": {"holdout_frac": 0.3},
    "trailing": {"trail_frac": 0.5, "holdout_frac": 0.5},
    "fixed amount": {"notional": 2500.0, "fee_frac": 0.01, "holdout_frac": 0.0},
    "half": {"size_frac": 0.5, "fee_frac": 0.001, "slippage_frac": 0.0},
    "same close": {"fill": "same_close", "holdout_frac": 0.0},
}
OWN_RULES = {"periods": [1, 2, 9, 31, 64, 300], "levels": [0, 12.5, 40, 50, 60, 100]}
EXAMPLE = {
    "n_rules": 2,
    "rule1_kind": "price_vs_sma",
    "rule1_op": "above",
    "rule1_period": 10,
    "rule2_kind": "rsi_level",
    "rule2_op": "below",
    "rule2_period": 14,
    "rule2_level": 60,
    "stop_loss_frac": 0.02,
    "take_profit_frac": 0.04,
}


def draw(problem: Trading, count: int, seed: int) -> list[dict[str, Any]]:
    return draw_strategies(problem.space, count, np.random.default_rng(seed))


@pytest.mark.parametrize("execution", ["trailing", "same close"])
def test_a_file_makes_the_same_trades(execution):
    problem = Trading(data="sample:ibm-daily", **EXECUTIONS[execution], **NEAR)
    assert sum(compare(problem, params) for params in draw(problem, 4, 1)) > 50


@pytest.mark.parametrize("market", ["whole dollars", "flat stretches"])
def test_indicators_are_the_same_to_the_last_bit(market, tmp_path):
    path = tmp_path / "bars.csv"
    MARKETS[market](path, np.random.default_rng(3))
    close = pd.read_csv(path)["close"].to_numpy()
    own = load(write(Trading(data=str(path)), EXAMPLE | {"rule1_kind": "price_vs_ema"}))
    for period in (1, 2, 10, 14, 200, len(close), len(close) + 1):
        for name, compute in (("mean", compute_sma), ("ema", compute_ema), ("rsi", compute_rsi)):
            np.testing.assert_array_equal(own[name](close, period), compute(close, period))


def test_a_file_holds_only_what_its_strategy_uses():
    problem = Trading(data="sample:ibm-daily")
    rule = EXAMPLE | {"n_rules": 1, "rule1_kind": "price_vs_ema"}
    text = write(problem, rule)
    assert "def ema" in text
    assert not re.search(r"\b(mean|rsi)\(|same_close", text)
    assert "in two parts" in text
    old = write(Trading(data="sample:ibm-daily", fill="same_close", holdout_frac=0.0), rule)
    assert "trade_next_open" not in old
    assert "is no trade" in old


def test_newer_bars_are_played_in_one_piece(tmp_path, capsys):
    everything = Trading(data="sample:ibm-daily", last_bars=600)
    older = everything.with_bars(everything.bars.choose(n_bars=600)._cut(0, 500), 350)
    names = load(write(older, EXAMPLE))
    path = write_csv(everything.bars, tmp_path / "prices.csv")
    names["main"]([str(path)])
    assert "100 newer bars are not used" in capsys.readouterr().out
    names["main"]([str(path), "--all"])
    printed = capsys.readouterr()
    assert not printed.err
    now = position_now(everything, EXAMPLE)
    last = printed.out.splitlines()[-1]
    if now.is_in:
        assert f"{now.entry_price:.12g}; stop {now.stop:.12g}, target {now.target:.12g}" in last
    else:
        assert ("buy at the next open" in last) == now.buys_next
    n_trades = len(replay(everything.with_bars(everything.bars), EXAMPLE).parts[0].trades)
    assert f"\n{n_trades - now.is_in} trades" in printed.out


def test_other_bars_are_named(tmp_path, capsys):
    problem = Trading(data="sample:ibm-daily", last_bars=300)
    names = load(write(problem, EXAMPLE))
    path = write_csv(problem.bars._cut(1, 300), tmp_path / "prices.csv")
    names["main"]([str(path)])
    assert "not the 300 bars that were measured" in capsys.readouterr().err
    for text, reason in (
        ("time,open,high,low,volume\n2020-01-01,1,1,1,1\n", "needs one column close"),
        ("time,open,high,low,close,volume\n2020-01-01,1,1,x,1,1\n", "could not convert"),
        ("time,open,high,low,close,volume\n2020-01-01,1,1,nan,1,1\n", "no finite number"),
        ("date,open,high,low,close,volume\nyesterday,1,1,1,1,1\n", "yesterday"),
        ("date,open,high,low,close,volume\n" + 2 * "2020-01-01,1,1,1,1,1\n", "order of time"),
        ("date,open,high,low,close\n2120-01-01,1,1,1,1\n", "no bar from"),
    ):
        path.write_text(text)
        with pytest.raises(SystemExit, match=reason):
            names["main"]([str(path)])


@pytest.mark.slow
@pytest.mark.parametrize("data", ["sample:ibm-daily", "sample:fair-5min", "btc"])
def test_files_of_random_strategies_make_the_same_trades(data):
    source = find_btc() if data == "btc" else data
    if source is None:
        pytest.skip("the real bars are not here: set EVOSEARCH_BTC_CSV")
    n_trades = 0
    for place, execution in enumerate(EXECUTIONS.values()):
        problem = Trading(data=str(source), last_bars=6000, **execution, **NEAR)
        n_trades += sum(compare(problem, params) for params in draw(problem, 14, place))
    assert n_trades > 3000


@pytest.mark.slow
@pytest.mark.parametrize("market", MARKETS)
def test_files_make_the_same_trades_in_hard_markets(market, tmp_path):
    MARKETS[market](tmp_path / "bars.csv", np.random.default_rng(5))
    for place, execution in enumerate(EXECUTIONS.values()):
        options = execution | NEAR | OWN_RULES
        if market == "one bar":
            options["holdout_frac"] = 0.0
        problem = Trading(data=str(tmp_path / "bars.csv"), **options)
        for params in draw(problem, 3, place):
            compare(problem, params)


# What numpy and pandas consist of and need.
PACKAGES = ("numpy", "numpy.libs", "pandas", "pandas.libs", "dateutil", "six.py", "pytz", "tzdata")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Runs Python with numpy and pandas alone."""
    folder = tmp_path_factory.mktemp("bare")
    for name in PACKAGES:
        place = Path(np.__file__ if name.startswith(("numpy", "six")) else pd.__file__).parents[1]
        if (place / name).exists():
            (folder / name).symlink_to(place / name)
    start = "import runpy, sys; sys.path[:0] = [sys.argv[1]]; del sys.argv[:2]; "
    start += "runpy.run_path(sys.argv[0], run_name='__main__')"

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "-c", start, str(folder), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)

    probe = folder / "probe.py"
    probe.write_text("import numpy, pandas\nimport evosearch\n")
    assert "No module named 'evosearch'" in run(probe).stderr
    return run


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.parametrize(
    ("data", "times"), [("sample:ibm-daily", "s"), ("sample:fair-5min", "ms"), ("btc", "iso")]
)
def test_a_file_runs_without_evosearch(data, times, bare, tmp_path):
    source = find_btc() if data == "btc" else data
    if source is None:
        pytest.skip("the real bars are not here: set EVOSEARCH_BTC_CSV")
    problem = Trading(data=str(source), last_bars=4000, **NEAR)
    prices = write_csv(problem.bars, tmp_path / "prices.csv", times)
    n_trades = 0
    for params in draw(problem, 2, 9):
        file = tmp_path / "strategy.py"
        file.write_text(write(problem, params), encoding="ascii")
        done = bare(file, prices)
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        lines = [re.split(r" {2,}", line.strip()) for line in done.stdout.splitlines()]
        printed = [line for line in lines if len(line) == 8 and line[0] != "bought"]
        stamps = pd.to_datetime(problem.bars.timestamp_us, unit="us")
        expected = [
            (str(stamps[t.entry_bar[k]]), str(stamps[t.exit_bar[k]]), str(n_bars[k]), t.outcome[k])
            for t, n_bars in ((part.trades, part.n_bars) for part in replay(problem, params).parts)
            for k in range(len(t))
        ]
        shown = [(line[0], line[2], line[7]) for line in printed]
        assert shown == [each[:3] for each in expected]
        profits = [float(line[6]) for line in printed]
        np.testing.assert_allclose(profits, [each[3] for each in expected], rtol=1e-9)
        n_trades += len(expected)
    assert n_trades > 10
