"""trades_id: one name for the same trades, uniform, and never a quantity."""

import numpy as np
import pytest

import evosearch
from evosearch.algorithms.random_search import RandomSearch
from evosearch.errors import OptionError
from evosearch.problems import load_problem
from evosearch.problems.base import Batch
from evosearch.problems.words import find_metric, known_metrics
from evosearch.trading.metrics import LABELS, TWINS
from evosearch.trading.problem import Trading
from tests.trading.reference_metrics import name_trades


def draw(problem, n, seed):
    genomes = RandomSearch(problem.space, n, seed, RandomSearch.Settings()).ask().genomes
    return genomes, problem.evaluate_batch(Batch(problem.space, genomes))


@pytest.fixture(scope="module")
def many():
    """Many strategies of a wide space: levels and periods that make them trade differently."""
    options = {"fee_frac": 0.0, "levels": list(range(10, 90)), "periods": list(range(5, 60, 3))}
    return draw(load_problem("trading", options | {"last_bars": 1500}), 3000, 1)[1]


def test_ids_are_whole_numbers_of_53_bits_and_uniform(many):
    n_bins, ids = 64, many["trades_id"]
    np.testing.assert_array_equal(ids, ids.astype(np.int64))
    distinct = np.unique(ids)
    assert len(distinct) > 2000
    expected = len(distinct) / n_bins
    counts, _ = np.histogram(distinct, bins=n_bins, range=(0, 2**53))
    lowest = np.bincount(distinct.astype(np.int64) & 63, minlength=n_bins)
    for found in (counts, lowest):  # the lowest bits, too, which a float could have lost
        # 63 degrees of freedom: 103.4 is their 99.9 % quantile.
        assert ((found - expected) ** 2 / expected).sum() < 103.4


def test_equal_ids_are_equal_trades_and_no_trades_have_one_id(many):
    found, ids = many, many["trades_id"]
    # What follows from the trades alone, stops and targets aside.
    seen = {}
    for k, key in enumerate(ids.tolist()):
        now = tuple(found[name][k] for name in ("n_trades", "n_trades_oos", "exposure_frac", "exposure_frac_oos"))  # fmt: skip
        assert seen.setdefault(key, now) == now
    none = (found["n_trades"] == 0) & (found["n_trades_oos"] == 0)
    assert none.sum() > 10
    assert {*ids[none].tolist()} == {name_trades([])}
    assert name_trades([]) not in ids[~none]


def test_the_hold_out_counts_and_a_batch_of_one_is_the_batch():
    problem = load_problem("trading", {})
    genomes, found = draw(problem, 50, 3)
    alone = [
        problem.evaluate_batch(Batch(problem.space, genomes[k : k + 1]))["trades_id"][0]
        for k in range(50)
    ]
    assert alone == found["trades_id"].tolist()
    whole = load_problem("trading", {"holdout_frac": 0.0})
    other = whole.evaluate_batch(Batch(whole.space, genomes))["trades_id"]
    # Over all bars at once most strategies trade a little otherwise where the hold-out begins.
    is_quiet = (found["n_trades"] == 0) & (found["n_trades_oos"] == 0)
    assert (other[is_quiet] == found["trades_id"][is_quiet]).all()
    assert (other != found["trades_id"]).any()


def test_it_is_a_label_alone():
    assert LABELS == ("trades_id",)
    assert "trades_id_oos" not in (*TWINS, *Trading.metrics)
    assert "trades_id_oos" not in Trading.int_metrics
    record = find_metric("trades_id")
    assert record.is_label
    assert record.is_int
    assert not (record.in_line or record.in_table or record.floor or record.is_summarised)
    with pytest.raises(OptionError, match="trades_id"):
        Trading(objective="trades_id")
    assert [name for name, each in known_metrics().items() if each.is_label] == ["trades_id"]


def test_two_names_for_the_trades_of_one_genome_are_a_conflict(workspace, monkeypatch):
    from evosearch.trading import backtest

    small = ("search.population=4", "search.generations=1", "run.backend=serial")

    def run():
        return evosearch.run(evosearch.load_profile("pro", small, seed=1)).paths[0]

    one = run()
    begin = backtest.begin_trades
    monkeypatch.setattr(backtest, "begin_trades", lambda n: begin(n) + np.uint64(1))
    result = evosearch.merge([one, run()])
    assert result.n_conflicts == result.n_rows == 4
    assert {conflict.column for conflict in result.conflicts} == {"trades_id"}
