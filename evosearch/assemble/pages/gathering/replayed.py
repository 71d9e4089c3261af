"""The row that is shown, played again: its money, its positions, its months and its costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.pages.gathering.thin import thin
from evosearch.problems.base import Batch
from evosearch.report.page.money_data import (
    Candles,
    Fall,
    Fees,
    Money,
    MoneyPart,
    Months,
    Positions,
    Prices,
    Span,
)
from evosearch.trading.metrics import EVIDENCE, TWINS, VALUES
from evosearch.trading.replay.fees import compare_costs
from evosearch.trading.replay.replay import replay

if TYPE_CHECKING:
    from evosearch.assemble.strategies.opened import Opened
    from evosearch.trading.bars import Bars
    from evosearch.trading.replay.replay import Part, Replay

N_POSITIONS = 30
MAX_CANDLES = 300
FEES = (0.0, 0.001, 0.002, 0.004)
_N_FALLS = 3
# Of the stretch that the positions take, so much is shown before and after.
_MARGIN = 0.05


def make_spans(played: Replay) -> list[Span]:
    """When each part begins and ends."""
    times = to_ms(played.bars)
    return [
        Span(int(times[part.begin]), int(times[part.end - 1]), part.end - part.begin)
        for part in played.parts
    ]


def to_ms(bars: Bars) -> NDArray[np.int64]:
    """When each bar begins."""
    times: NDArray[np.int64] = bars.timestamp_us // 1000
    return times


def make_money(played: Replay, free: Replay | None, n_parts: int) -> Money:
    """Money over the parts, each of which begins anew.

    Parameters
    ----------
    played, free : Replay
        As it was measured, and without costs.
    n_parts : int
        The first so many are shown.
    """
    times, spans = to_ms(played.bars), make_spans(played)
    falls = [_find_falls(times, part, played.initial_capital) for part in played.parts[:n_parts]]
    deepest = sorted((fall.depth for found in falls for fall in found[1]), reverse=True)
    least = deepest[min(_N_FALLS, len(deepest)) - 1] if deepest else 0.0
    parts = []
    for place, part in enumerate(played.parts[:n_parts]):
        when, own_free = times[part.begin : part.end], None
        if free is not None:
            own_free = free.parts[place].equity
        below, found = falls[place]
        parts.append(
            MoneyPart(
                name=part.name,
                span=spans[place],
                own=thin(when, part.equity),
                hold=thin(when, part.hold),
                free=None if own_free is None else thin(when, own_free),
                below=thin(*below),
                falls=tuple(fall for fall in found if fall.depth >= least),
                first=played.initial_capital,
                last=float(part.equity[-1]),
                last_hold=float(part.hold[-1]),
                last_free=None if own_free is None else float(own_free[-1]),
                depth=max(0.0, -float(below[1].min())),
            )
        )
    return Money(tuple(parts))


def _find_falls(
    times: NDArray[np.int64], part: Part, initial: float
) -> tuple[tuple[NDArray[np.int64], NDArray[np.float64]], list[Fall]]:
    """How far money is below its peak, at each close and after each sale, and the deepest falls."""
    bars = np.concatenate([np.arange(part.begin, part.end), part.trades.exit_bar])
    money = np.concatenate([part.equity, part.trades.cash])
    # Of one bar, what was sold within it comes before its close.
    order = np.lexsort((np.arange(len(bars)) < len(part.equity), bars))
    when, money = times[bars[order]], money[order]
    peaks = np.maximum.accumulate(np.maximum(money, initial))
    below = (money - peaks) / peaks
    is_down = below < 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_down, [False]])))
    falls = []
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        bottom = first + int(below[first:end].argmin())
        back = int(when[end]) if end < len(when) else None
        falls.append(
            Fall(int(when[max(first - 1, 0)]), int(when[bottom]), back, -float(below[bottom]))
        )
    falls.sort(key=lambda fall: (-fall.depth, fall.begin))
    return (when, below), falls[:_N_FALLS]


def make_prices(played: Replay, params: Mapping[str, Any], n_parts: int) -> Prices:
    """The last positions, and the prices around them."""
    bars, times = played.bars, to_ms(played.bars)
    parts = played.parts[:n_parts]
    whole = _list_positions(times, parts, params)
    n = len(whole)
    shown = Positions(*(values[max(0, n - N_POSITIONS) :] for values in vars(whole).values()))
    first, last = parts[0].begin, parts[-1].end - 1
    if len(shown):
        first, last = np.searchsorted(times, [shown.entries[0], shown.exits.max()]).tolist()
        margin = max(3, round(_MARGIN * (last - first)))
        first, last = max(0, first - margin), min(parts[-1].end - 1, last + margin)
    chosen = slice(first, last + 1)
    few, boundary = last + 1 - first <= MAX_CANDLES, None
    if n_parts > 1 and first < parts[-1].begin <= last:
        boundary = int(times[parts[-1].begin])
    candles = Candles(times[chosen], *(column[chosen] for column in bars.columns[:4]))
    return Prices(
        line=None if few else thin(times[chosen], bars.close[chosen]),
        candles=candles if few else None,
        shown=shown,
        n_positions=n,
        boundary=boundary,
    )


def _list_positions(
    times: NDArray[np.int64], parts: Sequence[Part], params: Mapping[str, Any]
) -> Positions:
    trades = [part.trades for part in parts]
    entry_prices = np.concatenate([each.entry_price for each in trades])
    entries, exits = (
        np.concatenate([getattr(each, name) for each in trades])
        for name in ("entry_bar", "exit_bar")
    )
    return Positions(
        entries=times[entries],
        exits=times[exits],
        entry_prices=entry_prices,
        exit_prices=np.concatenate([each.exit_price for each in trades]),
        stops=entry_prices * (1.0 - float(params["stop_loss_frac"])),
        targets=entry_prices * (1.0 + float(params["take_profit_frac"])),
        reasons=np.concatenate([part.reasons for part in parts]).astype(np.int64),
        outcomes=np.concatenate([each.outcome for each in trades]),
        is_unseen=np.repeat([part.name == "oos" for part in parts], [len(t) for t in trades]),
    )


def make_months(played: Replay, n_parts: int) -> Months:
    """Returns by calendar month, of the row and of holding."""
    months: list[tuple[int, int]] = []
    unseen: list[bool] = []
    returns: list[NDArray[np.float64]] = []
    hold: list[NDArray[np.float64]] = []
    for part in played.parts[:n_parts]:
        stamps = played.bars.timestamp_us[part.begin : part.end]
        number = stamps.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        ends = np.flatnonzero(np.append(number[1:] != number[:-1], True))
        months += [(1970 + n // 12, n % 12 + 1) for n in number[ends].tolist()]
        unseen += [part.name == "oos"] * len(ends)
        for found, money in ((returns, part.equity), (hold, part.hold)):
            before = np.append(played.initial_capital, money[ends[:-1]])
            found.append(money[ends] / before - 1.0)
    return Months(tuple(months), tuple(unseen), np.concatenate(returns), np.concatenate(hold))


def make_fees(opened: Opened, params: Mapping[str, Any], played: Replay, n_parts: int) -> Fees:
    """The return at several fees, the ranking's own among them."""
    problem, genomes = opened.encode([params])
    own, slippage = problem.stage.execution.fee_frac, problem.stage.execution.slippage_frac
    fees = sorted({*FEES, own})
    names = [
        each[VALUES.index(EVIDENCE.return_frac)] for each in (VALUES, TWINS)[:n_parts]
    ]  # of a return that is not defined, as before the first bar, nothing is drawn
    batch = Batch(problem.space, genomes)
    found = [problem.with_costs(fee, slippage).evaluate_batch(batch) for fee in fees]
    without = problem.with_costs(0.0, 0.0).evaluate_batch(batch)
    return Fees(
        fees=np.array(fees),
        returns=np.array([[float(each[name][0]) for each in found] for name in names]),
        own=own,
        slippage=slippage,
        free=np.array([float(without[name][0]) for name in names]),
        even=compare_costs(problem, genomes)[0].break_even,
        hold=np.array(
            [part.hold[-1] / played.initial_capital - 1.0 for part in played.parts[:n_parts]]
        ),
    )


def play_free(opened: Opened, params: Mapping[str, Any]) -> Replay:
    """The same without fee and slippage."""
    return replay(opened.holding([params]).with_costs(0.0, 0.0), params)
