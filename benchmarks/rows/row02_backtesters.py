"""Row 2: the same strategies in vectorbt and backtesting.py.

The peers are given their entry signals ready made and are asked for nothing but the simulation;
evosearch looks its rules up and computes every metric within the time that is compared.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.harness import Row, describe_data, format_s, run_row, take_turns
from benchmarks.rows.row01_kernel import draw
from evosearch.problems.base import Batch
from evosearch.trading.problem import Trading

FEE = 0.004


def find_signals(problem: Trading, genomes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Entry signals of each strategy, shape (n_bars, n)."""
    rows = problem._rules.find_rows(genomes)
    words = np.bitwise_and.reduce(problem._rules.masks[rows], axis=1)
    bits = np.unpackbits(words.astype("<u8").view(np.uint8), axis=1, bitorder="little")
    return np.ascontiguousarray(bits[:, : len(problem.bars)].astype(np.bool_).T)


class VectorBt:
    """All strategies as columns of one `Portfolio.from_signals`."""

    def __init__(
        self,
        problem: Trading,
        signals: NDArray[np.bool_],
        stops: NDArray[np.float64],
        targets: NDArray[np.float64],
    ) -> None:
        import vectorbt as vbt

        bars = problem.bars
        index = pd.to_datetime(bars.timestamp_us, unit="us", utc=True)
        self._make = vbt.Portfolio.from_signals
        # A signal fills at the next bar's open, as in next_open.
        entries = np.vstack([np.zeros((1, signals.shape[1]), np.bool_), signals[:-1]])
        self._options: dict[str, Any] = {
            "close": pd.Series(bars.close, index),
            "entries": pd.DataFrame(entries, index),
            "exits": False,
            "price": pd.Series(bars.open, index),
            "open": pd.Series(bars.open, index),
            "high": pd.Series(bars.high, index),
            "low": pd.Series(bars.low, index),
            "sl_stop": stops[None, :],
            "tp_stop": targets[None, :],
            "stop_entry_price": "price",
            "fees": FEE,
            "init_cash": 10_000.0,
            "freq": "5min",
        }

    def simulate(self) -> Any:
        """The simulation only."""
        return self._make(**self._options)

    def simulate_and_measure(self) -> None:
        """And five of the thirty metrics."""
        portfolio = self.simulate()
        portfolio.total_return()
        portfolio.max_drawdown()
        portfolio.trades.count()
        portfolio.trades.win_rate()
        portfolio.sharpe_ratio()


class BacktestingPy:
    """One strategy after another in `backtesting.Backtest`."""

    def __init__(
        self,
        problem: Trading,
        signals: NDArray[np.bool_],
        stops: NDArray[np.float64],
        targets: NDArray[np.float64],
    ) -> None:
        import backtesting

        # A progress bar for each strategy would be timed as well.
        backtesting.backtesting._tqdm = lambda items, **_: items
        bars = problem.bars
        self._frame = pd.DataFrame(
            {
                "Open": bars.open,
                "High": bars.high,
                "Low": bars.low,
                "Close": bars.close,
                "Volume": bars.volume,
            },
            pd.to_datetime(bars.timestamp_us, unit="us"),
        )
        closes = bars.close

        class Rules(backtesting.Strategy):  # type: ignore[misc]
            """Buy on a signal when out of the market; stop and target do the rest."""

            signal: Any = None  # list of bool, one a bar
            stop = target = 0.0

            def init(self) -> None:
                """Nothing to prepare."""

            def next(self) -> None:
                """One bar."""
                bar = len(self.data) - 1
                if self.signal[bar] and not self.position:
                    price = closes[bar]
                    self.buy(sl=price * (1 - self.stop), tp=price * (1 + self.target))

        self._strategy = Rules
        self._signals = [column.tolist() for column in signals.T]
        self._stops, self._targets = stops, targets
        self._backtest = backtesting.Backtest

    def simulate(self, k: int) -> Any:
        """Strategy k."""
        # Whole units only: enough cash for some.
        test = self._backtest(
            self._frame, self._strategy, cash=1e9, commission=FEE, finalize_trades=True
        )
        return test.run(
            signal=self._signals[k], stop=float(self._stops[k]), target=float(self._targets[k])
        )


def measure(quick: bool) -> Row:
    """The same strategies over the same bars in vectorbt and backtesting.py."""
    warnings.simplefilter("ignore")
    options, data = describe_data()
    n, n_slow = (20, 2) if quick else (200, 5)
    row = Row(
        "row02",
        "Backtesters",
        f"The same {n} random strategies over {data}, bought at the next open, fee 0.4 %, no "
        "slippage, no hold-out. vectorbt gets all of them as columns of one call, backtesting.py "
        f"one after another ({n_slow} a turn); both get their entry signals ready made. "
        "evosearch's time holds rule look-up and every metric; the peers' the simulation only "
        "(backtesting.py cannot leave its statistics out).",
        ["", "a strategy", "/ evosearch", "same number of trades"],
    )
    problem = Trading(risk="medium", holdout_frac=0.0, slippage_frac=0.0, fee_frac=FEE, **options)
    genomes = draw(problem, n)
    batch = Batch(problem.space, genomes)
    stops = np.asarray(batch["stop_loss_frac"], float)
    targets = np.asarray(batch["take_profit_frac"], float)
    signals = find_signals(problem, genomes)
    ours = np.asarray(problem.evaluate_batch(batch)["n_trades"])
    repeats = 50

    def evosearch() -> float:
        began = time.perf_counter()
        for _ in range(repeats):
            problem.evaluate_batch(batch)
        return (time.perf_counter() - began) / repeats / n

    def timed(thing: Any) -> float:
        began = time.perf_counter()
        thing()
        return (time.perf_counter() - began) / n

    things: dict[str, Any] = {"evosearch": evosearch}
    same: dict[str, str] = {}
    counts: dict[str, Any] = {}
    try:
        columns = VectorBt(problem, signals, stops, targets)
        things["vectorbt"] = lambda: timed(columns.simulate)
        things["vectorbt, 5 metrics too"] = lambda: timed(columns.simulate_and_measure)
        counts["vectorbt"] = lambda: np.asarray(columns.simulate().trades.count())
    except Exception as error:
        row.fail("vectorbt", error)
    try:
        single = BacktestingPy(problem, signals, stops, targets)
        # Those that trade most say most; and a strategy without trades is no fair picture.
        chosen = np.argsort(-ours, kind="stable")[:: max(1, n // n_slow)][:n_slow]
        things["backtesting.py"] = lambda: (
            timed(lambda: [single.simulate(int(k)) for k in chosen]) * n / n_slow
        )
        counts["backtesting.py"] = lambda: np.array(
            [single.simulate(int(k))["# Trades"] for k in chosen]
        )
    except Exception as error:
        row.fail("backtesting.py", error)
    turns = take_turns(things, 2 if quick else 7)
    row.failures |= turns.failures
    for name, count in counts.items():
        if name not in row.failures:
            expected = ours if name == "vectorbt" else ours[chosen]
            found = count()
            same[name] = f"{np.count_nonzero(found == expected)} of {len(expected)}"
            off = int(np.abs(found - expected).max())
            if off:
                same[name] += f", others off by up to {off}"
    for name in things:
        ratio = turns.ratio(name, "evosearch")
        if ratio is not None:
            row.add(name, format_s(turns.median(name)), f"{ratio:,.0f}", same.get(name, "-"))
    for name, least in (("vectorbt", 300.0), ("backtesting.py", 10_000.0)):
        row.claim(
            format_s(turns.median("evosearch")),
            f"{name} {format_s(turns.median(name))}",
            turns.ratio(name, "evosearch"),
            f">= {least:,.0f} x faster",
            at_least=least,
        )
    row.notes += [
        "vectorbt does not test stop and target within the bar of the entry; evosearch does.",
        "backtesting.py wants stop and target as prices when the order is placed, so they hang "
        "on the close before; evosearch's hang on the price paid.",
    ]
    return row


if __name__ == "__main__":
    run_row(measure)
