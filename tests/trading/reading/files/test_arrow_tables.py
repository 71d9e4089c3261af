"""Parquet and Feather, with prices and times of any type."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from evosearch.errors import DataError
from evosearch.trading.reading.files.arrow_tables import ArrowTable
from evosearch.trading.reading.files.containers import look_into
from evosearch.trading.reading.shape import TimeSpec
from evosearch.trading.reading.tables import Faults
from tests.trading.reading.files.making import NAMES, SHAPE, list_faults

N = 20
US = np.arange(N, dtype=np.int64) * 3_600_000_000 + 1_704_067_200_000_000
PRICES = np.round(100 + np.arange(N) / 7, 2)
TIMES = pa.array(US, pa.timestamp("us"))
PLAIN = pa.array(PRICES)


def write_parquet(path, table):
    parquet.write_table(table, path, row_group_size=7)


def write_feather(path, table):
    feather.write_feather(table, path, chunksize=7, compression="lz4")


WRITERS = pytest.mark.parametrize("write", [write_parquet, write_feather])


def read(folder, columns, write=write_parquet, shape=SHAPE, names=NAMES):
    path = folder / "bars.csv"
    write(path, pa.table(columns, names=list(names)))
    faults = Faults(path)
    return ArrowTable(look_into(path)).read(shape, False, faults), faults


def columns(**replaced):
    found = {"time": TIMES, **dict.fromkeys(NAMES[1:], PLAIN)}
    return list((found | replaced).values())


@WRITERS
@pytest.mark.parametrize(
    "kind",
    [
        pa.timestamp("ns"),
        pa.timestamp("ms", "UTC"),
        pa.timestamp("us", "America/New_York"),
        pa.int64(),
    ],
)
def test_times_of_many_types(tmp_path, write, kind):
    table, faults = read(
        tmp_path, columns(time=pa.array(US).cast(pa.timestamp("us")).cast(kind)), write
    )
    assert not len(faults)
    np.testing.assert_array_equal(table.timestamp_us, US)
    assert table.lines.tolist() == list(range(1, N + 1))


@WRITERS
@pytest.mark.parametrize(
    "column",
    [
        pa.array([Decimal(f"{price:.2f}") for price in PRICES], pa.decimal128(12, 2)),
        pa.array([f"{price:.2f}" for price in PRICES]),
        pa.array([f"{price:.2f}" for price in PRICES], pa.large_string()),
        pa.array([f"{price:.2f}" for price in PRICES]).dictionary_encode(),
        PLAIN.dictionary_encode(),
    ],
    ids=["decimal", "text", "large text", "texts by number", "prices by number"],
)
def test_prices_of_many_types(tmp_path, write, column):
    table, faults = read(tmp_path, columns(close=column), write)
    assert not len(faults)
    assert table.values[3].tobytes() == PRICES.tobytes()


def test_whole_prices(tmp_path):
    table, _ = read(
        tmp_path,
        columns(close=pa.array(np.arange(N)), volume=pa.array(np.arange(N, dtype=np.int32))),
    )
    assert table.values[3].tolist() == table.values[4].tolist() == list(range(N))


def test_nulls_are_missing_prices(tmp_path):
    some = pa.array([None if k in (3, 9) else float(price) for k, price in enumerate(PRICES)])
    table, faults = read(tmp_path, columns(**dict.fromkeys(NAMES[1:5], some), volume=pa.nulls(N)))
    assert not len(faults)
    assert len(table) == N - 2
    assert [item.kind for item in table.findings] == ["rows_without_price", "rows_without_volume"]
    assert table.findings[0].line == 4


def test_a_text_that_is_no_price_is_named_by_its_row(tmp_path):
    table, faults = read(
        tmp_path, columns(close=pa.array(["x" if k == 5 else "100" for k in range(N)]))
    )
    assert len(table) == N - 1
    ((line, text),) = list_faults(faults)
    assert line == 6
    assert text.startswith("'x' is no number (2024-01-01 05:00:00, ")


def test_prices_of_no_use_are_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read(tmp_path, columns(close=pa.array([[1.0]] * N)))


def test_the_columns_are_chosen_by_position(tmp_path):
    shape = replace(SHAPE, times=TimeSpec((6,)), prices=(3, 2, 1, 0), volume=None, n_columns=7)
    numbered = [pa.array(np.full(N, float(k))) for k in range(6)]
    table, _ = read(tmp_path, [*numbered, TIMES], shape=shape, names="abcdefg")
    assert [column[0] for column in table.values] == [3, 2, 1, 0, 0]
    assert not table.has_volume


def test_the_sample_holds_texts(tmp_path):
    path = tmp_path / "bars"
    write_parquet(path, pa.table(columns(open=pa.nulls(N)), names=list(NAMES)))
    opened = ArrowTable(look_into(path))
    assert opened.names == NAMES
    assert opened.sample()[1] == ("2024-01-01 01:00:00", "", *["100.14"] * 4)


def test_the_first_version_of_feather(tmp_path):
    path = tmp_path / "bars"
    with pytest.warns(DeprecationWarning):
        feather.write_feather(pa.table(columns(), names=list(NAMES)), path, version=1)
    table = ArrowTable(look_into(path)).read(SHAPE, False, Faults(path))
    np.testing.assert_array_equal(table.timestamp_us, US)
