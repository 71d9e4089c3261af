"""Parquet in the form that evosearch itself writes: nothing in it has to be recognised.

The samples and the files of `data fetch` and `data resample` have it. They are read without the
code for other layouts, which takes longer to load than such a file.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from evosearch.trading.reading.buffers import as_numbers
from evosearch.trading.reading.tables import COLUMNS, Table

LAYOUT = "columns by name: times in UTC, Parquet"
_FIRST_US = 315_532_800_000_000  # 1980
_MAX_ROWS = 10_000_000  # larger files are read in batches


def read_own_form(path: Path) -> Table | None:
    """The rows of a Parquet file; None if it has another form or anything needs a closer look."""
    import pyarrow as pa
    from pyarrow import parquet

    own = pa.schema(
        [("timestamp", pa.timestamp("us", "UTC")), *((name, pa.float64()) for name in COLUMNS)]
    )
    try:
        file = parquet.ParquetFile(path)
        if file.metadata.num_rows > _MAX_ROWS or not file.schema_arrow.equals(own):
            return None
        columns = [column.combine_chunks() for column in file.read(use_threads=False).columns]
    except (pa.ArrowException, OSError, ValueError):
        return None
    if any(column.null_count for column in columns) or not len(columns[0]):
        return None
    times = as_numbers(columns[0], np.int64)
    values = tuple(as_numbers(column, np.float64) for column in columns[1:])
    if times.min() < _FIRST_US or times.max() > time.time_ns() // 1000:
        return None
    if any(np.isnan(column).any() for column in values):
        return None
    return Table(times, values, np.arange(1, len(times) + 1), LAYOUT, "UTC")
