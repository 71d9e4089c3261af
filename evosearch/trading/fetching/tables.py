"""Candles as a Parquet file that says where they come from, and back.

A file is believed only if its own hash of its rows is right: somebody may have changed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.fetching.candles import COLUMNS, Candles

_PREFIX = b"evosearch.candles."
_HASH = "rows_sha256"
# A century of minutes.
_MOST_ROWS, _MOST_TEXT = 60_000_000, 4096


def write_table(candles: Candles, facts: Mapping[str, str], sink: Any) -> None:
    """Write candles as Parquet, with facts on them in its metadata.

    Parameters
    ----------
    candles : Candles
    facts : mapping of str to str
    sink : file
        Open for bytes.
    """
    import pyarrow as pa
    from pyarrow import parquet

    kinds = [pa.timestamp("us", "UTC")] + [pa.float64()] * 5
    columns: list[NDArray[Any]] = [candles.timestamp_us, *candles.values.T]
    arrays = [
        # By its buffers: pyarrow's own conversion imports pandas.
        pa.Array.from_buffers(kind, len(column), [None, pa.py_buffer(np.ascontiguousarray(column))])
        for kind, column in zip(kinds, columns, strict=True)
    ]
    told = {_PREFIX + key.encode(): value.encode() for key, value in facts.items()}
    told[_PREFIX + _HASH.encode()] = candles.compute_hash().encode()
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)), metadata=told)
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")


def read_table(path: Path) -> tuple[Candles, dict[str, str]] | None:
    """Candles and the facts on them; None when this is no such file, or was changed.

    Raises
    ------
    OSError
        It cannot be opened.
    """
    import pyarrow as pa
    from pyarrow import parquet

    with path.open("rb") as opened:
        try:
            # No threads: one that still holds a file of Python's at the end would abort it.
            file = parquet.ParquetFile(opened, pre_buffer=False)
            facts = _read_facts(file.schema_arrow.metadata or {})
            if tuple(file.schema_arrow.names) != COLUMNS or file.metadata.num_rows > _MOST_ROWS:
                return None
            table = file.read(use_threads=False)
            kinds = [str(field.type) for field in table.schema]
            if kinds != ["timestamp[us, tz=UTC]"] + ["double"] * 5:
                return None
            columns = [_to_numpy(table.column(name)) for name in COLUMNS]
        except (pa.ArrowException, OSError, ValueError, KeyError):
            return None
    if any(column is None for column in columns):
        return None
    times, *values = columns
    candles = Candles(times.view(np.int64), np.column_stack(values))
    if facts.pop(_HASH, "") != candles.compute_hash() or (np.diff(candles.timestamp_us) <= 0).any():
        return None
    return candles, facts


def _read_facts(metadata: Mapping[bytes, bytes]) -> dict[str, str]:
    return {
        key.removeprefix(_PREFIX).decode("ascii", "replace"): value.decode("utf-8", "replace")
        for key, value in metadata.items()
        if key.startswith(_PREFIX) and len(value) <= _MOST_TEXT
    }


def _to_numpy(column: Any) -> Any:
    """The numbers of a column without copies of pandas; None where it has nulls."""
    plain = column.combine_chunks()
    chunks = plain.chunks if hasattr(plain, "chunks") else [plain]
    if any(chunk.null_count for chunk in chunks):
        return None
    parts = [
        np.frombuffer(chunk.buffers()[1], np.float64, len(chunk), chunk.offset * 8)
        for chunk in chunks
        if len(chunk)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.float64)
