"""What decides the rank of a row, as arrays: tier, key and genome id.

Shards are sorted by these, so a merge reads them in parallel and never holds them whole. If
several copies of a genome tie, `merging.standing` decides among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.ranking import compute_rank_keys, order_best_first
from evosearch.shards.format.arrays import one_chunk, to_floats, to_numpy
from evosearch.shards.format.schema import ids_from_arrow

KEY_COLUMNS = ("genome_id", "fitness", "feasible", "violation", "status")

Place = tuple[int, float, int, int]


@dataclass(frozen=True)
class RankKeys:
    """Tier, key and id of n rows, smaller is better.

    Attributes
    ----------
    tier : ndarray of uint8, shape (n,)
    key : ndarray of float64, shape (n,)
    high, low : ndarray of uint64, shape (n,)
        The halves of the genome id.
    """

    tier: NDArray[np.uint8]
    key: NDArray[np.float64]
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.tier)

    @classmethod
    def of(cls, rows: pa.Table) -> RankKeys:
        """The keys of rows that have `KEY_COLUMNS`."""
        ids = read_ids(rows)
        is_ok = read_texts(rows.column("status")).equals_text("ok")
        fitness = to_floats(one_chunk(rows.column("fitness")))
        feasible = to_numpy(one_chunk(rows.column("feasible")))
        # NaN or infinity in a file of unknown origin must never rank.
        is_ok &= ~feasible | np.isfinite(fitness)
        violation = to_floats(one_chunk(rows.column("violation")))
        violation = np.nan_to_num(violation, nan=np.inf)
        tier, key = compute_rank_keys(is_ok, feasible, fitness, violation)
        return cls(tier, key, np.ascontiguousarray(ids[:, 0]), np.ascontiguousarray(ids[:, 1]))

    @property
    def columns(self) -> tuple[NDArray[Any], ...]:
        """Tier, key and the halves of the id: the order of ranking, most important first."""
        return self.tier, self.key, self.high, self.low

    @classmethod
    def join(cls, parts: Sequence[RankKeys]) -> RankKeys:
        """Keys one after another; at least one part."""
        if len(parts) == 1:
            return parts[0]
        return cls(*map(np.concatenate, zip(*(part.columns for part in parts), strict=True)))

    def take(self, rows: slice | NDArray[np.intp]) -> RankKeys:
        """The keys of some rows."""
        return RankKeys(*(column[rows] for column in self.columns))

    def at(self, row: int) -> Place:
        """One row's place in the order, to be compared with others."""
        tier, key, high, low = (column[row].item() for column in self.columns)
        return tier, key, high, low

    def count_before(self, place: Place) -> int:
        """How many rows precede a place; the rows are sorted."""
        start, stop = 0, len(self)
        for column, value in zip(self.columns, place, strict=True):
            part = column[start:stop]
            wanted = column.dtype.type(value)
            # Column by column, the range shrinks to the rows equal in all columns so far.
            first = int(np.searchsorted(part, wanted, "left"))
            last = first + int(np.searchsorted(part[first:], wanted, "right"))
            start, stop = start + first, start + last
            if start == stop:
                break
        return start

    def find_unsorted(self) -> int | None:
        """The first row whose successor should precede it, or None; copies of a genome may tie."""
        is_wrong = np.zeros(max(0, len(self) - 1), np.bool_)
        is_tied = ~is_wrong
        for column in self.columns:
            is_wrong |= is_tied & (column[1:] < column[:-1])
            is_tied &= column[1:] == column[:-1]
            if not is_tied.any():
                break  # nearly always before the ids
        places = np.flatnonzero(is_wrong)
        return int(places[0]) if len(places) else None

    def order(self) -> NDArray[np.intp]:
        """Row numbers best first; rows that tie in all keys come in any order."""
        return order_best_first(self.tier, self.key, np.column_stack([self.high, self.low]))


class OrderCheck:
    """Checks the order of rows that are read piece by piece."""

    def __init__(self) -> None:
        self._last: RankKeys | None = None
        self._n_before = 0

    def find_unsorted(self, keys: RankKeys) -> int | None:
        """The first row, counted from 0 over all pieces, whose successor should precede it."""
        last = keys.take(slice(0, 0)) if self._last is None else self._last
        place = RankKeys.join([last, keys]).find_unsorted()
        first, self._n_before = self._n_before - len(last), self._n_before + len(keys)
        if len(keys):  # a piece without rows must not part its neighbours
            self._last = keys.take(slice(len(keys) - 1, len(keys)))
        return None if place is None else first + place


def find_new(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which rows have another id than the row before them, given the halves of the ids."""
    is_new = np.ones(len(high), np.bool_)
    is_new[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    return is_new


def read_ids(rows: pa.Table) -> NDArray[np.uint64]:
    """The genome ids of rows, shape (n, 2)."""
    column = one_chunk(rows.column("genome_id"))
    return ids_from_arrow(column) if len(column) else np.empty((0, 2), np.uint64)


@dataclass(frozen=True)
class Texts:
    """A text column as numbers.

    Attributes
    ----------
    names : list of str
        The distinct texts, in the file's order.
    codes : ndarray of int, shape (n,)
        Each row's place in `names`; anything where the column is null.
    """

    names: list[str]
    codes: NDArray[np.int32]

    def equals_text(self, text: str) -> NDArray[np.bool_]:
        """Which rows have this text."""
        wanted = np.array([name == text for name in self.names] or [False])
        return np.asarray(wanted[self.codes]) if len(self.codes) else np.zeros(0, np.bool_)

    def rank(self) -> NDArray[np.int64]:
        """Each row's place among all texts in alphabetical order, shape (n,)."""
        lookup = {name: place for place, name in enumerate(sorted(set(self.names)))}
        places = np.array([lookup[name] for name in self.names] or [0])
        return np.asarray(places[self.codes])


def read_texts(column: pa.ChunkedArray) -> Texts:
    """A dictionary column as names and codes."""
    array = one_chunk(column)
    return Texts(array.dictionary.to_pylist(), to_numpy(array.indices))
