"""Instants written as people write them, by Python's datetime alone: what reading is tested with."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from pyarrow import csv

from evosearch.trading.reading.shape import TimeSpec
from evosearch.trading.reading.times import TimeReader

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_us(us):
    return EPOCH + timedelta(microseconds=int(us))


def read(*columns, time_format=None, zone=None, n_batches=1):
    """Times of lists of texts, or of Arrow arrays, in so many batches."""
    reader = TimeReader(TimeSpec(tuple(range(len(columns))), time_format, zone))
    arrays = [c if isinstance(c, pa.Array) else pa.array(c, pa.string()) for c in columns]
    size = max(-(-len(arrays[0]) // n_batches), 1)
    for start in range(0, len(arrays[0]), size):
        reader.add([array.slice(start, size) for array in arrays])
    return reader.finish()


def expect(us, moments):
    """The instants are these, each named if it is not."""
    found = [from_us(each).isoformat() for each in us]
    assert found == [moment.astimezone(UTC).isoformat() for moment in moments]


def reasons(times):
    return {row: why for row, _, why in times.bad}


def texts_without_pandas(*texts):
    """An array of texts as reading a CSV makes it."""
    data = "a\n" + "".join(f'"{text}"\n' for text in texts)
    options = csv.ConvertOptions(column_types={"a": pa.string()}, strings_can_be_null=False)
    return csv.read_csv(io.BytesIO(data.encode()), convert_options=options)[0].combine_chunks()


def wall(moment, zone):
    """The clock on the wall, as a naive text."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def numbers(values, kind="int64"):
    return pa.array(np.array(values, kind))
