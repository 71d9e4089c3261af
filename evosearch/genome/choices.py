"""Genes that choose from a list: ascending numbers, texts, or false and true."""

from __future__ import annotations

import contextlib
import weakref
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import SpaceError
from evosearch.genome.genes import Gene, is_number, to_plain

# So many values of a list are named in a message.
_MAX_NAMED = 20
# Tables of long lists are made once, and kept beside the gene: what a gene itself holds is part of
# the identity of the problem that it belongs to.
_ARRAYS: weakref.WeakKeyDictionary[Gene, NDArray[Any]] = weakref.WeakKeyDictionary()
_CODES: weakref.WeakKeyDictionary[Gene, dict[str, int]] = weakref.WeakKeyDictionary()


class Listed(Gene):
    """What ordinal, categorical and boolean genes share: a list of values."""

    def __init__(
        self, name: str, values: Iterable[Any], when: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(name, when)
        self.values = to_plain(values)
        if not self.values:
            raise SpaceError(f"Gene {name!r} has no values to choose from.")
        if len(set(self.values)) != len(self.values):
            raise SpaceError(f"Gene {name!r} lists a value twice: {_find_repeated(self.values)!r}.")

    @property
    def n_values(self) -> float:
        return len(self.values)

    @property
    def domain(self) -> tuple[Any, ...]:
        return (self.kind, *self.values)

    def encode(self, value: Any) -> float:
        for code, own in enumerate(self.values):
            # True == 1 in Python, but a boolean is no number here.
            if own == value and isinstance(own, bool) == isinstance(value, (bool, np.bool_)):
                return float(code)
        raise self.refuse(value)

    def decode(self, codes: NDArray[np.float64]) -> NDArray[Any]:
        if self not in _ARRAYS:
            _ARRAYS[self] = self._make_array()
        return _ARRAYS[self][codes.astype(np.intp)]

    def _make_array(self) -> NDArray[Any]:
        return np.array(self.values)

    def covering(self, values: Iterable[Any]) -> Self:
        for value in values:
            self.encode(value)
        return self

    def range_text(self) -> str:
        if len(self.values) <= _MAX_NAMED:
            return f"one of {', '.join(map(str, self.values))}"
        first = ", ".join(map(str, self.values[: _MAX_NAMED // 2]))
        return f"one of {first}, ... {self.values[-1]} ({len(self.values):,} values)"

    def to_dict(self) -> dict[str, Any]:
        return super().to_dict() | {"values": list(self.values)}


class Ordinal(Listed):
    """One of an ascending list of numbers; neighbours are near each other.

    Parameters
    ----------
    name : str
    values : iterable of int or float, ascending
    above : str, optional
        Another ordinal gene with the same values, declared earlier, that this one must exceed
        whenever both are active (a slow period above a fast one). The canonical form corrects a
        pair that does not: it swaps the two, or moves equal ones a step apart.
    when : mapping, optional
        As in `Gene`.

    Examples
    --------
    >>> fast = Ordinal("fast", [10, 20, 50])
    >>> fast.encode(20)
    1.0
    >>> fast.decode(np.array([0.0, 2.0])).tolist()
    [10, 50]
    """

    kind = "ordinal"

    def __init__(
        self,
        name: str,
        values: Iterable[float],
        *,
        above: str | None = None,
        when: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name, values, when)
        self.above = above
        if not all(is_number(value) for value in self.values):
            raise SpaceError(f"Gene {name!r}: an ordinal gene lists finite numbers only.")
        if list(self.values) != sorted(self.values):
            before, after = next((a, b) for a, b in pairwise(self.values) if b < a)
            raise SpaceError(f"Gene {name!r}: values must ascend, got {after!r} after {before!r}.")

    def encode(self, value: Any) -> float:
        # True == 1 in Python, but a boolean is no number here.
        if not isinstance(value, (bool, np.bool_, str)):
            with contextlib.suppress(TypeError, ValueError):  # neither is a list
                code = bisect_left(self.values, value)
                if code < len(self.values) and self.values[code] == value:
                    return float(code)
        raise self.refuse(value)

    def covering(self, values: Iterable[Any]) -> Self:
        extra = list(values)
        for value in extra:
            if not is_number(value):
                raise self.refuse(value)
        return type(self)(
            self.name, sorted({*self.values, *extra}), above=self.above, when=self.when
        )

    def to_dict(self) -> dict[str, Any]:
        plain = super().to_dict()
        return plain | {"above": self.above} if self.above else plain


class Categorical(Listed):
    """One of a list of texts without an order.

    Examples
    --------
    >>> Categorical("kernel", ["linear", "rbf"]).to_dict()
    {'name': 'kernel', 'kind': 'categorical', 'values': ['linear', 'rbf']}
    """

    kind = "categorical"

    def __init__(
        self, name: str, values: Iterable[str], *, when: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(name, values, when)
        if not all(isinstance(value, str) for value in self.values):
            wrong = next(value for value in self.values if not isinstance(value, str))
            raise SpaceError(
                f"Gene {name!r}: choices must be texts, got {wrong!r}. "
                "Use Ordinal for numbers and Boolean for true and false."
            )

    def encode(self, value: Any) -> float:
        if self not in _CODES:
            _CODES[self] = {own: code for code, own in enumerate(self.values)}
        code = _CODES[self].get(value) if isinstance(value, str) else None
        if code is None:
            raise self.refuse(value)
        return float(code)

    def _make_array(self) -> NDArray[Any]:
        return np.array(self.values, dtype=object)


class Boolean(Listed):
    """False or true."""

    kind = "boolean"

    def __init__(self, name: str, *, when: Mapping[str, Any] | None = None) -> None:
        super().__init__(name, (False, True), when)


def _find_repeated(values: Sequence[Any]) -> Any:
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None
