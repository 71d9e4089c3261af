"""Walk forward: search the past, trade the bars after it, and join what was earned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from evosearch.evidence import wide_sd
from evosearch.trading.checks.base import (
    CheckResult,
    cannot_tell,
    compute_moments,
    cut_bars,
    list_own_trades,
)
from evosearch.trading.problem import Trading
from evosearch.trading.trades import compute_returns
from evosearch.trading.window import DAY_US

NAME = "walk_forward"
N_FOLDS = 5
CONFIDENCE = 0.9


def fold_problem(problem: Trading, k: int) -> Trading | None:
    """The problem of one fold: its searched part grows with `k`, its hold-out is what follows.

    The searched bars of `problem` make six parts of about the same length, each from the first
    bar of a UTC day. Fold `k` searches the first k + 1 of them and trades the next.

    Parameters
    ----------
    problem : Trading
    k : int in [0, N_FOLDS)

    Returns
    -------
    Trading or None
        None when the searched part of `problem` has too few days.
    """
    n_bars = problem.stage.spans[0].end
    days = problem.bars.timestamp_us[:n_bars] // DAY_US
    starts = np.append(np.flatnonzero(np.diff(days, prepend=days[0] - 1)), n_bars)
    wanted = np.arange(N_FOLDS + 2) * n_bars / (N_FOLDS + 1)
    edges = starts[np.abs(starts[:, None] - wanted).argmin(axis=0)]
    if (np.diff(edges) <= 0).any():
        return None
    return problem.with_bars(cut_bars(problem.bars, int(edges[k + 2])), int(edges[k + 1]))


def join_folds(
    folds: Sequence[Trading | None], genomes: Sequence[NDArray[np.float64] | None]
) -> CheckResult:
    """Whether what each fold's best earned afterwards, joined, is more than holding.

    Parameters
    ----------
    folds : sequence of Trading or None
        As `fold_problem` makes them, in order.
    genomes : sequence of ndarray of float64, shape (n_genes,), canonical
        The best of each fold's search; None where nothing feasible was found, which earns nothing.

    Returns
    -------
    CheckResult
        Value: the joined daily Sharpe ratio; limit: that of holding, for the same exposure.
        ``facts``: ``confidence`` that the true one is above the limit, ``n_days``, ``exposure``,
        and the ``returns`` of the folds.
    """
    joined: list[NDArray[np.float64]] = []
    closes: list[NDArray[np.float64]] = []
    returns, n_held, n_bars = [], 0, 0
    for fold, genome in zip(folds, genomes, strict=True):
        if fold is None:
            return cannot_tell(NAME, "too_short")
        stage = fold.stage
        span = stage.spans[1]
        if not closes:
            closes.append(stage.market.open[span.begin : span.begin + 1])
        closes.append(stage.market.close[span.day_ends])
        n_bars += span.end - span.begin
        earned = np.zeros(len(span.day_ends))
        if genome is not None:
            trades = list_own_trades(fold, genome, part=1)
            earned = compute_returns(stage, 1, trades)
            held = trades.exit_bar - trades.entry_bar + stage.execution.is_next_open
            n_held += int(held.sum())
        joined.append(earned)
        returns.append(float(np.prod(1.0 + earned) - 1.0))
    held_prices = np.concatenate(closes) if closes else np.empty(0)
    moments = compute_moments(np.concatenate(joined) if joined else np.empty(0))
    holding = compute_moments(held_prices[1:] / held_prices[:-1] - 1.0)
    exposure = n_held / n_bars if n_bars else 0.0
    facts = {"n_days": moments.n_days, "exposure": exposure, "returns": returns}
    if not n_held:
        return cannot_tell(NAME, "no_trades", **facts)
    if moments.sharpe is None or moments.skew is None or moments.kurtosis is None:
        return cannot_tell(NAME, "no_sharpe", **facts)
    limit = max(0.0, holding.sharpe or 0.0) * math.sqrt(exposure)
    error = wide_sd(moments.sharpe, moments.n_days or 0, moments.skew, moments.kurtosis)
    confidence = NormalDist().cdf((moments.sharpe - limit) / error)
    passed = moments.sharpe > limit and confidence >= CONFIDENCE
    return CheckResult(NAME, passed, moments.sharpe, limit, {**facts, "confidence": confidence})
