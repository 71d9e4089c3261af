"""Markets of which the truth is known: a fair game, a drift, or one planted edge.

Highs and lows come from the Brownian path between open and close, not from a few prices on the
way. That is what makes the game fair: a stop is filled at its level, and between two of a few
prices the path would have jumped past it, so that each stop would be a gift. Tests, benchmarks and
the bundled sample share these bars. They stand beside the benchmarks because no search needs them:
the package stays without them, and tests may import benchmarks while benchmarks import no test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MINUTES_PER_DAY = 1440
DAYS_PER_YEAR = 365
# Three per cent a day, 57 % a year, as a coin has.
SIGMA_PER_DAY = 0.03
FIRST_PRICE = 50_000.0
# The noise of volume lasts some hours. Strategies leave by stop and target alone, not when volume
# falls: with a memory this long a search reaches half of a planted edge, with less hardly any.
VOLUME_SIGMA, VOLUME_MEMORY = 0.5, 0.9
VOLUME_BARS = 200  # the mean above which volume announces the planted edge
# Within a step highest and lowest price are drawn apart: their own laws are exact, the tie between
# them is not. Over a whole bar of 12 steps a test finds no difference from the exact law.
N_STEPS = 12

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """What is true of a market.

    Attributes
    ----------
    minutes : int
        Length of a bar; a divisor of a day.
    hold_sharpe : float
        The annual Sharpe that buy and hold has on average.
    edge_sharpe : float
        The annual Sharpe, on average, of holding only the bars that follow a volume above its
        200-bar mean. The other bars fall by as much: holding all of them gains nothing by it.
    is_fair : bool
        False gives highs and lows of 12 prices a bar, without the path between them: the gift
        that these markets avoid, kept for the tests that show it.
    """

    minutes: int = 60
    hold_sharpe: float = 0.0
    edge_sharpe: float = 0.0
    is_fair: bool = True


def make_market(kind: Kind, n_bars: int, seed: int | tuple[int, ...]) -> dict[str, Array]:
    """Bars of one market.

    Open to close follows a Brownian path whose variance clusters, GARCH(1, 1), and has a season of
    a day. Each bar opens where the last one closed. Without drift and edge the price is a
    martingale: no rule about the past, no stop and no target has an expected gain before costs.

    Parameters
    ----------
    kind : Kind
    n_bars : int
    seed : int or tuple of int

    Returns
    -------
    dict of ndarray of float64, shape (n_bars,)
        ``open``, ``high``, ``low``, ``close`` in cents of a dollar exactly, ``volume``.

    References
    ----------
    Bollerslev 1986, "Generalized autoregressive conditional heteroskedasticity".
    """
    rng = np.random.default_rng(seed)
    shocks = rng.standard_normal((n_bars, N_STEPS)) / np.sqrt(N_STEPS)
    minutes = np.arange(n_bars) * kind.minutes
    season = 1 + 0.4 * np.sin(2 * np.pi * (minutes % MINUTES_PER_DAY) / MINUTES_PER_DAY)
    sigmas = _cluster(shocks.sum(axis=1), _sigma(kind)) * season
    noise = np.exp(VOLUME_SIGMA * _persist(rng.standard_normal(n_bars)))
    volume = np.round(20 * season * noise * sigmas / sigmas.mean(), 4)

    drift = _find_drift(kind, volume, sigmas)
    # Half the variance less: the price itself, not its logarithm, is what gains nothing.
    steps = shocks * sigmas[:, None] + ((drift - 0.5 * sigmas**2) / N_STEPS)[:, None]
    after = np.cumsum(steps.reshape(-1)).reshape(n_bars, N_STEPS)
    before = np.concatenate([[0.0], after.reshape(-1)[:-1]]).reshape(n_bars, N_STEPS)
    if kind.is_fair:
        highs, lows = draw_extremes(before, after, sigmas[:, None] ** 2 / N_STEPS, rng)
    else:
        highs, lows = np.maximum(before, after), np.minimum(before, after)
    logs = before[:, 0], highs.max(axis=1), lows.min(axis=1), after[:, -1]
    open_, high, low, close = (np.round(FIRST_PRICE * np.exp(each), 2) for each in logs)
    return {"open": open_, "high": high, "low": low, "close": close, "volume": volume}


def _sigma(kind: Kind) -> float:
    return float(SIGMA_PER_DAY * np.sqrt(kind.minutes / MINUTES_PER_DAY))


def _cluster(shocks: Array, sigma: float) -> Array:
    """Standard deviation of each bar's logarithmic return, before the season of the day."""
    sigmas, variance, level = np.empty(len(shocks)), sigma**2, sigma**2
    for bar, shock in enumerate(shocks.tolist()):
        sigmas[bar] = variance
        variance = 0.03 * level + (0.09 * shock * shock + 0.88) * variance
    return np.sqrt(sigmas)


def _persist(shocks: Array) -> Array:
    """Normal draws of variance 1 of which each remembers the one before, AR(1)."""
    noise, fresh = shocks.copy(), math.sqrt(1 - VOLUME_MEMORY**2)
    last = 0.0
    for bar, shock in enumerate(shocks.tolist()):
        noise[bar] = last = shock if bar == 0 else VOLUME_MEMORY * last + fresh * shock
    return noise


def draw_extremes(
    before: Array, after: Array, variance: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Highest and lowest point of Brownian bridges of a variance between given ends."""
    shape, middle, gap = before.shape, before + after, (after - before) ** 2
    # P(maximum > m) = exp(-2 (m - before)(m - after) / variance), solved for m.
    above = np.sqrt(gap + 2 * variance * rng.standard_exponential(shape))
    below = np.sqrt(gap + 2 * variance * rng.standard_exponential(shape))
    return (middle + above) / 2, (middle - below) / 2


def announces(volume: Array) -> NDArray[np.bool_]:
    """Whether each bar follows a volume above its 200-bar mean, shape (n_bars,)."""
    total = np.cumsum(np.concatenate([[0.0], volume]))
    means = np.full(len(volume), np.inf)
    means[VOLUME_BARS - 1 :] = (total[VOLUME_BARS:] - total[:-VOLUME_BARS]) / VOLUME_BARS
    return np.concatenate([[False], (volume > means)[:-1]])


def _find_drift(kind: Kind, volume: Array, sigmas: Array) -> Array:
    """Expected return of each bar."""
    per_year = DAYS_PER_YEAR * MINUTES_PER_DAY / kind.minutes
    drift = np.full(len(volume), kind.hold_sharpe * np.sqrt(np.mean(sigmas**2) / per_year))
    if kind.edge_sharpe:
        is_on = announces(volume)
        share = is_on.mean()
        risk = np.sqrt(np.mean(sigmas[is_on] ** 2))
        gain = kind.edge_sharpe * risk / np.sqrt(share * per_year)
        drift += np.where(is_on, gain, -gain * share / (1 - share))
    return drift


def write_market(path: Path, kind: Kind, n_bars: int, seed: int | tuple[int, ...]) -> Path:
    """Write a market as a Parquet file of bars from 2024 on; the path."""
    import pyarrow as pa
    from pyarrow import parquet

    stamps = np.datetime64("2024-01-01", "us") + np.arange(n_bars) * np.timedelta64(
        kind.minutes, "m"
    )
    table = pa.table(
        {
            "timestamp": pa.array(stamps.astype("datetime64[us]"), pa.timestamp("us", "UTC")),
            **make_market(kind, n_bars, seed),
        }
    )
    parquet.write_table(table, path)
    return path
