"""numpy arrays to Arrow and back by sharing buffers.

pyarrow's own conversions import pandas, which takes longer than many searches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def to_arrow(
    values: NDArray[Any], kind: pa.DataType, is_missing: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Numbers or booleans as an Arrow array.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Of the width of `kind`; booleans for a boolean array.
    kind : pyarrow.DataType
        A number, a timestamp or a boolean.
    is_missing : ndarray of bool, shape (n,), optional
        True where the array is null.
    """
    plain = _pack(values) if pa.types.is_boolean(kind) else np.ascontiguousarray(values)
    validity, n_missing = None, 0
    if is_missing is not None:
        n_missing = int(np.count_nonzero(is_missing))
        if n_missing:
            validity = pa.py_buffer(_pack(~is_missing))
    return pa.Array.from_buffers(
        kind, len(values), [validity, pa.py_buffer(plain)], null_count=n_missing
    )


def texts_to_arrow(texts: Sequence[str | None] | NDArray[np.object_]) -> pa.Array:
    """Texts as an Arrow array of strings, None as null."""
    values = np.asarray(texts, object)
    missing: NDArray[np.bool_] = values == None  # noqa: E711 (element by element)
    raw = [text.encode("utf-8") for text in values[~missing]]
    sizes = np.zeros(len(values), np.int32)
    sizes[~missing] = [len(text) for text in raw]
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    validity = pa.py_buffer(_pack(~missing)) if missing.any() else None
    return pa.StringArray.from_buffers(
        len(values),
        pa.py_buffer(ends),
        pa.py_buffer(b"".join(raw)),
        validity,
        int(np.count_nonzero(missing)),
    )


def floats_to_arrow(values: NDArray[np.float64]) -> pa.Array:
    """Floats as an Arrow array, NaN as null."""
    return to_arrow(values, pa.float64(), np.isnan(values))


def is_null(array: pa.Array) -> NDArray[np.bool_] | None:
    """Where an array is null; None if it has no null."""
    if not array.null_count:
        return None
    bits = array.buffers()[0]
    return ~_unpack(bits, array.offset, len(array))


def to_numpy(array: pa.Array) -> NDArray[Any]:
    """The values of a number, timestamp or boolean array; undefined where it is null."""
    kind, buffer = array.type, array.buffers()[1]
    if pa.types.is_boolean(kind):
        return _unpack(buffer, array.offset, len(array))
    if pa.types.is_timestamp(kind):
        kind = pa.int64()
    width = np.dtype(kind.to_pandas_dtype())
    if not len(array):
        return np.empty(0, width)
    return np.frombuffer(buffer, width, len(array), array.offset * width.itemsize)


def to_floats(array: pa.Array) -> NDArray[np.float64]:
    """Numbers as floats, null as NaN; a copy."""
    values = to_numpy(array).astype(np.float64)
    missing = is_null(array)
    if missing is not None:
        values[missing] = np.nan
    return values


def one_chunk(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array; dictionaries are unified."""
    if column.num_chunks == 1:
        return column.chunk(0)  # combining would copy
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        combined = combined.chunk(0) if combined.num_chunks else pa.array([], type=combined.type)
    return combined


def _pack(bits: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.packbits(bits, bitorder="little")


def _unpack(buffer: Any, offset: int, n: int) -> NDArray[np.bool_]:
    first, skip = divmod(offset, 8)
    n_bytes = -(-(skip + n) // 8)
    packed = np.frombuffer(buffer, np.uint8, n_bytes, first)
    return np.unpackbits(packed, bitorder="little")[skip : skip + n].astype(np.bool_)
