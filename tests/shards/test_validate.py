import os
import random
import shutil

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from evosearch.population import Status
from evosearch.shards.format.envelope import DIGEST_KEY, encode_metadata
from evosearch.shards.format.schema import METADATA_KEY
from evosearch.shards.reading.check import Verdict, check_shard
from tests.shards.helpers import write_shard

ROWS = [(key, key / 100, True, 0, Status.OK) for key in range(50)]


@pytest.fixture
def shard(tmp_path):
    return write_shard(tmp_path / "made", ROWS)


def place(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_good_shard_is_ok(shard):
    checked = check_shard(shard)
    assert (checked.verdict, checked.n_rows, checked.reason) == (Verdict.OK, 50, "")
    assert check_shard(shard, deep=True).verdict is Verdict.OK


def test_each_bad_file_has_its_own_verdict(tmp_path, shard):
    whole = shard.read_bytes()
    plain = pa.table({"a": [1, 2]})
    parquet.write_table(plain, tmp_path / "foreign.parquet")
    cases = {
        "empty.parquet": (b"", Verdict.EMPTY, "copy in progress"),
        "page.parquet": (b"<html>404</html>", Verdict.NOT_PARQUET, "not a Parquet"),
        "tiny.parquet": (b"PAR1", Verdict.TRUNCATED, "partial copy"),
        shard.name: (whole[:-40], Verdict.TRUNCATED, "partial copy"),
        "foreign.parquet": (None, Verdict.FOREIGN, "not evosearch's"),
    }
    for name, (content, verdict, says) in cases.items():
        path = tmp_path / name if content is None else place(tmp_path, name, content)
        checked = check_shard(path)
        assert checked.verdict is verdict, name
        assert says in checked.reason
        assert not checked.is_usable


def test_a_cut_shard_is_told_which_hash_it_should_have(tmp_path, shard):
    cut = place(tmp_path, shard.name, shard.read_bytes()[:1000])
    assert shard.stem.split("-")[-1] in check_shard(cut).reason


def test_a_huge_footer_is_refused_before_it_is_parsed(tmp_path):
    footer = (200 * 2**20).to_bytes(4, "little")
    path = place(tmp_path, "bomb.parquet", b"PAR1" + b"\0" * 100 + footer + b"PAR1")
    assert check_shard(path).verdict is Verdict.DAMAGED


def test_a_footer_of_noise_is_damage_and_no_fault_of_the_disk(tmp_path):
    noise = np.random.default_rng(1).bytes(600)
    size = (500).to_bytes(4, "little")
    checked = check_shard(place(tmp_path, "noise.parquet", b"PAR1" + noise + size + b"PAR1"))
    assert checked.verdict is Verdict.DAMAGED
    assert checked.reason.startswith("damaged: ")


@pytest.mark.posix
def test_what_is_no_regular_file_is_never_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.parquet")
    (tmp_path / "loop.parquet").symlink_to(tmp_path / "loop.parquet")
    (tmp_path / "broken.parquet").symlink_to(tmp_path / "nothing")
    assert check_shard(tmp_path / "pipe.parquet").verdict is Verdict.NOT_REGULAR
    assert check_shard(tmp_path / "loop.parquet").verdict is Verdict.UNREADABLE
    assert check_shard(tmp_path / "broken.parquet").verdict is Verdict.UNREADABLE
    assert check_shard(tmp_path / "gone.parquet").verdict is Verdict.UNREADABLE
    assert check_shard(tmp_path).verdict is Verdict.NOT_REGULAR


def test_a_renamed_shard_is_accepted_after_its_rows_were_checked(tmp_path, shard):
    copy = shutil.copy(shard, tmp_path / "mine (1).parquet")
    checked = check_shard(tmp_path / "mine (1).parquet")
    assert (checked.verdict, checked.is_usable) == (Verdict.RENAMED, True)
    assert copy.name == "mine (1).parquet"


def rewrite(path, target, **changes):
    """A shard written again with other metadata or columns; Parquet itself is sound."""
    table = parquet.read_table(path)
    pairs = dict(parquet.ParquetFile(path).metadata.metadata)
    table = changes.get("table", lambda t: t)(table)
    pairs |= changes.get("pairs", {})
    pairs.pop(b"ARROW:schema", None)
    parquet.write_table(table.replace_schema_metadata(pairs), target)
    return check_shard(target)


def test_a_newer_schema_version_says_so(tmp_path, shard):
    import json

    metadata = json.loads(parquet.ParquetFile(shard).metadata.metadata[METADATA_KEY])
    pairs = encode_metadata(metadata | {"schema_version": 99})
    checked = rewrite(shard, tmp_path / "new.parquet", pairs=pairs)
    assert checked.verdict is Verdict.NEWER
    assert "schema version 99" in checked.reason


def test_metadata_that_do_not_match_their_hash_are_damage(tmp_path, shard):
    checked = rewrite(shard, tmp_path / "a.parquet", pairs={DIGEST_KEY: b"0" * 64})
    assert checked.verdict is Verdict.DAMAGED


@pytest.mark.parametrize("text", [b"{", b"[]", b"{}", b'{"format": "evosearch"}', b"\xff"])
def test_nonsense_metadata_are_refused(tmp_path, shard, text):
    import hashlib

    pairs = {METADATA_KEY: text, DIGEST_KEY: hashlib.sha256(text).hexdigest().encode()}
    assert not rewrite(shard, tmp_path / "a.parquet", pairs=pairs).is_usable


def test_other_columns_than_a_shards_are_refused(tmp_path, shard):
    fewer = rewrite(shard, tmp_path / "a.parquet", table=lambda t: t.drop_columns(["index"]))
    assert fewer.verdict is Verdict.BAD_SCHEMA
    assert "'index'" in fewer.reason
    other = rewrite(
        shard,
        tmp_path / "b.parquet",
        table=lambda t: t.set_column(1, "fitness", t.column("fitness").cast(pa.string())),
    )
    assert other.verdict is Verdict.BAD_SCHEMA


def test_rows_that_are_not_those_of_the_digest_are_damage(tmp_path, shard):
    import pyarrow.compute as pc

    changed = rewrite(
        shard,
        tmp_path / "a.parquet",
        table=lambda t: t.set_column(1, "fitness", pc.multiply(t.column("fitness"), 2)),
    )
    assert changed.verdict is Verdict.DAMAGED
    fewer = rewrite(shard, tmp_path / "b.parquet", table=lambda t: t.slice(1))
    assert fewer.verdict is Verdict.DAMAGED


@pytest.mark.parametrize("keeps_name", [True, False])
def test_no_damaged_byte_goes_unnoticed(tmp_path, shard, keeps_name):
    whole = bytearray(shard.read_bytes())
    rows = parquet.read_table(shard)
    rng = random.Random(1)
    target = tmp_path / (shard.name if keeps_name else "renamed.parquet")
    n_silent = 0
    for trial in range(300):
        damaged = bytearray(whole)
        start = rng.randrange(len(whole))
        how = trial % 3
        if how == 0:
            damaged[start] ^= 1 << rng.randrange(8)
        elif how == 1:
            damaged[start : start + 64] = bytes(len(damaged[start : start + 64]))
        else:
            del damaged[start : start + rng.randrange(1, 200)]
        target.write_bytes(damaged)
        checked = check_shard(target)
        if checked.is_usable and damaged != whole:
            # Only harmless damage may pass: the rows read are still the rows written.
            n_silent += not parquet.read_table(target).equals(rows)
            assert not keeps_name
    assert n_silent == 0
