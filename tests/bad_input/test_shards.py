"""Rows 30 to 51 of the table: files that lie among the shards."""

import json
import os
import shutil
import socket
import struct

import pyarrow as pa
import pytest
from pyarrow import parquet

from evosearch.population import Status
from evosearch.shards.format.envelope import encode_metadata
from evosearch.shards.format.schema import METADATA_KEY
from tests.bad_input.helpers import SMALL, invoke, picture
from tests.shards.helpers import describe_problem, write_shard

GOOD = [(1, 3.0, True, 0.0, Status.OK), (2, 5.0, True, 0.0, Status.OK)]
OTHER = [(3, 4.0, True, 0.0, Status.OK), (4, 1.0, False, 2.0, Status.OK)]


@pytest.fixture
def results(workspace):
    folder = workspace / "results"
    write_shard(folder, GOOD)
    return folder


def other(folder, **more):
    """A second good shard, made elsewhere, as (name, bytes)."""
    path = write_shard(folder.parent / "elsewhere", OTHER, run_id="run-b", **more)
    content = path.read_bytes()
    shutil.rmtree(folder.parent / "elsewhere")
    return path.name, content


def put(change, rename=None):
    """Copy the second shard among the first, changed."""

    def prepare(folder):
        name, content = other(folder)
        (folder / (rename or name)).write_bytes(change(content))

    return prepare


def flip(content):
    place = len(content) // 3
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def plain(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def foreign(folder):
    parquet.write_table(pa.table({"a": [1, 2]}), folder / "theirs.parquet")


def rewrite(change):
    """Read the second shard and write it again with another schema or other metadata."""

    def prepare(folder):
        _name, content = other(folder)
        file = parquet.ParquetFile(pa.BufferReader(content))
        pairs = {**(file.schema_arrow.metadata or {}), **file.metadata.metadata}
        pairs.pop(b"ARROW:schema", None)
        table = file.read().replace_schema_metadata(pairs)
        parquet.write_table(change(table), folder / "again.parquet")

    return prepare


def of_version_99(table):
    metadata = json.loads(table.schema.metadata[METADATA_KEY])
    return table.replace_schema_metadata(encode_metadata(metadata | {"schema_version": 99}))


def with_other_metadata(table):
    pairs = table.schema.metadata
    text = pairs[METADATA_KEY].replace(b'"seed": 1', b'"seed": 2').replace(b'"seed":1', b'"seed":2')
    assert text != pairs[METADATA_KEY]
    return table.replace_schema_metadata(pairs | {METADATA_KEY: text})


def sock(folder):
    here = os.getcwd()
    os.chdir(folder)  # the name of a socket must be short
    server = socket.socket(socket.AF_UNIX)
    server.bind("sock.parquet")
    server.close()
    os.chdir(here)


def bomb(folder):
    values = pa.array(["x" * 10_000] * 10_000).dictionary_encode()
    parquet.write_table(pa.table({"a": values}), folder / "bomb.parquet", compression="zstd")


SKIPPED = {
    "an empty file": (plain("empty.parquet", b""), ["empty.parquet", "empty"]),
    "a shard cut off": (put(lambda c: c[: len(c) // 2]), ["partial copy", "SHA-256 should begin"]),
    "a shard cut by a byte": (put(lambda c: c[:-1]), ["partial copy", "copy it again"]),
    "a shard with a byte added": (put(lambda c: c + b"\n"), ["partial copy"]),
    "a flipped bit": (put(flip), ["damaged", "SHA-256"]),
    "zeros for a page": (put(lambda c: c[:100] + bytes(100) + c[200:]), ["damaged"]),
    "a web page": (plain("x.parquet", b"<html>404 Not Found</html>"), ["x.parquet", "not a Parquet file"]),
    "a CSV file": (plain("x.parquet", b"a,b\n1,2\n3,4\n"), ["x.parquet", "not a Parquet file"]),
    "only the magic": (plain("x.parquet", b"PAR1"), ["x.parquet", "partial copy"]),
    "magic and nothing between": (plain("x.parquet", b"PAR1" + bytes(4) + b"PAR1"), ["x.parquet"]),
    "a footer larger than the file": (
        plain("x.parquet", b"PAR1" + bytes(99) + struct.pack("<I", 10**6) + b"PAR1"),
        ["footer of 1,000,000 bytes"],
    ),
    "a footer of gigabytes": (
        plain("x.parquet", b"PAR1" + bytes(99) + struct.pack("<I", 2**32 - 1) + b"PAR1"),
        ["is refused"],
    ),
    "noise for a footer": (
        plain("x.parquet", b"PAR1" + b"\xa5" * 99 + struct.pack("<I", 50) + b"PAR1"),
        ["x.parquet"],
    ),
    "Parquet of others": (foreign, ["theirs.parquet", "not evosearch's"]),
    "a bomb": (bomb, ["bomb.parquet", "not evosearch's"]),
    "a shard of a later version": (
        rewrite(of_version_99), ["again.parquet", "newer", "schema version 99"]
    ),
    "metadata that somebody edited": (rewrite(with_other_metadata), ["again.parquet", "damaged"]),
    "a column of another type": (
        rewrite(lambda t: t.set_column(
            t.schema.get_field_index("generation"), "generation", t["generation"].cast(pa.string()))),
        ["wrong columns", "generation"],
    ),
    "a column missing": (rewrite(lambda t: t.drop_columns(["fitness"])), ["wrong columns", "fitness"]),
    "a column too many": (
        rewrite(lambda t: t.append_column("extra", pa.array([1, 2]))), ["damaged"],
    ),
    "rows taken away": (rewrite(lambda t: t.slice(0, 1)), ["damaged"]),
    "rows changed": (
        rewrite(lambda t: t.set_column(
            t.schema.get_field_index("fitness"), t.schema.field("fitness"), pa.array([99.0, 98.0]))),
        ["again.parquet", "damaged"],
    ),
    "a link to nowhere": (lambda f: (f / "l.parquet").symlink_to("nowhere"), ["l.parquet"]),
    "a link to itself": (lambda f: (f / "l.parquet").symlink_to("l.parquet"), ["l.parquet"]),
    "a pipe": (lambda f: os.mkfifo(f / "p.parquet"), ["p.parquet", "not a regular file"]),
    "a socket": (sock, ["sock.parquet"]),
    "a device": (lambda f: (f / "d.parquet").symlink_to("/dev/zero"), ["d.parquet", "not a regular file"]),
}  # fmt: skip


@pytest.mark.posix
@pytest.mark.parametrize("name", SKIPPED)
def test_a_file_that_is_no_shard_is_named_and_never_used(name, results, workspace):
    prepare, says = SKIPPED[name]
    prepare(results)
    before = picture(results)
    strict = invoke("merge", "--strict")
    assert strict.exit_code == 3, strict.stderr
    assert picture(results) == before
    done = invoke("merge", "--json")
    assert "Traceback" not in done.output + done.stderr
    assert done.exit_code == 3, done.stderr
    data = json.loads(done.stdout)["data"]
    (skipped,) = data["skipped"]
    for fragment in says:
        assert fragment in f"{skipped['path']} {skipped['reason']} {strict.stderr}", fragment
    assert [row["fitness"] for row in data["top"]] == [5.0, 3.0]
    after = {key: value for key, value in picture(results).items() if not key.startswith("merged")}
    assert after == before


HARMLESS = {
    "hidden files": plain(".x.parquet", b"junk"),
    "what macOS leaves on foreign disks": plain("._run.parquet", b"junk"),
    "a note": plain("README.txt", b"junk"),
    "an unfinished copy of rsync": plain(".run.parquet.Xa81", b"junk"),
    "a good shard renamed": put(lambda c: c, "my best run.parquet"),
    "a good shard in a folder that looks like a column": lambda folder: (
        (folder / "run_id=abc").mkdir(),
        put(lambda c: c, "run_id=abc/x.parquet")(folder),
    ),
    "a name with quotes, blanks and patterns": put(lambda c: c, 'it\'s [a] "*" ñ ?\n.parquet'),
    "a name that begins with a dash": put(lambda c: c, "--top.parquet"),
}


@pytest.mark.posix
@pytest.mark.parametrize("name", HARMLESS)
def test_what_may_lie_among_shards_does_no_harm(name, results):
    HARMLESS[name](results)
    done = invoke("merge", "results", "--json")
    assert done.exit_code == 0, done.stderr
    data = json.loads(done.stdout)["data"]
    assert {row["run_id"] for row in data["top"]} <= {"run-a", "run-b"}
    assert [row["fitness"] for row in data["top"]][-2:] in ([5.0, 3.0], [3.0, 1.0])


def copies(folder):
    (path,) = folder.glob("*.parquet")
    shutil.copy(path, folder / f"{path.stem} (1).parquet")
    shutil.copy(path, folder / f"{path.stem} (conflicted copy).parquet")
    os.link(path, folder / "hard.parquet")
    (folder / "soft.parquet").symlink_to(path.name)
    (folder / "again").mkdir()
    shutil.copy(path, folder / "again")


@pytest.mark.posix
def test_copies_of_a_shard_count_once(results):
    wanted = json.loads(invoke("merge", "--json").stdout)["data"]
    shutil.rmtree(results / "merged")
    copies(results)
    found = json.loads(invoke("merge", "results", "--json").stdout)["data"]
    assert found["counts"] == wanted["counts"]
    assert found["rows_sha256"] == wanted["rows_sha256"]


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (describe_problem("0" * 32, parts={"options": {"fee": 2}}), "options.fee"),
        (
            describe_problem("0" * 32, direction="minimize", parts={"direction": "minimize"}),
            "direction",
        ),
    ],
)
def test_shards_that_cannot_be_compared_are_refused(results, problem, says):
    name, content = other(results, problem=problem)
    (results / name).write_bytes(content)
    before = picture(results)
    refused = invoke("merge")
    assert refused.exit_code == 4
    assert says in refused.stderr
    assert "--by-fingerprint" in refused.stderr
    assert picture(results) == before


def test_a_leaderboard_says_what_it_leaves_out(results):
    put(flip)(results)
    done = invoke("top", "results")
    assert done.exit_code in (0, 3), done.stderr
    assert "damaged" in done.stderr


def test_terminal_codes_in_names_do_not_reach_the_terminal(results):
    put(lambda c: c[:-5], "\x1b]0;owned\x07\u202e.parquet")(results)
    done = invoke("merge")
    assert done.exit_code == 3
    assert "\x1b]" not in done.output + done.stderr
    assert "\u202e" not in done.output + done.stderr


@pytest.mark.parametrize("columns", ["20", "1", "0", "x"])
def test_a_narrow_terminal_changes_nothing_but_looks(results, columns, monkeypatch):
    from typer.testing import CliRunner

    from evosearch.cli.commands import app

    for environment in (
        {"COLUMNS": columns},
        {"COLUMNS": columns, "TERM": "dumb", "NO_COLOR": "1"},
    ):
        done = CliRunner().invoke(app, ["top", "results"], env=environment)
        assert done.exit_code == 0, done.output
        assert "\x1b" not in done.output


@pytest.mark.posix
def test_a_search_finds_its_way_around_what_lies_in_results(results):
    SKIPPED["a web page"][0](results)
    done = invoke("run", "-p", "demo", *SMALL, "--seed", "1")
    assert done.exit_code == 0, done.stderr
