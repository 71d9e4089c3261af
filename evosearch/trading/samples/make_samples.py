"""Make the sample series again. Run from a checkout, with bokeh-sampledata installed.

pip install bokeh-sampledata && python evosearch/trading/samples/make_samples.py
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

FOLDER = Path(__file__).parent
N_SYNTHETIC, SYNTHETIC_SEED = 30_000, 2026


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


def make_synthetic() -> None:
    """Five-minute bars with volatility clustering and daily seasonality, and no edge at all.

    Log returns are a martingale difference: normal draws scaled by a GARCH(1, 1) variance and
    by the hour of the day. Nothing about the past tells the sign of the next return.
    """
    rng = np.random.default_rng(SYNTHETIC_SEED)
    n, ticks = N_SYNTHETIC, 12
    minutes = np.arange(n) * 5
    season = 1 + 0.4 * np.sin(2 * np.pi * (minutes % 1440) / 1440)
    scale = np.empty(n)
    variance = level = 0.0012**2
    shock = rng.standard_normal((n, ticks))
    for bar in range(n):
        scale[bar] = np.sqrt(variance) * season[bar]
        last = shock[bar].sum() / np.sqrt(ticks) * np.sqrt(variance)
        variance = 0.03 * level + 0.09 * last**2 + 0.88 * variance
    steps = shock / np.sqrt(ticks) * scale[:, None]
    paths = np.cumsum(steps.reshape(-1) - 0.5 * np.repeat(scale**2 / ticks, ticks)).reshape(
        n, ticks
    )
    prices = np.round(50_000 * np.exp(paths), 2)
    opens = np.concatenate([[50_000.0], prices[:-1, -1]])
    everything = np.column_stack([opens, prices])
    volume = np.round(20 * season * np.exp(0.5 * rng.standard_normal(n)) * scale / scale.mean(), 4)
    write(
        "synthetic-5min",
        np.datetime64("2024-01-01", "us") + minutes.astype("timedelta64[m]"),
        {
            "open": opens,
            "high": everything.max(axis=1),
            "low": everything.min(axis=1),
            "close": prices[:, -1],
            "volume": volume,
        },
    )


if __name__ == "__main__":
    make_ibm()
    make_synthetic()
