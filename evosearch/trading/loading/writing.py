"""Bars into a file that any program reads: Parquet or CSV, times in UTC."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from evosearch.trading.bars import COLUMNS, Bars

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = (".parquet", ".csv")


def write_bars(bars: Bars, suffix: str, sink: io.RawIOBase | io.BytesIO) -> None:
    """Write bars whose numbers are read back to the last bit.

    Parameters
    ----------
    bars : Bars
        Of a file without volume no volume is written.
    suffix : str
        One of `FORMATS`.
    sink : file
    """
    import pyarrow.csv
    import pyarrow.parquet

    table = _make_table(bars)
    if suffix == ".parquet":
        pyarrow.parquet.write_table(table, sink, compression="zstd")
        return
    moments = np.datetime_as_string(bars.timestamp_us.astype("datetime64[us]"), unit="s")
    texts = pyarrow.array(np.char.add(moments, "Z").astype(object).tolist(), pyarrow.string())
    table = table.set_column(0, COLUMNS[0], texts)
    options = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
    pyarrow.csv.write_csv(table, sink, options)


def _make_table(bars: Bars) -> pa.Table:
    import pyarrow as pa

    times = pa.array(bars.timestamp_us, pa.timestamp("us", "UTC"))
    columns = dict(zip(COLUMNS[1:], bars.columns, strict=True))
    if not getattr(bars, "has_volume", True):
        del columns["volume"]
    return pa.table({COLUMNS[0]: times, **columns})
