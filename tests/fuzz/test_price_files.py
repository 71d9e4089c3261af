"""Packed and binary files of prices, damaged by the thousand: refused in a sentence, or read."""

import gzip
import io
import zipfile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, parquet

from evosearch.errors import DataError
from evosearch.trading.reading.layout import Layout
from evosearch.trading.reading.parsing import read_table
from evosearch.trading.reading.tables import MAX_LINES, Faults
from tests.fuzz.settings import damaged, fuzzing
from tests.trading.reading.files.making import NAMES, make_text

pytestmark = pytest.mark.slow

TEXT = make_text()
TABLE = pa.table(
    [
        pa.array(np.arange(40) * 60_000 + 1_700_000_000_000).cast(pa.timestamp("ms")),
        *[pa.array(10 + np.arange(40) / 8)] * 3,
        pa.array([f"{10 + k / 8}" for k in range(40)]),
        pa.array([f"{10 + k / 8}" for k in range(40)]).dictionary_encode(),
    ],
    names=list(NAMES),
)


def write(writer, **options):
    file = io.BytesIO()
    writer(TABLE, file, **options)
    return file.getvalue()


def zipped(method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("bars.csv", TEXT)
    return file.getvalue()


FILES = [
    gzip.compress(TEXT.encode()),
    *map(zipped, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)),
    TEXT.encode("utf-16"),
    TEXT.encode("utf-16-be"),
    TEXT.replace("volume", "größe").encode("latin-1"),
    write(parquet.write_table),
    write(feather.write_feather, compression="lz4"),
    write(feather.write_feather, compression="uncompressed"),
    b"[[1704067200000, 1, 2, 1, 2, 3]]",
]
TOKENS = [b"PAR1", b"ARROW1", b"PK\x03\x04", b"\x1f\x8b", b"\xff\xfe", b"[[", b"\0" * 40, b"<html>"]


@fuzzing
@given(st.data())
def test_a_damaged_file_is_refused_in_a_few_lines_or_read(workspace, data):
    path = workspace / "bars"
    path.write_bytes(data.draw(damaged(data.draw(st.sampled_from(FILES)), TOKENS)))
    faults = Faults(path)
    try:
        table = read_table(path, Layout(), faults)
        faults.raise_if_any()
    except DataError as error:
        assert "bars" in str(error)
        assert len(str(error).splitlines()) <= MAX_LINES
    else:
        assert all(len(column) == len(table) for column in (*table.values, table.lines))
