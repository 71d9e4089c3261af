"""Finds genomes with copies that were measured differently, without holding all rows.

Every row leaves 32 bytes in one of 256 buckets, in memory or on disk. The genome id decides which,
so copies of a genome are in one bucket, and each bucket is examined on its own.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evosearch.shards.disk.files import remove
from evosearch.shards.format.keys import RankKeys

N_BUCKETS = 256
# A record is four words: half the id, the bits of the key, a digest of what was measured, and the
# row number with tier and conflict.
_ID, _KEY, _DIGEST, _ROW = range(4)
_TIER_SHIFT, _CONFLICT_SHIFT = np.uint64(62), np.uint64(61)
_ROW_MASK = np.uint64(2**61 - 1)


class KeyBuckets:
    """Keys of all rows of a merge.

    Parameters
    ----------
    folder : Path
        For buckets that outgrow memory.
    limit_bytes : int
        How much of them is kept in memory.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder, self._limit_bytes = folder, limit_bytes
        self._held: list[list[NDArray[np.uint64]]] = [[] for _ in range(N_BUCKETS)]
        self._n_bytes = 0
        self._has_spilled = False
        self._lock = threading.Lock()
        # Random, so that no ids can be made to fill one bucket. The result does not depend on it.
        self._scramble = np.uint64(int.from_bytes(os.urandom(8), "big") | 1)

    def add(
        self,
        keys: RankKeys,
        digests: NDArray[np.uint64],
        conflict: NDArray[np.bool_],
        first_row: int,
    ) -> None:
        """Add neighbouring rows of an input.

        Parameters
        ----------
        keys : RankKeys
        digests : ndarray of uint64, shape (n,)
            Of `measured.Digester`.
        conflict : ndarray of bool, shape (n,)
            Rows of merged files whose copies were in conflict.
        first_row : int
            Number of the first one among all rows of the merge.
        """
        rows = np.arange(first_row, first_row + len(keys), dtype=np.uint64)
        records = np.empty((len(keys), 4), np.uint64)
        records[:, _ID] = keys.low
        records[:, _KEY] = keys.key.view(np.uint64)
        records[:, _DIGEST] = digests
        rows |= keys.tier.astype(np.uint64) << _TIER_SHIFT
        records[:, _ROW] = rows | conflict.astype(np.uint64) << _CONFLICT_SHIFT
        with np.errstate(over="ignore"):
            bucket = ((keys.low * self._scramble) >> np.uint64(56)).astype(np.uint8)
        records = records.take(np.argsort(bucket, kind="stable"), axis=0)
        ends = np.cumsum(np.bincount(bucket, minlength=N_BUCKETS))
        with self._lock:
            for number, (start, stop) in enumerate(zip(np.append(0, ends[:-1]), ends, strict=True)):
                if stop > start:
                    self._held[number].append(records[start:stop])
            self._n_bytes += records.nbytes
            if self._n_bytes > self._limit_bytes:
                self._spill()

    def _spill(self) -> None:
        for number, held in enumerate(self._held):
            with self._path(number).open("ab") as file:
                for records in held:
                    file.write(records.tobytes())
            held.clear()
        self._n_bytes, self._has_spilled = 0, True

    def _path(self, number: int) -> Path:
        return self._folder / f"keys-{number:03d}"

    def find_filled(self) -> list[int]:
        """The buckets that may hold something."""
        return [k for k in range(N_BUCKETS) if self._has_spilled or self._held[k]]

    def find_unlike(self, number: int, remembered: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The rows of one bucket whose genome has copies that are not alike; empties the bucket.

        Parameters
        ----------
        number : int
        remembered : ndarray of uint64
            Lower halves of ids of which merged files remember copies.

        Returns
        -------
        ndarray of uint64
            Row numbers. Two ids that agree in half their bits count as one genome here; `look`
            tells them apart.
        """
        parts, self._held[number] = self._held[number], []
        if self._has_spilled and self._path(number).exists():
            parts = [np.fromfile(self._path(number), np.uint64).reshape(-1, 4), *parts]
            remove(self._path(number))
        if not parts:
            return np.empty(0, np.uint64)
        records = np.concatenate(parts)
        ids = np.ascontiguousarray(records[:, _ID])
        order = np.argsort(ids)
        sorted_ids = ids[order]
        pairs = np.flatnonzero(sorted_ids[1:] == sorted_ids[:-1])
        a, b = records[order[pairs]], records[order[pairs + 1]]
        differs = (a[:, _KEY] != b[:, _KEY]) | (a[:, _DIGEST] != b[:, _DIGEST])
        differs |= (a[:, _ROW] >> _TIER_SHIFT) != (b[:, _ROW] >> _TIER_SHIFT)
        in_conflict = ids[(records[:, _ROW] >> _CONFLICT_SHIFT & np.uint64(1)).astype(np.bool_)]
        bad = np.unique(np.concatenate([sorted_ids[pairs[differs]], in_conflict, remembered]))
        if not len(bad):
            return np.empty(0, np.uint64)
        places = np.minimum(np.searchsorted(bad, ids), len(bad) - 1)
        return np.asarray(records[bad[places] == ids, _ROW] & _ROW_MASK)
