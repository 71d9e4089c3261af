"""A gene: what values one parameter can take, and when it counts. Here: numbers in a range.

Inside a genome every gene is one float64 code: the value itself for a float or an int, the index
of the value for an ordinal, categorical or boolean gene. People, files and objectives only ever
see the values. `Space` puts genes together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import SpaceError

Value: TypeAlias = float | int | str | bool
N = TypeVar("N", float, int)
# Beyond this a float64 no longer counts in ones.
MAX_INT = 2**53


class Gene:
    """One parameter of a genome; the base of every kind.

    Parameters
    ----------
    name : str
        A Python identifier; the gene's column in a shard is ``param_<name>``.
    when : mapping of str to a value or a list of values, optional
        The gene is active only while every named gene, declared earlier, is itself active and
        has one of the values given. Without it the gene is always active.
    """

    kind: ClassVar[str]
    # The gene that this one must exceed; only an ordinal gene can have one.
    above: str | None = None

    def __init__(self, name: str, when: Mapping[str, Any] | None = None) -> None:
        if not (isinstance(name, str) and name.isidentifier()):
            raise SpaceError(
                f"Gene name {name!r} cannot be a column name. Use letters, digits and "
                "underscores, beginning with a letter."
            )
        self.name = name
        self.when: dict[str, tuple[Value, ...]] = {
            parent: to_plain(values if isinstance(values, (list, tuple, set)) else (values,))
            for parent, values in (when or {}).items()
        }

    @property
    def n_values(self) -> float:
        """How many values the gene can take; infinite for a float with room between bounds."""
        raise NotImplementedError

    @property
    def domain(self) -> tuple[Any, ...]:
        """What two genes share when a code means the same value in both."""
        raise NotImplementedError

    def encode(self, value: Any) -> float:
        """The code of a value; SpaceError when the value lies outside the gene."""
        raise NotImplementedError

    def decode(self, codes: NDArray[np.float64]) -> NDArray[Any]:
        """The values of codes that are not NaN, shape (n,)."""
        raise NotImplementedError

    def covering(self, values: Iterable[Any]) -> Self:
        """The gene with its range stretched just far enough to hold `values` too."""
        raise NotImplementedError

    def range_text(self) -> str:
        """The range in words, for messages."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The gene as plain data for a shard's metadata."""
        plain: dict[str, Any] = {"name": self.name, "kind": self.kind}
        if self.when:
            plain["when"] = {parent: list(values) for parent, values in self.when.items()}
        return plain

    def refuse(self, value: Any) -> SpaceError:
        """The error for a value outside the gene."""
        return SpaceError(f"{self.name} = {value!r}: expected {self.range_text()}.")


class _Range(Gene, Generic[N]):
    low: N
    high: N

    def __init__(
        self,
        name: str,
        low: N,
        high: N,
        *,
        log: bool = False,
        when: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name, when)
        for label, bound in (("low", low), ("high", high)):
            if not is_number(bound):
                raise SpaceError(f"Gene {name!r}: {label} must be a finite number, got {bound!r}.")
        if low > high:
            raise SpaceError(f"Gene {name!r}: low {low!r} is above high {high!r}. Swap them.")
        if log and low <= 0:
            raise SpaceError(f"Gene {name!r}: a log scale needs low > 0, got {low!r}.")
        self.low, self.high = self._settle(low, high)
        self.log = log

    def _settle(self, low: N, high: N) -> tuple[N, N]:
        """The bounds in the gene's own type, or a SpaceError."""
        raise NotImplementedError

    @property
    def domain(self) -> tuple[Any, ...]:
        return (self.kind, self.low, self.high, self.log)

    def covering(self, values: Iterable[Any]) -> Self:
        values = list(values)
        for value in values:
            self._check(value)
        low: N = min([self.low, *values])
        high: N = max([self.high, *values])
        return type(self)(self.name, low, high, log=self.log and low > 0, when=self.when)

    def encode(self, value: Any) -> float:
        self._check(value)
        if not self.low <= value <= self.high:
            raise self.refuse(value)
        return float(value) + 0.0  # makes -0.0 plain zero: equal values, one identity

    def to_dict(self) -> dict[str, Any]:
        plain = super().to_dict() | {"low": self.low, "high": self.high}
        return plain | {"log": True} if self.log else plain

    def _check(self, value: Any) -> None:
        if not is_number(value):
            raise self.refuse(value)


class Float(_Range[float]):
    """A real number in [low, high]; with ``log=True`` searched on a logarithmic scale.

    Examples
    --------
    >>> Float("gamma", 1e-4, 1.0, log=True).range_text()
    'a number in [0.0001, 1]'
    """

    kind = "float"

    def _settle(self, low: float, high: float) -> tuple[float, float]:
        if not math.isfinite(float(high) - float(low)):
            raise SpaceError(f"Gene {self.name!r}: the span from low to high overflows a float.")
        return float(low) + 0.0, float(high) + 0.0

    @property
    def n_values(self) -> float:
        return 1 if self.low == self.high else math.inf

    def decode(self, codes: NDArray[np.float64]) -> NDArray[Any]:
        return codes

    def range_text(self) -> str:
        return f"a number in [{self.low:g}, {self.high:g}]"


class Int(_Range[int]):
    """A whole number in [low, high], both included; `log` as for a float.

    Examples
    --------
    >>> Int("period", 2, 50).covering([200]).range_text()
    'a whole number in [2, 200]'
    """

    kind = "int"

    def _settle(self, low: int, high: int) -> tuple[int, int]:
        for bound in (low, high):
            if bound != int(bound) or abs(bound) > MAX_INT:
                raise SpaceError(
                    f"Gene {self.name!r}: bounds must be whole numbers within 2**53, got {bound!r}."
                )
        return int(low), int(high)

    @property
    def n_values(self) -> float:
        return self.high - self.low + 1

    def decode(self, codes: NDArray[np.float64]) -> NDArray[Any]:
        return codes.astype(np.int64)

    def range_text(self) -> str:
        return f"a whole number in [{self.low}, {self.high}]"

    def _check(self, value: Any) -> None:
        super()._check(value)
        if value != int(value) or abs(value) > MAX_INT:
            raise self.refuse(value)


def to_plain(values: Iterable[Any]) -> tuple[Any, ...]:
    """Values without numpy's own numbers, which shards do not know."""
    return tuple(value.item() if isinstance(value, np.generic) else value for value in values)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number and not a boolean."""
    return (
        isinstance(value, (int, float, np.integer, np.floating))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )
