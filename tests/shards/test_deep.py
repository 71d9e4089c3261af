"""The deep check finds what a hash in a name cannot: files that lie consistently."""

import hashlib

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import parquet

from evosearch.shards.format.digest import RowsDigest
from evosearch.shards.format.envelope import encode_metadata, open_envelope
from evosearch.shards.merging.merge import check_inputs, merge_checked
from evosearch.shards.reading.check import Verdict, check_shard
from evosearch.shards.reading.deep_check import check_deep
from evosearch.shards.writing.store import writer_options
from tests.shards.helpers import write_shard

ROWS = [(k, float(k), k % 3 > 0, 0.5, k % 10 == 9) for k in range(200)]


@pytest.fixture
def shard(tmp_path):
    return write_shard(tmp_path, ROWS, "pro-a")


@pytest.fixture
def merged(tmp_path, shard):
    path = tmp_path / "merged.parquet"
    merge_checked(check_inputs([shard]), path=path)
    return path


def forge(path, change):
    """The file with other rows, and everything else made to agree with them."""
    opened = parquet.ParquetFile(path)
    metadata = open_envelope(opened.metadata.metadata)
    table = change(opened.read()).replace_schema_metadata(None)
    digest = RowsDigest()
    digest.update(table)
    metadata["rows_sha256"] = digest.hexdigest()
    for run in metadata["sources"].values():
        for part in run["parts"].values():
            part["rows_sha256"] = digest.hexdigest()
        run["parts"] = {
            f"{place}:{digest.hexdigest()[:16]}": part
            for place, part in enumerate(run["parts"].values())
        }
    forged = path.with_name("forged.parquet")
    with parquet.ParquetWriter(forged, table.schema, **writer_options(table.schema)) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(encode_metadata(metadata))
    sha = hashlib.sha256(forged.read_bytes()).hexdigest()[:16]
    return forged.rename(path.with_name(f"forged-{sha}.parquet"))


def with_column(table, name, values):
    place = table.column_names.index(name)
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array(values, field.type))


def test_good_files_are_good_to_the_last_row(shard, merged):
    assert check_deep(shard).verdict == Verdict.OK
    assert check_deep(merged).verdict == Verdict.OK


def test_an_honest_forgery_is_what_the_shallow_check_sees(shard):
    assert check_deep(forge(shard, lambda table: table)).verdict == Verdict.OK


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.take(pa.array([1, 0, *range(2, len(t))])), "rows 1 and 2 are not in the order"),
        (lambda t: t.take(pa.array([*range(len(t) - 2), len(t) - 1, len(t) - 2])), "rows 199 and 200"),
        (lambda t: with_column(t, "fitness", [float("nan"), *t.column("fitness").to_pylist()[1:]]), "fitness"),
        (lambda t: with_column(t, "fitness", [None, *t.column("fitness").to_pylist()[1:]]), "no fitness"),
        (lambda t: with_column(t, "violation", [-1.0] * len(t)), "violation"),
        (lambda t: t.set_column(6, "run_id", pa.array(["other"] * len(t)).dictionary_encode()), "'other'|other"),
    ],
)  # fmt: skip
def test_rows_that_no_search_writes_are_found(shard, change, says):
    path = forge(shard, change)
    found = check_deep(path)
    assert found.verdict in (Verdict.DAMAGED, Verdict.BAD_SCHEMA), found
    assert pc.match_substring_regex(pa.array([found.reason]), says)[0].as_py(), found.reason


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: with_column(t, "rank", range(2, len(t) + 2)), "ranks"),
        (lambda t: with_column(t, "found_by", [[]] + [["pro-a"]] * (len(t) - 1)), "no run"),
        (
            lambda t: with_column(t, "found_by", [["x"]] + [["pro-a"]] * (len(t) - 1)),
            "metadata do not",
        ),
    ],
)
def test_ranks_and_finders_of_a_merged_file_are_looked_at(merged, change, says):
    found = check_deep(forge(merged, change))
    assert found.verdict == Verdict.DAMAGED
    assert says in found.reason


def test_the_order_is_checked_across_batches(shard, monkeypatch):
    monkeypatch.setattr("evosearch.shards.reading.ranked.BATCH_ROWS", 50)
    swapped = [*range(49), 50, 49, *range(51, 200)]
    found = check_deep(forge(shard, lambda table: table.take(pa.array(swapped))))
    assert "rows 50 and 51 are not in the order" in found.reason
    assert check_deep(shard).verdict == Verdict.OK


def test_every_flipped_byte_is_found_even_under_another_name(shard, tmp_path):
    whole = shard.read_bytes()
    for place in range(0, len(whole), 97):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path = tmp_path / "renamed.parquet"
        path.write_bytes(damaged)
        found = check_deep(path)
        if found.is_usable:  # bits that no reader looks at: the rows are the same
            assert parquet.read_table(path).drop_columns(["evaluated_at_utc", "evaluation_s", "run_id"]).equals(
                parquet.read_table(shard).drop_columns(["evaluated_at_utc", "evaluation_s", "run_id"])
            )  # fmt: skip
        assert check_shard(path).is_usable == found.is_usable or not found.is_usable
