"""Make the bundled sample series again, from a checkout.

pip install bokeh-sampledata && python -m benchmarks.make_samples
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from benchmarks.markets import Kind, make_market

FOLDER = Path(__file__).parents[1] / "evosearch" / "trading" / "samples"
N_FAIR, FAIR_SEED = 30_000, 2026


def write(name: str, timestamps: np.ndarray, prices: dict[str, np.ndarray]) -> None:
    """Write one sample as a small Parquet file."""
    stamps = pa.array(timestamps.astype("datetime64[us]"), pa.timestamp("us", "UTC"))
    table = pa.table({"timestamp": stamps, **prices})
    parquet.write_table(
        table,
        FOLDER / f"{name}.parquet",
        compression="zstd",
        compression_level=19,
        use_dictionary=False,
        column_encoding=dict.fromkeys(prices, "BYTE_STREAM_SPLIT")
        | {"timestamp": "DELTA_BINARY_PACKED"},
    )


def make_ibm() -> None:
    """IBM, daily, 2000 to 2013: no split in that time, so raw prices are continuous."""
    from bokeh.sampledata import stocks

    frame = stocks.IBM
    columns = {name: np.array(frame[name], np.float64) for name in ("open", "high", "low", "close")}
    columns["volume"] = np.array(frame["volume"], np.float64)
    write("ibm-daily", np.array(frame["date"], "datetime64[D]"), columns)


def make_fair() -> None:
    """Five-minute bars with volatility clustering and a season of the day: a fair game.

    The price is a martingale, and highs and lows come from the whole path between open and close:
    before costs no rule, no stop and no target has an expected gain. The sample before this one,
    ``synthetic-5min``, took them from 12 prices a bar, so that each stop filled at its level was a
    gift.
    """
    bars = make_market(Kind(minutes=5), N_FAIR, FAIR_SEED)
    stamps = np.datetime64("2024-01-01", "us") + np.arange(N_FAIR) * np.timedelta64(5, "m")
    write("fair-5min", stamps, bars)


if __name__ == "__main__":
    make_ibm()
    make_fair()
