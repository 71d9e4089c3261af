"""The normal distribution with its far tails exact: 1 - 1/N has no digits left at N = 10^16."""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()
_SQRT_2 = math.sqrt(2.0)


def upper_tail(z: float) -> float:
    """Chance that a standard normal number lies above `z`, exact for large `z` too."""
    return 0.5 * math.erfc(z / _SQRT_2)


def cdf(z: float) -> float:
    """Chance that a standard normal number lies below `z`."""
    return 0.5 * math.erfc(-z / _SQRT_2)


def upper_quantile(p: float) -> float:
    """The z above which a standard normal number lies with chance `p`.

    Parameters
    ----------
    p : float
        Infinite for 0 and below, minus infinity for 1 and above.
    """
    if p <= 0.0:
        return math.inf
    # The lower tail is exact for a small p; 1 - p is not.
    return -_NORMAL.inv_cdf(p) if p < 1.0 else -math.inf
