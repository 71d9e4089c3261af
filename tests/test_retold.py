"""The package against the explanation of itself: every row of a run of `pro`, told twice."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest
from pyarrow import csv, parquet

import evosearch
from evosearch.algorithms.genetic import Genetic
from evosearch.seeding import Purpose
from evosearch.trading.loading.find import SAMPLE_FOLDER
from tests import retold

METRICS = ["n_trades", "net_profit", "sharpe_daily", "max_drawdown_frac"]


@pytest.fixture(scope="module")
def bars_csv(tmp_path_factory):
    """The first 2,000 bars of the sample, as a file of their own."""
    table = parquet.read_table(SAMPLE_FOLDER / "ibm-daily.parquet").slice(0, 2_000)
    path = tmp_path_factory.mktemp("prices") / "bars.csv"
    csv.write_csv(table, path)
    return path


@pytest.fixture(scope="module")
def bars(bars_csv):
    """The same file without the package: of a time only the day counts."""
    kinds = [
        ("day", "U10"),
        *((name, float) for name in ("open", "high", "low", "close", "volume")),
    ]
    found = np.genfromtxt(bars_csv, kinds, delimiter=",", skip_header=1, encoding="utf-8")
    assert len(found) == 2_000
    return found


@pytest.fixture(scope="module")
def truths():
    return {}


@pytest.mark.parametrize("seed", [1, 7, 2**70])
def test_every_row_of_the_package_is_the_row_of_the_explanation(
    seed, bars, truths, bars_csv, workspace
):
    result = evosearch.run("pro", data=str(bars_csv), seed=seed, backend="serial")
    found = result.to_frame().sort_values(["generation", "index"])
    told = retold.search(bars, truths, seed)
    assert len(found) == len(told) == 1_200
    ranks, _, fitness, violation, inside, outside, trades_ids = zip(*told, strict=True)
    assert found["genome_id"].tolist() == [f"{high:016x}{low:016x}" for *_, (high, low) in ranks]
    _assert_equal(found["fitness"], fitness)
    _assert_equal(found["violation"], violation)
    _assert_equal(found[METRICS], inside)
    _assert_equal(found[[f"{name}_oos" for name in METRICS]], outside)
    assert found["trades_id"].tolist() == list(trades_ids)
    assert len({*trades_ids}) > 500
    # What a search may meet is met: rows that rank behind others, and repeats thrown away.
    assert 0 < found["feasible"].sum() < 1_200
    assert result.n_duplicates > 0


def test_immigrants_are_the_same_though_no_run_of_pro_needs_them(bars_csv, workspace):
    profile = evosearch.load_profile("pro", data=str(bars_csv))
    algorithm = Genetic(evosearch.load_problem(profile).space, population=40, seed=3)
    algorithm.generation = 5
    found = algorithm.draw_uniform(40, Purpose.IMMIGRANTS, attempt=9)
    np.testing.assert_array_equal(found, np.array(retold.draw_anew(40, 3, 5, 9), float))


def _assert_equal(found, told):
    np.testing.assert_allclose(found.to_numpy(float), np.array(told, float), rtol=1e-12, atol=1e-12)


def test_the_explanation_is_short_and_stands_alone():
    text = Path(retold.__file__).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    names = [
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert {name.split(".")[0] for name in names} <= {"numpy", *sys.stdlib_module_names}
