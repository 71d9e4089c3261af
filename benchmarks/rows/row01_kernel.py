"""Row 1: the trading kernel against one plain compiled pass over the same bars.

The pass is the least that any backtester that walks its bars must do: read high, low and close
of every bar, hold the low against the stop and the high against the target, and take the next
position where one is touched. It has no signals, fees, drawdown or daily returns.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Row, describe_data, format_s, run_row, take_turns
from evosearch.genome.compiled import compiled
from evosearch.problems.base import Batch
from evosearch.seeding import Purpose
from evosearch.trading.problem import Trading


@compiled
def walk(
    high: NDArray[np.float64],
    low: NDArray[np.float64],
    close: NDArray[np.float64],
    stop_loss: float,
    take_profit: float,
) -> float:
    """Always in the market: what positions earn that end at stop or target, bar by bar."""
    profit, entry = 0.0, close[0]
    stop, target = entry * (1.0 - stop_loss), entry * (1.0 + take_profit)
    for bar in range(1, len(close)):
        if low[bar] <= stop:
            profit += stop / entry - 1.0
        elif high[bar] >= target:
            profit += target / entry - 1.0
        else:
            continue
        entry = close[bar]
        stop, target = entry * (1.0 - stop_loss), entry * (1.0 + take_profit)
    return profit


@compiled
def walk_marked(
    high: NDArray[np.float64],
    low: NDArray[np.float64],
    close: NDArray[np.float64],
    stop_loss: float,
    take_profit: float,
) -> float:
    """As `walk`, and the highest close so far: the least that a drawdown needs of every bar."""
    profit = 0.0
    entry = peak = float(close[0])
    stop, target = entry * (1.0 - stop_loss), entry * (1.0 + take_profit)
    for bar in range(1, len(close)):
        peak = max(peak, close[bar])
        if low[bar] <= stop:
            profit += stop / entry - 1.0
        elif high[bar] >= target:
            profit += target / entry - 1.0
        else:
            continue
        entry = close[bar]
        stop, target = entry * (1.0 - stop_loss), entry * (1.0 + take_profit)
    return profit + 0.0 * peak


def draw(problem: Trading, n: int) -> NDArray[np.float64]:
    """Distinct random strategies, canonical, as a search would draw them."""
    from evosearch.algorithms.random_search import RandomSearch

    algorithm = RandomSearch(problem.space, n, seed=1)
    genomes: NDArray[np.float64] = algorithm.draw_uniform(n, Purpose.IMMIGRANTS, 0)
    return genomes


def measure(quick: bool) -> Row:
    """One strategy over 30,000 bars, every metric, one core."""
    options, data = describe_data()
    n = 200 if quick else 2000
    row = Row(
        "row01",
        "Trading kernel",
        f"{n:,} random strategies over {data}, one thread, all 30 metrics (in sample and "
        "hold-out), through the public `evaluate_batch`: seconds a strategy, against plain "
        "compiled passes over high, low and close of the same bars. The pass holds each bar "
        "against stop and target and opens the next position where one is touched; the marked "
        "pass also keeps the highest close, which is the least that a drawdown needs.",
        ["", "a strategy", "strategies/s", "trades, mean", "/ pass", "/ marked pass"],
    )
    cases: dict[str, Any] = {
        "next_open, hold-out 30 % (profile pro)": {},
        "next_open, no hold-out": {"holdout_frac": 0.0},
        "next_open, trailing stop": {"trail_frac": 0.8},
        "same_close (always trails)": {"fill": "same_close", "holdout_frac": 0.0},
    }
    problems = {name: Trading(risk="medium", **options, **more) for name, more in cases.items()}
    first = next(iter(problems.values()))
    genomes = draw(first, n)
    bars = first.bars
    batches = {name: Batch(problem.space, genomes) for name, problem in problems.items()}
    singles = [Batch(first.space, genomes[k : k + 1]) for k in range(min(n, 500))]
    stops, targets = batches[next(iter(batches))]["stop_loss_frac"], np.full(n, 0.05)

    def kernel(name: str) -> float:
        began = time.perf_counter()
        problems[name].evaluate_batch(batches[name])
        return (time.perf_counter() - began) / n

    def one_by_one() -> float:
        began = time.perf_counter()
        for batch in singles:
            first.evaluate_batch(batch)
        return (time.perf_counter() - began) / len(singles)

    def passes(function: Any) -> float:
        began = time.perf_counter()
        for k in range(n):
            function(bars.high, bars.low, bars.close, stops[k], targets[k])
        return (time.perf_counter() - began) / n

    things: dict[str, Any] = {"pass": lambda: passes(walk)}
    things |= {name: (lambda name=name: kernel(name)) for name in problems}
    things["next_open, one call a strategy"] = one_by_one
    things["marked pass"] = lambda: passes(walk_marked)
    turns = take_turns(things, 3 if quick else 15)
    for name in things:
        trades = "-"
        if name in problems:
            trades = f"{np.mean(problems[name].evaluate_batch(batches[name])['n_trades']):.0f}"
        median = turns.median(name)
        assert median is not None
        row.add(
            name,
            format_s(median),
            f"{1 / median:,.0f}",
            trades,
            f"{turns.ratio(name, 'pass'):.2f}",
            f"{turns.ratio(name, 'marked pass'):.2f}",
        )
    ours = next(iter(problems))
    row.claim(
        format_s(turns.median(ours)),
        f"plain pass {format_s(turns.median('pass'))}",
        turns.ratio(ours, "pass"),
        "<= 1.0 x",
        at_most=1.0,
    )
    return row


if __name__ == "__main__":
    run_row(measure)
