"""Bars and strategies made in a test, without a file."""

import functools

import numpy as np

from evosearch.genome.canonical import canonicalise, make_layout
from evosearch.trading.bars import Bars
from evosearch.trading.problem import Trading
from evosearch.trading.window import DAY_US


def make_bars(close, spread=0.0, volume=None, per_day=24, opens=None):
    """Bars that open at the last close, with highs and lows a share `spread` beyond."""
    close = np.asarray(close, np.float64)
    opens = np.append(close[0], close[:-1]) if opens is None else np.asarray(opens, np.float64)
    times = np.arange(len(close)) * (DAY_US // per_day) + 20_000 * DAY_US
    volume = np.ones(len(close)) if volume is None else np.asarray(volume, np.float64)
    high, low = np.maximum(opens, close) * (1 + spread), np.minimum(opens, close) * (1 - spread)
    return Bars(times, opens, high, low, close, volume, "made", 365)


def walk(n=3000, seed=0, step=0.005, spread=0.002, drift=0.0):
    """Bars of a random walk."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(step * rng.standard_normal(n) + drift))
    return make_bars(close, spread, np.exp(rng.standard_normal(n)))


@functools.cache
def _read_sample(options):
    return Trading(**dict(options))


def make_problem(bars, n_searched=None, **options):
    """The trading problem over made bars."""
    return _read_sample(tuple(sorted(options.items()))).with_bars(bars, n_searched)


def draw(problem, n, seed=0):
    """Random canonical genomes."""
    fill = np.random.default_rng(seed).random((n, len(problem.space)))
    return canonicalise(make_layout(problem.space), np.full(fill.shape, np.nan), fill)


def encode(problem, **params):
    """One canonical genome of named values, with any of the others."""
    genome = np.full((1, len(problem.space)), np.nan)
    for name, value in params.items():
        gene = problem.space[name]
        genome[0, problem.space.index[name]] = (
            gene.values.index(value) if hasattr(gene, "values") else value
        )
    return canonicalise(make_layout(problem.space), genome, np.zeros(genome.shape))[0]
