"""Markets made so that one strategy stands every check, or fails exactly one of them.

Hourly bars. In most of them a bar of high volume announces a rise: a strategy that buys when the
volume is above its average knows that, and the market falls a little at all other times.
"""

import functools

import numpy as np

from evosearch.algorithms.mutation import mutate
from evosearch.genome.layout import make_layout
from evosearch.problems import evaluate_genomes
from evosearch.trading.checks.concentration import check_concentration
from evosearch.trading.checks.costs import check_costs
from evosearch.trading.checks.entries import check_entries
from evosearch.trading.checks.folds import N_FOLDS, fold_problem, join_folds
from evosearch.trading.checks.lookahead import check_lookahead
from evosearch.trading.checks.neighbours import check_neighbours, draw_neighbours
from evosearch.trading.checks.noise import check_noise
from evosearch.trading.checks.numbers import check_numbers
from evosearch.trading.problem import Trading
from tests.trading.making import encode, make_bars, make_problem

N_BARS = 6000
CHEAP = {"fee_frac": 0.0005, "slippage_frac": 0.0}
BY_VOLUME = {
    "n_rules": 1,
    "rule1_kind": "volume_vs_sma",
    "rule1_op": "above",
    "rule1_period": 20,
    "stop_loss_frac": 0.03,
    "take_profit_frac": 0.05,
}


def announce(rise=0.08, n_bars=N_BARS, until=N_BARS, sigma=0.002, seed=1):
    """A rise over ten bars after each bar of high volume; without it the price falls back."""
    rng = np.random.default_rng(seed)
    moves, volume = sigma * rng.standard_normal(n_bars), np.ones(n_bars)
    places = np.arange(30, until - 30, 60) + rng.integers(0, 30, len(range(30, until - 30, 60)))
    volume[places] = 5.0
    is_rise = np.zeros(n_bars, bool)
    for place in places:
        is_rise[place + 1 : place + 11] = True
    moves[is_rise] += rise / 10
    is_fall = ~is_rise & (np.arange(n_bars) < until)
    moves[is_fall] -= rise * len(places) / is_fall.sum()
    return make_bars(100 * np.exp(np.cumsum(moves)), 0.0005, volume)


def find_mutants(problem, genome, rng, n=200):
    layout = make_layout(problem.space)
    return draw_neighbours(
        problem.space, genome, lambda each, draws: mutate(layout, each, 1.0, 20.0, draws), rng, n
    )


def make_row(problem, genome):
    values = evaluate_genomes(problem, genome[None, :]).metrics[0].tolist()
    pairs = zip(problem.metric_names, values, strict=True)
    return {name: None if np.isnan(value) else value for name, value in pairs}


def check_all(problem, genome, row=None):
    """Every check of one strategy, by name; the best of each fold is the strategy itself."""
    rng, genomes = np.random.default_rng(5), genome[None, :]
    folds = [fold_problem(problem, k) for k in range(N_FOLDS)]
    results = [
        *check_numbers(problem, genomes, [row or make_row(problem, genome)]),
        check_entries(problem, genome, rng, 100),
        check_costs(problem, genome),
        check_neighbours(problem, genome, find_mutants(problem, genome, rng, 60)),
        *check_noise(problem, genomes, rng, 4),
        *check_lookahead(problem, genomes, rng, 10),
        check_concentration(problem, genome),
        join_folds(folds, [genome] * N_FOLDS),
    ]
    return {result.name: result for result in results}


def list_failures(problem, genome, row=None):
    """Names of the checks that a strategy fails; each of the others passes."""
    results = check_all(problem, genome, row)
    assert len(results) == 8
    assert not [each for each in results.values() if each.passed is None], results
    return [name for name, result in results.items() if not result.passed]


@functools.cache
def sound():
    """A strategy that passes everything."""
    problem = make_problem(announce(), **CHEAP)
    return problem, encode(problem, **BY_VOLUME)


def dear():
    """It earns what two fees cost, not what four do."""
    problem = make_problem(
        announce(rise=0.02), fee_frac=0.003, slippage_frac=0.0, risk="conservative"
    )
    exits = {"stop_loss_frac": 0.01, "take_profit_frac": 0.0125}
    return problem, encode(problem, **BY_VOLUME | exits)


def needle():
    """Each rise dips to just above the stop first, and ends just above the target."""
    rng = np.random.default_rng(2)
    moves, volume = np.zeros(N_BARS), np.ones(N_BARS)
    for start in range(30, N_BARS - 150, 180):
        place = start + int(rng.integers(0, 120))
        volume[place] = 5.0
        moves[place + 2 : place + 6] = np.log(1 - 0.0494) / 4
        moves[place + 6 : place + 10] = np.log(1.0406 / (1 - 0.0494)) / 4
        moves[place + 12 : place + 16] = -np.log(1.0406) / 4
    problem = make_problem(make_bars(100 * np.exp(np.cumsum(moves)), 0.0, volume), **CHEAP)
    exits = {"stop_loss_frac": 0.05, "take_profit_frac": 0.04}
    return problem, encode(problem, **BY_VOLUME | exits)


def flat():
    """Prices stand exactly still on two levels: below the average is only ever the lower one."""
    rng = np.random.default_rng(3)
    levels = [100.0 if k % 2 else 112.0 for k in range(80)]
    close = np.repeat(levels, rng.integers(40, 160, 80))
    problem = make_problem(make_bars(close, 0.0), **CHEAP)
    rule = {"rule1_kind": "price_vs_sma", "rule1_op": "below"}
    return problem, encode(problem, **BY_VOLUME | rule)


class Peeking(Trading):
    """Its rules hold one bar before they can."""

    def _take_bars(self, bars, n_searched):
        super()._take_bars(bars, n_searched)
        rules = self._rules
        pack, n_bars = rules._truth, len(bars)

        def look_ahead(slot):
            return np.append(pack(slot)[1:], False)[:n_bars]

        rules._truth = look_ahead


def prophetic():
    """The sound market, seen one bar ahead."""
    bars = sound()[0].bars
    problem = Peeking(**CHEAP).with_bars(bars)
    return problem, encode(problem, **BY_VOLUME)


def lucky():
    """Three trades win by a leap; all others lose their fees."""
    rng = np.random.default_rng(4)
    moves, volume = 0.004 * rng.standard_normal(N_BARS), np.ones(N_BARS)
    places = np.arange(30, N_BARS - 60, 100)
    places += rng.integers(0, 30, len(places))
    volume[places] = 5.0
    wins = places[[15, 30, 45]]
    moves[wins + 2], moves[wins + 30], moves[wins + 60] = 0.7, -0.7, -0.7
    close = 100 * np.exp(np.cumsum(moves))
    opens = np.append(close[0], close[:-1])
    opens[wins + 2] *= np.exp(0.7)
    options = {"fee_frac": 0.002, "slippage_frac": 0.0, "risk": "conservative"}
    problem = make_problem(make_bars(close, 0.0, volume, opens=opens), **options)
    exits = {"stop_loss_frac": 0.01, "take_profit_frac": 0.02}
    return problem, encode(problem, **BY_VOLUME | exits)


def aimless():
    """Long rises and steep falls: any entry with a stop earns, this one no better than others."""
    rng = np.random.default_rng(6)
    moves, volume = 0.001 * rng.standard_normal(N_BARS), np.ones(N_BARS)
    moves += 0.002
    for place in range(280, N_BARS - 20, 300):
        moves[place : place + 10] = -0.058
    places = np.arange(10, N_BARS, 30) + rng.integers(0, 20, N_BARS // 30)
    volume[places[places < N_BARS]] = 5.0
    problem = make_problem(make_bars(100 * np.exp(np.cumsum(moves)), 0.0, volume), **CHEAP)
    return problem, encode(problem, **BY_VOLUME)


def faded():
    """What was announced in the first sixth of the time is announced no more."""
    rng = np.random.default_rng(7)
    bars = announce(until=N_BARS // 6 + 400)
    later = N_BARS // 6 + 400
    bars.volume[later + rng.choice(N_BARS - later - 5, 60, replace=False)] = 5.0
    problem = make_problem(bars, **CHEAP)
    return problem, encode(problem, **BY_VOLUME)


# The one check that the strategy of each scene fails.
SCENES = {
    "random_entries": aimless,
    "costs": dear,
    "neighbourhood": needle,
    "noise": flat,
    "lookahead": prophetic,
    "concentration": lucky,
    "walk_forward": faded,
}
