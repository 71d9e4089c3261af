"""Numbers between numpy and Arrow without pandas, which pyarrow's own conversions import."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def take_rows(array: Any, rows: NDArray[np.intp]) -> Any:
    """The chosen rows of an Arrow array."""
    import pyarrow as pa

    places = np.ascontiguousarray(rows, np.int64)
    return array.take(pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(places)]))


def make_text(text: str) -> Any:
    """A text as a scalar of Arrow."""
    import pyarrow as pa

    data = text.encode()
    places = np.array([0, len(data)], np.int32)
    buffers = [None, pa.py_buffer(places), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), 1, buffers)[0]


def take_numbers(array: Any, dtype: Any) -> NDArray[Any]:
    """The numbers of an Arrow array; what stands for a null is not said."""
    if not len(array):
        return np.empty(0, dtype)
    start = array.offset * np.dtype(dtype).itemsize
    return np.frombuffer(array.buffers()[1], dtype, len(array), start)


def find_valid(array: Any) -> NDArray[np.bool_]:
    """Which rows of an Arrow array are no null."""
    import pyarrow as pa

    if not array.null_count:
        return np.ones(len(array), np.bool_)
    return take_numbers(array.is_valid().cast(pa.uint8()), np.uint8).astype(np.bool_)
