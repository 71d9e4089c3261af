"""The rows still to be measured, those that dead workers gave back, and how often."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray


class Todo:
    """Rows not yet measured: fresh ones in order, and those that a death gave back.

    Parameters
    ----------
    n : int
        Rows in all.
    """

    def __init__(self, n: int) -> None:
        self.n_open = n  # not yet measured
        self._fresh, self._n = 0, n
        self._returned: deque[NDArray[np.intp]] = deque()
        self._deaths: dict[int, int] = {}

    @property
    def n_left(self) -> int:
        """Rows that can be handed out."""
        return self._n - self._fresh + sum(len(rows) for rows in self._returned)

    def take(self, size: int) -> NDArray[np.intp]:
        """Rows to hand out: what came back goes first, in the pieces it came back in."""
        if self._returned:
            return self._returned.popleft()
        rows = np.arange(self._fresh, min(self._fresh + size, self._n))
        self._fresh += len(rows)
        return rows

    def again(self, rows: NDArray[np.intp]) -> None:
        """Give rows back, to be handed out together."""
        if len(rows):
            self._returned.append(rows)

    def close(self, n: int) -> None:
        """Count rows as measured."""
        self.n_open -= n

    def count_death(self, row: int) -> int:
        """Count that a worker died over a row; how often that has now happened."""
        self._deaths[row] = self._deaths.get(row, 0) + 1
        return self._deaths[row]
