"""Odd but plausible words to the commands about results: nothing is destroyed, nothing left out."""

import os
import shutil
import subprocess
import sys

import pytest

from evosearch import merge
from evosearch.errors import UsageError
from evosearch.genome.space import Categorical, Float, Int, Space
from evosearch.population import Status
from evosearch.shards.reading.check import check_shard
from tests import runs
from tests.cli.test_commands import invoke, run_json
from tests.shards.helpers import write_shard


def individuals(*keys):
    return [(key, float(key), True, 0, Status.OK) for key in keys]


@pytest.fixture
def made(workspace):
    """Two shards in results/."""
    write_shard(workspace / "results", individuals(1, 2, 3), "run-a")
    write_shard(workspace / "results", individuals(3, 4), "run-b")
    return workspace


def shards(folder):
    return sorted((folder / "results").glob("*.parquet"))


@pytest.mark.parametrize(
    "words",
    [
        ["merge", "results", "-o", "SHARD", "--force"],
        ["export", "SHARD", "-o", "SHARD", "-f", "csv", "--force"],
        ["export", "-o", "SHARD", "-f", "csv", "--force"],
    ],
)
def test_an_input_is_never_written_over(made, words):
    shard = shards(made)[0]
    before = shard.read_bytes()
    result = invoke(*[str(shard) if word == "SHARD" else word for word in words])
    assert result.exit_code == 2
    assert "never changed" in result.stderr or "promises" in result.stderr
    assert shard.read_bytes() == before


def test_a_ranking_may_be_brought_up_to_date_but_not_under_a_name_that_is_a_hash(made):
    assert invoke("merge", "results", "-o", "results/all.parquet").exit_code == 0
    assert invoke("merge", "results", "-o", "results/all.parquet", "--force").exit_code == 0
    assert check_shard(made / "results" / "all.parquet").is_usable
    refused = invoke("merge", "results", "-o", "x-0123456789abcdef.parquet")
    assert (refused.exit_code, (made / "x-0123456789abcdef.parquet").exists()) == (2, False)
    assert invoke("merge", "results", "-o", "x-{sha}.parquet").exit_code == 0
    (named,) = made.glob("x-*.parquet")
    assert check_shard(named).is_usable


def test_outputs_by_fingerprint_are_not_written_over_unasked(made):
    words = ["merge", "results", "--by-fingerprint", "-o", "out.parquet"]
    assert invoke(*words).exit_code == 0
    again = invoke(*words)
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)
    assert invoke(*words, "--force").exit_code == 0


@pytest.mark.parametrize("words", [["merge", "results"], ["export", "-f", "csv"]])
def test_a_folder_is_no_output(made, words):
    (made / "there").mkdir()
    result = invoke(*words, "-o", "there", "--force")
    assert (result.exit_code, "is a folder" in result.stderr) == (2, True)


def test_a_copy_that_kept_its_time_is_looked_at(made):
    late = shards(made)[1]
    shutil.move(late, made / "late.parquet")
    os.utime(made / "late.parquet", (1, 1))
    assert invoke("merge").exit_code == 0
    shutil.copy2(made / "late.parquet", late)  # keeps the time, as rsync -a and file managers do
    assert len(run_json("top", "-n", "-1")) == 4


@pytest.mark.posix
def test_links_to_nowhere_and_leftovers_of_macos_are_passed_over(made):
    assert invoke("merge").exit_code == 0
    (made / "results" / "merged" / "lost.parquet").symlink_to(made / "nowhere")
    (made / "results" / "merged" / "._x.parquet").write_bytes(b"\0\5\26\7")
    assert len(run_json("top", "-n", "-1")) == 4


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may list every folder"
)
@pytest.mark.posix
def test_a_folder_that_cannot_be_listed_is_no_empty_folder(made):
    (made / "results" / "sub").mkdir(mode=0)
    assert invoke("merge", "results").exit_code == 5


def test_listing_errors_are_not_swallowed(made, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    result = invoke("merge", "results")
    assert (result.exit_code, "cannot be listed" in result.stderr) == (5, True)


def test_brackets_in_the_name_of_the_results_folder_are_only_letters(made):
    write_shard(made / "g1", individuals(9), "run-c")
    (made / "results").rename(made / "g[1]")
    assert len(run_json("top", "-n", "-1", "--results", "g[1]")) == 4
    assert invoke("merge", "--results", "g[1]").exit_code == 0
    assert len(run_json("top", "-n", "-1", "--results", "g[1]")) == 4


def test_nothing_is_not_everything(made):
    (made / "empty").write_text("")
    listed, unset = invoke("merge", "--from-file", "empty"), invoke("merge", "")
    assert (listed.exit_code, "names no file" in listed.stderr) == (2, True)
    assert (unset.exit_code, "empty path" in unset.stderr) == (2, True)


def test_a_conflict_cannot_be_looked_for_in_a_top(made):
    assert invoke("merge", "--strict", "--only-top", "--top", "2").exit_code == 2
    assert invoke("merge", "--strict", "--only-top", "--dry-run").exit_code == 2
    with pytest.raises(UsageError, match="--strict"):
        merge("results", strict=True, top=2)
    assert invoke("merge", "--only-top", "--top", "-1").exit_code == 2
    assert not list(made.glob("results/merged/*"))


def test_an_id_of_digits_is_an_id(workspace):
    # The first eight hexadecimal digits of these ids are decimal ones.
    keys = [int(f"{head}{'0' * 8}", 16) for head in ("11089783", "00000012")]
    write_shard(workspace / "results", individuals(*keys, *range(1, 20)), "run-a")
    for key in keys:
        shown = f"{key:016x}" * 2
        assert run_json("show", shown[:8])["genome_id"] == shown
    assert run_json("show", "3")["rank"] == 3
    for wanted in ("0", "22"):
        result = invoke("show", wanted)
        assert (result.exit_code, "has 21 rows" in result.stderr) == (1, True)
    assert invoke("show", "²").exit_code == 2


def test_numbers_beyond_all_rows_mean_all_rows(made):
    assert len(run_json("top", "-n", "99999999999999999999")) == 4
    assert invoke("top", "--sort", "fitness", "-n", "99999999999999999999").exit_code == 0
    result = invoke("merge", "--sort", "found_by", "-o", "late.parquet")
    assert (result.exit_code, (made / "late.parquet").exists()) == (2, False)


@pytest.mark.posix
@pytest.mark.parametrize("words", [["top"], ["merge"], ["check", "results"], ["show", "1"]])
def test_who_reads_no_further_is_no_error(made, words):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "evosearch", *words],
        cwd=made, env=runs.environment(), stdout=writing, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_letters_that_the_output_lacks_are_written_as_escapes(made):
    space = Space(Int("k", 0, 999), Float("x", 0, 1), Categorical("c", ["läufer", "läufer 2"]))
    write_shard(made / "results", individuals(7), "other", space=space)
    done = runs.evosearch(made, "top", "-f", "md", "--columns", "c", PYTHONIOENCODING="ascii")
    assert (done.returncode, "l\\xe4ufer" in done.stdout) == (0, True), done.stderr


def test_words_after_letters_beyond_ascii_are_understood(made):
    plain = invoke("top", "--where", "rank = (select 1)")
    after = invoke("top", "--where", "'äöüß' = 'äöüß' and rank = (select 1)")
    assert plain.exit_code == after.exit_code == 2
