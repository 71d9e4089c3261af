"""A footer is read the same whether its columns are as usual or taken field by field."""

import hashlib
import random

import pytest
from pyarrow import parquet

from evosearch import merge
from evosearch.population import Status
from evosearch.shards.reading import footer
from evosearch.shards.reading.check import Verdict, check_shard
from evosearch.shards.reading.thrift import BadThrift
from tests.shards.helpers import write_shard

INDIVIDUALS = [(key, key / 9, key % 3 > 0, 0.5, Status.OK) for key in range(600)]


@pytest.fixture(params=["shard", "merged"])
def data(request, tmp_path):
    path = write_shard(tmp_path, INDIVIDUALS)
    if request.param == "merged":
        path = merge(path, output=tmp_path / "merged.parquet").path
    return path.read_bytes()


def read(data):
    """The row groups, or that they cannot be read."""
    try:
        return list(footer.read_row_groups(data))
    except (BadThrift, IndexError):
        return "broken"


def read_slowly(data, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(footer, "_read_column", footer._read_column_by_field)
        patch.setattr(footer, "_skip_schema_field", lambda reader, kind: reader.skip(kind))
        return read(data)


def test_nearly_all_columns_of_ours_are_as_usual(data, monkeypatch):
    asked = []
    by_field = footer._read_column_by_field
    monkeypatch.setattr(
        footer, "_read_column_by_field", lambda reader: asked.append(1) or by_field(reader)
    )
    groups = read(data)
    assert len(asked) <= len(groups)  # `found_by` of a merged file
    assert len(groups[0].columns) >= 15


def test_both_ways_agree_on_a_footer_and_on_any_damage_to_it(data, monkeypatch):
    assert read(data) == read_slowly(data, monkeypatch) != "broken"
    rng = random.Random(5)
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    # The schema and the row groups stand before the long texts at the end.
    stop = min(len(data) - 8, start + 4000)
    n_read = 0
    for _ in range(1500):
        damaged = bytearray(data[start:])
        for _ in range(rng.choice([1, 1, 2])):
            at = rng.randrange(stop - start)
            damaged[at] = rng.choice([damaged[at] ^ 1 << rng.randrange(8), rng.randrange(256)])
        damaged = bytes(damaged)
        found = read(damaged)
        assert found == read_slowly(damaged, monkeypatch)
        n_read += found != "broken"
    assert n_read > 500


def hide_row_groups(data):
    """The same file with a second list of row groups that Arrow takes for the only one.

    Its field number is that of the first plus 2**16, of which Arrow keeps 16 bits.
    """
    group = b"\x19\x0c\x16" + varint(200) + b"\x16" + varint(1200) + b"\x00"
    hidden = b"\x09" + varint(2 * (2**16 + 4)) + b"\x1c" + group
    end = len(data) - 8
    start = end - int.from_bytes(data[-8:-4], "little")
    text = data[start : end - 1] + hidden + b"\x00"
    return data[:start] + text + len(text).to_bytes(4, "little") + b"PAR1"


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


@pytest.mark.parametrize("is_light", [False, True])
def test_row_groups_that_only_another_reader_sees_are_refused(tmp_path, is_light):
    data = hide_row_groups(write_shard(tmp_path, INDIVIDUALS).read_bytes())
    path = tmp_path / f"hidden-{hashlib.sha256(data).hexdigest()[:16]}.parquet"
    path.write_bytes(data)
    shown = parquet.ParquetFile(path).metadata
    assert [shown.row_group(k).num_columns for k in range(shown.num_row_groups)] == [0]
    checked = check_shard(path, is_light=is_light)
    assert (checked.verdict, "out of order" in checked.reason) == (Verdict.DAMAGED, True)
