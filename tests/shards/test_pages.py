import random

import pyarrow as pa
import pytest
from pyarrow import parquet

from evosearch import merge
from evosearch.population import Status
from evosearch.shards.format.schema import make_schema, make_table
from evosearch.shards.reading import pages
from evosearch.shards.reading.check import Verdict, check_shard
from evosearch.shards.reading.footer import read_row_groups
from evosearch.shards.reading.pages import BadPages, survey_pages
from evosearch.shards.reading.thrift import BadThrift
from tests.shards.helpers import (
    INT_METRICS,
    METRICS,
    SPACE,
    make_population,
    write_foreign,
    write_shard,
)

SCHEMA = make_schema(SPACE, METRICS, INT_METRICS)


def one_row(n=1):
    table = make_table(make_population([(1, 0.5, True, 0, Status.OK)]), SCHEMA, SPACE, "run-a")
    return pa.concat_tables([table] * n).combine_chunks()


def with_errors(table, texts):
    return table.set_column(5, "error", pa.array(texts, pa.string()))


def peak_bytes(path):
    """Check a file; its verdict, and what Arrow took at most."""
    before = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(before)
    pa.set_memory_pool(pool)
    try:
        return check_shard(path), pool.max_memory()
    finally:
        pa.set_memory_pool(before)


@pytest.mark.parametrize("compression", ["zstd", "none", "snappy"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_pages_are_measured_whoever_wrote_them(tmp_path, compression, version):
    table = one_row(40_000)
    path = write_foreign(
        tmp_path / "a.parquet", table, 15_000, compression=compression, data_page_version=version,
        use_dictionary=False, data_page_size=50_000,
    )  # fmt: skip
    seen = survey_pages(path.read_bytes(), 40_000, len(table.schema))
    assert 50_000 <= seen.page_bytes <= 150_000
    assert not seen.has_checksums


def test_a_page_that_calls_itself_an_index_is_refused_where_readers_pass_it_over(tmp_path):
    path = write_shard(tmp_path, [(key, key / 9, True, 0, Status.OK) for key in range(50)])
    path = path.rename(tmp_path / "renamed.parquet")  # nothing but the pages speaks for it
    damaged = bytearray(path.read_bytes())
    start = parquet.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
    assert damaged[start : start + 2] == b"\x15\x00"  # field 1, data page
    damaged[start + 1] = 2  # index page, zigzag
    path.write_bytes(damaged)
    checked = check_shard(path, is_light=True)
    assert checked.reason == "damaged: a page of another kind than its header"


def test_who_reads_a_few_pages_hashes_a_file_without_checksums(tmp_path):
    rows = one_row(50)
    bare = write_foreign(tmp_path / "bare.parquet", rows, write_page_checksum=False)
    assert check_shard(bare, is_light=True).sha256
    guarded = write_foreign(tmp_path / "guarded.parquet", rows, write_page_checksum=True)
    assert not check_shard(guarded, is_light=True).sha256


def test_a_text_that_repeats_never_fills_memory(tmp_path):
    # 100 MB of text in a few kilobytes, with an honest footer.
    table = with_errors(one_row(100), ["x" * 1_000_000] * 100)
    path = write_foreign(tmp_path / "bomb.parquet", table, compression="zstd")
    assert path.stat().st_size < 100_000
    del table
    checked, peak = peak_bytes(path)
    assert checked.verdict is Verdict.DAMAGED
    assert "text of 1,000,000 bytes" in checked.reason
    assert peak < 16 * 2**20


def test_a_page_that_unpacks_to_many_times_its_size_is_refused_unread(tmp_path):
    table = with_errors(one_row(), ["x" * 20_000_000])
    path = write_foreign(
        tmp_path / "page.parquet", table, compression="zstd", use_dictionary=False,
        write_statistics=False,
    )  # fmt: skip
    assert path.stat().st_size < 100_000
    checked, peak = peak_bytes(path)
    assert checked.reason == "damaged: a page of 20,000,010 bytes"
    assert peak < 2**20


def test_more_rows_than_bytes_are_refused(tmp_path):
    path = write_foreign(tmp_path / "rows.parquet", one_row(100_000), compression="zstd")
    checked = check_shard(path)
    assert checked.verdict is Verdict.DAMAGED
    assert "100,000 rows in" in checked.reason
    other = write_shard(tmp_path, [(2, 0.1, True, 0, Status.OK)])
    result = merge([path, other])
    assert [item.path for item in result.skipped] == [path]


def test_a_row_without_an_id_is_refused(tmp_path):
    ids = pa.array([None, b"0" * 16], pa.binary(16))
    path = write_foreign(tmp_path / "a.parquet", one_row(2).set_column(0, "genome_id", ids))
    assert "'genome_id' has rows without a value" in check_shard(path).reason


def test_headers_of_any_bytes_are_read_or_refused(tmp_path):
    path = write_shard(tmp_path, [(key, key / 9, True, 0, Status.OK) for key in range(50)])
    whole = path.read_bytes()
    rng = random.Random(0)
    n_refused = 0
    for _ in range(500):
        damaged = bytearray(whole)
        start = rng.randrange(len(whole))
        damaged[start : start + 8] = rng.randbytes(len(damaged[start : start + 8]))
        try:
            survey_pages(bytes(damaged), 50, len(SCHEMA))
        except BadPages:
            n_refused += 1
    assert n_refused > 50


def read_header(read, data, at):
    try:
        return read(data, at)
    except (BadThrift, IndexError):
        return "broken"


def test_headers_as_usual_and_field_by_field_agree_on_any_damage(tmp_path):
    rows = [(key, key / 9, key % 3 > 0, 0.5, Status.OK) for key in range(600)]
    shard = write_shard(tmp_path, rows)
    rng = random.Random(3)
    n_usual = n_pages = n_read = 0
    for path in (shard, merge(shard, output=tmp_path / "merged.parquet").path):
        data = path.read_bytes()
        for group in read_row_groups(data):
            for column in group.columns:
                at = column.start
                while at < column.start + column.n_bytes:
                    page = pages.read_page_header(data, at)
                    assert page == pages._read_header_by_field(data, at)
                    n_pages += 1
                    n_usual += pages._USUAL.match(data, at) is not None
                    for _ in range(40):
                        damaged = bytearray(data[at : page.start + 40])
                        place = rng.randrange(page.start - at)
                        damaged[place] = rng.choice([damaged[place] ^ 1 << rng.randrange(8), 0, 6])
                        found = read_header(pages.read_page_header, bytes(damaged), 0)
                        by_field = read_header(pages._read_header_by_field, bytes(damaged), 0)
                        assert found == by_field
                        n_read += found != "broken"
                    at = page.start + page.packed
    assert n_usual == n_pages > 40
    assert n_read > 500
