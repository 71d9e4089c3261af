"""Hold the fast kernel equal to the slow reference over many random strategies.

Both get the same bars, which the tests read themselves, and the same strategies: the kernel in
their canonical form, the reference as they were drawn.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import evosearch
from evosearch.genome.canonical import canonicalise, make_layout
from evosearch.genome.space import Space
from evosearch.problems import Problem, evaluate_genomes, load_problem
from tests.trading.reference_metrics import DAY_US, compute_legacy_fitness, evaluate
from tests.trading.reference_signals import Signals
from tests.trading.strategies import COLUMNS, draw_strategies

SAMPLES = Path(evosearch.__file__).parent / "trading" / "samples"
COUNTS = ("n_trades", "n_wins", "n_ambiguous_bars", "n_days", "trades_id")
# What a metric is rounded against, besides itself: a profit is a difference of balances, a
# return one of numbers near 1. A value that happens to lie near zero is no more exact than these.
SIZES = {"net_profit": 10_000.0, "legacy_2026": 10_000.0, "sharpe_annual": math.sqrt(365)}
RELATIVE = 1e-12


@lru_cache(maxsize=32)
def _read_file(path: Path) -> tuple[dict[str, np.ndarray], int]:
    # Read as text: pandas' own numbers may be off by the last bit.
    is_csv = path.suffix == ".csv"
    frame = pd.read_csv(path, dtype=str) if is_csv else pd.read_parquet(path)
    bars = {name: np.array([float(value) for value in frame[name]]) for name in COLUMNS}
    times = pd.to_datetime(frame["timestamp"], utc=True).dt.tz_localize(None)
    bars["timestamp_us"] = times.to_numpy("datetime64[us]").astype(np.int64)
    weekday = (bars["timestamp_us"] // DAY_US + 3) % 7  # 1970 began on a Thursday, which is 3
    days = np.unique(bars["timestamp_us"] // DAY_US)
    span = days[-1] - days[0] + 1
    a_year = round(len(days) / span * 365.2425)  # 261 without holidays
    is_usual = span < 366 or abs(a_year - 252) < 5
    return bars, 365 if (weekday >= 5).any() else 252 if is_usual else a_year


def read_bars(data: str, last_bars: int | None = None) -> tuple[dict[str, np.ndarray], int]:
    """Bars as the reference takes them, and the days in a year of their market.

    Parameters
    ----------
    data : str
        As the option ``data`` of the problem: a CSV file or ``sample:<name>``.
    last_bars : int, optional
        Only the newest.
    """
    name = data.removeprefix("sample:")
    path = Path(data) if name == data else SAMPLES / f"{name}.parquet"
    bars, days_per_year = _read_file(path)
    cut = slice(-last_bars if last_bars else None, None)
    return {name: column[cut] for name, column in bars.items()}, days_per_year


def encode(space: Space, strategies: list[dict[str, Any]]) -> np.ndarray:
    """Canonical genomes, shape (n, n_genes)."""
    genomes = space.encode(strategies)
    return canonicalise(make_layout(space), genomes, np.zeros_like(genomes))


def compare(options: dict[str, Any], count: int, seed: int) -> list[dict[str, float]]:
    """Assert that kernel and reference agree on random strategies.

    Parameters
    ----------
    options : dict
        Of the problem.
    count : int
        How many strategies.
    seed : int

    Returns
    -------
    list of dict
        The metrics of each strategy.
    """
    problem = load_problem("trading", options)
    strategies = draw_strategies(problem.space, count, np.random.default_rng(seed))
    return assert_agreement(problem, options, strategies)


def assert_agreement(
    problem: Problem, options: dict[str, Any], strategies: list[dict[str, Any]]
) -> list[dict[str, float]]:
    """Assert that kernel and reference measure the same; the reference's metrics."""
    bars, days_per_year = read_bars(options["data"], options.get("last_bars"))
    signals, results = Signals(bars), []
    found = evaluate_genomes(problem, encode(problem.space, strategies))
    for row, params in enumerate(strategies):
        expected = evaluate(signals, params, options, days_per_year)
        expected["legacy_2026"] = compute_legacy_fitness(expected)
        measured = dict(zip(problem.metric_names, found.metrics[row].tolist(), strict=True))
        faults = find_faults(measured, expected)
        assert not faults, f"{faults}\nstrategy {row}: {params}\noptions: {options}"
        violation = compute_violation(expected, options)
        assert math.isclose(found.violation[row], violation, rel_tol=RELATIVE), params
        assert found.feasible[row] == (violation == 0), params
        results.append(expected)
    return results


def find_faults(measured: dict[str, float], expected: dict[str, float]) -> dict[str, Any]:
    """The metrics on which two results differ, with both values."""
    faults = {}
    for name, value in measured.items():
        wanted = expected[name]
        kind = name.removesuffix("_oos")
        size = 0.0 if kind in COUNTS else SIZES.get(kind, 1.0) + abs(wanted)
        if kind == "skew_daily":  # rounding enters with the square of the largest returns
            size += expected[name.replace("skew", "kurtosis")]
        is_same = abs(value - wanted) <= RELATIVE * size or (value != value and wanted != wanted)
        if not is_same:
            faults[name] = (value, wanted)
    return faults


def compute_violation(metrics: dict[str, float], options: dict[str, Any]) -> float:
    """By how much a strategy fails to be feasible: missing trades, and an undefined objective."""
    min_trades = options.get("min_trades", 30)
    missing = max(0, min_trades - metrics["n_trades"]) / max(1, min_trades)
    return missing + math.isnan(metrics[options.get("objective", "sharpe_daily")])
