"""Names of genes, files and terminals that are odd, with real runs behind them."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import evosearch
from evosearch.cli.commands import app
from evosearch.errors import UsageError
from tests.cli.test_commands import invoke, run_json

PROFILE = """
seed = 1
[search]
population = 8
generations = 3
[problem]
name = "{name}"
[run]
backend = "serial"
workers = 1
"""
NAMED = """
from evosearch import Float, Problem, Space

class Named(Problem):
    space = Space(Float("K", 0, 1), Float("k", 10, 11), Float("Cost", 0, 1), Float("window", 0, 9),
                  Float("Null", 0, 1), Float("In", 0, 1))
    direction = "minimize"
    metrics = ("objective", "cost")

    def evaluate(self, p):
        return {"objective": p["K"] + p["k"], "cost": 5 + p["Cost"]}
"""
LISTED = """
import json, os
from evosearch import Ordinal, Problem, Space

class Listed(Problem):
    version = "1"
    direction = "minimize"

    def __init__(self):
        self.space = Space(Ordinal("x", json.loads(os.environ["MADE_STEPS"])))

    def evaluate(self, p):
        return round(p["x"], 6)
"""


def search(folder, name, text, results="results"):
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / "p.toml").write_text(PROFILE.format(name=name))
    (folder / name.partition(":")[0]).write_text(text)
    done = invoke("run", "-p", "p", "--results", results)
    assert done.exit_code == 0, done.output


def test_genes_and_metrics_whose_names_differ_in_case_alone(workspace):
    search(workspace, "named.py:Named", NAMED)
    for args in ([], ["merge"]):  # of the shard, and of a merged file
        if args:
            assert invoke(*args).exit_code == 0
        n_rows = len(run_json("top", "-n", "-1"))
        for where in ("k > 5 and K < 5 and param_k > 5", '"k" > 5 and cost >= 5 and Cost <= 1',
                      'window >= 0 and "Null" >= 0 and param_In between 0 and 1'):  # fmt: skip
            assert len(run_json("top", "-n", "-1", "--where", where)) == n_rows, where
        none = "k < 5 or K > 5 or cost < 5 or Cost > 1"
        assert invoke("top", "--where", none).exit_code == 1
        for where, says in (
            ("COST > 1", "cost or param_Cost"),
            ("PARAM_K > 1", "param_K or param_k"),
            ("Null > 0", "param_Null"),
            ("In > 0", "param_In"),
        ):
            refused = invoke("top", "--where", where)
            assert (refused.exit_code, says in refused.stderr) == (2, True), refused.stderr
        rows = run_json("top", "-n", 3, "--columns", "K,k,Cost,cost")
        assert [list(row) for row in rows] == [["param_K", "param_k", "param_Cost", "cost"]] * 3
        best = run_json("top", "-n", 1, "--sort", "k:asc")[0]
        assert invoke("export", "-o", "k.csv", "--force", "--where", "k < 10.9").exit_code == 0
        table = pd.read_csv("k.csv")
        assert (table["param_k"] >= 10).all()
        assert (table["param_K"] <= 1).all()
        assert best["param_k"] == table["param_k"].min()


def test_nearly_equal_lists_of_steps_are_noted(workspace, monkeypatch):
    for folder, steps in (
        ("A", [k / 10 for k in range(1, 25)]),
        ("B", np.arange(0.1, 2.45, 0.1).tolist()),
    ):
        monkeypatch.setenv("MADE_STEPS", json.dumps(steps))
        search(workspace, "listed.py:Listed", LISTED, folder)
    done = invoke("merge", "A", "B")
    assert done.exit_code == 0
    assert "11 values of x differ only by rounding" in done.stderr
    assert invoke("merge", "A").stderr == ""


def test_a_merged_file_is_not_called_like_another_format(workspace):
    search(workspace, "named.py:Named", NAMED)
    for name in ("all.csv", "ALL.CSV", "a.json", "b.xlsx", "c.txt", "d.html", "e.md"):
        for more in ([], ["--dry-run"]):
            refused = invoke("merge", "--output", name, *more)
            assert (refused.exit_code, "evosearch export" in refused.stderr) == (2, True)
        assert not (workspace / name).exists()
    with pytest.raises(UsageError, match=r"not \.csv"):
        evosearch.merge("results", output="all.csv")
    for good in ("all", "all.parquet", "pairs.2026", "all.csv.parquet"):
        assert invoke("merge", "-o", good).exit_code == 0
        assert len(pd.read_parquet(good)) > 0


def test_a_terminal_that_does_not_know_its_width_still_shows_everything(workspace):
    search(workspace, "named.py:Named", NAMED)
    for args in (["top"], ["show", "1"], ["status"], ["top", "nothere"]):
        plain = invoke(*args)
        blind = CliRunner().invoke(app, args, env={"COLUMNS": "0"})
        assert (blind.exit_code, blind.stdout, blind.stderr) == (
            plain.exit_code, plain.stdout, plain.stderr,
        )  # fmt: skip
        assert plain.output
