"""A strategy against the same number of entries at other times."""

from __future__ import annotations

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
# Of the marks that are packed into masks at a time: what stays in a processor's cache.
_BATCH_BYTES = 2**21


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
    sharpes = np.empty(n)
    size = max(1, min(n, _BATCH_BYTES // span.end))
    for first in range(0, n, size):
        count = min(size, n - first)
        masks = scatter_entries(signals, begin, span.end, count, rng)
        rows = np.arange(count, dtype=np.int32)[:, None]
        exits = np.full(count, stops[0]), np.full(count, targets[0])
        metrics = simulate(stage.market, stage.execution, span, masks, rows, *exits)
        sharpes[first : first + count] = metrics[:, SHARPE]
    sharpes = np.nan_to_num(sharpes, nan=0.0)
    share = int(np.count_nonzero(sharpes < own)) / n
    facts = {
        "own": own,
        "best": float(sharpes.max()),
        "median": float(np.median(sharpes)),
        "many": n,
    }
    return CheckResult(NAME, share >= LIMIT, share, LIMIT, facts)


def scatter_entries(
    signals: NDArray[np.int64], begin: int, end: int, n: int, rng: np.random.Generator
) -> NDArray[np.uint64]:
    """Masks with the runs of some signals, the gaps between them shuffled.

    The bars are taken as a ring: the whole is turned by a random number of bars as well, so that
    few runs do not make few masks. A run that the ends of the ring cut is in two pieces.

    Parameters
    ----------
    signals : ndarray of int64, ascending
        Bars within [begin, end); at least one.
    begin, end : int
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of uint64, shape (n, n_words)
        As many bits set in each as there are signals, all within [begin, end).
    """
    width = end - begin
    n_words = (end + 63) >> 6
    steps = np.diff(signals, append=signals[0] + width)  # around the ring
    is_last = steps > 1  # of its run
    marks = np.zeros((n, (n_words + 1) * 64), np.uint8)
    if not is_last.any():  # every bar is a signal: there is nothing to move
        marks[:, [begin, end]] = 1
        return _fill_between(marks)
    ends = np.flatnonzero(is_last)
    gaps, lengths = steps[ends] - 1, np.diff(ends, prepend=ends[-1] - len(signals))
    shuffled = gaps[_shuffle(n, len(gaps), rng)]
    offsets = (rng.random((n, 1)) * width).astype(np.int64)
    stops = offsets + np.cumsum(lengths + shuffled, axis=1) - shuffled
    starts = (stops - lengths) % width
    stops = starts + lengths
    is_cut = stops > width
    places = np.arange(n)[:, None]
    marks[places, begin + starts] = 1
    marks[places, begin + np.where(is_cut, stops - width, stops)] = 1
    cut = np.flatnonzero(is_cut.any(axis=1))
    marks[cut, begin] = marks[cut, end] = 1
    return _fill_between(marks)


def _shuffle(n: int, n_items: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Orders of `n_items` things, shape (n, n_items)."""
    # Random numbers with their places in the lowest bits: sorting them is much faster than
    # sorting the places by them.
    n_bits = max(1, int(n_items - 1).bit_length())
    keys = (rng.random((n, n_items)) * 2.0 ** (63 - n_bits)).astype(np.int64) << n_bits
    keys |= np.arange(n_items)
    keys.sort(axis=1)
    places: NDArray[np.int64] = keys & ((1 << n_bits) - 1)
    return places


def _fill_between(marks: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Bits set from each odd mark to the next, the last word left out."""
    words = np.packbits(marks, axis=1, bitorder="little").view("<u8").astype(np.uint64)
    for shift in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(shift)
    # A word whose marks are odd in number turns all words after it.
    is_odd = np.bitwise_xor.accumulate(words >> np.uint64(63), axis=1)
    words[:, 1:] ^= np.uint64(0) - is_odd[:, :-1]
    return np.ascontiguousarray(words[:, :-1])
