"""Read tables of prices from CSV or Parquet into arrays, with the place of every fault.

The usual file is parsed by pyarrow in a few milliseconds. Whatever pyarrow refuses is read a
second time, line by line, in order to say which lines are wrong and why.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import DataError, did_you_mean
from evosearch.trading.reading.csv_lines import read_csv_by_line
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.tables import (
    COLUMNS,
    CSV,
    Faults,
    Table,
    describe_zone,
    parses,
    scale_epoch,
)


def read_table(path: Path, layout: Layout | Sequence[str], faults: Faults) -> Table:
    """Read the prices of a file, as a person says that they are laid out, or by content.

    Raises
    ------
    DataError
        When the file is empty, has no such columns, or holds malformed rows.
    """
    columns = ("timestamp", *COLUMNS)
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise DataError(f"{path} is empty.")
    if head == b"PAR1":
        return _read_parquet(path, columns)
    if head in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):  # how .xlsx (and .zip) and .xls begin
        raise DataError(f"{path} is an Excel or zip file. Save the table in it as CSV (UTF-8).")
    return _read_csv(path, columns, faults)


def _pick(path: Path, found: Sequence[str], columns: Sequence[str]) -> list[int]:
    """Where each wanted column stands, whatever its capitals."""
    plain = [name.strip().lower() for name in found]
    problems = []
    for name in columns:
        if name not in plain:
            problems.append(f"column {name!r} is missing. {did_you_mean(name, plain)}")
        elif plain.count(name) > 1:
            problems.append(f"column {name!r} stands there {plain.count(name)} times.")
    if problems:
        listed = ", ".join(found)[:200]
        hint = ""
        if len(found) == 1 and any(mark in listed for mark in ";\t|"):
            hint = " It looks as if another mark than the comma separates its columns."
        elif found and all(parses(name) for name in found[1:]):
            hint = " It looks as if the first line holds no column names."
        raise DataError("\n".join([f"{path}:1: found the columns {listed}.{hint}", *problems]))
    return [plain.index(name) for name in columns]


def _read_csv(path: Path, columns: Sequence[str], faults: Faults) -> Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is no UTF-8 text (byte {error.start}). Save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise DataError(f"{path}:1: {error}.") from error
    places = _pick(path, header, columns)
    names = [str(place) for place in range(len(header))]
    wanted = [names[place] for place in places]
    types = dict.fromkeys(wanted, pa.float64()) | {wanted[0]: pa.string()}
    try:
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
            parse_options=arrow_csv.ParseOptions(ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types,
                include_columns=wanted,
                null_values=[],
                strings_can_be_null=False,
            ),
        )
        times, words = _convert_times(table.column(0).combine_chunks())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError):
        return read_csv_by_line(path, places, len(header), faults)
    values = tuple(_as_floats(table.column(k)) for k in range(1, len(columns)))
    return Table(times, values, np.arange(2, len(times) + 2), f"{CSV}, {words}")


def _as_floats(column: Any) -> NDArray[np.float64]:
    import pyarrow as pa

    plain = column.cast(pa.float64())
    if isinstance(plain, pa.ChunkedArray):
        plain = plain.combine_chunks()
    if plain.null_count:
        # Only then: making a pyarrow scalar of NaN imports pandas.
        plain = plain.fill_null(float("nan"))
    return _buffer_of(plain, np.float64)


def _buffer_of(array: Any, dtype: Any) -> NDArray[Any]:
    """The numbers of an array without nulls; pyarrow's own conversion would import pandas."""
    if not len(array):
        return np.empty(0, dtype)
    start = array.offset * np.dtype(dtype).itemsize
    return np.frombuffer(array.buffers()[1], dtype, len(array), start)


def _convert_times(texts: Any) -> tuple[NDArray[np.int64], str]:
    """Times of a whole column at once, and how they were read, in words.

    ArrowInvalid or ValueError when the column is not uniform.
    """
    import pyarrow as pa

    first = texts[0].as_py().strip() if len(texts) else ""
    if first.lstrip("-").replace(".", "", 1).isdigit():
        numbers = (
            _as_floats(texts) if "." in first else _buffer_of(texts.cast(pa.int64()), np.int64)
        )
        return _scale_seconds(numbers)
    if first.endswith(("Z", "z")):
        # One zone for all: every text must end alike, which pyarrow does not check.
        import pyarrow.compute as pc

        if not pc.all(pc.ends_with(texts, first[-1])).as_py():
            raise ValueError("mixed time zones")
        stamps, zone = texts.cast(pa.timestamp("us", "UTC")), "+0000"
    else:
        stamps, zone = texts.cast(pa.timestamp("us")), ""
    return _buffer_of(stamps.cast(pa.int64()), np.int64), describe_zone(zone)


def _scale_seconds(numbers: NDArray[Any]) -> tuple[NDArray[np.int64], str]:
    if ((numbers >= 10**7) & (numbers < 10**8)).any():
        raise ValueError("eight digits are a date, as in 20240105, not seconds of 1970")
    return scale_epoch(numbers)


def _read_parquet(path: Path, columns: Sequence[str]) -> Table:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
        found = file.schema_arrow.names
        names = [found[place] for place in _pick(path, found, columns)]
        table = file.read(names)
        moments = table.column(names[0]).combine_chunks()
        if moments.null_count:
            raise DataError(f"{path}: {moments.null_count} timestamps are missing.")
        if pa.types.is_string(moments.type) or pa.types.is_large_string(moments.type):
            times, words = _convert_times(moments.cast(pa.string()))
        elif pa.types.is_integer(moments.type) or pa.types.is_floating(moments.type):
            times, words = _scale_seconds(_buffer_of(moments.cast(pa.int64()), np.int64))
        else:
            zone = getattr(moments.type, "tz", None)
            stamps = moments.cast(pa.timestamp("us", zone), safe=False)
            times = _buffer_of(stamps.cast(pa.int64()), np.int64)
            words = describe_zone("+0000" if zone else "")  # Parquet keeps UTC beside a zone's name
        values = tuple(_as_floats(table.column(name)) for name in names[1:])
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {str(error)[:200]}") from error
    return Table(times, values, np.arange(1, len(times) + 1), f"Parquet, {words}")
