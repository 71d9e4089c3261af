"""Files in evosearch's own form are read as any other way reads them, or left to that way."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from evosearch.trading.loading.find import SAMPLE_FOLDER
from evosearch.trading.reading.files.own_form import read_own_form
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.parsing import read_table
from evosearch.trading.reading.tables import Faults

NAMES = ("open", "high", "low", "close", "volume")
FIRST = 1_704_067_200_000_000


def write(path, n=5, **changed):
    columns = {"timestamp": pa.array(np.arange(n) * 60_000_000 + FIRST, pa.timestamp("us", "UTC"))}
    columns |= {name: pa.array(np.arange(n) + 10.0) for name in NAMES} | changed
    parquet.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    "sample", sorted(SAMPLE_FOLDER.glob("*.parquet")), ids=lambda each: each.stem
)
def test_the_short_way_reads_what_the_long_way_reads(sample, monkeypatch):
    short = read_own_form(sample)
    assert short is not None
    monkeypatch.setattr("evosearch.trading.reading.parsing.read_own_form", lambda path: None)
    long = read_table(sample, Layout(), Faults(sample))
    for name in ("timestamp_us", "lines"):
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name))
    for ours, theirs in zip(short.values, long.values, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for name in ("layout", "zone", "has_volume", "findings", "symbol", "is_naive"):
        assert getattr(short, name) == getattr(long, name), name


@pytest.mark.parametrize(
    "changed",
    [
        {"timestamp": pa.array(np.arange(5) * 60_000_000 + FIRST, pa.timestamp("us"))},
        {"timestamp": pa.array(np.arange(5) * 60_000_000 + FIRST)},
        {"timestamp": pa.array(np.arange(5), pa.timestamp("us", "UTC"))},
        {"timestamp": pa.array(np.arange(5) + 4 * 10**15, pa.timestamp("us", "UTC"))},
        {"close": pa.array([1.0, 2.0, None, 4.0, 5.0])},
        {"close": pa.array([1.0, 2.0, np.nan, 4.0, 5.0])},
        {"close": pa.array(np.arange(5))},
        {"more": pa.array(np.arange(5))},
    ],
)
def test_whatever_needs_a_closer_look_is_left_to_the_long_way(tmp_path, changed):
    assert read_own_form(write(tmp_path / "own.parquet")) is not None
    assert read_own_form(write(tmp_path / "other.parquet", **changed)) is None


def test_a_damaged_file_is_left_to_the_long_way(tmp_path):
    path = write(tmp_path / "own.parquet", n=1000)
    path.write_bytes(path.read_bytes()[:-20])
    assert read_own_form(path) is None
