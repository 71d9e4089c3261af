"""A metric is one record: added to it, older runs, older shards and compiled code still hold."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest
from pyarrow import parquet

import evosearch
from evosearch.problems import load_problem
from evosearch.problems.evaluator import Evaluator
from evosearch.problems.words import find_metric
from evosearch.shards.format.schema import BASE_NAMES, metric_names
from evosearch.system import compile_cache
from evosearch.trading import backtest
from evosearch.trading.metrics import LABELS, METRICS, NAMES, VALUES
from evosearch.trading.problem import Trading
from tests.trading.test_problem import EXITS, RULE

SETTINGS = {"profile": "small", "results": "results"}
SMALL = """
seed = 3
[search]
population = 10
[problem]
name = "trading"
[run]
backend = "serial"
"""
NEW = 'METRICS = (\n    Metric("n_new", is_int=True, label="new"),\n'
CHILD = """
import json
import evosearch
from evosearch.trading import backtest

(old,) = __import__("pathlib").Path("results").glob("*.parquet")
run_id = old.name.rsplit("-", 2)[0]
more = evosearch.resume(run_id, "results", generations=3)
fresh = evosearch.run(**SETTINGS, generations=2)
merged = evosearch.merge("results/*.parquet", output="merged.parquet")
stats = [kernel.stats for kernel in (backtest._simulate_all, backtest.simulate_one)]
print(json.dumps({
    "old": old.name,
    "resumed": [path.name for path in more.paths if path.name != old.name],
    "fresh": [path.name for path in fresh.paths],
    "n_conflicts": merged.n_conflicts,
    "n_compiled": sum(sum(each.cache_misses.values()) for each in stats),
}))
"""


def test_the_kernel_writes_every_record():
    assert sorted(backtest.Columns._fields) == sorted(NAMES)
    assert len(set(NAMES)) == len(METRICS)
    assert NAMES == VALUES + LABELS  # as a batch takes them from the kernel's columns


def test_a_metric_that_the_kernel_does_not_write_is_undefined(monkeypatch):
    problem = Trading()
    whole = problem._spans[0]
    rows = np.zeros((50, 3), np.int32)
    exits = [np.full(50, 0.02)] * 2
    before = problem._simulate(whole, rows, *exits)
    monkeypatch.setattr(backtest, "NAMES", ("first", *NAMES, "last"))
    monkeypatch.setattr(backtest, "COLUMNS", backtest.COLUMNS + 1)
    after = problem._simulate(whole, rows, *exits)
    assert np.isnan(after[:, [0, -1]]).all()
    np.testing.assert_array_equal(after[:, 1:-1], before)


def copy_package(folder):
    """The package with the machine code that was compiled for it."""
    copy = folder / "evosearch"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(compile_cache.PACKAGE, copy, ignore=ignored)
    for file in compile_cache.PACKAGE.rglob("*.py"):
        place = compile_cache.find_folder(file) if "@compiled" in file.read_text("utf-8") else None
        target = (copy / file.relative_to(compile_cache.PACKAGE)).parent / "__pycache__"
        for kept in place.glob(f"{file.stem}.*.nb?") if place is not None else ():
            target.mkdir(exist_ok=True)
            shutil.copy2(kept, target)
    return copy


def read(name, folder="results"):
    table = parquet.read_table(f"{folder}/{name}")
    return table.select(
        [n for n in table.column_names if n not in ("conflict", "rank", "found_by")]
    )


def test_an_added_metric_moves_no_column_of_older_runs_shards_and_compiled_code(workspace):
    (workspace / "profiles").mkdir()
    (workspace / "profiles" / "small.toml").write_text(SMALL)
    first = evosearch.run(**SETTINGS, generations=2)
    (old,) = first.paths
    copy = copy_package(workspace / "package")
    file = copy / "trading" / "metrics.py"
    file.write_text(file.read_text("utf-8").replace("METRICS = (\n", NEW), "utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("EVOSEARCH", "NUMBA"))}
    code = f"SETTINGS = {SETTINGS!r}\n{CHILD}"
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | {"PYTHONPATH": str(copy.parent)},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    before = read(old.name)
    if compile_cache.find_folder(compile_cache.PACKAGE / "trading" / "backtest.py"):
        assert told["n_compiled"] == 0  # the code of the smaller list serves the larger one

    # The older run goes on with the columns that it began with.
    (resumed,) = told["resumed"]
    assert read(resumed).schema.names == before.schema.names
    assert len(read(resumed)) == 10

    # A run of today has the new metric: null, as the kernel does not write it.
    (fresh,) = told["fresh"]
    now = read(fresh)
    assert {*metric_names(now.schema)} - {*metric_names(before.schema)} == {"n_new", "n_new_oos"}
    assert now.column("n_new").null_count == now.column("n_new_oos").null_count == len(now) == 20
    same = [n for n in before.column_names if n not in BASE_NAMES or n in ("genome_id", "fitness")]
    assert now.select(same).equals(before.select(same))

    # Both stand in one ranking, and what was not measured does not contradict.
    merged = read("merged.parquet", ".")
    assert told["n_conflicts"] == 0
    assert len(merged) == 30
    assert merged.column("n_new").null_count == 30


@pytest.mark.parametrize("column", ["n_trades", "max_drawdown_frac_oos"])
def test_a_record_says_how_a_column_is_headed(column):
    assert find_metric(column).label in ("trades", "worst fall")
    assert find_metric("anything_oos")[:3] == ("anything", False, False)


@pytest.mark.parametrize("is_rebuilt", [False, True])
def test_workers_record_the_metrics_of_the_run(is_rebuilt):
    wanted = ("n_trades", "sharpe_daily")
    problem = load_problem("trading", {}).with_metrics(wanted)
    problem.lock = threading.Lock() if is_rebuilt else None  # which cannot travel
    there = pickle.loads(pickle.dumps(Evaluator(problem, "trading"), protocol=5))
    assert there.problem.metric_names == wanted
    genomes = problem.space.encode([{**RULE, **EXITS, "n_rules": 1}])
    assert there.evaluate(genomes).metrics.shape == (1, 2)
