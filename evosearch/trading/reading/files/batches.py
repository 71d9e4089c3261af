"""Some rows of a file, and columns that grow with each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.shape import Shape


@dataclass(frozen=True)
class Batch:
    """Some rows of a file, column by column, as pyarrow arrays.

    Attributes
    ----------
    times : tuple of pyarrow.Array
        One column, or a date and a time.
    prices : tuple of pyarrow.Array
        Open, high, low and close: texts or numbers.
    volume, symbols : pyarrow.Array or None
        None where the file has none.
    """

    times: tuple[Any, ...]
    prices: tuple[Any, ...]
    volume: Any = None
    symbols: Any = None

    @staticmethod
    def choose(shape: Shape, column: Callable[[int], Any]) -> Batch:
        """The columns of a layout, each by its position."""
        times, prices = (tuple(map(column, each)) for each in (shape.times.columns, shape.prices))
        optional = (None if each is None else column(each) for each in (shape.volume, shape.symbol))
        return Batch(times, prices, *optional)

    def filter(self, mask: Any) -> Batch:
        """The rows where a pyarrow mask is true."""
        optional = (
            None if each is None else each.filter(mask) for each in (self.volume, self.symbols)
        )
        times = tuple(each.filter(mask) for each in self.times)
        return Batch(times, tuple(each.filter(mask) for each in self.prices), *optional)

    def list_cells(self, row: int) -> list[str]:
        """The cells of a row as texts."""
        columns = [*self.times, *self.prices, *([] if self.volume is None else [self.volume])]
        cells = (column[row].as_py() for column in columns)
        return ["" if cell is None else str(cell) for cell in cells]


class Growing:
    """A column that grows: memory that is not written yet costs nothing."""

    def __init__(self, dtype: Any) -> None:
        self._room: NDArray[Any] = np.empty(2**16, dtype)
        self._n = 0

    def append(self, values: NDArray[Any]) -> None:
        """Add values at the end."""
        end = self._n + len(values)
        if end > len(self._room):
            room = np.empty(max(end, 2 * len(self._room)), self._room.dtype)
            room[: self._n] = self._room[: self._n]
            self._room = room
        self._room[self._n : end] = values
        self._n = end

    @property
    def values(self) -> NDArray[Any]:
        """All that was added."""
        return self._room[: self._n]
