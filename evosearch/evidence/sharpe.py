"""Sharpe ratios among many trials: the published formulas, exact to the papers.

All are in the unit of the observations: daily Sharpe ratios, counts of days. None of them raises
for a number of any size; what is undefined is nan.
"""

from __future__ import annotations

import math

from evosearch.evidence.normal import cdf, upper_quantile

EULER_GAMMA = 0.57721566490153286


def shape(sharpe: float, skew: float = 0.0, kurtosis: float = 3.0) -> float:
    """How skew and fat tails widen the error of a Sharpe ratio; 1 + sharpe^2 / 2 if normal.

    Parameters
    ----------
    sharpe : float
        Sharpe ratio of one period, not annual.
    skew, kurtosis : float
        Population moments of the returns; the kurtosis is not the excess.

    References
    ----------
    Bailey and Lopez de Prado 2012, "The Sharpe ratio efficient frontier", eq. 2.
    """
    return 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe


def sharpe_sd(sharpe: float, n: int, skew: float = 0.0, kurtosis: float = 3.0) -> float:
    """Standard deviation of an estimated Sharpe ratio, as published.

    Parameters
    ----------
    n : int
        Observations; below 2 the answer is nan, as it is for moments no returns can have.

    References
    ----------
    Bailey and Lopez de Prado 2012, eq. 2; Mertens 2002.
    """
    return _deviation(shape(sharpe, skew, kurtosis), n)


def wide_sd(sharpe: float, n: int, skew: float = 0.0, kurtosis: float = 3.0) -> float:
    """The same, never below that of normal returns without skill; used in every verdict.

    A search prefers flattering skew, so the published deviation is too small for its winners.
    """
    widened = shape(sharpe, skew, kurtosis)
    return _deviation(widened if math.isnan(widened) else max(1.0, widened), n)


def _deviation(widened: float, n: float) -> float:
    if not (n > 1 and widened >= 0.0):
        return math.nan
    return math.sqrt(widened / _as_float(n - 1))


def psr(
    sharpe: float, n: int, skew: float = 0.0, kurtosis: float = 3.0, benchmark: float = 0.0
) -> float:
    """Probabilistic Sharpe ratio: confidence that the true one lies above `benchmark`.

    References
    ----------
    Bailey and Lopez de Prado 2012, eq. 3.
    """
    deviation = sharpe_sd(sharpe, n, skew, kurtosis)
    if deviation == 0.0:
        return 0.5 if sharpe == benchmark else float(sharpe > benchmark)
    return cdf((sharpe - benchmark) / deviation)


def expected_max(n: float) -> float:
    """Expected largest of `n` standard normal numbers; 0 for one and for none.

    References
    ----------
    Bailey, Borwein, Lopez de Prado and Zhu 2014, "Pseudo-mathematics and financial charlatanism",
    proposition 1.
    """
    if not n > 1:
        return 0.0
    count = _as_float(n)
    first = upper_quantile(1.0 / count)
    second = upper_quantile(1.0 / count / math.e)
    return (1.0 - EULER_GAMMA) * first + EULER_GAMMA * second


def max_quantile(q: float, n: float) -> float:
    """The number below which the largest of `n` standard normal numbers lies with chance `q`.

    Parameters
    ----------
    q : float in (0, 1)
    n : float
        At least 1.

    References
    ----------
    The distribution of a maximum is the n-th power of that of each: Z^-1(q^(1/n)).
    """
    return upper_quantile(-math.expm1(math.log(q) / _as_float(max(n, 1))))


def luck_sharpe(variance: float, n: float) -> float:
    """SR0: the Sharpe ratio that the best of `n` skill-free trials is expected to reach.

    Parameters
    ----------
    variance : float
        Variance of the Sharpe ratios of the trials.

    References
    ----------
    Bailey and Lopez de Prado 2014, "The deflated Sharpe ratio", eq. 1.
    """
    return math.sqrt(variance) * expected_max(n) if variance >= 0.0 else math.nan


def dsr(
    sharpe: float,
    n: int,
    n_trials: float,
    variance: float,
    skew: float = 0.0,
    kurtosis: float = 3.0,
) -> float:
    """Deflated Sharpe ratio: confidence that the true one lies above the luck of `n_trials`.

    References
    ----------
    Bailey and Lopez de Prado 2014, eq. 2.
    """
    return psr(sharpe, n, skew, kurtosis, luck_sharpe(variance, n_trials))


def min_track_record(
    sharpe: float,
    benchmark: float = 0.0,
    skew: float = 0.0,
    kurtosis: float = 3.0,
    confidence: float = 0.95,
) -> float:
    """Observations until a Sharpe ratio is above `benchmark` with this confidence.

    Returns
    -------
    float
        Infinite if the Sharpe ratio is not above the benchmark.

    References
    ----------
    Bailey and Lopez de Prado 2012, eq. 11.
    """
    if math.isnan(sharpe) or math.isnan(benchmark):
        return math.nan
    return needed(sharpe - benchmark, shape(sharpe, skew, kurtosis), -upper_quantile(confidence))


def needed(distance: float, widened: float, z: float) -> float:
    """Observations until `distance` is `z` standard deviations; infinite if it is not positive."""
    if math.isnan(widened) or widened < 0.0:
        return math.nan
    if not distance > 0.0:
        return math.inf
    ratio = z / distance if distance > abs(z) * 1e-150 else math.inf
    return 1.0 + widened * (ratio * ratio)


def min_backtest_years(n: float, sharpe_annual: float = 1.0) -> float:
    """Years of history before the best of `n` trials means anything at this annual Sharpe ratio.

    References
    ----------
    Bailey, Borwein, Lopez de Prado and Zhu 2014, theorem 2.
    """
    if not sharpe_annual > 0.0:
        return math.inf
    ratio = expected_max(n) / sharpe_annual
    return ratio * ratio


def sidak(p: float, n: float) -> float:
    """Chance that the best of `n` independent trials reaches what one reaches with chance `p`.

    References
    ----------
    Sidak 1967, "Rectangular confidence regions".
    """
    if p >= 1.0:
        return 1.0 if n > 0 else 0.0
    return -math.expm1(_as_float(max(n, 0)) * math.log1p(-max(p, 0.0)))


def _as_float(n: float) -> float:
    """A count as a float; whole numbers of any length come from strangers' files."""
    return float(min(n, 10**300))
