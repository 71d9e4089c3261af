"""Random strategies, and markets made to be hard: each writes its bars to a CSV file.

`MARKETS` names the makers of bars; each takes a file and a numpy Generator. Numbers are written
with all their digits, so that they are read back bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evosearch.genome.genes import Float, Int
from evosearch.genome.space import Space

COLUMNS = ("open", "high", "low", "close", "volume")


def draw_strategies(space: Space, count: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Random parameters, as a person would write them: in any order and with repeats.

    Parameters
    ----------
    space : Space
        Of a trading problem.
    count : int
    rng : numpy.random.Generator

    Returns
    -------
    list of dict
        Gene name to value. Genes that are not active hold a value too, which counts for nothing.
    """
    strategies = []
    for _ in range(count):
        params: dict[str, Any] = {}
        for gene in space.genes:
            if isinstance(gene, Float):
                params[gene.name] = float(rng.uniform(gene.low, gene.high))
            elif isinstance(gene, Int):
                params[gene.name] = int(rng.integers(gene.low, gene.high + 1))
            else:
                params[gene.name] = gene.values[rng.integers(len(gene.values))]
        for slow in [name for name in params if name.endswith("slow_period")]:
            fast = slow.replace("slow_period", "period")
            pair = rng.choice(space[slow].values, 2, replace=False)
            if params[slow.replace("slow_period", "kind")].endswith("_cross"):
                params[fast], params[slow] = int(pair.min()), int(pair.max())
        strategies.append(params)
    return strategies


def write_bars(
    path: Path, prices: np.ndarray, volume: np.ndarray, interval: str, start: str = "2020-01-01"
) -> None:
    """Write bars to a CSV file.

    Parameters
    ----------
    path : Path
    prices : ndarray, shape (n_bars, 4)
        Open, high, low, close in dollars.
    volume : ndarray, shape (n_bars,)
    interval : str
        A pandas frequency: ``5min``, ``1D`` or ``B`` for weekdays.
    start : str
        Time of the first bar, UTC.
    """
    frame = pd.DataFrame(np.column_stack([prices, volume]), columns=list(COLUMNS))
    times = pd.date_range(start, periods=len(frame), freq=interval)
    frame.insert(0, "timestamp", times.strftime("%Y-%m-%d %H:%M:%S"))
    frame.to_csv(path, index=False)


def make_walk(rng: np.random.Generator, n_bars: int, step: float, gap: float = 0.0) -> np.ndarray:
    """Prices that wander about 100 dollars: open, high, low, close; shape (n_bars, 4).

    They keep all their digits: with two decimals a price would now and then equal its own
    average but for the last bit, and how a sum is rounded would decide the comparison.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_bars : int
    step : float
        Standard deviation of the logarithm of close over open.
    gap : float
        The same of open over the close before.
    """
    logs = np.empty((n_bars, 2))
    last = 0.0
    for bar, (between, inside) in enumerate(rng.normal(0, 1, (n_bars, 2))):
        # A weak pull towards 100 dollars keeps even the wildest walk within bounds.
        logs[bar] = last * 0.995 + gap * between, last * 0.995 + gap * between + step * inside
        last = logs[bar, 1]
    opens, closes = 100 * np.exp(logs).T
    reach = np.exp(np.abs(rng.normal(0, step / 2, (2, n_bars))))
    highs, lows = np.maximum(opens, closes) * reach[0], np.minimum(opens, closes) / reach[1]
    return np.column_stack([opens, highs, lows, closes])


def _random_volume(rng: np.random.Generator, n_bars: int) -> np.ndarray:
    return rng.lognormal(2, 1, n_bars)


def write_five_minute_walk(path: Path, rng: np.random.Generator) -> None:
    """Nine days of 5-minute bars."""
    write_bars(path, make_walk(rng, 2600, 0.003), _random_volume(rng, 2600), "5min")


def write_daily_walk(path: Path, rng: np.random.Generator) -> None:
    """Five years of daily bars, weekends included."""
    write_bars(path, make_walk(rng, 1800, 0.02, 0.005), _random_volume(rng, 1800), "1D")


def write_weekday_walk(path: Path, rng: np.random.Generator) -> None:
    """Daily bars of a market that is closed at weekends."""
    write_bars(path, make_walk(rng, 1500, 0.02, 0.005), _random_volume(rng, 1500), "B")


def write_gaps(path: Path, rng: np.random.Generator) -> None:
    """Hourly bars whose opens jump far beyond stops and targets."""
    write_bars(path, make_walk(rng, 1500, 0.004, 0.06), _random_volume(rng, 1500), "1h")


def write_flat(path: Path, rng: np.random.Generator) -> None:
    """One price for ever, chosen so that sums of it are rounded; volume does move."""
    write_bars(path, np.full((700, 4), 1.1), _random_volume(rng, 700), "1h")


def write_flat_stretches(path: Path, rng: np.random.Generator) -> None:
    """Stretches of one price, longer than the averages, after storms of huge prices."""
    prices = make_walk(rng, 1600, 0.02)
    for start in range(100, 1600, 400):
        prices[start - 20 : start] *= 1e9
        prices[start : start + 260] = prices[start, 0] / 3
    write_bars(path, prices, _random_volume(rng, 1600), "2h")


def write_one_bar(path: Path, rng: np.random.Generator) -> None:
    """The shortest series there is: nothing can ever be opened in it."""
    write_bars(path, make_walk(rng, 1, 0.05), _random_volume(rng, 1), "1D")


def write_two_bars(path: Path, rng: np.random.Generator) -> None:
    """The shortest series in which a position can be opened, at its last open."""
    write_bars(path, make_walk(rng, 2, 0.05), _random_volume(rng, 2), "1D")


def write_ends_in_position(path: Path, rng: np.random.Generator) -> None:
    """Prices that creep upwards for ever: hardly a stop or a target is reached by the end."""
    closes = 100 + np.cumsum(rng.uniform(0, 0.002, 600))
    opens = np.concatenate([[100.0], closes[:-1]])
    prices = np.column_stack([opens, closes + 0.0005, opens - 0.0005, closes])
    write_bars(path, prices, _random_volume(rng, 600), "6h")


def write_wide_bars(path: Path, rng: np.random.Generator) -> None:
    """Bars so wide that stop and target often lie inside the same one."""
    prices = make_walk(rng, 1300, 0.01)
    prices[:, 1] *= 1.06
    prices[:, 2] *= 0.96
    write_bars(path, prices, _random_volume(rng, 1300), "8h")


def write_extreme(path: Path, rng: np.random.Generator) -> None:
    """Daily bars that double and halve, and now and then fall by 99.9 % overnight."""
    prices = make_walk(rng, 900, 0.6, 0.4)
    prices[rng.random(900) < 0.02] *= 1e-3
    write_bars(path, prices, _random_volume(rng, 900), "1D")


def write_constant_volume(path: Path, rng: np.random.Generator) -> None:
    """A volume that is always its own average; 0.1 is no binary fraction."""
    write_bars(path, make_walk(rng, 1200, 0.01), np.full(1200, 0.1), "3h")


def write_whole_dollars(path: Path, rng: np.random.Generator) -> None:
    """Prices equal averages and each other to the last bit: sums of whole numbers are exact."""
    prices = np.round(make_walk(rng, 1500, 0.01))
    write_bars(path, prices, rng.integers(0, 6, 1500).astype(float), "4h")


MARKETS: dict[str, Callable[[Path, np.random.Generator], None]] = {
    "five-minute walk": write_five_minute_walk,
    "daily walk": write_daily_walk,
    "weekday walk": write_weekday_walk,
    "gaps": write_gaps,
    "flat": write_flat,
    "flat stretches": write_flat_stretches,
    "one bar": write_one_bar,
    "two bars": write_two_bars,
    "ends in position": write_ends_in_position,
    "wide bars": write_wide_bars,
    "extreme": write_extreme,
    "constant volume": write_constant_volume,
    "whole dollars": write_whole_dollars,
}
