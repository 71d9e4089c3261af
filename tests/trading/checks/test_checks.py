"""Each check fails one strategy that passes all others, and tells when it cannot tell."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from evosearch.problems import evaluate_genomes
from evosearch.trading import backtest, indicators, rules
from evosearch.trading.checks import entries, lookahead
from evosearch.trading.checks.concentration import check_concentration
from evosearch.trading.checks.costs import check_costs
from evosearch.trading.checks.entries import check_entries
from evosearch.trading.checks.lookahead import check_lookahead
from evosearch.trading.checks.neighbours import check_neighbours
from evosearch.trading.checks.noise import check_noise
from evosearch.trading.checks.numbers import check_numbers
from evosearch.trading.trades import list_trades
from tests.trading.checks.scenes import (
    BY_VOLUME,
    CHEAP,
    N_BARS,
    SCENES,
    announce,
    check_all,
    find_mutants,
    list_failures,
    make_row,
    sound,
)
from tests.trading.making import draw, encode, make_bars, make_problem, walk


def test_a_sound_strategy_passes_every_check():
    assert list_failures(*sound()) == []


@pytest.mark.parametrize("name", SCENES)
def test_a_strategy_fails_one_check_alone(name):
    assert list_failures(*SCENES[name]()) == [name]


def test_a_row_that_was_changed_fails_one_check_alone():
    problem, genome = sound()
    row = make_row(problem, genome)
    assert list_failures(problem, genome, row | {"n_wins": row["n_wins"] + 1}) == ["same_numbers"]


def test_checks_give_plain_data_and_the_same_twice():
    problem, genome = sound()
    first, second = (
        json.dumps([asdict(each) for each in check_all(problem, genome).values()], allow_nan=False)
        for _ in range(2)
    )
    assert first == second


# --- the same numbers


def find_first(row, **options):
    problem, genome = sound()
    (result,) = check_numbers(problem, genome[None, :], [row], **options)
    return result.passed, result.facts.get("first")


def test_the_first_metric_that_differs_is_named_with_both_values():
    problem, genome = sound()
    row = make_row(problem, genome)
    changed = row | {"win_frac": row["win_frac"] / 2, "n_days": 1}
    (result,) = check_numbers(problem, genome[None, :], [changed])
    assert result.facts["first"] == "win_frac"
    assert result.facts["recorded"] * 2 == result.facts["measured"] == row["win_frac"]
    assert not result.facts["is_bit_equal"]


def test_nearly_equal_is_equal_unless_it_must_be_exact():
    row = make_row(*sound())
    near = row | {"sharpe_daily": row["sharpe_daily"] * (1 + 1e-11)}
    assert find_first(near) == (True, None)
    assert find_first(near, tolerance=0.0) == (False, "sharpe_daily")
    far = row | {"sharpe_daily": row["sharpe_daily"] * (1 + 1e-8)}
    assert find_first(far) == (False, "sharpe_daily")


def test_the_hash_of_the_trades_is_never_nearly_equal():
    row = make_row(*sound())
    assert find_first(row | {"trades_id": row["trades_id"] + 1}) == (False, "trades_id")


def test_a_value_on_one_side_alone_differs_and_a_missing_column_does_not():
    row = make_row(*sound())
    assert find_first(row | {"skew_daily": None}) == (False, "skew_daily")
    assert row["mean_trade_frac"] is not None
    assert find_first(row | {"mean_trade_frac": "many"}) == (False, "mean_trade_frac")
    del row["trades_id"]
    assert find_first(row) == (True, None)


# --- entries at random


def count_runs(bits):
    """Lengths of the runs of a ring of bits, sorted."""
    first = int(np.flatnonzero(~bits)[0])
    rolled = np.append(np.roll(bits, -first), False).astype(np.int8)
    edges = np.flatnonzero(np.diff(rolled))
    return np.sort(edges[1::2] - edges[::2]).tolist()


@pytest.mark.parametrize(("begin", "end"), [(0, 640), (200, 613), (3, 64), (5, 20)])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_entries_keep_their_number_and_their_runs(begin, end, share):
    rng = np.random.default_rng(end)
    truth = rng.random(end - begin) < share
    truth[0], truth[1] = True, False
    made = list(entries.scatter_entries(np.flatnonzero(truth) + begin, begin, end, 60, rng))
    bits = np.unpackbits(np.array(made).view(np.uint8), axis=1, bitorder="little").astype(bool)
    assert not bits[:, :begin].any()
    assert not bits[:, end:].any()
    assert all(count_runs(row[begin:end]) == count_runs(truth) for row in bits)
    if end > 100:
        assert len(np.unique(bits, axis=0)) > 50
        # Each bar is as likely as any other.
        assert bits[:, begin:end].mean(axis=0).std() < 1.5 * np.sqrt(share * (1 - share) / 60)


def test_where_all_bars_are_signals_nothing_moves():
    rng = np.random.default_rng(0)
    (made,) = entries.scatter_entries(np.arange(3, 70), 3, 70, 1, rng)
    assert np.flatnonzero(np.unpackbits(made.view(np.uint8), bitorder="little")).tolist() == [
        *range(3, 70)
    ]


def test_masks_come_in_batches_that_change_nothing(monkeypatch):
    problem, genome = sound()
    whole = check_entries(problem, genome, np.random.default_rng(1), 50)
    monkeypatch.setattr(entries, "_BATCH_BYTES", 6000)
    assert check_entries(problem, genome, np.random.default_rng(1), 50) == whole


def test_a_strategy_must_beat_nearly_all_others_and_equal_ones_are_not_beaten(monkeypatch):
    problem = make_problem(walk(1500), **CHEAP)
    found = [
        check_entries(problem, genome, np.random.default_rng(1), 60) for genome in draw(problem, 20)
    ]
    told = [each for each in found if each.passed is not None]
    assert all(each.passed == (each.value >= 0.95) for each in told)
    assert any(0.5 < each.value < 0.95 for each in told)
    problem, genome = sound()
    stage = problem.stage
    mask = stage.rules.masks[stage.rules.find_rows(genome[None, :])[0]]
    own = np.bitwise_and.reduce(mask, axis=0)
    monkeypatch.setattr(entries, "scatter_entries", lambda *given: iter([own] * 40))
    result = check_entries(problem, genome, np.random.default_rng(1), 40)
    assert (result.passed, result.value, result.facts["best"]) == (False, 0.0, result.facts["own"])


# --- the best month


def test_a_profit_of_one_month_alone_is_concentrated():
    rng, until = np.random.default_rng(7), 672  # hours to the end of the first month
    bars = announce(until=until)
    bars.volume[until + rng.choice(N_BARS - until - 5, 60, replace=False)] = 5.0
    problem = make_problem(bars, **CHEAP)
    result = check_concentration(problem, encode(problem, **BY_VOLUME))
    assert result.passed is False
    assert result.facts["without_trades"] > 0 > result.facts["without_month"] == result.value
    assert result.facts["month"] == "2024-10"


# --- neighbours


def test_a_needle_is_called_so_and_a_plateau_too():
    for (problem, genome), shape in ((sound(), "plateau"), (SCENES["neighbourhood"](), "needle")):
        mutants = find_mutants(problem, genome, np.random.default_rng(5), 60)
        assert check_neighbours(problem, genome, mutants).facts["shape"] == shape


def test_neighbours_are_distinct_and_one_change_away():
    problem = make_problem(walk(300))
    space = problem.space
    for genome in draw(problem, 20, seed=4):
        found = find_mutants(problem, genome, np.random.default_rng(2))
        assert len(np.unique(np.nan_to_num(found, nan=-1), axis=0)) == len(found) > 150
        is_other = ~((found == genome) | (np.isnan(found) & np.isnan(genome)))
        assert is_other.any(axis=1).all()
        exits = is_other[:, [space.index["stop_loss_frac"], space.index["take_profit_frac"]]]
        assert (is_other[exits.any(axis=1)].sum(axis=1) == 1).all()


def test_each_ordinal_is_moved_by_a_step_where_there_is_one():
    problem = make_problem(walk(300))
    space = problem.space
    genome = encode(problem, **BY_VOLUME | {"rule1_kind": "rsi_level", "rule1_level": 80})
    stays = find_mutants(problem, genome, np.random.default_rng(2), n=0)
    names = [space.names[column] for column in np.flatnonzero((stays != genome)[0])]
    moved = {
        space.names[column]: row[column] - genome[column]
        for row in stays
        for column in np.flatnonzero(~np.isnan(row) & (row != genome))
    }
    assert moved == {"rule1_period": 1.0, "rule1_level": -1.0}
    assert len(stays) == 3  # a period shorter, a period longer, a level lower
    assert "rule1_period" in names


# --- a look ahead


def test_what_other_genomes_there_are_changes_nothing():
    problem = make_problem(walk(800), **CHEAP)
    genomes = draw(problem, 6)
    together = check_lookahead(problem, genomes, np.random.default_rng(3))
    apart = [
        check_lookahead(problem, genomes[k : k + 1], np.random.default_rng(3))[0] for k in range(6)
    ]
    assert together == apart
    assert all(result.passed for result in together)
    assert sum(result.facts["n_closed"] for result in together) > 100
    together = check_noise(problem, genomes, np.random.default_rng(3), 3)
    assert together[5:] == check_noise(problem, genomes[5:], np.random.default_rng(3), 3)


def test_trades_that_know_how_long_the_bars_are_look_ahead(monkeypatch):
    problem, genome = sound()

    def trade(stage, *given):
        trades = list_trades(stage, *given)
        return replace(trades, exit_price=trades.exit_price * stage.spans[0].end)

    monkeypatch.setattr(lookahead, "list_trades", trade)
    (result,) = check_lookahead(problem, genome[None, :], np.random.default_rng(3))
    assert result.passed is False and result.value > 0


# --- what a check cannot tell


def test_a_loss_is_dear_and_has_no_neighbourhood():
    problem = make_problem(walk(3000, drift=-0.0005), **CHEAP)
    genome = encode(problem, **BY_VOLUME)
    assert make_row(problem, genome)["sharpe_daily"] < 0
    assert check_costs(problem, genome).passed is False
    found = check_neighbours(
        problem, genome, find_mutants(problem, genome, np.random.default_rng())
    )
    assert (found.passed, found.facts["why"]) == (None, "no_profit")


EDGES = {
    "no trades": (make_bars(np.full(800, 100.0)), {}),
    "40 bars": (walk(40), {}),
    "one bar": (walk(1), {}),
    "40 days": (make_bars(100 + np.sin(np.arange(40)), 0.01, np.arange(40) % 3, per_day=1), {}),
    "the old fill": (walk(900, step=0.01), {"fill": "same_close", "holdout_frac": 0.0}),
    "the old fill before its first bar": (walk(150), {"fill": "same_close", "holdout_frac": 0.0}),
    "broke": (walk(900, step=0.01), {"fee_frac": 0.3, "notional": 6000.0}),
    "nearly broke": (walk(900, step=0.02), {"fee_frac": 0.45}),
}


@pytest.mark.parametrize("name", EDGES)
def test_every_check_has_an_answer_at_the_edges(name):
    bars, options = EDGES[name]
    problem = make_problem(bars, **options)
    for genome in draw(problem, 2, seed=9):
        results = check_all(problem, genome)
        json.dumps([asdict(each) for each in results.values()], allow_nan=False)
        assert all(each.passed is not None or each.facts["why"] for each in results.values())
        assert results["same_numbers"].passed
        assert results["lookahead"].passed
        if name in ("no trades", "one bar", "the old fill before its first bar"):
            names = ("random_entries", "costs", "concentration")
            assert {results[each].facts["why"] for each in names} == {"no_trades"}
        if "broke" in name:
            assert not results["costs"].passed


# --- compiled code


def test_checks_compile_nothing_of_their_own():
    kernels = [
        each
        for module in (backtest, indicators, rules)
        for each in vars(module).values()
        if hasattr(each, "signatures")
    ]
    assert len(kernels) > 8
    problem, genome = sound()
    for options in ({}, {"trail_frac": 0.5}):
        fresh = make_problem(problem.bars, **options)
        fresh.warm_up()
        evaluate_genomes(fresh, genome[None, :])
        before = [len(each.signatures) for each in kernels]
        check_all(fresh, genome)
        assert [len(each.signatures) for each in kernels] == before
