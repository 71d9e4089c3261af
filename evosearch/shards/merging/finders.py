"""What copies of a genome add to its row in the ranking: who found it, and a conflict.

`found_by` is text in files and numbers while merging: a list of strings per row costs more than the
rest of the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evosearch.shards.format.arrays import one_chunk, texts_to_arrow, to_arrow, to_numpy
from evosearch.shards.format.keys import read_texts
from evosearch.shards.format.schema import CONFLICT, FOUND_BY
from evosearch.shards.merging.job import RunNames

CODES = pa.list_(pa.field("element", pa.int32(), nullable=False))


@dataclass(frozen=True)
class Finders:
    """The runs that found each of n rows, and whether its copies are in conflict.

    Attributes
    ----------
    offsets : ndarray of int64, shape (n + 1,)
        Row i has the codes from offsets[i] to offsets[i + 1].
    codes : ndarray of int32
    conflict : ndarray of bool, shape (n,)
    """

    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]
    conflict: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many runs found each row, shape (n,)."""
        return np.diff(self.offsets)

    @classmethod
    def of(cls, rows: pa.Table, names: RunNames) -> Finders:
        """The finders of rows: their `found_by`, or else the run that wrote them."""
        conflict = cls.read_conflict(rows)
        if FOUND_BY.name not in rows.column_names:
            texts = read_texts(rows.column("run_id"))
            codes = names.encode(texts.names)[texts.codes] if len(rows) else np.empty(0, np.int32)
            return cls(np.arange(len(rows) + 1), codes, conflict)
        lists = one_chunk(rows.column(FOUND_BY.name))
        counts = to_numpy(pc.list_value_length(lists)).astype(np.int64)
        flat = lists.flatten()
        if flat.type == pa.int32():
            codes = to_numpy(flat)
        else:
            if not pa.types.is_dictionary(flat.type):
                flat = flat.dictionary_encode()
            known = names.encode(flat.dictionary.to_pylist())
            codes = known[to_numpy(flat.indices)] if len(flat) else np.empty(0, np.int32)
        return cls(np.concatenate([[0], np.cumsum(counts)]), codes, conflict)

    @staticmethod
    def read_conflict(rows: pa.Table) -> NDArray[np.bool_]:
        """Column `conflict` of rows; all false if they have none."""
        if CONFLICT.name not in rows.column_names:
            return np.zeros(len(rows), np.bool_)
        return np.asarray(to_numpy(one_chunk(rows.column(CONFLICT.name))))

    @classmethod
    def none(cls, n: int) -> Finders:
        """Empty finders of n rows."""
        return cls(np.zeros(n + 1, np.int64), np.empty(0, np.int32), np.zeros(n, np.bool_))

    @classmethod
    def join(cls, parts: Sequence[Finders]) -> Finders:
        """Finders of rows one after another."""
        counts = np.concatenate([part.counts for part in parts])
        codes = np.concatenate([part.codes for part in parts])
        conflict = np.concatenate([part.conflict for part in parts])
        return cls(np.concatenate([[0], np.cumsum(counts)]), codes, conflict)

    def take(self, rows: slice | NDArray[np.intp]) -> Finders:
        """The finders of some rows, in that order."""
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            offsets = self.offsets[start : stop + 1]
            codes = self.codes[offsets[0] : offsets[-1]]
            return Finders(offsets - offsets[0], codes, self.conflict[rows])
        counts = self.counts[rows]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], counts)
        return Finders(offsets, self.codes[places], self.conflict[rows])

    def union(self, groups: NDArray[np.int64], n_groups: int, names: RunNames) -> Finders:
        """The runs of each group of rows, each once, in alphabetical order; and any conflict.

        Parameters
        ----------
        groups : ndarray of int64, shape (n,)
            Group of each row.
        n_groups : int
        names : RunNames
        """
        conflict = np.zeros(n_groups, np.bool_)
        conflict[groups[self.conflict]] = True
        ranks = names.ranks()
        n_names = max(1, len(ranks))
        counts = self.counts
        if not (counts == 1).all():
            groups = np.repeat(groups, counts)
        pairs = np.sort(groups * n_names + ranks[self.codes], kind="stable")
        is_new = np.ones(len(pairs), np.bool_)
        is_new[1:] = pairs[1:] != pairs[:-1]
        pairs = pairs[is_new]
        group = pairs // n_names
        by_rank = np.argsort(ranks).astype(np.int32)  # the inverse permutation
        counts = np.bincount(group, minlength=n_groups)
        offsets = np.concatenate([[0], np.cumsum(counts)])
        return Finders(offsets, by_rank[pairs - group * n_names], conflict)

    def to_codes(self) -> pa.Array:
        """As a column of numbers, for a spilled run."""
        offsets = to_arrow(self.offsets.astype(np.int32), pa.int32())
        return pa.ListArray.from_arrays(offsets, to_arrow(self.codes, pa.int32()), type=CODES)

    def to_texts(self, names: RunNames) -> pa.Array:
        """As the column of a merged file."""
        known = texts_to_arrow(names.names)
        offsets = to_arrow(self.offsets.astype(np.int32), pa.int32())
        texts = known.take(to_arrow(self.codes, pa.int32()))
        return pa.ListArray.from_arrays(offsets, texts, type=FOUND_BY.type)
