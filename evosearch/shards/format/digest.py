"""A digest of the rows of a table that does not depend on chunks, encodings and file options.

Two runs of one profile and seed have the same digest, and so have two merges of the same shards.
Telemetry (see `schema.TELEMETRY`) is left out. Column `conflict` counts only where it is true: a
merged file without conflicts has the same digest as before that column existed.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evosearch.shards.format.arrays import is_null, one_chunk, to_numpy
from evosearch.shards.format.schema import CONFLICT, TELEMETRY


class RowsDigest:
    """Digests a table piece by piece, rows in their order, columns by name."""

    def __init__(self) -> None:
        self._columns: dict[str, Any] = {}
        self._conflicts = hashlib.sha256()
        self._n_rows = self._n_conflicts = 0

    def update(self, table: pa.Table) -> None:
        """Add the rows of a table with the same columns as those before."""
        for name in table.column_names:
            if name == CONFLICT.name:
                self._add_conflicts(table.column(name))
            elif name not in TELEMETRY:
                for chunk in table.column(name).chunks:
                    is_list = pa.types.is_list(chunk.type)
                    if is_list:
                        self._add(f"{name}.length", pc.list_value_length(chunk))
                    self._add(name, chunk.flatten() if is_list else chunk)
        self._n_rows += len(table)

    def _add_conflicts(self, column: pa.ChunkedArray) -> None:
        rows = np.flatnonzero(to_numpy(one_chunk(column))) + self._n_rows
        self._n_conflicts += len(rows)
        self._conflicts.update(rows.astype("<i8").tobytes())

    def _add(self, name: str, chunk: pa.Array) -> None:
        if not len(chunk):
            return  # empty chunks must not count
        digest = self._columns.setdefault(name, hashlib.sha256())
        digest.update(np.ascontiguousarray(_fixed_width(chunk)).view(np.uint8))

    def hexdigest(self) -> str:
        """The digest of everything added."""
        whole = hashlib.sha256()
        for name, digest in self._columns.items():
            whole.update(f"{name}={digest.hexdigest()};".encode())
        if self._n_conflicts:
            whole.update(f"{CONFLICT.name}={self._conflicts.hexdigest()};".encode())
        return whole.hexdigest()


def _fixed_width(chunk: pa.Array) -> NDArray[Any]:
    """A chunk as numbers of one width; each null and each text has its own number."""
    kind = chunk.type
    if pa.types.is_fixed_size_binary(kind):
        start = chunk.offset * kind.byte_width
        return np.frombuffer(chunk.buffers()[1], np.uint8, len(chunk) * kind.byte_width, start)
    if pa.types.is_string(kind):
        chunk, kind = chunk.dictionary_encode(), None
    if kind is None or pa.types.is_dictionary(kind):
        texts = chunk.dictionary.to_pylist()
        words = np.array([0, *(_text_word(text) for text in texts)], np.uint64)
        codes = to_numpy(chunk.indices) + 1
        missing = is_null(chunk.indices)
        if missing is not None:
            codes[missing] = 0
        return np.asarray(words[codes])
    missing = is_null(chunk)
    if pa.types.is_floating(kind):
        values = to_numpy(chunk).astype("<f8", copy=False) + 0.0  # a copy without -0.0
        odd = np.isnan(values)
        if missing is not None:
            odd |= missing
        if odd.any():
            np.copyto(values, np.nan, where=odd)  # one NaN for all: a null
        return values
    values = to_numpy(chunk).astype("<i8")
    if missing is not None:
        values[missing] = np.iinfo(np.int64).min
    return values


def _text_word(text: str) -> int:
    # Zero stays free for null.
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") | 1
