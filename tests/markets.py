"""Files of prices of one market, of any length: a bar depends on its own instant alone."""

import numpy as np
import pandas as pd


def write_bars(path, n=1200, first="2025-10-10", step="5min", scale=1.0):
    """Write bars as CSV or Parquet, by the ending of the name; the path."""
    times = pd.date_range(first, periods=n, freq=step, tz="UTC")
    seconds = times.as_unit("s").asi8
    open_, close = (
        scale * (100 + 9 * np.sin(t / 40_000) + 3 * np.sin(t / 2_500))
        for t in (seconds, seconds + 300)
    )
    frame = pd.DataFrame({"timestamp": times, "open": open_, "high": np.maximum(open_, close) + 1})
    frame = frame.assign(low=np.minimum(open_, close) - 1, close=close, volume=1.0)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame["timestamp"] = times.strftime("%Y-%m-%dT%H:%M:%SZ")
        frame.to_csv(path, index=False)
    return path
