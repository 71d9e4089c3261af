"""A strategy against the same number of entries at other times."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.backtest import simulate
from evosearch.trading.checks.base import (
    N_TRADES,
    SHARPE,
    CheckResult,
    cannot_tell,
    get_exits,
    measure,
)
from evosearch.trading.problem import Trading
from evosearch.trading.trades import find_signals

NAME = "random_entries"
LIMIT = 0.95
_BATCH_BYTES = 2**24  # of masks that are simulated in one call
_RUNS_PER_TURN, _LEAST_ORDERS = 100, 20


def check_entries(
    problem: Trading, genome: NDArray[np.float64], rng: np.random.Generator, n: int = 1000
) -> CheckResult:
    """Whether a strategy's Sharpe ratio beats most of those with its entries moved.

    Parameters
    ----------
    problem : Trading
    genome : ndarray of float64, shape (n_genes,), canonical
    rng : numpy.random.Generator
    n : int

    Returns
    -------
    CheckResult
        Value: the share beaten; ties are not. ``facts``: ``own``, the ``best`` and the ``median``
        of the daily Sharpe ratios, an undefined one as 0, and how ``many``.
    """
    genomes = np.ascontiguousarray(genome[None, :])
    found = measure(problem, genomes)[0]
    own = float(found[SHARPE])
    if not found[N_TRADES]:
        return cannot_tell(NAME, "no_trades")
    if np.isnan(own):
        return cannot_tell(NAME, "no_sharpe")
    stage = problem.stage
    span = stage.spans[0]
    begin = max(span.begin, stage.execution.first_bar)
    signals = find_signals(stage, stage.rules.find_rows(genomes)[0], begin, span.end)
    stops, targets = get_exits(problem, genomes)
    made = scatter_entries(signals, begin, span.end, n, rng)
    sharpes: list[float] = []
    while batch := list(itertools.islice(made, max(1, _BATCH_BYTES * 8 // span.end))):
        rows = np.arange(len(batch), dtype=np.int32)[:, None]
        exits = np.full(len(batch), stops[0]), np.full(len(batch), targets[0])
        metrics = simulate(stage.market, stage.execution, span, np.array(batch), rows, *exits)
        sharpes += np.nan_to_num(metrics[:, SHARPE], nan=0.0).tolist()
    share = sum(sharpe < own for sharpe in sharpes) / n
    facts = {
        "own": own,
        "best": max(sharpes),
        "median": float(np.median(sharpes)),
        "many": n,
    }
    return CheckResult(NAME, share >= LIMIT, share, LIMIT, facts)


def scatter_entries(
    signals: NDArray[np.int64], begin: int, end: int, n: int, rng: np.random.Generator
) -> Iterator[NDArray[np.uint64]]:
    """Masks with the runs of some signals, the gaps between them shuffled.

    The bars are taken as a ring, and the whole is turned by a random number of bars as well, so
    that few runs do not make few masks. A run that the ends of the ring cut is in two pieces.
    Many runs are shuffled less often: turned, one order of them is as good as another.

    Parameters
    ----------
    signals : ndarray of int64, ascending
        Bars within [begin, end); at least one.
    begin, end : int
    n : int
    rng : numpy.random.Generator

    Yields
    ------
    ndarray of uint64, shape (n_words,)
        As many bits set as there are signals, all within [begin, end).
    """
    width = end - begin
    steps = np.diff(signals, append=signals[0] + width)  # around the ring
    ends = np.flatnonzero(steps > 1)  # of runs
    # Without an end every bar is a signal, and there is nothing to shuffle.
    gaps, lengths = steps[ends] - 1, np.diff(ends, prepend=ends[-1:] - len(signals))
    n_turns = max(1, min(len(ends) // _RUNS_PER_TURN, n // _LEAST_ORDERS))
    pieces, bits = np.empty(2 * len(ends), np.int64), np.ones(width, np.uint8)
    pieces[::2] = lengths
    kinds = np.tile(np.array([1, 0], np.uint8), len(ends))
    row = np.zeros(-(-end // 64) * 64, np.uint8)
    for k in range(n):
        if k % n_turns == 0 and len(ends):
            pieces[1::2] = gaps[np.argsort(rng.random(len(gaps)), kind="stable")]
            bits = np.repeat(kinds, pieces)
        turn = int(rng.random() * width)
        row[begin : begin + turn], row[begin + turn : end] = (
            bits[width - turn :],
            bits[: width - turn],
        )
        yield np.packbits(row, bitorder="little").view("<u8").astype(np.uint64)
