"""The trades of a strategy that cannot know the bars after a cut."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.checks.base import CheckResult, cut_bars, get_exits
from evosearch.trading.problem import Trading
from evosearch.trading.trades import Trades, find_signals, list_trades
from evosearch.trading.window import format_instant

NAME = "lookahead"


def check_lookahead(
    problem: Trading, genomes: NDArray[np.float64], rng: np.random.Generator, n: int = 20
) -> list[CheckResult]:
    """Whether a cut of the bars leaves all before it as it was.

    Nothing but the trades closed before a cut, and the signals until there, is compared: a
    signal on the last bar shows a look at the next one, which no trade shows yet.

    Parameters
    ----------
    problem : Trading
    genomes : ndarray of float64, shape (k, n_genes), canonical
    rng : numpy.random.Generator
    n : int
        Cuts of the searched bars; all genomes meet the same ones.

    Returns
    -------
    list of CheckResult
        Value: the number of cuts at which something differs. ``facts``: how many cuts there
        were, ``n_closed``, the trades compared in all, and ``first``, the first cut that differs.
    """
    genomes = np.ascontiguousarray(genomes)
    whole, n_bars = _View(problem, genomes), problem.stage.spans[0].end
    places = (np.arange(n) + rng.random(n)) / n * n_bars
    cuts = np.unique(np.maximum(1, places.astype(np.int64))).tolist()
    differing: list[list[int]] = [[] for _ in genomes]
    n_closed = [0] * len(genomes)
    for cut in cuts:
        short = _View(problem.with_bars(cut_bars(problem.bars, cut)), genomes)
        for k in range(len(genomes)):
            before, after = _close(whole.trades[k], cut), _close(short.trades[k], cut)
            n_closed[k] += len(before)
            is_same = np.array_equal(whole.find_signals(k, cut), short.find_signals(k, cut))
            if not (is_same and _are_equal(before, after)):
                differing[k].append(cut)
    results = []
    for k, found in enumerate(differing):
        facts: dict[str, Any] = {"n_cuts": len(cuts), "n_closed": n_closed[k]}
        if found:
            facts["first"] = format_instant(int(problem.bars.timestamp_us[found[0] - 1]))
        results.append(CheckResult(NAME, not found, float(len(found)), 0.0, facts))
    return results


class _View:
    """Signals and trades of some genomes over the searched bars of a problem."""

    def __init__(self, problem: Trading, genomes: NDArray[np.float64]) -> None:
        self._stage = problem.stage
        self._rows = self._stage.rules.find_rows(genomes)
        exits = zip(*get_exits(problem, genomes), strict=True)
        self.trades = [
            list_trades(self._stage, 0, row, float(stop), float(target))
            for row, (stop, target) in zip(self._rows, exits, strict=True)
        ]

    def find_signals(self, k: int, end: int) -> NDArray[np.int64]:
        """The signals of one genome before a bar."""
        return find_signals(self._stage, self._rows[k], 0, end)


def _close(trades: Trades, cut: int) -> Trades:
    return trades.take((trades.exit_bar < cut) & ~trades.is_at_end)


def _are_equal(left: Trades, right: Trades) -> bool:
    return all(
        np.array_equal(getattr(left, field.name), getattr(right, field.name))
        for field in fields(left)
    )
