"""The slow reference, last part: the recorded numbers of a simulation.

Like `reference` it shares no code with evosearch and prefers the obvious to the quick.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from tests.trading.reference import Simulation, Trade, run
from tests.trading.reference_signals import NAN, Signals

DAY_US = 86_400_000_000
METRICS = (
    "net_profit",
    "return_frac",
    "n_trades",
    "n_wins",
    "win_frac",
    "profit_factor",
    "mean_trade_frac",
    "max_drawdown_frac",
    "exposure_frac",
    "n_ambiguous_bars",
    "sharpe_daily",
    "sharpe_annual",
    "skew_daily",
    "kurtosis_daily",
    "n_days",
)


def evaluate(
    signals: Signals, params: dict[str, Any], options: dict[str, Any], days_per_year: int
) -> dict[str, float]:
    """Every recorded metric of a strategy, those of the hold-out with the suffix ``_oos``."""
    days = signals.bars["timestamp_us"] // DAY_US
    found = dict.fromkeys([*METRICS, *(f"{name}_oos" for name in METRICS)], NAN)
    runs = run(signals, params, options)
    found["trades_id"] = name_trades(
        [trade for _, simulation in runs for trade in simulation.trades]
    )
    for (start, simulation), suffix in zip(runs, ("", "_oos"), strict=False):
        span = days[start : start + len(simulation.equity)]
        metrics = compute_metrics(simulation, span, days_per_year)
        found |= {f"{name}{suffix}": value for name, value in metrics.items()}
    return found


def compute_metrics(
    simulation: Simulation, days: np.ndarray, days_per_year: int
) -> dict[str, float]:
    """The metrics of one simulation, NaN where undefined.

    Parameters
    ----------
    simulation : Simulation
    days : ndarray of int64, shape (n_bars simulated,)
        The UTC day of each bar, days since 1970.
    days_per_year : int
        365 or 252.
    """
    trades, capital = simulation.trades, simulation.initial_capital
    pnl = [trade.pnl for trade in trades]
    wins, losses = [gain for gain in pnl if gain > 0], [-gain for gain in pnl if gain < 0]
    n_trades = len(trades)
    returns = compute_daily_returns(simulation.equity, days, capital)
    return {
        "net_profit": sum(pnl),
        "return_frac": sum(pnl) / capital,
        "n_trades": n_trades,
        "n_wins": len(wins),
        "win_frac": len(wins) / n_trades if n_trades else NAN,
        "profit_factor": sum(wins) / sum(losses) if losses else NAN,
        "mean_trade_frac": (
            sum(trade.pnl / trade.notional for trade in trades) / n_trades if n_trades else NAN
        ),
        "max_drawdown_frac": compute_drawdown(simulation.equity, capital),
        "exposure_frac": simulation.n_bars_held / len(simulation.equity),
        "n_ambiguous_bars": sum(trade.is_ambiguous for trade in trades),
        **compute_moments(returns, days_per_year),
        "n_days": len(returns),
    }


def name_trades(trades: list[Trade]) -> float:
    """The hash of all entry and exit bars, over both spans: 53 bits of MurmurHash3's mixing."""
    state = 0x9E3779B97F4A7C15
    for trade in trades:
        state = (state ^ (trade.entry_bar * 2**32 + trade.exit_bar)) * 0xFF51AFD7ED558CCD % 2**64
        state ^= state // 2**32
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        state = (state ^ state // 2**33) * factor % 2**64
    return float((state ^ state // 2**33) // 2**11)


def compute_drawdown(equity: list[float], capital: float) -> float:
    """The deepest fall below the highest equity so far, as a fraction of that peak."""
    peak, deepest = capital, 0.0
    for value in equity:
        peak = max(peak, value)
        deepest = max(deepest, (peak - value) / peak)
    return deepest


def compute_daily_returns(equity: list[float], days: np.ndarray, capital: float) -> np.ndarray:
    """The return of each day that has bars, shape (n_days,), from last bar to last bar."""
    last_of_day: dict[int, float] = {}
    for day, value in zip(days.tolist(), equity, strict=True):
        last_of_day[day] = value
    closes = [capital, *last_of_day.values()]
    return np.array([after / before - 1 for before, after in itertools.pairwise(closes)])


def compute_moments(returns: np.ndarray, days_per_year: int) -> dict[str, float]:
    """Sharpe ratio, skewness and kurtosis of daily returns; all NaN when they mean nothing."""
    names = ("sharpe_daily", "sharpe_annual", "skew_daily", "kurtosis_daily")
    if len(returns) < 30 or (returns == returns[0]).all():
        return dict.fromkeys(names, NAN)
    away = returns - returns.mean()
    second, third, fourth = (float((away**power).mean()) for power in (2, 3, 4))
    sharpe = float(returns.mean() / returns.std(ddof=1))
    skew, kurtosis = third / second**1.5, fourth / second**2
    return dict(
        zip(names, (sharpe, sharpe * math.sqrt(days_per_year), skew, kurtosis), strict=True)
    )


def compute_legacy_fitness(metrics: dict[str, float]) -> float:
    """The old system's fitness: profit, a bonus for trades and one for winning often."""
    fitness, n_trades = metrics["net_profit"], metrics["n_trades"]
    if n_trades >= 5:
        fitness += min(10 * n_trades, 100)
    if n_trades and 100 * metrics["win_frac"] > 50:
        fitness += 2 * (100 * metrics["win_frac"] - 50)
    return fitness
