"""Files of two million bars as people have them, and readers of them, each in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import ROOT

ZONE = "America/New_York"
_FIRST_S = 1_577_836_800  # 2020-01-01
_PRICES = ("open", "high", "low", "close", "volume")
# A process of its own, so that its peak is its own; what is imported is not timed.
_MEASURE = """
import json, sys, time
from benchmarks.loading import READERS, prepare
from benchmarks.memory import read_peak_bytes
reader, name, path = sys.argv[1:]
prepare(reader)
before, began = read_peak_bytes(), time.perf_counter()
spent = time.process_time()
n, first, last, close = READERS[reader](name, path)
print(json.dumps([time.perf_counter() - began, time.process_time() - spent, read_peak_bytes(),
                  before, n, first, last, close]))
"""


@dataclass(frozen=True)
class Layout:
    """How a file is written, and what each reader must be told of it."""

    words: str
    reading: dict[str, Any] = field(default_factory=dict)  # [problem.layout]
    frame: dict[str, Any] = field(default_factory=dict)  # pandas.read_csv
    times: tuple[str, ...] = ("timestamp",)


LAYOUTS = {
    "klines": Layout(
        "12 columns without a header, milliseconds",
        frame={
            "header": None,
            "usecols": range(6),
            "names": ["timestamp", *_PRICES],
        },
    ),
    "naive": Layout("`2024-01-01 00:00:00`, taken as UTC"),
    "utc": Layout("`2024-01-01 00:00:00+00:00`"),
    "offsets": Layout("`2024-01-01 00:00:00-05:00`, in summer `-04:00`"),
    "wall": Layout(f"wall clock of {ZONE}, by the option `timezone`", {"timezone": ZONE}),
    "metatrader": Layout(
        "date and time in two columns, tabs, wall clock of New York + 7 h",
        {"timezone": "America/New_York+7"},
        frame={"sep": "\t"},
        times=("<DATE>", "<TIME>"),
    ),
    "excel": Layout(
        "semicolons, decimal comma, `31.12.2024 23:59`",
        frame={"sep": ";", "decimal": ","},
    ),
}


def write_file(name: str, n_bars: int, folder: Path) -> Path:
    """Write bars of one minute in a layout; the same bars in all of them."""
    import pyarrow as pa
    from pyarrow import csv

    rng = np.random.default_rng(1)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 2e-4, n_bars))), 5)
    open_ = np.append(100.0, close[:-1])
    high, low = np.maximum(open_, close) + 0.01, np.minimum(open_, close) - 0.01
    volume = np.round(rng.exponential(5, n_bars), 4)
    prices = dict(
        zip(_PRICES, (open_, np.round(high, 5), np.round(low, 5), close, volume), strict=True)
    )
    seconds = _FIRST_S + 60 * np.arange(n_bars)
    columns: dict[str, Any] = {"timestamp": _write_times(name, seconds), **prices}
    options = csv.WriteOptions(quoting_style="none")
    if name == "klines":
        columns["timestamp"] = seconds * 1000
        columns |= {f"c{k}": seconds * 1000 + k for k in range(6)}
        options = csv.WriteOptions(include_header=False, quoting_style="none")
    if name == "metatrader":
        date, clock = (columns.pop("timestamp").astype("U19").view("U1").reshape(n_bars, 19),) * 2
        columns = {
            "<DATE>": _join(date[:, :10]),
            "<TIME>": _join(clock[:, 11:]),
            **{f"<{key.upper()}>": value for key, value in prices.items()},
        }
        options = csv.WriteOptions(delimiter="\t", quoting_style="none")
    if name == "excel":
        import pyarrow.compute as pc

        for key, value in prices.items():
            columns[key] = pc.replace_substring(pa.array(value).cast(pa.string()), ".", ",")
        options = csv.WriteOptions(delimiter=";", quoting_style="none")
    path = folder / f"{name}.csv"
    csv.write_csv(pa.table({key: pa.array(value) for key, value in columns.items()}), path, options)
    return path


def _write_times(name: str, seconds: NDArray[np.int64]) -> NDArray[Any]:
    """The texts of a layout; of klines the numbers are written by the caller."""
    shift = np.zeros_like(seconds)
    if name in ("offsets", "wall", "metatrader"):
        shift = _offsets(seconds)
    if name == "metatrader":
        shift = shift + 7 * 3600
    texts = np.datetime_as_string((seconds + shift).astype("datetime64[s]"))
    plain = np.char.replace(texts, "T", " ")
    if name == "utc":
        return np.char.add(plain, "+00:00")
    if name == "offsets":
        return np.char.add(plain, np.where(shift == -4 * 3600, "-04:00", "-05:00"))
    if name == "metatrader":
        return np.char.replace(plain, "-", ".")
    if name == "excel":
        letters = plain.astype("U19").view("U1").reshape(len(plain), 19)
        order = [8, 9, 4, 5, 6, 4, 0, 1, 2, 3, 10, 11, 12, 13, 14, 15]
        chosen = letters[:, order]
        chosen[:, [2, 5]] = "."
        return _join(chosen)
    return plain


def _offsets(seconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Offsets of New York from UTC, in seconds, an hour at a time."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(ZONE)
    hours, place = np.unique(seconds // 3600, return_inverse=True)
    moments = (datetime.fromtimestamp(int(hour) * 3600, UTC).astimezone(zone) for hour in hours)
    told = [moment.utcoffset() for moment in moments]
    return np.array([offset.total_seconds() for offset in told if offset], np.int64)[place]


def _join(letters: NDArray[Any]) -> NDArray[Any]:
    width = letters.shape[1]
    return np.ascontiguousarray(letters).view(f"U{width}").reshape(-1)


Facts = tuple[int, int, int, float]  # bars, first and last time in s, last close


def read_ours(name: str, path: str) -> Facts:
    """As a run reads it."""
    from evosearch.trading.loading.load import load_bars
    from evosearch.trading.reading.layout import Layout as Options
    from evosearch.trading.reading.settings import Reading

    bars = load_bars(path, (Path(),), Reading(layout=Options(**LAYOUTS[name].reading)))
    times = bars.timestamp_us // 1_000_000
    return len(bars), int(times[0]), int(times[-1]), float(bars.close[-1])


def read_pandas(name: str, path: str) -> Facts:
    """As its documentation says: the six columns, then to_datetime of the times."""
    import pandas as pd

    layout = LAYOUTS[name]
    frame = pd.read_csv(path, **layout.frame)
    texts = frame[layout.times[0]]
    if len(layout.times) > 1:
        texts = texts + " " + frame[layout.times[1]]
    if name == "klines":
        times = pd.to_datetime(texts, unit="ms", utc=True)
    elif name in ("utc", "offsets"):
        times = pd.to_datetime(texts, utc=True)
    elif name == "excel":
        times = pd.to_datetime(texts, format="%d.%m.%Y %H:%M", utc=True)
    elif name == "metatrader":
        shifted = pd.to_datetime(texts, format="%Y.%m.%d %H:%M:%S") - pd.Timedelta(hours=7)
        times = shifted.dt.tz_localize(ZONE, ambiguous="infer").dt.tz_convert("UTC")
    elif name == "wall":
        times = pd.to_datetime(texts).dt.tz_localize(ZONE, ambiguous="infer").dt.tz_convert("UTC")
    else:
        times = pd.to_datetime(texts, utc=True)
    first, last = (int(times.iloc[place].timestamp()) for place in (0, -1))
    close = frame["<CLOSE>" if name == "metatrader" else "close"]
    return len(frame), first, last, float(close.iloc[-1])


def read_pyarrow(name: str, path: str) -> Facts:
    """One thread, numbers and whatever times it knows itself; the others stay texts."""
    from pyarrow import csv

    frame = LAYOUTS[name].frame
    found = csv.read_csv(
        path,
        csv.ReadOptions(use_threads=False, autogenerate_column_names="header" in frame),
        csv.ParseOptions(delimiter=frame.get("sep", ",")),
        csv.ConvertOptions(decimal_point=frame.get("decimal", ".")),
    )
    return found.num_rows, 0, 0, 0.0


READERS: dict[str, Callable[[str, str], Facts]] = {
    "evosearch": read_ours,
    "pandas": read_pandas,
    "pyarrow": read_pyarrow,
}


def prepare(reader: str) -> None:
    """Import what a reader needs, so that it is not timed."""
    if reader == "evosearch":
        import pyarrow.compute
        import pyarrow.csv

        import evosearch.trading.loading.load  # noqa: F401
    elif reader == "pandas":
        import pandas  # noqa: F401
    else:
        import pyarrow.csv  # noqa: F401


@dataclass(frozen=True)
class Loaded:
    """One reading in a process of its own."""

    seconds: float
    cpu_s: float
    peak_bytes: int
    facts: Facts


def measure_apart(reader: str, name: str, path: Path) -> Loaded:
    """Read a file in a fresh process.

    Raises
    ------
    RuntimeError
        It failed.
    """
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, reader, name, str(path)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-300:])
    seconds, cpu_s, peak, _, n, first, last, close = json.loads(done.stdout.splitlines()[-1])
    return Loaded(seconds, cpu_s, peak, (n, first, last, close))
