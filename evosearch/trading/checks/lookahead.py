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

    The trades closed before a cut are compared, and the signals until there: a signal on the last
    bar shows a look at the next one, which no trade shows yet. So half of the cuts follow a signal.

    Parameters
    ----------
    problem : Trading
    genomes : ndarray of float64, shape (k, n_genes), canonical
    rng : numpy.random.Generator
    n : int
        Cuts of the searched bars. Those that follow no signal are the same for all genomes; no
        result depends on the other genomes.

    Returns
    -------
    list of CheckResult
        Value: the number of cuts at which something differs. ``facts``: how many cuts there
        were, ``n_closed``, the trades compared in all, and ``first``, the last bar before the
        first cut that differs.
    """
    genomes = np.ascontiguousarray(genomes)
    whole, n_bars = _View(problem, genomes), problem.stage.spans[0].end
    shares = rng.random(n)
    places = ((np.arange(n) + shares) / n * n_bars).astype(np.int64)
    found: list[list[tuple[int, bool, int]]] = [[] for _ in genomes]
    for cut in np.unique(np.maximum(1, places[::2])).tolist():
        view = _View(problem, genomes, cut)
        for k in range(len(genomes)):
            found[k].append(_compare(whole, k, view, k, cut))
    for k in range(len(genomes)):
        signals = whole.find_signals(k, n_bars)
        if len(signals):
            after = signals[(shares[1::2] * len(signals)).astype(np.int64)] + 1
            for cut in np.unique(after).tolist():
                view = _View(problem, genomes[k : k + 1], cut)
                found[k].append(_compare(whole, k, view, 0, cut))
    return [_sum_up(problem, compared) for compared in found]


def _sum_up(problem: Trading, compared: list[tuple[int, bool, int]]) -> CheckResult:
    differing = [cut for cut, is_same, _ in compared if not is_same]
    facts: dict[str, Any] = {
        "n_cuts": len(compared),
        "n_closed": sum(n_closed for _, _, n_closed in compared),
    }
    if differing:
        facts["first"] = format_instant(int(problem.bars.timestamp_us[min(differing) - 1]))
    return CheckResult(NAME, not differing, float(len(differing)), 0.0, facts)


def _compare(whole: _View, k: int, view: _View, place: int, cut: int) -> tuple[int, bool, int]:
    """The cut, whether all before it is the same, and how many trades were closed there."""
    before, after = _close(whole.trades[k], cut), _close(view.trades[place], cut)
    is_same = np.array_equal(whole.find_signals(k, cut), view.find_signals(place, cut))
    return cut, is_same and _are_equal(before, after), len(before)


class _View:
    """Signals and trades of some genomes over the searched bars, or over those before a cut."""

    def __init__(
        self, problem: Trading, genomes: NDArray[np.float64], cut: int | None = None
    ) -> None:
        if cut is not None:
            problem = problem.with_bars(cut_bars(problem.bars, cut))
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
