"""Each command as a person types it, in a process of its own where that matters."""

import functools
import json
import os
import re
import subprocess
import sys

import pandas as pd
import pytest
from typer import testing

from evosearch import __version__
from evosearch.cli.commands import app

# Else every call makes all commands anew, which takes longer than many of them.
testing._get_command = functools.cache(testing._get_command)
SMALL = ["--set", "search.population=10", "--set", "search.generations=3"]


def invoke(*args):
    return testing.CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "80"})


def run_json(*args):
    result = invoke(*args, "--json")
    assert result.exit_code in (0, 3), result.output
    (line,) = result.stdout.splitlines()
    whole = json.loads(line)
    assert set(whole) - {"verdict"} == {"schema_version", "command", "data", "warnings"}
    return whole["data"]


@pytest.fixture
def searched(workspace):
    """Two small runs of two profiles on bundled prices."""
    for profile, seed in (("pro", 1), ("air", 2)):
        assert invoke("run", "-p", profile, "--seed", seed, *SMALL).exit_code == 0
    return workspace


def test_version_and_help(workspace):
    assert invoke("--version").stdout.strip() == f"evosearch {__version__}"
    text = invoke("--help").stdout
    for name in ("run", "merge", "top", "show", "evaluate", "profiles"):
        assert f" {name} " in text


def commands(group=None, prefix=()):
    import typer

    group = group or typer.main.get_command(app)
    for name, item in group.commands.items():
        yield (*prefix, name)
        if hasattr(item, "commands"):
            yield from commands(item, (*prefix, name))


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_explains_itself(path):
    result = invoke(*path, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    assert len(result.stdout.split()) > 20
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_a_run_ends_with_its_shard_its_best_row_and_the_next_command(workspace):
    result = invoke("run", "-p", "demo", "--seed", 1, *SMALL)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("30 strategies in ")
    shard = lines[1].split()[1]
    assert os.path.isfile(shard)
    assert lines[2].startswith("best ")
    assert "oos" not in result.stdout
    assert re.match(
        r"luck     \d+ trials; the best of \d+ by luck: Sharpe \d+\.\d a year", lines[3]
    )
    assert lines[4].startswith("search   best found in generation ")
    assert any("evosearch merge results/*.parquet" in line for line in lines[5:])
    assert "seed     1" in result.stderr
    assert "held out" in result.stderr


def test_a_seed_not_given_is_drawn_shown_and_recorded(workspace):
    data = run_json("run", "-p", "demo", *SMALL)
    shown = invoke("show", 1, "--json")
    assert "seed" in json.dumps(data) or shown.exit_code == 0
    frame = pd.read_parquet(data["paths"][0])
    assert len(frame) == 30
    from evosearch.shards.reading.check import check_shard

    checked = check_shard(__import__("pathlib").Path(data["paths"][0]))
    seed = checked.metadata.sources[data["run_id"]].seed
    (profile,) = checked.metadata.profiles.values()
    assert f"seed = {seed}" in profile


def test_merge_shows_runs_and_leaderboard_and_writes_one_file(searched):
    result = invoke("merge", "results/*.parquet")
    assert result.exit_code == 0
    assert "60 strategies ranked: " in result.stdout
    for word in ("pro", "air", "Sharpe", "worst", "found", "all new"):
        assert word in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    (merged,) = (searched / "results" / "merged").glob("*.parquet")
    frame = pd.read_parquet(merged)
    assert frame["rank"].tolist() == list(range(1, 61))
    assert invoke("merge").exit_code == 0  # the results folder is the default


def test_merge_does_not_overwrite_unless_told(searched):
    assert invoke("merge", "-o", "all.parquet").exit_code == 0
    refused = invoke("merge", "-o", "all.parquet")
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert invoke("merge", "-o", "all.parquet", "--force").exit_code == 0


def test_merge_names_skipped_files_and_exits_with_3(searched):
    (searched / "results" / "broken.parquet").write_bytes(b"PAR1")
    result = invoke("merge")
    assert result.exit_code == 3
    assert "broken.parquet: partial copy" in result.stderr
    assert invoke("merge", "--strict").exit_code == 3
    assert len(list((searched / "results" / "merged").glob("*"))) == 1


def test_merge_refuses_what_cannot_be_compared(searched):
    assert invoke("run", "-p", "pro", *SMALL, "--set", "problem.fee_frac=0.001").exit_code == 0
    refused = invoke("merge")
    assert refused.exit_code == 4
    assert "fee_frac" in refused.stderr
    assert not (searched / "results" / "merged").exists()
    apart = invoke("merge", "--by-fingerprint")
    assert apart.exit_code == 0
    assert len(list((searched / "results" / "merged").glob("*"))) == 2


def hide(row):
    return {name: None if name.endswith("_oos") else value for name, value in row.items()}


def test_top_and_show_read_shards_and_merged_files_alike(searched):
    rows = run_json("top", "-n", 5)
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    invoke("merge")
    # Before the merge nothing is told of the hold-out.
    assert [hide(row) for row in run_json("top", "-n", 5)] == rows
    assert run_json("top", "-n", 5) != rows
    assert len(run_json("top", "-n", "-1")) == 60
    shown = run_json("show", 2)
    assert shown["genome_id"] == rows[1]["genome_id"]
    by_id = run_json("show", rows[1]["genome_id"][:10])
    assert by_id == shown
    text = invoke("show", 1).stdout
    for word in (
        "Buy at the open of the next bar when",
        "The stop lies",
        "hold-out",
        "Found by",
        "params",
    ):
        assert word in text


def test_what_show_prints_can_be_pasted_into_evaluate(searched):
    text = invoke("show", 1).stdout
    (params,) = re.findall(r"^params +(.*)$", text, re.MULTILINE)
    (row,) = run_json("top", "-n", 1)
    (again,) = run_json("evaluate", "-p", "pro", "--params", params)
    assert again["genome_id"] == row["genome_id"]
    assert again["metrics"]["sharpe_daily"] == row["sharpe_daily"]


def test_rows_of_a_shard_measure_again_exactly(searched):
    rows = run_json("top", "-n", "-1")
    (searched / "rows.json").write_text(json.dumps(rows))
    again = run_json("evaluate", "-p", "pro", "--params", "rows.json")
    assert len(again) == 60
    for old, new in zip(rows, again, strict=True):
        assert new["genome_id"] == old["genome_id"]
        assert {name: old[name] for name in new["metrics"]} == new["metrics"]
        assert (new["fitness"], new["violation"]) == (old["fitness"], old["violation"])


def test_evaluate_says_what_lies_outside_the_profile(workspace):
    params = {"n_rules": 1, "rule1_kind": "rsi_level", "rule1_op": "below", "rule1_period": 7,
              "rule1_level": 33, "stop_loss_frac": 0.5, "take_profit_frac": 0.05}  # fmt: skip
    result = invoke("evaluate", "-p", "pro", "--params", json.dumps(params))
    assert result.exit_code == 0
    for word in ("rule1_period = 7", "rule1_level = 33", "stop_loss_frac = 0.5"):
        assert word in result.stderr


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ("{", "no valid JSON"),
        ("[]", "expected a JSON object"),
        ("[1]", "expected a JSON object"),
        ("nofile.json", "neither JSON nor a file"),
        ('{"n_rules": 9}', "n_rules = 9"),
        ('{"n_rules": 1}', "rule1_kind is missing"),
        ('{"n_ruels": 1}', "Did you mean 'n_rules'"),
        ('{"n_rules": 1, "rule1_kind": "magic"}', "'magic'"),
    ],
)
def test_parameters_that_are_no_genome_are_refused(workspace, params, says):
    result = invoke("evaluate", "-p", "pro", "--params", params)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["run"], 2, "profile"),
        (["run", "-p", "por"], 2, "Did you mean 'pro'"),
        (["run", "-p", "pro", "--set", "search.populaton=3"], 2, "Did you mean 'population'"),
        (["run", "-p", "pro", "--set", "x"], 2, "KEY=VALUE"),
        (["run", "-p", "pro", "--seed", "abc"], 2, "--seed"),
        (["run", "-p", "pro", "--workers", "-3"], 2, "--workers"),
        (["run", "-p", "pro", "--data", "nothing.csv"], 2, "No data file nothing.csv"),
        (["run", "-p", "pro", "--backend", "gpu"], 2, "--backend"),
        (["merge", "nothing/*.parquet"], 2, "'nothing/*.parquet'"),
        (["merge"], 2, "Nothing matches"),
        (["merge", "https://example.org/x.parquet"], 2, "only files on this machine"),
        (["top"], 2, "Nothing matches"),
        (["show", "1"], 2, "Nothing matches"),
        (["profiles", "show", "nothing"], 2, "No profile 'nothing'"),
        (["frobnicate"], 2, "There is no command"),
    ],
)
def test_a_persons_mistake_gets_one_message_and_writes_nothing(workspace, args, code, says):
    result = invoke(*args)
    assert result.exit_code == code
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert list(workspace.iterdir()) == []


def test_a_malformed_csv_stops_before_anything_is_written(workspace):
    (workspace / "bad.csv").write_text("timestamp,open,high,low,close,volume\nx,1,2,3\n")
    result = invoke("run", "-p", "pro", "--data", "bad.csv")
    assert result.exit_code == 2
    assert "bad.csv:2" in result.stderr
    assert [path.name for path in workspace.iterdir()] == ["bad.csv"]


def test_show_of_what_is_not_there(searched):
    assert invoke("show", 61).exit_code == 1
    assert invoke("show", "ffffffffffff").exit_code == 1
    assert invoke("show", "xyz").exit_code == 2
    assert invoke("show", "").exit_code == 2


def test_results_go_where_they_are_told(workspace):
    assert invoke("run", "-p", "demo", *SMALL, "--results", "here/there").exit_code == 0
    assert len(list((workspace / "here" / "there").glob("*.parquet"))) == 1


def test_results_that_cannot_be_written_are_an_error_of_the_environment(workspace):
    (workspace / "results").write_text("a file")
    result = invoke("run", "-p", "demo", *SMALL)
    assert result.exit_code == 5
    assert "results" in result.stderr


def test_profiles_list_show_and_validate(workspace):
    names = [row["name"] for row in run_json("profiles", "list")]
    assert names == ["air", "demo", "friend", "gamer", "pro"]
    shown = invoke("profiles", "show", "demo").stdout
    assert re.search(r"^search.population +30 +demo.toml:6$", shown, re.MULTILINE)
    assert re.search(r"^problem.fee_frac +0.004 +default$", shown, re.MULTILINE)
    assert re.search(r"^problem.trail_frac +not set +default$", shown, re.MULTILINE)
    assert invoke("profiles", "validate").exit_code == 0
    (workspace / "bad.toml").write_text("[search]\npopulatio = 1\n")
    result = invoke("profiles", "validate", "bad.toml", "pro")
    assert result.exit_code == 2
    assert "Did you mean 'population'" in result.stderr
    assert "pro: ok" in result.stdout


def test_names_from_data_are_shown_as_they_are_and_never_as_markup(workspace):
    (workspace / "evil.py").write_text(
        "from evosearch import Categorical, Problem, Space\n"
        "class Evil(Problem):\n"
        "    space = Space(Categorical('c', ['[red]x[/red]', '[/foo]', '\\x1b]0;t\\x07\\u202e']))\n"
        "    direction = 'minimize'\n"
        "    version = '1'\n"
        "    def evaluate(self, params): raise ValueError('[/bold] ' + params['c'])\n"
    )
    (workspace / "evil.toml").write_text(
        '[problem]\nname = "evil.py:Evil"\n[search]\npopulation = 3\ngenerations = 1\n'
    )
    assert invoke("run", "-p", "evil.toml").exit_code in (0, 1)
    text = invoke("show", 1).output + invoke("show", 2).output + invoke("show", 3).output
    assert "[red]x[/red]" in text
    assert "\x1b]" not in text
    assert "\u202e" not in text


def evosearch(*args, cwd, **env):
    return subprocess.run(
        [sys.executable, "-m", "evosearch", *map(str, args)],
        cwd=cwd, capture_output=True, text=True, check=False, timeout=300,
        env={k: v for k, v in os.environ.items() if not k.startswith("EVOSEARCH_")} | env,
    )  # fmt: skip


def rows_of(folder):
    (path,) = folder.glob("*.parquet")
    frame = pd.read_parquet(path)
    return frame.drop(columns=["run_id", "evaluated_at_utc", "evaluation_s"])


def test_the_same_seed_gives_the_same_rows_whatever_the_workers_and_hash_seed(workspace):
    (workspace / "mine.py").write_text(
        "from evosearch import Categorical, Float, Int, Problem, Space\n"
        "class Mine(Problem):\n"
        "    space = Space(Int('k', 0, 50), Float('x', 0, 1), Categorical('c', ['a', 'b']))\n"
        "    direction = 'minimize'\n"
        "    def evaluate(self, params):\n"
        "        if params['k'] == 7: raise ValueError('seven')\n"
        "        return params['k'] * params['x'] + (params['c'] == 'a')\n"
    )
    (workspace / "mine.toml").write_text('[problem]\nname = "mine.py:Mine"\n')
    variants = [
        (name, workers, hash_seed)
        for name in ("mine.toml", "demo")
        for workers, hash_seed in (("1", "0"), ("2", "1"), ("4", "0"), ("1", "1"))
    ]
    found = {}
    for number, (name, workers, hash_seed) in enumerate(variants):
        folder = workspace / str(number)
        done = evosearch(
            "run", "-p", name, "--seed", 11, "--workers", workers, "--results", folder, *SMALL,
            cwd=workspace, PYTHONHASHSEED=hash_seed,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        rows = rows_of(folder)
        if name in found:
            pd.testing.assert_frame_equal(rows, found[name])
        found[name] = rows
    assert len(found["demo"]) == 30
    assert (found["mine.toml"]["status"] == "failed").sum() <= 3


def test_the_same_seed_gives_the_same_trading_rows_on_every_backend(workspace):
    found = []
    for backend in ("serial", "threads", "processes"):
        done = invoke(
            "run", "-p", "demo", "--seed", 11, "-w", 2, "--backend", backend, "--results", backend,
            *SMALL,
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        found.append(rows_of(workspace / backend))
    assert set(found[0]["status"]) == {"ok"}
    pd.testing.assert_frame_equal(found[0], found[1])
    pd.testing.assert_frame_equal(found[0], found[2])


def test_another_seed_gives_other_rows(workspace):
    for seed in (1, 2):
        assert invoke("run", "-p", "demo", *SMALL, "--seed", seed, "--results", seed).exit_code == 0
    ids = [set(rows_of(workspace / str(seed))["genome_id"]) for seed in (1, 2)]
    assert len(ids[0] & ids[1]) == 0


@pytest.mark.posix
def test_a_closed_pipe_is_quiet(searched):
    line = f"{sys.executable} -m evosearch top -n -1 --json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", line + "; exit ${PIPESTATUS[0]}"],
        cwd=searched, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0


def test_progress_is_plain_lines_without_a_terminal(workspace):
    done = evosearch("run", "-p", "demo", *SMALL, cwd=workspace)
    assert "\x1b" not in done.stdout + done.stderr
    first, second = done.stderr.splitlines()[:2]
    assert first.startswith("note     ") and "sample prices" in first
    assert second.startswith("run      demo-")
