"""What is known of daily returns over one part of the history."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

# A moment beyond this is a stranger's invention; its square must stay finite.
_LARGEST = 1e100


@dataclass(frozen=True)
class Moments:
    """Daily returns over one part, in a few numbers; None where undefined or not recorded.

    Parameters
    ----------
    sharpe : float or None
        Mean over sample standard deviation (n - 1) of the daily returns; not annual.
    skew, kurtosis : float or None
        Population moments; the kurtosis of a normal distribution is 3.
    n_days : int or None
        Number of daily returns.
    return_frac : float or None
        What the whole part earned.
    exposure : float or None
        Share of the time in the market, 0 to 1.
    """

    sharpe: float | None
    skew: float | None
    kurtosis: float | None
    n_days: int | None
    return_frac: float | None = None
    exposure: float | None = None

    @classmethod
    def of(cls, *values: object) -> Moments:
        """The same in the order of the fields, from plain values of any kind.

        What is no finite number, or beyond 1e100, counts as not recorded. Never raises.
        """
        known = [_read_number(value) for value in values]
        known += [None] * (6 - len(known))
        sharpe, skew, kurtosis, n_days, return_frac, exposure = known[:6]
        days = None if n_days is None or n_days < 0 else int(n_days)
        return cls(sharpe, skew, kurtosis, days, return_frac, exposure)

    @property
    def is_complete(self) -> bool:
        """Whether a test of the Sharpe ratio is possible."""
        values = (self.sharpe, self.skew, self.kurtosis)
        return (
            all(_read_number(value) is not None for value in values)
            and self.n_days is not None
            and 2 <= self.n_days <= _LARGEST
        )


def _read_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and abs(number) <= _LARGEST else None
