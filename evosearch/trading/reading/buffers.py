"""Arrays of Arrow to and from numpy by their buffers: pyarrow's own conversions import pandas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_N_TRIED = 16


def make_texts(texts: Sequence[str]) -> Any:
    """An Arrow array of texts; its first element serves as a scalar of Arrow."""
    import pyarrow as pa

    encoded = [text.encode("utf-8", "backslashreplace") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum([len(each) for each in encoded], out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def make_mask(rows: NDArray[np.bool_]) -> Any:
    """An Arrow array of truth values."""
    import pyarrow as pa

    packed = pa.py_buffer(np.packbits(rows, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(rows), [None, packed])


def take_rows(array: Any, rows: NDArray[np.intp]) -> Any:
    """The chosen rows of an Arrow array."""
    import pyarrow as pa

    places = np.ascontiguousarray(rows, np.int64)
    return array.take(pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(places)]))


def parse_numbers(texts: Any, kind: Any) -> Any | None:
    """Texts as numbers of an Arrow type; None if one of them is not a number."""
    import pyarrow as pa

    try:
        # A cast that fails costs far more than one that does not: the first texts are tried first.
        texts[:_N_TRIED].cast(kind)
        return texts.cast(kind)
    except pa.ArrowInvalid:
        return None


def as_numbers(array: Any, dtype: Any) -> NDArray[Any]:
    """The numbers of an Arrow array; what stands at a null is undefined."""
    if not len(array):
        return np.empty(0, dtype)
    start = array.offset * np.dtype(dtype).itemsize
    return np.frombuffer(array.buffers()[1], dtype, len(array), start)


def as_floats(array: Any) -> NDArray[np.float64]:
    """The numbers of an Arrow array of float64; NaN at a null."""
    values = as_numbers(array, np.float64)
    return np.where(find_valid(array), values, np.nan) if array.null_count else values


def as_mask(array: Any) -> NDArray[np.bool_]:
    """The truth values of an Arrow array; False at a null."""
    import pyarrow as pa

    mask = as_numbers(array.cast(pa.uint8()), np.uint8).astype(np.bool_)
    return mask & find_valid(array) if array.null_count else mask


def find_valid(array: Any) -> NDArray[np.bool_]:
    """Which rows of an Arrow array are no null."""
    return as_mask(array.is_valid()) if array.null_count else np.ones(len(array), np.bool_)
