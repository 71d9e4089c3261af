"""Some rows of a file, and columns that grow with each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.instants.calendar import FIRST_YEAR
from evosearch.trading.reading.times import Times


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


def find_old(times: Times, lines: NDArray[Any]) -> str:
    """What to do where all that is wrong are bars of years that are not read; else empty."""
    places = np.flatnonzero(times.us)
    if not len(places) or any(not why.startswith("is of the year 19") for _, _, why in times.bad):
        return ""
    first, last = int(places[0]), int(places[-1])
    if times.n_bad == 0 or times.n_bad != len(times.us) - (last - first + 1):
        return ""
    kept = f"from line {lines[first]} on" if first else f"up to line {lines[last]}"
    return f"Bars before {FIRST_YEAR} are not read: give a file with the bars {kept}."
