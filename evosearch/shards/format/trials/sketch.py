"""How many different values a column of hashes has, about, from the smallest of them.

The k smallest of a set of uniform hashes say how many there are, and they are the same in any
order of the rows: a bottom-k sketch.

References
----------
Beyer, Haas, Reinwald, Sismanis and Gemulla 2007, "On synopses for distinct-value estimation under
multiset operations".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.shards.format.fields import Fields, MetadataFault

K = 1024
HIGH = 2**53
_FEW = 8 * K


@dataclass(frozen=True)
class Sketch:
    """The smallest hashes of a column, as far as an estimate needs them.

    Attributes
    ----------
    n : int
        How many there are, at most `K`; below `K` this is the number of distinct values.
    kth : int or None
        The largest of them, in [0, 2**53); None without values.
    n_rows : int
        Rows that have a value.
    """

    n: int = 0
    kth: int | None = None
    n_rows: int = 0

    def to_plain(self) -> dict[str, Any]:
        """As metadata state it."""
        return dict(vars(self))

    @classmethod
    def read(cls, fields: Fields) -> Sketch:
        """What metadata state.

        Raises
        ------
        MetadataFault
        """
        found = cls(fields.whole("n", high=K), fields.take("kth", None), fields.whole("n_rows"))
        is_value = type(found.kth) is int and 0 <= found.kth < HIGH
        if found.n > found.n_rows or (found.kth is None) != (found.n == 0):
            raise MetadataFault(f"{fields.name('n')}: not the count of the smallest hashes")
        if found.kth is not None and not (is_value and found.kth >= found.n - 1):
            raise MetadataFault(f"{fields.name('kth')}: expected a hash of 53 bits")
        fields.finish()
        return found


class Smallest:
    """Collects the smallest distinct hashes of rows that come piece by piece."""

    def __init__(self) -> None:
        self._held = np.empty(0, np.int64)
        self._n_rows = 0

    def add(self, values: NDArray[np.int64]) -> None:
        """Add the hashes of some rows; what is no hash of 53 bits is left out.

        Parameters
        ----------
        values : ndarray of int64, shape (n,)
        """
        values = values[(values >= 0) & (values < HIGH)]
        self._n_rows += len(values)
        # The first few set a limit that nearly all of the others exceed: those are never sorted.
        if len(self._held) < K:
            self._take(values[:_FEW])
            values = values[_FEW:]
        if len(self._held) == K:
            values = values[values < self._held[-1]]
        self._take(values)

    def _take(self, values: NDArray[np.int64]) -> None:
        if len(values):
            self._held = _sort_distinct(np.concatenate([self._held, values]))[:K]

    def sketch(self) -> Sketch:
        """What was found so far."""
        n = len(self._held)
        return Sketch(n, int(self._held[-1]) if n else None, self._n_rows)


def _sort_distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    # np.unique hashes whole numbers, which takes longer.
    values.sort()
    return np.asarray(values[np.append(True, values[1:] != values[:-1])])
