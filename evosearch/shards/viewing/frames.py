"""Tables as pandas frames, for notebooks and Python callers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from evosearch.shards.format.schema import unify_schemas

if TYPE_CHECKING:
    import pandas as pd


def to_frame(table: pa.Table) -> pd.DataFrame:
    """A table as a frame with ids as hexadecimal text.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of a shard or of a merged file.

    Returns
    -------
    pandas.DataFrame
        One row per genome, in the table's order.
    """
    place = table.column_names.index("genome_id")
    ids = pa.array([value.hex() for value in table.column("genome_id").to_pylist()], pa.string())
    frame: pd.DataFrame = table.set_column(place, "genome_id", ids).to_pandas()
    return frame


def read_frame(paths: Sequence[Path]) -> pd.DataFrame:
    """The rows of several shards one after another, not merged; empty for no shards."""
    if not paths:
        import pandas as pd

        return pd.DataFrame()
    tables = [parquet.ParquetFile(path).read() for path in paths]
    schema = unify_schemas([table.schema for table in tables])
    return to_frame(pa.concat_tables([table.cast(schema) for table in tables]))
