import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch import load_profile
from evosearch.assemble.searching.parts import describe_problem
from evosearch.errors import OptionError, SpaceError
from evosearch.genome.canonical import canonicalise, make_layout
from evosearch.genome.identity import compute_genome_ids
from evosearch.problems import evaluate_genomes, load_problem
from evosearch.problems.words import state_row
from evosearch.report.sentences import word
from evosearch.trading.options import KINDS, RISKS
from tests.trading import making

RULE = {"rule1_kind": "price_vs_sma", "rule1_op": "above", "rule1_period": 20}
EXITS = {"stop_loss_frac": 0.03, "take_profit_frac": 0.06}


def load(**options):
    return load_problem("trading", options)


def draw(problem, n, seed=0):
    fill = np.random.default_rng(seed).random((n, len(problem.space)))
    return canonicalise(make_layout(problem.space), np.full(fill.shape, np.nan), fill)


def measure(problem, genomes):
    found = evaluate_genomes(problem, genomes)
    return found, dict(zip(problem.metric_names, found.metrics.T, strict=True))


@pytest.mark.parametrize("risk", RISKS)
def test_the_risk_level_bites(risk):
    problem = load(risk=risk)
    (stop_low, stop_high), (target_low, target_high) = RISKS[risk]
    genomes = draw(problem, 2000)
    stops = genomes[:, problem.space.index["stop_loss_frac"]]
    targets = genomes[:, problem.space.index["take_profit_frac"]]
    assert stop_low <= stops.min() < stops.max() <= stop_high
    assert target_low <= targets.min() < targets.max() <= target_high
    # Half of each range is really used.
    assert stops.max() - stops.min() > 0.9 * (stop_high - stop_low)


def test_the_default_space_has_the_216_rules_of_the_table():
    problem = load()
    genomes = draw(problem, 60_000)
    names = [f"rule1_{name}" for name in ("kind", "op", "period", "slow_period", "level")]
    columns = [problem.space.index[name] for name in names]
    rules = np.unique(np.nan_to_num(genomes[:, columns], nan=-1), axis=0)
    assert len(rules) == 216
    problem._rules.find_rows(genomes)
    assert problem._rules._n_masks == 217


def test_rules_commute_and_repeats_are_one_strategy():
    problem = load()
    a = {"kind": "rsi_level", "op": "below", "period": 14, "level": 30}
    b = {"kind": "price_vs_ema", "op": "above", "period": 50}

    def genome(*rules):
        row = {"n_rules": len(rules), **EXITS}
        for k, rule in enumerate(rules, start=1):
            row |= {f"rule{k}_{name}": value for name, value in rule.items()}
        return row

    rows = problem.space.encode([genome(a, b), genome(b, a), genome(a, b, a), genome(a)])
    layout = make_layout(problem.space)
    genomes = canonicalise(layout, rows, np.zeros_like(rows))
    ids = compute_genome_ids(layout, genomes)
    assert len(np.unique(ids, axis=0)) == 2
    np.testing.assert_array_equal(ids[0], ids[2])
    assert problem.space.decode(genomes)[0]["rule1_kind"] == "price_vs_ema"  # sorted by text


def test_the_hold_out_cannot_influence_the_search(tmp_path):
    import pandas as pd

    whole = load(data="sample:ibm-daily")
    n_inside = whole._spans[0].end
    bars = whole.bars
    frame = pd.DataFrame(
        {"timestamp": pd.to_datetime(bars.timestamp_us, unit="us", utc=True)}
        | {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    )
    changed = frame.copy()
    changed.iloc[n_inside:, 1:5] *= 3.7
    changed.to_parquet(tmp_path / "changed.parquet")
    other = load(data=str(tmp_path / "changed.parquet"))
    genomes = draw(whole, 300)
    (found, metrics), (found_other, other_metrics) = (measure(p, genomes) for p in (whole, other))
    np.testing.assert_array_equal(found.fitness, found_other.fitness)
    np.testing.assert_array_equal(found.feasible, found_other.feasible)
    np.testing.assert_array_equal(metrics["net_profit"], other_metrics["net_profit"])
    assert not np.array_equal(
        metrics["n_trades_oos"], other_metrics["n_trades_oos"]
    ) or not np.array_equal(metrics["net_profit_oos"], other_metrics["net_profit_oos"])


def test_the_hold_out_is_the_newest_share_of_the_bars():
    problem = load(last_bars=1000, holdout_frac=0.3)
    assert [(s.begin, s.end) for s in problem._spans] == [(0, 700), (700, 1000)]
    assert problem.data_summary()["n_holdout_bars"] == 300
    none = load(last_bars=1000, holdout_frac=0.0)
    _, metrics = measure(none, draw(none, 20))
    assert np.isnan(metrics["n_trades_oos"]).all()


def test_too_few_trades_are_infeasible_by_the_share_that_is_missing():
    problem = load(min_trades=40)
    found, metrics = measure(problem, draw(problem, 500))
    n_trades, undefined = metrics["n_trades"], np.isnan(metrics["sharpe_daily"])
    expected = np.maximum(40 - n_trades, 0) / 40 + undefined
    np.testing.assert_allclose(found.violation, expected)
    np.testing.assert_array_equal(found.feasible, expected == 0)
    assert 0 < found.feasible.sum() < 500


@pytest.mark.parametrize(
    ("objective", "direction"),
    [("sharpe_daily", "maximize"), ("net_profit", "maximize"), ("max_drawdown_frac", "minimize")],
)
def test_the_objective_names_a_recorded_metric(objective, direction):
    problem = load(objective=objective)
    found, metrics = measure(problem, draw(problem, 200))
    sign = 1 if direction == "maximize" else -1
    assert problem.direction == direction
    feasible = found.feasible
    np.testing.assert_array_equal(found.fitness[feasible], sign * metrics[objective][feasible])


def test_the_old_fitness_is_available_by_its_formula():
    problem = load(objective="legacy_2026", min_trades=0)
    found, metrics = measure(problem, draw(problem, 500))
    for row in range(500):
        profit, n, wins = (metrics[k][row] for k in ("net_profit", "n_trades", "win_frac"))
        expected = profit + (min(10 * n, 100) if n >= 5 else 0)
        if n and 100 * wins > 50:
            expected += 2 * (100 * wins - 50)
        assert found.fitness[row] == pytest.approx(expected, rel=1e-12, abs=1e-9)
    assert metrics["legacy_2026"][0] == found.fitness[0]


def test_pro_and_air_can_be_merged_and_other_fees_cannot():
    def fingerprint(name, *assignments):
        profile = load_profile(name, assignments)
        return describe_problem(load_problem("trading", profile.problem_options), profile)[
            "fingerprint"
        ]

    assert fingerprint("pro") == fingerprint("air") == fingerprint("gamer") == fingerprint("friend")
    assert fingerprint("pro", "problem.periods=[5, 10]", "problem.max_rules=2") == fingerprint(
        "air"
    )
    for change in (
        "problem.fee_frac=0.001",
        "problem.slippage_frac=0.0",
        "problem.min_trades=5",
        "problem.objective=net_profit",
        "problem.holdout_frac=0.2",
        "problem.data=sample:fair-5min",
        "problem.last_bars=1000",
        "problem.size_frac=0.5",
        "problem.notional=100",
        "problem.trail_frac=0.8",
        "problem.initial_capital=1",
    ):
        assert fingerprint("pro", change) != fingerprint("pro"), change


def test_options_that_change_nothing_do_not_change_the_fingerprint():
    one = load(fill="same_close", holdout_frac=0.0).fingerprint_options()
    two = load(fill="same_close", holdout_frac=0.0, slippage_frac=0.01, size_frac=0.1)
    assert one == two.fingerprint_options()
    # What counts is which bars are in the window, not how they were chosen.
    bars = load(data="sample:ibm-daily")
    assert load(last_bars=10**6).fingerprint_options() == bars.fingerprint_options()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"risk": "wild"}, "conservative"),
        ({"fil": "x"}, "Did you mean 'fill'"),
        ({"fee_frac": 1.5}, "less than 1"),
        ({"last_bars": 30000.5}, "whole number"),
        ({"last_bars": True}, "whole number"),
        ({"kinds": ["rsi_levl"]}, "Did you mean 'rsi_level'"),
        ({"periods": [10, 10]}, "twice"),
        ({"periods": [0]}, "greater than or equal to 1"),
        ({"levels": [101]}, "less than or equal to 100"),
        ({"objective": "sharp"}, "is not recorded"),
        ({"fill": "same_close"}, "Set holdout_frac = 0"),
        ({"stop_loss_range": [0.2, 0.1]}, "Swap them"),
        ({"stop_loss_range": [0.2, 1.5]}, "never reached"),
        ({"holdout_frac": float("nan")}, "finite"),
        ({"holdout_frac": 0.9, "last_bars": 3}, "leaves none of 3 bars"),
    ],
)
def test_wrong_options_say_what_was_expected(options, says):
    with pytest.raises(OptionError) as caught:
        load(**options)
    assert says in str(caught.value)
    assert next(iter(options)) in str(caught.value) or "holdout_frac" in str(caught.value)


def test_any_valid_strategy_can_be_measured_outside_the_searched_ranges():
    problem = load(risk="low")
    row = {"n_rules": 1, **RULE, "rule1_period": 37, "stop_loss_frac": 0.3, "take_profit_frac": 2.0}
    space, outside = problem.space.widened([row])
    assert len(outside[0]) == 3
    wide = problem.with_space(space)
    found = evaluate_genomes(wide, space.encode([row]))
    assert found.status[0] == 0
    # The same strategy through a profile that searches there.
    other = load(periods=[37], kinds=["price_vs_sma"], stop_loss_range=[0.3, 0.3],
                 take_profit_range=[2.0, 2.0])  # fmt: skip
    again = evaluate_genomes(other, other.space.encode([row]))
    np.testing.assert_array_equal(found.metrics, again.metrics)


@pytest.mark.parametrize(
    "change", [{"rule1_period": 2.5}, {"rule1_period": 0}, {"stop_loss_frac": 1.0},
               {"stop_loss_frac": 0.0}, {"take_profit_frac": -0.1}]
)  # fmt: skip
def test_what_is_no_strategy_at_all_is_refused(change):
    problem = load()
    row = {"n_rules": 1, **RULE, **EXITS, **change}
    with pytest.raises(SpaceError):
        problem.with_space(problem.space.widened([row])[0])


@given(st.integers(0, 10_000))
def test_every_strategy_has_words(seed):
    problem = load()
    (params,) = problem.space.decode(draw(problem, 1, seed))
    said = problem.state_row(params, dict(problem.constructor_options), problem.data_summary())
    for language, verb in (("en", " is "), ("es", " está ")):
        first, *rest = [word(each, language) for each in said]
        assert first.count(verb) == params["n_rules"]
        assert not any(text in " ".join([first, *rest]) for text in ("None", "{", *KINDS))


@pytest.mark.parametrize(
    "strange", [{"n_rules": 0}, {"n_rules": float("inf")}, {"stop_loss_frac": 10**400}]
)
def test_a_strategy_of_a_stranger_that_has_no_words_speaks_by_its_parameters(strange):
    params = {"n_rules": 1, **RULE, **EXITS, **strange}
    said = state_row({"name": "trading", "options": {}}, params)
    assert [word(each, "en") for each in said] == [f"{k} = {v}" for k, v in params.items()]


@pytest.mark.parametrize("n_before", [0, 50])
def test_a_copy_in_shared_read_only_memory_measures_the_same(n_before):
    """That is how worker processes get it, with or without rules worked out before."""
    import pickle

    problem = load()
    if n_before:
        evaluate_genomes(problem, draw(problem, n_before, seed=8))
    buffers = []
    plain = pickle.dumps(problem, protocol=5, buffer_callback=buffers.append)
    frozen = [memoryview(bytes(buffer.raw())) for buffer in buffers]
    copy = pickle.loads(plain, buffers=frozen)
    assert not copy.bars.close.flags.writeable
    genomes = draw(problem, 300)
    assert np.array_equal(
        evaluate_genomes(problem, genomes).metrics,
        evaluate_genomes(copy, genomes).metrics,
        equal_nan=True,
    )


def test_other_bars_are_measured_as_if_they_had_been_loaded(tmp_path):
    bars = making.walk(1500, step=0.01)
    path = tmp_path / "bars.parquet"
    columns = dict(zip(("open", "high", "low", "close", "volume"), bars.columns, strict=True))
    times = pd.to_datetime(bars.timestamp_us, unit="us", utc=True)
    pd.DataFrame({"timestamp": times, **columns}).to_parquet(path)
    options = {"fee_frac": 0.001, "trail_frac": 0.5}
    loaded = load(data=str(path), holdout_frac=0.4, **options)
    made = load(**options).with_bars(bars, 900)
    genomes = draw(loaded, 50)
    (first, _), (second, _) = measure(loaded, genomes), measure(made, genomes)
    assert np.array_equal(first.metrics, second.metrics, equal_nan=True)
    assert loaded.fingerprint_options() == made.fingerprint_options()
    # The bars of the problem that it was made from stay.
    assert load(**options).fingerprint_options() != made.fingerprint_options()


def test_bars_without_a_holdout_have_none():
    made = load().with_bars(making.walk(300))
    assert made.data_summary()["n_holdout_bars"] == 0
    assert made.options.holdout_frac == 0
    _, metrics = measure(made, draw(made, 5))
    assert np.isnan(metrics["n_days_oos"]).all()
    assert (metrics["n_days"] == 13).all()
