"""The ranking of a results folder is chosen by what its files know, whatever their clocks say."""

import os
import random
import shlex
import shutil
import time

import pytest

import evosearch
from evosearch.assemble.ranking import choosing
from evosearch.assemble.ranking.choosing import choose_ranking, list_files
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.errors import IncomparableShards, UsageError
from tests.cli.test_commands import invoke, run_json
from tests.shards.helpers import describe_problem, write_shard

HOUR_S = 3600


@pytest.fixture
def results(workspace):
    (workspace / "results").mkdir()
    return workspace / "results"


def add(folder, run, *keys, **more):
    """A shard whose rows have the fitness of their keys."""
    return write_shard(folder, [(key, float(key), True, 0.0, 0) for key in keys], run, **more)


def date(path, ahead_s):
    then = time.time() + ahead_s
    os.utime(path, (then, then))
    return path


def keys(**more):
    return [row["param_k"] for row in run_json("top", "-n", "-1", **more)]


def merge(*args):
    """Merge; the winner that was printed, and how to show it where the next command leads."""
    done = invoke("merge", *args)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    heading = next(place for place, line in enumerate(lines) if line.split()[:2] == ["#", "id"])
    winner = lines[heading + 1].split()[2]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("next ")]
    return winner, ["show", "1", *(each for each in shlex.split(line)[3:] if each != "--open")]


def shown(*words):
    done = invoke(*(words or ("show", "1")))
    assert done.exit_code == 0, done.output
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("objective")]
    return f"{float(line.split()[1]):.4f}"


def other_problem():
    return describe_problem(fingerprint="e" * 32)


def test_a_merged_file_dated_an_hour_ahead_hides_no_newer_shard(results):
    add(results, "pro-a", 5)
    merge()
    (merged,) = (results / "merged").iterdir()
    date(merged, HOUR_S)
    add(results, "air-b", 9)
    assert keys() == [9, 5]
    assert invoke("export", "-o", "all.csv").exit_code == 0
    assert "0000000009" in (results.parent / "all.csv").read_text().splitlines()[1]
    winner, words = merge()
    assert winner == shown(*words) == shown() == "9.0000"
    for path in list_files(results):
        date(path, -HOUR_S if path.parent == results else HOUR_S * random.Random(1).random())
        assert shown() == "9.0000"


def test_a_merged_file_of_others_hides_no_ranking_of_the_own_runs(results):
    """It came from another machine, newer by its clock and better; its runs are named."""
    add(results, "pro-a", 5)
    add(results.parent / "other", "air-b", 9)
    invoke("merge", "other", "-o", "results/merged/theirs.parquet")
    date(results / "merged" / "theirs.parquet", HOUR_S)
    assert keys() == [9, 5]  # all that is known: nothing was merged yet
    winner, words = merge()
    assert winner == shown(*words) == shown() == "5.0000"
    note = invoke("top").stderr
    assert "1 run of 1 other file is not in this ranking: air-b" in note
    command = note.rpartition("evosearch ")[2]
    assert invoke(*shlex.split(command)).exit_code == 0
    assert (shown(), invoke("top").stderr) == ("9.0000", "")


def test_the_command_that_ranks_all_writes_where_it_was_looked_for(results):
    folder = results.parent / "my results"
    add(folder, "pro-a", 5)
    add(results.parent / "other", "air-b", 9)
    invoke("merge", "other", "-o", folder / "merged" / "theirs.parquet")
    assert invoke("merge", "--results", folder).exit_code == 0
    command = invoke("top", "--results", folder).stderr.rpartition("evosearch ")[2]
    assert invoke(*shlex.split(command)).exit_code == 0
    assert shown("show", "1", "--results", folder) == "9.0000"
    assert invoke("top", "--results", folder).stderr == ""


def test_what_was_merged_before_its_shards_were_deleted_stays_known(results):
    old = add(results, "pro-a", 5, 6)
    merge()
    old.unlink()
    add(results, "air-b", 3)
    assert keys() == [6, 5, 3]
    assert "1 run of 1 other file" not in invoke("top").stderr


def test_of_two_files_the_one_that_covers_the_other_is_read(results):
    add(results, "pro-a", 5)
    merge()
    add(results, "air-b", 4)
    merge()
    first, second = sorted((results / "merged").iterdir(), key=lambda p: p.stat().st_size)
    date(first, HOUR_S)
    assert choose_ranking(results).files == (second,)
    for path in results.glob("*.parquet"):
        path.unlink()
    assert choose_ranking(results).files == (second,)
    second.unlink()
    assert choose_ranking(results).files == (first,)


def test_a_part_that_came_later_is_seen_though_its_run_is_known(results):
    """A run goes on: the merged file knows the run, and not its second shard."""
    add(results, "pro-a", 5)
    merge()
    add(results, "pro-a", 9, first_part=1)
    assert keys() == [9, 5]


def test_a_top_never_stands_for_all_rows(results):
    add(results, "pro-a", 5, 6, 7)
    done = invoke("merge", "--only-top", "--top", 1)
    words = shlex.split(done.stdout.splitlines()[-1])[2:]
    assert (words[0], words[-1]) == ("report", "--open")
    assert shown("show", "1", *words[1:-1]) == "7.0000"
    assert keys() == [7, 6, 5]
    next(results.glob("*.parquet")).unlink()
    assert keys() == [7]


def test_rankings_that_cannot_be_compared_are_named(results):
    add(results, "pro-a", 5)
    add(results, "air-b", 9, problem=other_problem())
    assert invoke("top").exit_code == 4
    done = invoke("merge", "--by-fingerprint")
    files = [shlex.split(line)[3:-1] for line in done.stdout.splitlines() if "next " in line]
    assert sorted(shown("show", "1", *words) for words in files) == ["5.0000", "9.0000"]
    with pytest.raises(IncomparableShards) as refused:
        evosearch.top(results="results")
    for line in str(refused.value).splitlines()[1:]:
        words = shlex.split(line.partition("(")[0])
        assert invoke(*words[1:]).exit_code == 0
    next(results.glob("air-b*.parquet")).unlink()
    assert shown() == "5.0000"
    assert "1 merged file measured something else" in invoke("top").stderr


def test_a_merged_file_elsewhere_is_named_by_what_comes_next(results):
    add(results, "pro-a", 5)
    for args in (["-o", "all.parquet"], ["-o", "results/merged/mine.parquet"], []):
        winner, words = merge(*args)
        assert winner == shown(*words) == shown() == "5.0000"


def test_a_damaged_ranking_is_named_and_others_stand_for_it(results):
    add(results, "pro-a", 5)
    merge()
    (merged,) = (results / "merged").iterdir()
    whole = bytearray(merged.read_bytes())
    whole[len(whole) // 4] ^= 1
    merged.write_bytes(whole)
    done = invoke("top", "-n", "-1")
    assert (done.exit_code, "5.0000" in done.stdout) == (3, True)
    assert f"skipped results/merged/{merged.name}" in done.stderr
    next(results.glob("*.parquet")).unlink()
    assert invoke("top", "-n", "-1").exit_code == 1


def test_what_cannot_be_read_is_said_until_a_merge_said_it(results):
    add(results, "pro-a", 5)
    (results / "torn.parquet").write_bytes(b"PAR1")
    (results / ".torn.parquet").write_bytes(b"PAR1")
    os.mkfifo(results / "pipe.parquet") if hasattr(os, "mkfifo") else None
    assert invoke("top").exit_code == 3
    assert invoke("merge").exit_code == 3
    assert (invoke("top").exit_code, invoke("top").stderr) == (0, "")
    (results / "torn again.parquet").write_bytes(b"PAR1")
    assert "skipped results/torn again.parquet" in invoke("top").stderr


def test_capitals_end_names_too(results):
    shard = add(results, "pro-a", 5)
    shard.rename(shard.with_suffix(".PARQUET"))
    assert shown() == "5.0000"
    assert merge()[0] == merge("results")[0] == "5.0000"


def test_an_empty_folder_says_what_is_missing(results):
    for folder in ("results", "nothing"):
        with pytest.raises(UsageError, match="Nothing matches"):
            open_ranking(results=folder)


def test_exports_never_replace_a_file_of_the_folder(results):
    shard = add(results, "pro-a", 5)
    merge()
    before = shard.read_bytes()
    done = invoke("export", "-o", shard, "--format", "csv", "--force")
    assert (done.exit_code, shard.read_bytes()) == (2, before)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 20))]
)
def test_whatever_happens_the_ranking_knows_every_shard_that_stands_there(results, seed):
    """Runs, merges, copies, deletions and clocks that jump, in any order."""
    chance = random.Random(seed)
    elsewhere = results.parent / "elsewhere"
    for step in range(10):
        deed = chance.choice(["run", "run", "merge", "some", "top", "fetch", "delete", "copy"])
        shards = sorted(results.glob("*.parquet"))
        if deed == "run" or not shards:
            found = [chance.randrange(1, 999) for _ in range(chance.randint(1, 3))]
            add(results, f"run-{step}", *dict.fromkeys(found))
        elif deed in ("merge", "some", "top"):
            some = chance.sample(shards, chance.randint(1, len(shards))) if deed == "some" else []
            winner, words = merge(*some, *(["--only-top", "--top", 1] if deed == "top" else []))
            assert shown(*words) == winner
            if deed == "merge" and words == ["show", "1"]:
                assert shown() == winner
        elif deed == "fetch":
            add(elsewhere, f"far-{step}", chance.randrange(1, 999))
            evosearch.merge("elsewhere", output=results / "merged" / f"far-{step}.parquet")
        elif deed == "delete" and len(list_files(results)) > 1:
            chance.choice(shards).unlink()
        else:
            file = chance.choice(list_files(results))
            shutil.copy2(file, file.with_name(f"copy-{step}.parquet"))
        for path in list_files(results):
            date(path, chance.uniform(-HOUR_S, HOUR_S))
        standing = {row["param_k"] for path in results.glob("*.parquet")
                    for row in run_json("top", path, "-n", "-1")}  # fmt: skip
        known = keys()
        assert standing <= set(known)
        for path in list_files(results):
            date(path, chance.uniform(-HOUR_S, HOUR_S))
        assert keys() == known


def test_footers_of_many_shards_are_read_once_and_again_when_they_change(results, monkeypatch):
    from evosearch.shards.reading import summary as overview

    read = []
    monkeypatch.setattr(choosing, "_MANY", 2)
    shards = [add(results, f"run-{k}", k).rename(results / f"{k}.parquet") for k in range(1, 5)]
    for path in shards:
        date(path, -HOUR_S)
    assert keys() == [4, 3, 2, 1]
    open_footer = overview.open_footer
    monkeypatch.setattr(overview, "open_footer", lambda p: read.append(p) or open_footer(p))
    assert (keys(), read) == ([4, 3, 2, 1], [])
    fresh = add(results, "run-9", 9)
    fresh.replace(shards[0])
    date(shards[0], -HOUR_S)
    assert (keys(), read) == ([9, 4, 3, 2], [shards[0].relative_to(results.parent)])
