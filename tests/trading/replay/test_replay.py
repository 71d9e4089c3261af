"""A strategy that is played again makes what was recorded of it, bar by bar."""

import numpy as np
import pytest

from evosearch.problems import evaluate_genomes
from evosearch.trading.problem import Trading
from evosearch.trading.replay.fees import compare_costs
from evosearch.trading.replay.now import position_now
from evosearch.trading.replay.replay import replay
from evosearch.trading.replay.returns import daily_returns
from evosearch.trading.trades import END, STOP, TARGET, TRAILING, compute_equity, compute_returns
from tests.conftest import find_btc
from tests.trading.making import draw, make_problem, walk

EXECUTIONS = {
    "next open": {},
    "trailing": {"trail_frac": 0.5, "holdout_frac": 0.5},
    "fixed amount": {"notional": 2500.0, "fee_frac": 0.01},
    "same close": {"fill": "same_close", "holdout_frac": 0.0},
}
# Near exits: random strategies then trade often.
NEAR = {"max_rules": 2, "stop_loss_range": (0.002, 0.03), "take_profit_range": (0.002, 0.05)}
FILES = ["sample:ibm-daily", "sample:fair-5min", "btc"]


def record(problem, genomes):
    """Rows as a ranking has them: undefined is None."""
    found = evaluate_genomes(problem, genomes)
    values = np.where(np.isnan(found.metrics), None, found.metrics)
    return [dict(zip(problem.metric_names, row, strict=True)) for row in values]


def walk_equity(problem, part):
    """The money at each close, by a walk over every bar with one order after another."""
    execution = problem.stage.execution
    cash, held, money = execution.initial_capital, 0.0, []
    orders = {}
    for k in range(len(part.trades)):
        entry, exit_ = (int(getattr(part.trades, name)[k]) for name in ("entry_bar", "exit_bar"))
        orders.setdefault(entry, []).append(("buy", k))
        orders.setdefault(exit_, []).append(("sell", k))
    for bar in range(part.begin, part.end):
        for kind, k in sorted(orders.get(bar, ()), key=lambda order: order[1]):
            amount = part.trades.notional[k]
            if kind == "buy":
                cash -= amount * (1 + execution.fee_frac)
                held = amount / part.trades.entry_price[k]
            else:
                cash += held * part.trades.exit_price[k] * (1 - execution.fee_frac)
                held = 0.0
        money.append(cash + held * problem.bars.close[bar])
    return np.array(money)


def check(problem, n, seed=0, n_walked=3):
    """Play random strategies again; how many trades they made."""
    genomes, total = draw(problem, n, seed), 0
    for k, (params, row) in enumerate(
        zip(problem.space.decode(genomes), record(problem, genomes), strict=True)
    ):
        played = replay(problem, params)
        assert played.difference(row) == []
        for place, (part, end) in enumerate(zip(played.parts, ("", "_oos"), strict=False)):
            trades, capital = part.trades, played.initial_capital
            total += len(trades)
            assert len(trades) == row[f"n_trades{end}"]
            assert np.count_nonzero(trades.outcome > 0) == row[f"n_wins{end}"]
            assert part.n_bars.sum() / (part.end - part.begin) == row[f"exposure_frac{end}"]
            profit = pytest.approx(row[f"net_profit{end}"], rel=1e-9, abs=1e-9 * capital)
            assert trades.outcome.sum() == profit
            assert part.equity[-1] - capital == profit
            gross = trades.notional / trades.entry_price * trades.exit_price - trades.notional
            np.testing.assert_allclose(gross - part.fees, trades.outcome, 1e-9, 1e-9 * capital)
            ends = problem.stage.spans[place].day_ends
            np.testing.assert_array_equal(
                part.equity[ends - part.begin], compute_equity(problem.stage, place, trades)
            )
            fall = (np.maximum.accumulate(part.equity) / part.equity - 1).max()
            assert fall / (1 + fall) <= row[f"max_drawdown_frac{end}"] + 1e-9
            assert set(part.reasons.tolist()) <= {STOP, TARGET, TRAILING, END}
            if k < n_walked:
                np.testing.assert_allclose(part.equity, walk_equity(problem, part), rtol=1e-9)
    return total


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_row_is_played_again(execution):
    options = EXECUTIONS[execution]
    problem = Trading(data="sample:fair-5min", last_bars=3000, **options, **NEAR)
    assert check(problem, 8, n_walked=1) > 100


@pytest.mark.slow
@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("file", FILES)
def test_rows_of_whole_files_are_played_again(file, execution):
    data = find_btc() if file == "btc" else file
    if data is None:
        pytest.skip("the real prices are not on this machine")
    problem = Trading(data=str(data), **EXECUTIONS[execution])
    assert check(problem, 50) > 500


def test_a_row_that_states_more_than_it_earned_is_told():
    problem = make_problem(walk(), 2000)
    genomes = draw(problem, 20)
    params, row = problem.space.decode(genomes), record(problem, genomes)
    place = next(k for k, each in enumerate(row) if each["n_trades"] > 3)
    played = replay(problem, params[place])
    forged = row[place] | {"net_profit": 1.01 * row[place]["net_profit"], "n_wins": None}
    assert played.difference(forged) == ["net_profit", "n_wins"]
    assert played.difference(row[place] | {"trades_id": None}) == []  # of an older version
    assert played.difference({"net_profit": row[place]["net_profit"] * (1 + 1e-12)}) == []


def test_each_reason_is_the_price_it_was_sold_at():
    seen = set()
    for options in ({}, {"trail_frac": 0.5}, {"fill": "same_close", "holdout_frac": 0.0}):
        problem = make_problem(walk(spread=0.004), **options)
        for genome in draw(problem, 30, seed=3):
            (params,) = problem.space.decode(genome[None])
            execution, (part, *_) = problem.stage.execution, replay(problem, params).parts
            trades, bars = part.trades, problem.bars
            stop = trades.entry_price * (1 - params["stop_loss_frac"])
            target = trades.entry_price * (1 + params["take_profit_frac"])
            opened = bars.open[trades.exit_bar]
            slipped = 1 - execution.slippage_frac
            is_open = execution.is_next_open
            sold = {
                STOP: (np.minimum(opened, stop) if is_open else stop) * slipped,
                TARGET: np.maximum(opened, target) if is_open else target,
                END: bars.close[trades.exit_bar] * slipped,
            }
            for reason, prices in sold.items():
                chosen = part.reasons == reason
                np.testing.assert_array_equal(trades.exit_price[chosen], prices[chosen])
            trailed = part.reasons == TRAILING
            gap = np.minimum(opened, np.inf if is_open else stop)[trailed]
            assert (trades.exit_price[trailed] > np.minimum(stop[trailed], gap) * slipped).all()
            assert execution.trail_frac or not trailed.any()
            seen |= {*part.reasons.tolist()}
    assert seen == {STOP, TARGET, TRAILING, END}


@pytest.mark.parametrize(
    "execution",
    [
        pytest.param(name, marks=[] if name in ("trailing", "same close") else pytest.mark.slow)
        for name in EXECUTIONS
    ],
)
def test_the_position_at_a_bar_is_what_the_following_bars_make_of_it(execution):
    bars = walk(1200, spread=0.004)
    problem = make_problem(bars, **EXECUTIONS[execution] | {"fee_frac": 0.0001}, **NEAR)
    execution, found = problem.stage.execution, set()
    for genome in draw(problem, 3, seed=5):
        (params,) = problem.space.decode(genome[None])
        trades = replay(problem.with_bars(bars), params).parts[0].trades
        for n in range(300, 1150, 23):
            now = position_now(problem.with_bars(_cut(bars, n)), params)
            is_open = (trades.entry_bar < n) & (trades.exit_bar >= n) & (trades.entry_bar < n - 1)
            is_open |= (trades.entry_bar == n - 1) & (trades.exit_bar >= n) & execution.is_next_open
            assert now.is_in == is_open.any()
            first = n if execution.is_next_open else n - 1
            assert now.buys_next == (trades.entry_bar == first).any()
            assert now.last_bar_us == bars.timestamp_us[n - 1]
            assert now.last_close == bars.close[n - 1]
            found.add((now.is_in, now.buys_next))
            if not now.is_in:
                assert now.stop is now.target is now.since_us is now.entry_price is None
                continue
            (k,) = np.flatnonzero(is_open)
            assert now.entry_price == trades.entry_price[k]
            assert now.since_us == bars.timestamp_us[trades.entry_bar[k]]
            if trades.exit_bar[k] == n and trades.reason[k] == TARGET:
                assert bars.high[n] >= now.target
            if trades.exit_bar[k] == n and trades.reason[k] != TARGET and execution.is_next_open:
                price = min(bars.open[n], now.stop) * (1 - execution.slippage_frac)
                assert trades.exit_price[k] == price
    assert found == {(False, False), (True, False), (False, True)}


def _cut(bars, n):
    from evosearch.assemble.auditing.prices import cut_bars

    return cut_bars(bars, 0, n)


def test_the_fee_that_takes_everything_is_the_greatest_at_which_nothing_is_lost():
    problem = make_problem(walk(drift=0.0002), fee_frac=0.001)
    genomes, known = draw(problem, 8, seed=4), set()

    def earn(genome, fee, slippage):
        (params,) = problem.space.decode(genome[None])
        return replay(problem.with_costs(fee, slippage), params).metrics["return_frac"]

    for genome, costs in zip(genomes, compare_costs(problem, genomes), strict=True):
        if costs.without is None:
            continue
        assert costs.without == earn(genome, 0.0, 0.0)
        slippage = problem.stage.execution.slippage_frac
        known.add(costs.break_even is None)
        if costs.break_even is None:
            assert earn(genome, 0.0, slippage) < 0.0
        else:
            assert earn(genome, costs.break_even, slippage) >= 0.0
            assert earn(genome, costs.break_even + 1.01e-6, slippage) < 0.0
    assert known == {True, False}


@pytest.mark.parametrize("n_bars", [24 * 20, 24 * 60])
def test_daily_returns_are_those_of_the_trades(n_bars):
    problem = make_problem(walk(n_bars), n_bars - 100)
    genomes = draw(problem, 20)
    found = daily_returns(problem, genomes)
    for returns, params in zip(found, problem.space.decode(genomes), strict=True):
        trades = replay(problem, params).parts[0].trades
        np.testing.assert_array_equal(returns, compute_returns(problem.stage, 0, trades))
