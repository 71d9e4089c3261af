"""Rows of a ranking as CSV, JSON or JSON Lines, one batch at a time.

Numbers stay numbers with all their digits. Text in a CSV is made harmless for spreadsheets and
terminals; JSON escapes what it must and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from evosearch.plain import make_finite
from evosearch.shards.format.arrays import is_null, one_chunk, to_numpy
from evosearch.texts import make_visible, neutralise_formula

_PLAIN_ROWS = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Sink(Protocol):
    """Anything that takes bytes."""

    def write(self, data: bytes, /) -> int:
        """Write all of them."""


def plain_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as plain values: ids as hexadecimal text, times as ISO text."""
    columns = [_plain_values(table.column(name)) for name in table.column_names]
    names = table.column_names
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain_values(column: pa.ChunkedArray) -> list[Any]:
    # pyarrow makes an object of its own of every value first, which takes ten times longer.
    kind = column.type
    if pa.types.is_fixed_size_binary(kind):
        return [value.hex() for value in column.to_pylist()]
    if pa.types.is_timestamp(kind):
        micros = to_numpy(one_chunk(column)).tolist()  # pyarrow's own way loads pandas
        return [(_EPOCH + timedelta(microseconds=value)).isoformat() for value in micros]
    array = one_chunk(column)
    if pa.types.is_dictionary(kind):
        texts = [*array.dictionary.to_pylist(), None]
        codes, missing = to_numpy(array.indices), is_null(array)
        codes = codes if missing is None else np.where(missing, len(texts) - 1, codes)
        return [texts[code] for code in codes.tolist()]
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return list(column.to_pylist())
    values: list[Any] = to_numpy(array).tolist()
    missing = is_null(array)
    if missing is not None:
        for place in np.flatnonzero(missing).tolist():
            values[place] = None
    return values


def in_small_batches(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows, few at a time: as Python objects they take twenty times the memory."""
    for table in tables:
        for start in range(0, len(table), _PLAIN_ROWS):
            yield table.slice(start, _PLAIN_ROWS)


def write_csv(tables: Iterable[pa.Table], columns: Sequence[str], sink: Sink) -> int:
    """Write rows as CSV with a header; several names in one cell are joined by a plus sign.

    Returns
    -------
    int
        Rows written.
    """
    header = [neutralise_formula(make_visible(name)).replace('"', '""') for name in columns]
    sink.write((",".join(f'"{name}"' for name in header) + "\n").encode())
    options = csv.WriteOptions(include_header=False)
    n_rows = 0
    for table in tables:
        texts = [_for_csv(table.column(name)) for name in columns]
        # Names are replaced: pyarrow takes no column twice, and the header stands already.
        plain = pa.table(texts, names=[str(place) for place in range(len(texts))])
        buffer = pa.BufferOutputStream()
        csv.write_csv(plain, buffer, options)
        sink.write(buffer.getvalue().to_pybytes())
        n_rows += len(table)
    return n_rows


def write_json(tables: Iterable[pa.Table], columns: Sequence[str], sink: Sink) -> int:
    """Write rows as one JSON array, one row a line; returns how many."""
    n_rows = 0
    for table in in_small_batches(tables):
        for row in plain_rows(table.select(list(columns))):
            sink.write(("[\n" if n_rows == 0 else ",\n").encode() + dump_row(row))
            n_rows += 1
    sink.write(b"\n]\n" if n_rows else b"[]\n")
    return n_rows


def write_json_lines(tables: Iterable[pa.Table], columns: Sequence[str], sink: Sink) -> int:
    """Write rows as JSON Lines; returns how many."""
    n_rows = 0
    for table in in_small_batches(tables):
        rows = plain_rows(table.select(list(columns)))
        sink.write(b"".join(dump_row(row) + b"\n" for row in rows))
        n_rows += len(rows)
    return n_rows


def dump_row(row: dict[str, Any]) -> bytes:
    """One JSON object on one line; what JSON has no number for is null."""
    try:
        return json.dumps(row, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        return json.dumps(make_finite(row), allow_nan=False, separators=(",", ":")).encode()


def _for_csv(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_fixed_size_binary(kind):
        return pa.chunked_array([[item.hex() for item in column.to_pylist()]], pa.string())
    if pa.types.is_list(kind):
        lists = column.cast(pa.list_(pa.string()))
        column = pa.chunked_array([pc.binary_join(part, "+") for part in lists.chunks], pa.string())
        kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind):
        # Texts repeat: each is made harmless once.
        coded = column if pa.types.is_dictionary(kind) else column.dictionary_encode()
        return pa.chunked_array([_harmless(chunk) for chunk in coded.chunks], pa.string())
    return column


def _harmless(chunk: pa.DictionaryArray) -> pa.Array:
    texts = chunk.dictionary.to_pylist()
    # A tab or line break at the start must be seen before it is written out as \x09.
    shown = [neutralise_formula(text).removesuffix(text) + make_visible(text) for text in texts]
    return pa.array(shown, pa.string()).take(chunk.indices)
