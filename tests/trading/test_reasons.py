"""Why nothing meets the limits: what is foreseen comes true, and the remedy that is named helps."""

import re

import numpy as np
import pandas as pd
import pytest

from evosearch.problems import load_problem
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.report.sentences import word
from evosearch.trading import backtest, metrics
from evosearch.trading.problem import Trading
from tests.trading.test_problem import draw

TIMES = {"quarter": "15min", "day": "1D", "week": "7D"}
DATA = {"n_bars": 100, "n_holdout_bars": 30, "n_file_bars": 100, "interval_s": 86_400.0}


def write(path, n, step="day", **columns):
    times = pd.date_range("2012-01-02", periods=n, freq=TIMES[step])
    moves = np.random.default_rng(n).normal(0, 0.02, n)
    close = 100 * np.exp(np.cumsum(moves))
    frame = pd.DataFrame({"timestamp": times.strftime("%Y-%m-%dT%H:%M:%SZ"), "open": close})
    frame = frame.assign(high=1.02 * close, low=0.98 * close, close=close, volume=np.arange(n) % 7)
    frame.assign(**columns).to_csv(path, index=False)
    return str(path)


def load(path, **options):
    return load_problem("trading", {"data": path, **options})


def count_feasible(problem, n=200):
    return int(evaluate_genomes(problem, draw(problem, n)).feasible.sum())


FLAT = dict.fromkeys(("open", "high", "low", "close"), 1e-8)
OWN = {"min_trades": 1, "objective": "return_frac", "holdout_frac": 0.0}
FORESEEN = {
    "few days": (
        {"n": 40, "step": "day"}, {"min_trades": 0},
        "28 days in sample, sharpe_daily needs 30: lower holdout_frac",
    ),
    "few weeks": (
        {"n": 20, "step": "week"}, {"min_trades": 0},
        "14 weeks in sample, sharpe_daily needs 30: bring a longer file, or daily bars",
    ),
    "few bars": (
        {"n": 90}, {"min_trades": 70, "objective": "return_frac"},
        "63 bars are searched: 62 trades at most, min_trades is 70: lower min_trades",
    ),
    "flat": (
        {"n": 90, **FLAT}, OWN | {"min_trades": 2},
        "the price never moves (1e-08 in all 90 bars): 1 trade at most",
    ),
    "no volume": (
        {"n": 90, "volume": 0}, OWN | {"kinds": ["volume_vs_sma"]},
        "there is no volume, and kinds names volume_vs_sma alone",
    ),
    "even volume": (
        {"n": 90, "volume": 5.5}, OWN | {"kinds": ["volume_vs_sma"]},
        "the volume never changes, and kinds names volume_vs_sma alone",
    ),
    "long periods": (
        {"n": 90}, OWN | {"kinds": ["price_vs_sma", "sma_cross"], "periods": [90, 200]},
        "90 bars are searched, the shortest of periods has 90",
    ),
    "a large notional": (
        {"n": 90}, OWN | {"notional": 9_999.0},
        "notional and its fee are more than initial_capital: 0 trades at most",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORESEEN)
def test_what_is_foreseen_comes_true(tmp_path, name):
    bars, options, text = FORESEEN[name]
    problem = load(write(tmp_path / "bars.csv", **bars), **options)
    (found,) = problem.foresee()
    assert text in found
    assert count_feasible(problem) == 0
    # After a search the same cause is told, whatever else is.
    if "no rule is ever true" in found or "notional" in found or "shortest" in found:
        most = {"n_trades": 0, "n_days": 90, "return_frac": 0.0}
        (told,) = problem.explain_infeasible(most, options, problem.data_summary())
        is_seen = name != "even volume"  # a summary does not tell that volume never changes
        assert (found.partition(":")[0].partition(", so")[0] in told) == is_seen


@pytest.mark.parametrize(
    ("bars", "options"),
    [
        ({"n": 43, "step": "day"}, {"min_trades": 1}),  # 30 days in sample
        ({"n": 90}, OWN | {"kinds": ["price_vs_sma"], "periods": [60, 89]}),
        ({"n": 90, **FLAT}, OWN),
        ({"n": 90}, OWN | {"notional": 9_900.0}),
        ({"n": 90, "volume": 0}, OWN),
    ],
)
def test_nothing_is_foreseen_where_something_can_be_feasible(tmp_path, bars, options):
    problem = load(write(tmp_path / "bars.csv", **bars), **options)
    assert problem.foresee() == []
    assert count_feasible(problem) > 0


@pytest.mark.parametrize(
    ("bars", "options", "word"),
    [
        ({"n": 6_000, "step": "quarter"}, {"last_bars": 2_000}, "raise last_bars"),
        ({"n": 300, "step": "quarter"}, {}, "bring a longer file"),
        ({"n": 40, "step": "day"}, {"last_bars": 35, "holdout_frac": 0.5}, "lower holdout_frac"),
    ],
)
def test_the_remedy_that_is_named_helps(tmp_path, bars, options, word):
    path = write(tmp_path / "bars.csv", **bars)
    (found,) = load(path, **options, min_trades=0).foresee()
    assert f"needs 30: {word}" in found
    settings = re.findall(r"--set problem\.(\w+)=([\w.]+)", found)
    assert settings[-1] == ("objective", "return_frac")
    for key, value in settings:
        changed = {
            key: value if key == "objective" else float(value) if "." in value else int(value)
        }
        assert load(path, **(options | changed), min_trades=0).foresee() == []


def explain(most, **options):
    return Trading.explain_infeasible(most, options, DATA)


def test_after_a_search_the_constraint_is_named_with_the_best_that_there_was():
    most = {"n_trades": 535, "n_days": 70, "sharpe_daily": 0.1}
    (text,) = explain(most, min_trades=100_000)
    assert text.startswith("none reached 100,000 trades; the most was 535: lower min_trades")
    assert "--set problem.min_trades=535" in text
    (text,) = explain(most | {"n_trades": 1})
    assert "the most was 1: take more bars" in text
    (text,) = explain(most | {"n_trades": 0})
    assert text.startswith("no strategy made a trade: no rule came true")
    flat = {"notes": ["prices never move: every one is 1e-08"]}
    for n in (0, 1):
        (text,) = Trading.explain_infeasible(most | {"n_trades": n}, {}, DATA | flat)
        assert "prices never move: every one is 1e-08. Bring" in text
    silent = ({"kinds": ["volume_vs_sma"]}, DATA | {"has_volume": False})
    (text,) = Trading.explain_infeasible(most | {"n_trades": 0}, *silent)
    assert "there is no volume, and kinds names volume_vs_sma alone" in text
    (text,) = explain(most)
    assert text.startswith("none has both 30 trades and a defined sharpe_daily")
    (text,) = explain({"n_trades": 40, "n_days": 70}, objective="profit_factor")
    assert text.startswith("profit_factor is undefined for all of them")
    short, few = explain({"n_trades": 3, "n_days": 15})
    assert short.startswith("15 days in sample, sharpe_daily needs 30: bring a longer file")
    assert few.startswith("none reached 30 trades; the most was 3")


@pytest.mark.parametrize(
    ("row", "options", "says"),
    [
        ({"n_trades": 19, "n_days": 70, "sharpe_daily": 0.1}, {}, ["19 trades; 30 are required"]),
        ({"n_trades": 1, "n_days": 70, "sharpe_daily": 0.1}, {}, ["1 trade; 30 are required"]),
        ({"n_trades": 40, "n_days": 15, "sharpe_daily": None}, {},
         ["15 returns where it was searched; Sharpe a day needs 30"]),
        ({"n_trades": 40, "n_days": 70, "profit_factor": None}, {"objective": "profit_factor"},
         ["no trade lost, so profit factor is undefined"]),
        ({"n_trades": 0, "n_days": 70, "win_frac": None},
         {"objective": "win_frac", "min_trades": 0}, ["without a trade won is undefined"]),
        ({"n_trades": 40, "n_days": 70, "sharpe_daily": 0.1}, {}, []),
    ],
)  # fmt: skip
def test_of_one_row_each_broken_constraint_is_told(row, options, says):
    assert [word(each, "en") for each in Trading.explain_row(row, options, DATA)] == says


def test_the_least_number_of_returns_is_that_of_the_kernel():
    assert metrics.LEAST_RETURNS == backtest.MIN_DAYS
    assert {*metrics.OF_TRADES} <= {*metrics.VALUES}


ODD = [None, "x", -1, True, [], {}, float("nan"), float("inf"), 10**400]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_a_strangers_summary_and_figures_give_words_or_nothing(odd):
    good = {"n_trades": 3, "n_days": 15, "sharpe_daily": None}
    for key in DATA:
        assert explain_all(good, DATA | {key: odd})
    for key in good:
        explain_all(good | {key: odd}, DATA)


def explain_all(row, data):
    found = [
        *Trading.explain_infeasible(row, {}, data),
        *(word(each, "en") for each in Trading.explain_row(row, {}, data)),
    ]
    assert all(isinstance(text, str) and len(text) < 300 for text in found)
    return found
