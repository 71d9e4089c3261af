"""Looking at rankings from the command line: filters, formats, check, dry run, export."""

import csv
import hashlib
import io
import json
import re
import shutil

import pandas as pd
import pytest

from tests.cli.test_commands import commands, invoke, run_json
from tests.shards.helpers import write_shard
from tests.shards.test_samples import MERGED, V1


@pytest.fixture
def sampled(workspace):
    """The sample shards of two machines as a results folder."""
    (workspace / "results").mkdir()
    for path in V1:
        shutil.copy(path, workspace / "results")
    return workspace


def fits(text):
    """Whether all lines do but commands, which are pasted whole."""
    lines = text.splitlines()
    return all(len(line) <= 80 for line in lines if "  evosearch resume" not in line)


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_the_one_line_help_of_every_command_is_whole(path):
    listed = invoke(*path[:-1], "--help").stdout
    (line,) = [line for line in listed.splitlines() if line.startswith(f"  {path[-1]} ")]
    assert not line.endswith("...")
    assert len(line) <= 80


def test_a_merge_says_who_brought_what_and_how_the_searches_overlapped(sampled):
    result = invoke("merge")
    assert result.exit_code == 0
    assert fits(result.stdout)
    assert result.stdout.splitlines()[:4] == [
        "pro@macbook-pro brought 9 candidates, 4 of them new",
        "air@macbook-air brought 9 candidates, 4 of them new",
        "13 candidates ranked, 5 duplicates left out: 9 meet the conditions, 1 failed",
        "x: air 0 .. 2; pro 0 .. 1; the ranges overlap by 50 %",
    ]
    assert "the best of each of 2 runs: " in result.stdout
    assert "per s" not in result.stdout
    numbers = invoke("merge", "-v").stdout
    assert fits(numbers)
    cells = [line.split()[:7] for line in numbers.splitlines()]
    assert ["pro", "macbook-pro", "9", "4", "0", "5", "1"] in cells
    assert ["air", "macbook-air", "9", "4", "0", "5", "4"] in cells
    lines = [line.split() for line in result.stdout.splitlines()]
    (merged,) = (sampled / "results" / "merged").iterdir()
    sha = hashlib.sha256(merged.read_bytes()).hexdigest()[:16]
    assert merged.name.endswith(f"Z-{sha}.parquet")
    named = str(merged.relative_to(sampled))
    assert ["merged", named] in lines
    assert lines[-1] == ["next", "evosearch", "report", "--open"]
    # Each number in Spanish is written as Spaniards do, and each sentence is.
    text = invoke("merge", "--lang", "es", "-v").stdout
    assert "13 candidatos en la clasificación, sin 5 repeticiones: 9 cumplen" in text
    assert f"unido    sin cambios: {named}" in text
    assert "\x1b" not in result.stdout


def test_the_next_command_works_as_it_is_printed(sampled):
    for args in (["-o", "my merged.parquet"], ["results", "--results", "other place"], []):
        line = invoke("merge", *args).stdout.splitlines()[-1]
        import shlex

        words = shlex.split(line)
        assert (words[:3], words[-1]) == (["next", "evosearch", "report"], "--open")
        shown = invoke("show", "1", *words[3:-1])
        assert shown.exit_code == 0, shown.output
        assert shown.stdout.startswith("#1  00000000000000010000000000000001\n")


def test_machines_stand_apart_from_runs_when_one_made_several(sampled):
    write_shard(sampled / "results", [(1, 100.0, True, 0.0, 0)], "pro-again")
    result = invoke("merge")
    assert result.exit_code == 0
    assert fits(result.stdout)
    assert "machine  " not in result.stdout
    write_shard(sampled / "results", [(70, 1.0, True, 0.0, 0)], "gamer-b")
    data = run_json("merge")
    assert [(m["host"], m["runs"], m["rows"], m["new"]) for m in data["machines"]] == [
        ("here", 2, 2, 1), ("macbook-air", 1, 9, 4), ("macbook-pro", 1, 9, 3)]  # fmt: skip
    assert "here (gamer, pro; 2 runs) brought 2 candidates, 1 of them" in invoke("merge").stdout
    text = invoke("merge", "-v").stdout
    assert ["here", "2", "2", "1", "0", "1", "1"] in [
        line.split()[:7] for line in text.splitlines()
    ]
    assert fits(text)


def test_a_conflict_names_both_machines_and_both_values(sampled):
    write_shard(sampled / "results", [(6, 123.0, True, 0.0, 0)], "pro-other")
    result = invoke("merge")
    assert result.exit_code == 0
    assert "1 row measured differently" in result.stderr
    assert "123.0  by pro on here (pro-other)" in result.stderr
    assert "by air on macbook-air (air-sample" in result.stderr
    assert invoke("merge", "--strict").exit_code == 4
    (conflict,) = run_json("merge")["conflicts"]
    assert {seen["host"] for seen in conflict["measured"]} == {"here", "macbook-air"}


def test_json_of_a_merge_is_complete(sampled):
    (sampled / "results" / "broken.parquet").write_bytes(b"PAR1")
    data = run_json("merge", "--top", "3")
    assert data["counts"]["duplicates"] == 5
    assert [row["rank"] for row in data["top"]] == [1, 2, 3]
    assert [run["duplicates_across"] for run in data["runs"]] == [5, 5]
    assert data["searches"]["differing"][0]["common_frac"] == 0.5
    assert data["skipped"][0]["verdict"] == "partial copy"
    assert data["fingerprint"] == "f" * 32


def test_filters_choose_what_merge_shows_and_never_what_it_writes(sampled):
    data = run_json("merge", "--where", "n_steps >= 10", "--host", "macbook-air", "-o", "m.parquet")
    assert [row["rank"] for row in data["top"]] == [8, 9, 12, 13]
    assert len(pd.read_parquet("m.parquet")) == data["counts"]["distinct"] == 13
    nothing = invoke("merge", "--where", "n_steps > 1000", "-o", "n.parquet")
    assert nothing.exit_code == 1
    assert "no row matches" in nothing.stderr
    assert len(pd.read_parquet("n.parquet")) == 13


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--where", "n_stepz > 3"], "Did you mean 'n_steps'"),
        (["--profile", "por"], "Did you mean 'pro'"),
        (["--sort", "fitnes"], "Did you mean 'fitness'"),
        (["--columns", "rank,fitnes"], "Did you mean 'fitness'"),
        (["--format", "cvs"], "Did you mean 'csv'"),
        (["--sort", "fitness:up"], "COLUMN:asc"),
        (["--min-trades", "3"], "no n_trades"),
        (["--only-top", "--where", "true"], "evosearch export"),
    ],
)
def test_a_typing_error_in_a_filter_costs_no_merge(sampled, args, says):
    result = invoke("merge", *args)
    assert (result.exit_code, says in result.stderr) == (2, True), result.output
    assert not (sampled / "results" / "merged").exists()
    if "--only-top" not in args:
        result = invoke("top", *args)
        assert (result.exit_code, result.stdout, says in result.stderr) == (2, "", True)


def test_a_dry_run_says_everything_and_writes_nothing(sampled):
    (sampled / "results" / "broken.parquet").write_bytes(b"PAR1")
    before = sorted(path.name for path in sampled.rglob("*"))
    result = invoke("merge", "--dry-run")
    assert result.exit_code == 3
    assert "2 files with 18 rows, at most 18 distinct" in result.stdout
    assert "f" * 32 in result.stdout
    assert "partial copy" in result.stdout
    assert fits(result.stdout)
    data = run_json("merge", "--dry-run")
    assert [group["rows_in"] for group in data["groups"]] == [18]
    assert {item["verdict"] for item in data["files"]} == {"ok", "partial copy"}
    problem = {"fingerprint": "e" * 32}
    from tests.shards.helpers import describe_problem

    write_shard(sampled / "results", [(1, 1.0, True, 0.0, 0)], problem=describe_problem(**problem))
    assert invoke("merge", "--dry-run").exit_code == 4
    assert invoke("merge", "--dry-run", "--by-fingerprint").exit_code == 3
    assert sorted(p.name for p in sampled.rglob("*") if "run-a" not in p.name) == before


def test_top_filters_sorts_and_chooses_columns(sampled):
    rows = run_json("top", "--where", "feasible", "--profile", "air", "--sort", "x:asc", "-n", 2,
                    "--columns", "rank,x,found_by")  # fmt: skip
    assert [list(row) for row in rows] == [["rank", "param_x", "found_by"]] * 2
    assert [row["param_x"] for row in rows] == [0.0, 2 / 7]
    text = invoke("top", "--sort", "n_steps", "--columns", "rank,n_steps,k,c").stdout
    # As files call them.
    headers = ["rank", "n_steps", "param_k", "param_c"]
    assert headers in [line.split() for line in text.splitlines()]
    assert ["13", "13", "13", "=1+1"] in [line.split() for line in text.splitlines()]
    none = invoke("top", "--where", "n_steps > 1000")
    assert (none.exit_code, "no row matches" in none.stderr) == (1, True)


def test_formats_of_top_hold_the_same_rows(sampled):
    rows = run_json("top", "-n", "-1")
    assert json.loads(invoke("top", "-n", "-1", "--format", "json").stdout)["data"] == rows
    read = list(csv.DictReader(io.StringIO(invoke("top", "-n", "-1", "-f", "csv").stdout)))
    assert [row["genome_id"] for row in read] == [row["genome_id"] for row in rows]
    assert read[0]["param_c"] == "'=1+1"
    assert float(read[2]["fitness"]) == rows[2]["fitness"]
    marked = invoke("top", "-f", "md", "-n", "2").stdout.splitlines()
    assert len(marked) == 4
    assert len({line.count("|") for line in marked}) == 1
    merged = invoke("merge", "-f", "csv", "--top", "-1", "-o", "m.parquet")
    assert len(merged.stdout.splitlines()) == 14
    assert "merged into m.parquet" in merged.stderr


def test_check_gives_each_file_its_verdict(sampled):
    for deep in ([], ["--deep"]):
        good = invoke("check", *deep)
        assert (good.exit_code, "2 of 2 good" in good.stdout) == (0, True)
        assert fits(good.stdout)
    shard = next((sampled / "results").glob("*.parquet"))
    whole = bytearray(shard.read_bytes())
    whole[len(whole) // 2] ^= 1
    (sampled / "results" / f"damaged{shard.name[-25:]}").write_bytes(whole)
    (sampled / "results" / "web.parquet").write_text("<html>")
    bad = invoke("check", "--deep", "results")
    assert bad.exit_code == 3
    assert "2 of 4 good" in bad.stdout
    assert "web.parquet: not a Parquet file" in bad.stderr
    verdicts = {item["verdict"] for item in run_json("check")}
    assert verdicts == {"ok", "damaged", "not Parquet"}
    assert invoke("check", "nothing").exit_code == 2
    (sampled / "empty").mkdir()
    assert invoke("check", "empty").exit_code == 2


def test_export_writes_files_and_streams(sampled):
    done = invoke("export", "-o", "all.csv")
    assert done.exit_code == 0
    assert "13 rows" in done.stdout
    assert invoke("export", "-o", "all.csv").exit_code == 2
    assert invoke("export", "-o", "all.csv", "--force").exit_code == 0
    assert len(pd.read_csv("all.csv")) == 13
    lines = invoke("export", "--format", "jsonl", "--where", "k < 3").stdout.splitlines()
    assert [json.loads(line)["param_k"] for line in lines] == [1, 2]
    assert run_json("export", "-o", "s.log") == {"path": "s.log", "rows": 13}
    assert invoke("export").exit_code == 2
    nothing = invoke("export", "-o", "none.csv", "--where", "false")
    assert (nothing.exit_code, "No row matches" in nothing.stderr) == (1, True)
    assert not (sampled / "none.csv").exists()


def test_show_prints_parameters_that_evaluate_takes(workspace):
    small = ["--set", "search.population=10", "--set", "search.generations=2"]
    assert invoke("run", "-p", "pro", "--seed", 1, *small).exit_code == 0
    assert invoke("merge").exit_code == 0
    for rank in (1, 20):
        (params,) = re.findall(r"^params +(.*)$", invoke("show", rank).stdout, re.MULTILINE)
        shown = run_json("show", rank)
        assert json.loads(params) == shown["params"]
        (again,) = run_json("evaluate", "-p", "pro", "--params", params)
        assert again["genome_id"] == shown["genome_id"]
        assert again["fitness"] == shown["fitness"]
        assert {name: shown[name] for name in again["metrics"]} == again["metrics"]
        assert again["outside"] == []


def test_top_takes_the_merged_file_unless_a_shard_is_not_in_it(sampled):
    import os

    assert invoke("merge").exit_code == 0
    for path in (sampled / "results").glob("*.parquet"):
        os.utime(path, (1, 1))
    assert len(run_json("top", "-n", "-1")) == 13
    write_shard(sampled / "results", [(99, 1e9, True, 0.0, 0)])
    assert run_json("top", "-n", 1)[0]["param_k"] == 99


def test_a_merged_sample_can_be_looked_at_where_it_stands(workspace):
    rows = run_json("top", MERGED, "-n", "-1")
    assert len(rows) == 13
    assert run_json("show", 13, MERGED)["status"] == "failed"
    assert run_json("show", rows[3]["genome_id"][:17], MERGED)["rank"] == 4
    assert list(workspace.iterdir()) == []


def test_a_large_ranking_of_shards_is_looked_at_in_a_file_that_goes_away(
    sampled, tmp_path, monkeypatch
):
    import evosearch
    from evosearch.assemble.ranking import opening
    from evosearch.assemble.ranking.opening import open_ranking

    small = evosearch.top("results", n=None, where="n_steps >= 10")
    monkeypatch.setattr(opening, "MAX_HELD_ROWS", 5)
    monkeypatch.setattr(opening.tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    opened = open_ranking("results")
    assert opened.ranked.path is not None
    assert [path.name for path in (tmp_path / "scratch").rglob("*.parquet")] == ["ranking.parquet"]
    del opened
    assert evosearch.top("results", n=None, where="n_steps >= 10").equals(small)
    assert not list((tmp_path / "scratch").iterdir())
