import numpy as np
import pytest

from evosearch.trading.metrics import VALUES
from evosearch.trading.trades import compute_equity, compute_returns, find_signals, list_trades
from tests.trading.making import draw, make_bars, make_problem, walk

EXECUTIONS = {
    "next open": {},
    "trailing": {"trail_frac": 0.7},
    "a fixed amount": {"notional": 3000.0, "fee_frac": 0.0005},
    "a fixed amount, trailing": {"notional": 9000.0, "trail_frac": 1.5},
    "a part of the money": {"size_frac": 0.3, "slippage_frac": 0.0},
    "same close": {"fill": "same_close", "holdout_frac": 0.0},
    "same close without fees": {"fill": "same_close", "holdout_frac": 0.0, "fee_frac": 0.0},
    "soon broke": {"fee_frac": 0.2},
    "soon broke with a fixed amount": {"fee_frac": 0.2, "notional": 8000.0},
}


def add_up(values):
    """The sum from left to right, as the kernel adds."""
    total = 0.0
    for value in values.tolist():
        total += value
    return total


def list_all(problem, genomes, part=0):
    stage, place = problem.stage, problem.space.index
    rows = stage.rules.find_rows(genomes)
    for genome, row in zip(genomes, rows, strict=True):
        stop, target = genome[place["stop_loss_frac"]], genome[place["take_profit_frac"]]
        yield list_trades(problem.stage, part, row, stop, target)


def compare(problem, genomes, part=0):
    """Check each metric against the listed trades, to the last bit; how many trades there were."""
    from evosearch.problems import evaluate_genomes

    metrics = evaluate_genomes(problem, genomes).metrics
    end = "_oos" if part else ""
    recorded = {name: metrics[:, problem.metric_names.index(name + end)] for name in VALUES}
    stage, total = problem.stage, 0
    span, capital = stage.spans[part], stage.execution.initial_capital
    for k, trades in enumerate(list_all(problem, genomes, part)):
        row = {name: float(values[k]) for name, values in recorded.items()}
        total += len(trades)
        assert add_up(trades.outcome) == row["net_profit"]
        assert len(trades) == row["n_trades"]
        assert np.count_nonzero(trades.outcome > 0) == row["n_wins"]
        assert np.count_nonzero(trades.is_ambiguous) == row["n_ambiguous_bars"]
        n_held = trades.exit_bar - trades.entry_bar + stage.execution.is_next_open
        assert n_held.sum() / (span.end - span.begin) == row["exposure_frac"]
        if len(trades):
            mean = add_up(trades.outcome / trades.notional) / len(trades)
            assert mean == row["mean_trade_frac"]
            assert trades.cash[-1] == add_up(np.append(capital, trades.outcome))
        returns = compute_returns(stage, part, trades)
        assert len(returns) == row["n_days"]
        if np.isnan(row["sharpe_daily"]):
            assert len(returns) < 30 or returns.min() == returns.max()
            continue
        mean = add_up(returns) / len(returns)
        second = add_up((returns - mean) ** 2)
        assert mean / np.sqrt(second / (len(returns) - 1)) == row["sharpe_daily"]
    return total


@pytest.mark.parametrize("name", EXECUTIONS)
def test_trades_add_up_to_the_metrics_of_the_kernel(name):
    bars = walk(2500, seed=len(name), step=0.012, spread=0.004)
    options = EXECUTIONS[name]
    n_searched = None if options.get("holdout_frac") == 0.0 else 1700
    problem = make_problem(bars, n_searched, **options)
    genomes = draw(problem, 40)
    assert compare(problem, genomes) > (200 if "broke" not in name else 30)
    if n_searched:
        compare(problem, genomes, part=1)


def test_gaps_and_days_of_one_bar_add_up_too():
    rng = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(0.02 * rng.standard_normal(400)))
    opens = close * np.exp(0.02 * rng.standard_normal(400))
    bars = make_bars(close, 0.01, rng.random(400), per_day=1, opens=opens)
    for options in (EXECUTIONS["next open"], EXECUTIONS["trailing"], EXECUTIONS["same close"]):
        problem = make_problem(bars, **options)
        assert compare(problem, draw(problem, 40)) > 50


@pytest.mark.parametrize("name", ["next open", "same close"])
@pytest.mark.parametrize("n_bars", [1, 2, 3, 40, 63, 64, 65, 202])
def test_short_series_add_up_too(name, n_bars):
    problem = make_problem(walk(n_bars, seed=n_bars, step=0.02), **EXECUTIONS[name])
    compare(problem, draw(problem, 30))


def test_a_trade_says_why_it_ended():
    bars = make_bars([100, 100, 110, 110, 90, 100, 100, 100.0])
    problem = make_problem(bars, fee_frac=0.0, slippage_frac=0.0)
    problem.stage.rules.masks[:] = 0b00101010
    rows = np.zeros(3, np.int32)
    trades = list_trades(problem.stage, 0, rows, 0.05, 0.05)
    assert find_signals(problem.stage, rows, 2, 8).tolist() == [3, 5]
    assert trades.entry_bar.tolist() == [2, 4, 6]
    assert trades.exit_bar.tolist() == [2, 4, 7]
    assert trades.exit_price.tolist() == [105.0, 104.5, 100.0]
    assert trades.is_at_end.tolist() == [False, False, True]
    assert compute_equity(problem.stage, 0, trades).tolist() == pytest.approx([9975.0])
