"""The verdict retold: from rows and bars alone, without the code that it is held against.

Plain numbers in, one name out. Nothing of `evosearch.evidence` is used here, so an error there
cannot hide in both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

NORMAL = NormalDist()
EULER = 0.57721566490153286


@dataclass(frozen=True)
class Told:
    """A verdict with the figures that it follows from.

    Attributes
    ----------
    name : str
    n, n_days, n_days_oos : int
        Trials, days searched, days of the hold-out.
    x_in, x_oos : float
        z-scores over what holding earns in the same share of the time; NaN where undefined.
    s_in, s_oos : float
        Daily Sharpe ratios over the same.
    """

    name: str
    n: int
    n_days: int = 0
    n_days_oos: int = 0
    x_in: float = math.nan
    x_oos: float = math.nan
    s_in: float = math.nan
    s_oos: float = math.nan


def expect_max(n: int) -> float:
    """Expected largest of `n` standard normal draws, of Bailey and Lopez de Prado."""
    if n <= 1:
        return 0.0
    return (EULER - 1) * NORMAL.inv_cdf(1 / n) - EULER * NORMAL.inv_cdf(1 / (n * math.e))


def hold_sharpe(
    open_: NDArray[np.float64], close: NDArray[np.float64], days: NDArray[Any]
) -> float:
    """Daily Sharpe ratio of buying the first open and holding; `days` numbers each bar's day."""
    ends = close[np.append(days[1:] != days[:-1], True)]
    gains = np.diff(np.concatenate([open_[:1], ends])) / np.concatenate([open_[:1], ends[:-1]])
    return float(gains.mean() / gains.std(ddof=1))


def tell(row: Mapping[str, Any], n: int, hold: float, hold_oos: float, look: int = 1) -> Told:
    """The verdict on the first row of a ranking with a hold-out, in a space that is not wide.

    Parameters
    ----------
    row : mapping
        Metrics by name; None where undefined.
    n : int
        Trials with a defined Sharpe ratio.
    hold, hold_oos : float
        Daily Sharpe ratios of buy and hold.
    look : int
        How many winners were looked at, this one included.
    """
    if row["violation"] or row["sharpe_daily"] is None:
        return Told("unknown", n)
    s_in, x_in, sd_in = _score(row, "", hold)
    s_oos, x_oos, _ = _score(row, "_oos", hold_oos)
    days = int(row["n_days"]), int(row["n_days_oos"])
    bar = expect_max(n)
    # Deflated Sharpe ratio: over the luck of n tries, whose spread is that of the null.
    passes_in = NORMAL.cdf((s_in - bar / math.sqrt(days[0] - 1)) / sd_in) >= 0.95
    passes_oos = math.erfc(x_oos / math.sqrt(2)) / 2 <= 0.05 / (look * (look + 1))
    return Told(
        _name(row["return_frac"], passes_in, passes_oos, x_in, x_oos, bar),
        n, *days, x_in, x_oos, s_in, s_oos,
    )  # fmt: skip


def _name(
    gain: float, passes_in: bool, passes_oos: bool, x_in: float, x_oos: float, bar: float
) -> str:
    if gain <= 0:
        return "loses"
    if math.isnan(x_oos):
        return "unknown" if passes_in or x_in > bar else "luck"
    if passes_in and passes_oos:
        return "consistent"
    if (passes_in and x_oos > 0) or (passes_oos and x_in > 0):
        return "paper"
    if (passes_in or x_in > bar) and x_oos <= 0:
        return "contradicted"
    if x_in > bar and x_in > 0 and x_oos > 0:
        return "too_short"
    return "luck"


def _score(row: Mapping[str, Any], end: str, hold: float) -> tuple[float, float, float]:
    """Sharpe ratio over the benchmark, its z-score, and the standard deviation used."""
    sharpe, skew, kurtosis = (
        math.nan if row[f"{name}_daily{end}"] is None else row[f"{name}_daily{end}"]
        for name in ("sharpe", "skew", "kurtosis")
    )
    shape = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    # Selection prefers flattering skew: a shape below 1 is not believed.
    sd = math.sqrt((shape if shape > 1 else 1.0) / (row[f"n_days{end}"] - 1))
    over = sharpe - max(0.0, hold) * math.sqrt(row[f"exposure_frac{end}"])
    return over, over / sd, sd
