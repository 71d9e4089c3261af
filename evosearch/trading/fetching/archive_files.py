"""One file of Binance's archive: its checksum, its ZIP with one CSV, its candles.

Times are in milliseconds, from 2025 on in microseconds; some files have a header. All of it is a
stranger's: bounded, never written to a disk, and refused with its name if anything is odd.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from typing import Any

import numpy as np

from evosearch.trading.fetching.candles import Candles
from evosearch.trading.fetching.patience import Untrusted, shorten
from evosearch.trading.fetching.windows import Step, Window
from evosearch.trading.window import write_moment

MOST_UNPACKED = 2**30
_N_COLUMNS = 12
_CHUNK = 2**20
# Of this century, milliseconds are smaller and microseconds are larger.
_LEAST_MS, _LEAST_US, _MOST_US = 10**11, 10**14, 10**17


def parse_checksum(told: bytes, name: str) -> str:
    """The SHA-256 of a file from ``HASH  NAME``.

    Raises
    ------
    Untrusted
        It is none, or that of another file.
    """
    text = told.decode("ascii", "replace").strip()
    match = re.fullmatch(r"([0-9a-fA-F]{64})\s+\*?(\S{1,200})", text)
    if match is None or match[2] != name:
        raise Untrusted(f"The checksum of {name} is none: {shorten(text, 100)!r}.")
    return match[1].lower()


def read_klines(packed: bytes, name: str, checksum: str, window: Window, step: Step) -> Candles:
    """The candles of a ZIP.

    Parameters
    ----------
    packed : bytes
    name : str
        Of the file, ``BTCUSDT-5m-2024-01.zip``.
    checksum : str
        SHA-256 that its bytes must have.
    window : Window
        In which all of its candles must lie.
    step : Step

    Raises
    ------
    Untrusted
        The bytes have another checksum, or hold anything else than these candles.
    """
    if hashlib.sha256(packed).hexdigest() != checksum:
        raise Untrusted(f"{name} does not have the checksum that the archive states.")
    text = _unpack(packed, name)
    try:
        columns = _read_columns(text)
    except Exception as error:
        raise Untrusted(f"{name} is no table of candles: {shorten(error, 120)}.") from error
    times, *values = columns
    is_us = times >= _LEAST_US
    if len(times) and not (times.min() >= _LEAST_MS and times.max() < _MOST_US):
        raise Untrusted(f"{name} has times that are neither milliseconds nor microseconds.")
    candles = Candles(np.where(is_us, times, times * 1000), np.column_stack(values))
    _check(candles, name, window, step)
    return candles


def _unpack(packed: bytes, name: str) -> bytes:
    wanted = name.removesuffix(".zip") + ".csv"
    parts, n_bytes = [], 0
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as file:
            members = file.infolist()
            if len(members) != 1 or members[0].filename != wanted:
                names = ", ".join(each.filename for each in members[:3])
                raise Untrusted(f"{name} holds other files than {wanted}: {shorten(names, 120)}.")
            if members[0].flag_bits & 1:
                raise Untrusted(f"{name} is encrypted.")
            with file.open(members[0]) as member:
                while chunk := member.read(_CHUNK):
                    parts.append(chunk)
                    n_bytes += len(chunk)
                    if n_bytes > MOST_UNPACKED:
                        raise Untrusted(f"{name} unpacks to more than {MOST_UNPACKED:,} bytes.")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError) as error:
        raise Untrusted(f"{name} is no ZIP that can be read: {shorten(error, 80)}.") from error
    return b"".join(parts)


def _read_columns(text: bytes) -> list[Any]:
    """Open times as integers; open, high, low, close and volume as floats."""
    import pyarrow as pa
    from pyarrow import csv

    has_header = not text[:1].isdigit()
    if has_header and not text[:9].lower() == b"open_time":
        raise ValueError("its first line is neither a candle nor the known header")
    names = [str(place) for place in range(_N_COLUMNS)]
    wanted = names[:6]
    table = csv.read_csv(
        pa.BufferReader(text),
        read_options=csv.ReadOptions(
            column_names=names, skip_rows=int(has_header), use_threads=False
        ),
        convert_options=csv.ConvertOptions(
            column_types={each: pa.float64() for each in wanted} | {"0": pa.int64()},
            include_columns=wanted,
            null_values=[],
        ),
    ).combine_chunks()
    kinds = [np.int64] + [np.float64] * 5
    columns = []
    for name, kind in zip(wanted, kinds, strict=True):
        chunk = table.column(name).chunk(0) if table.num_rows else None
        plain = np.empty(0, kind)
        if chunk is not None:
            plain = np.frombuffer(chunk.buffers()[1], kind, len(chunk), chunk.offset * 8)
        columns.append(plain)
    return columns


def _check(candles: Candles, name: str, window: Window, step: Step) -> None:
    times, prices, volume = candles.timestamp_us, candles.values[:, :4], candles.values[:, 4]
    if not len(times):
        raise Untrusted(f"{name} holds no candles.")
    is_odd = {
        "lies outside its dates": (times < window.begin_us) | (times >= window.end_us),
        f"begins between two of step {step.word}": (times - step.origin_us) % step.us != 0,
        "does not come after the one before": np.diff(times, prepend=times[0] - 1) <= 0,
        "has a price that is not above 0": ~(np.isfinite(prices) & (prices > 0)).all(axis=1),
        "has no volume": ~(np.isfinite(volume) & (volume >= 0)),
    }
    for words, rows in is_odd.items():
        if rows.any():
            place = int(np.flatnonzero(rows)[0])
            when = write_moment(times[place], "s")
            raise Untrusted(f"{name}: row {place + 1} ({when}) {words}; {int(rows.sum()):,} do so.")
