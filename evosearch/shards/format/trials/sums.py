"""Sums over trials as whole numbers: any order, grouping and batch size give the same ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.shards.format.fields import Fields, MetadataFault
from evosearch.shards.format.limits import MAX_NUMBER

# A Sharpe ratio a day is far below that; a larger one counts as this much.
_CAP = 64.0
_UNIT = 2**32
# So few rows at a time that no sum of 64 bits can overflow: squares have 44 bits.
_BATCH_ROWS = 2**17


@dataclass(frozen=True)
class TrialSums:
    """How many trials have a Sharpe ratio, and its sums.

    Attributes
    ----------
    n, n_feasible : int
    sum, sum_sq : int
        Of the ratios and of their squares, each rounded to a multiple of 2**-32, in that unit.
    best : float or None
        The highest ratio; None without trials.
    """

    n: int = 0
    n_feasible: int = 0
    sum: int = 0
    sum_sq: int = 0
    best: float | None = None

    @classmethod
    def of(cls, sharpes: NDArray[np.float64], feasible: NDArray[np.bool_]) -> TrialSums:
        """The sums over distinct trials; those without a finite ratio do not count.

        Parameters
        ----------
        sharpes : ndarray of float64, shape (n,)
        feasible : ndarray of bool, shape (n,)
        """
        is_defined = np.isfinite(sharpes)
        values = sharpes if is_defined.all() else sharpes[is_defined]
        if not len(values):
            return cls()
        best = float(values.max())
        capped = np.clip(values, -_CAP, _CAP)
        total = total_sq = 0
        for start in range(0, len(capped), _BATCH_ROWS):
            part = capped[start : start + _BATCH_ROWS]
            total += int(np.rint(part * _UNIT).astype(np.int64).sum())
            total_sq += int(np.rint(part * part * _UNIT).astype(np.int64).sum())
        n_feasible = int(np.count_nonzero(feasible & is_defined))
        return cls(len(values), n_feasible, total, total_sq, best)

    def __add__(self, other: TrialSums) -> TrialSums:
        bests = [best for best in (self.best, other.best) if best is not None]
        return TrialSums(
            self.n + other.n,
            self.n_feasible + other.n_feasible,
            self.sum + other.sum,
            self.sum_sq + other.sum_sq,
            max(bests, default=None),
        )

    @property
    def sd(self) -> float | None:
        """The sample standard deviation of the ratios; None with fewer than two trials."""
        if self.n < 2:
            return None
        squares = Fraction(self.sum_sq, _UNIT) - Fraction(self.sum**2, _UNIT**2 * self.n)
        return math.sqrt(max(0.0, float(squares / (self.n - 1))))

    def to_plain(self) -> dict[str, Any]:
        """As metadata state it."""
        return dict(vars(self))

    @classmethod
    def read(cls, fields: Fields) -> TrialSums:
        """What metadata state.

        Raises
        ------
        MetadataFault
            Not what `of` could have counted.
        """
        n = fields.whole("n")
        best = fields.take("best", None)
        found = cls(
            n=n,
            n_feasible=fields.whole("n_feasible", high=n),
            sum=_read_sum(fields, "sum", n * int(_CAP) * _UNIT, is_signed=True),
            sum_sq=_read_sum(fields, "sum_sq", n * int(_CAP) ** 2 * _UNIT, is_signed=False),
            best=None if best is None else float(best) if _is_number(best) else math.nan,
        )
        if (found.best is None) != (n == 0) or found.best != found.best:
            raise MetadataFault(f"{fields.name('best')}: expected the highest of the ratios")
        fields.finish()
        return found


def _read_sum(fields: Fields, key: str, high: int, is_signed: bool) -> int:
    value = fields.take(key)
    low = -high if is_signed else 0
    if type(value) is not int or not low <= value <= high:
        raise MetadataFault(f"{fields.name(key)}: no sum of so many ratios")
    return value


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= MAX_NUMBER
