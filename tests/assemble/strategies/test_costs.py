"""Costs that are computed from bars: what a table shows, or why it does not."""

from dataclasses import replace

import pytest

import evosearch
from evosearch.assemble.ranking.opening import open_ranking
from evosearch.assemble.strategies.costs import recompute
from evosearch.assemble.strategies.opened import Missing, Opened, open_bars
from evosearch.report.rows import list_params
from evosearch.shards.viewing.exports import plain_rows
from tests.assemble.auditing.rankings import search


@pytest.fixture(scope="module")
def ranked(tmp_path_factory):
    paths = search(tmp_path_factory.mktemp("costs"), fee=0.001, generations=2)
    return open_ranking([str(path) for path in paths]).ranked


@pytest.mark.slow
def test_a_row_without_costs_is_what_the_same_problem_measures_without(ranked):
    rows = plain_rows(ranked.rows(0, 6))
    found = recompute(ranked, rows)
    assert isinstance(found, list) and len(found) == 6
    opened = open_bars(ranked.metadata)
    assert isinstance(opened, Opened)
    for row, costs in zip(rows, found, strict=True):
        params = list_params(row)
        played = opened.replay(params)
        assert played.difference(row) == []
        free = replace(opened, problem=opened.problem.with_costs(0.0, 0.0)).replay(params)
        expected = free.metrics["return_frac"] if free.metrics["n_trades"] else None
        assert costs.without == expected
        # It earns as the row was measured exactly if the fee that it breaks even at is not lower.
        if row["n_trades"]:
            assert (row["return_frac"] >= 0) == ((costs.break_even or -1.0) >= 0.001)


@pytest.mark.slow
def test_a_row_that_is_no_strategy_costs_the_columns_and_not_the_table(ranked):
    rows = plain_rows(ranked.rows(0, 2))
    rows[1] |= {"param_rule1_kind": "made_up"}
    found = recompute(ranked, rows)
    assert isinstance(found, Missing) and "made_up" in found.reason
    assert recompute(ranked, []) == []


def test_other_problems_have_no_bars(tmp_path):
    run = evosearch.run(evosearch.load_profile(str(_write(tmp_path))))
    found = open_bars(open_ranking([str(path) for path in run.paths]).ranked.metadata)
    assert isinstance(found, Missing) and not found.remedy


def _write(folder):
    path = folder / "made.toml"
    path.write_text(
        '[search]\npopulation = 4\ngenerations = 2\n[problem]\nname = "sphere"\n'
        f'[run]\nbackend = "serial"\nresults = "{folder / "results"}"\n'
    )
    return path
