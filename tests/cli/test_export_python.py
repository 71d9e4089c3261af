"""``evosearch export --format python``: one strategy as a file."""

import json
import shutil

import pytest

from tests.cli.test_commands import invoke, run_json
from tests.shards.test_samples import V1
from tests.trading.standalone.written import load


@pytest.fixture
def searched(workspace):
    small = ["--set", "search.population=10", "--set", "search.generations=2"]
    assert invoke("run", "-p", "pro", "--seed", 1, *small).exit_code == 0
    return workspace


def count_looks(workspace):
    path = workspace / "results" / ".evosearch" / "looks.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return len({line["genome"] for line in map(json.loads, lines) if "genome" in line})


@pytest.mark.slow
def test_a_strategy_is_exported_by_its_rank_or_id(searched):
    shown = run_json("show", 3)
    n_looks = count_looks(searched)
    done = invoke("export", "--format", "python", 3, "-o", "strategy.py")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "next     python strategy.py " in done.stdout
    assert "hold-out looked at" in done.stdout  # what it costs is said
    assert count_looks(searched) == n_looks
    text = (searched / "strategy.py").read_text(encoding="ascii")
    names = load(text)
    assert names["STOP_LOSS"] == shown["params"]["stop_loss_frac"]
    assert names["N_BARS"] == shown["measured_on"]["n_bars"]
    assert invoke("export", shown["genome_id"][:10], "results", "-f", "python").stdout == text
    # One that is refused was not looked at.
    assert invoke("export", 7, "-o", "strategy.py").exit_code == 2
    assert count_looks(searched) == n_looks
    data = run_json("export", 7, "-o", "strategy.py", "--force")
    assert (data["path"], data["rows"]) == ("strategy.py", 1)
    assert count_looks(searched) > n_looks


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["-f", "python"], "name its rank"),
        (["-o", "x.py"], "name its rank"),
        (["-f", "python", "99"], "No rank 99"),
        (["-f", "python", "1", "-o", "prices.csv"], "name end in .py"),
        (["-f", "python", "1", "--columns", "fitness"], "--columns: --format python has one"),
        (["-f", "python", "1", "-n", "3"], "--number: --format python has one"),
        (["-f", "csv", "1"], "'1' is no file. A rank goes with --format python"),
        (["-f", "python", "1"], "the problem trading alone"),
    ],
)
def test_what_cannot_be_exported_as_python_is_said(words, reason, workspace):
    (workspace / "results").mkdir()
    shutil.copy(V1[0], workspace / "results")
    done = invoke("export", *words)
    assert done.exit_code in (1, 2)
    assert reason in done.stderr
    assert not done.stdout


@pytest.mark.slow
def test_runs_that_are_not_merged_are_refused(searched):
    small = ["--set", "search.population=10", "--set", "search.generations=2"]
    assert invoke("run", "-p", "pro", "--seed", 2, *small).exit_code == 0
    done = invoke("export", "-f", "python", 1)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "evosearch merge" in done.stderr
    assert count_looks(searched) == 0
