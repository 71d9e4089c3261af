"""Surrogate searches tell a planted edge from luck."""

import pytest

import evosearch
from benchmarks.markets import Kind, write_market
from tests.assemble.auditing.rankings import merge, search

N_BARS = 12_000
SIZE = {
    "population": 30, "generations": 15, "more": "", "min_trades": 30, "risk": "conservative"
}  # fmt: skip

pytestmark = pytest.mark.slow


def audit(folder, kind, seed):
    bars = write_market(folder / "bars.parquet", kind, N_BARS, seed)
    merged = merge(folder, search(folder, seed=seed, data=bars, **SIZE))
    found = evosearch.audit(merged, top=1, results=folder / "results").file
    (check,) = [each for each in found.ranking if each.name == "surrogates"]
    assert check.facts["n_genomes_least"] == check.facts["n_genomes_most"] == 450
    return check, found


def test_a_planted_edge_is_better_than_every_search_without_direction(tmp_path):
    check, found = audit(tmp_path, Kind(edge_sharpe=14.0), 3)
    assert check.passed
    assert check.value == 1 / 20
    assert check.facts["ours"] > check.facts["best"]
    checks = [*found.ranking, *found.rows[0].checks]
    assert {each.name for each in checks if each.passed} == {each.name for each in checks}


def test_a_lucky_strategy_is_no_better_than_searches_without_direction(tmp_path):
    check, found = audit(tmp_path, Kind(), 5)
    assert check.facts["ours"] > 0.0  # it looks good
    assert check.passed is False
    assert check.value > 0.05
    passed = {each.name: each.passed for each in found.rows[0].checks}
    assert passed["same_numbers"] and passed["lookahead"]
