"""Files of prices whose rows are right, for tests that make some of them wrong."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from evosearch.trading.loading.load import inspect_file, load_bars
from evosearch.trading.reading.settings import Reading


def make_frame(times, seed=0, step=0.003):
    """A random walk; times as pandas has them, or texts."""
    rng, n = np.random.default_rng(seed), len(times)
    close = np.round(100 * np.exp(np.cumsum(step * rng.standard_normal(n))), 2)
    open_ = np.append(100.0, close[:-1])
    if isinstance(times, pd.DatetimeIndex):
        times = times.tz_localize(None).strftime("%Y-%m-%d %H:%M:%S")
    return pd.DataFrame(
        {
            "timestamp": times,
            "open": open_,
            "high": np.maximum(open_, close) + 0.1,
            "low": np.minimum(open_, close) - 0.1,
            "close": close,
            "volume": rng.integers(1, 99, n),
        }
    )


def join(*frames):
    return pd.concat(frames, ignore_index=True)


class File:
    """A CSV file of a frame, as this package reads it."""

    def __init__(self, folder, frame):
        self.path = Path(folder) / "bars.csv"
        text = io.StringIO()
        frame.to_csv(text, index=False)
        self.path.write_text(text.getvalue(), encoding="utf-8")

    def load(self, **options):
        return load_bars(str(self.path), (Path(),), Reading(**options))

    def inspect(self, now_us=None, **options):
        """Findings by kind: their lines."""
        found = inspect_file(str(self.path), (Path(),), Reading(**options), now_us)
        lines = {}
        for each in found.findings:
            lines.setdefault(each.kind, []).append(each.line)
        return lines
