"""Why a strategy, or a whole search, is infeasible, and what would help.

Three questions: can any strategy be feasible on these bars (`foresee`), why was none of many
(`explain_none`), which constraint does one of them break (`explain_one`). Nothing here looks at the
hold-out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evosearch.statements import Statement
from evosearch.texts import find_unit
from evosearch.trading.metrics import LEAST_RETURNS, OF_RETURNS, OF_TRADES
from evosearch.trading.options import TradingOptions
from evosearch.trading.series.oddities import FLAT, SILENT

if TYPE_CHECKING:
    from evosearch.trading.bars import Bars
    from evosearch.trading.market import Execution, Span

# Rules that are false as long as their average is undefined.
_OF_AVERAGES = frozenset({"price_vs_sma", "sma_cross", "volume_vs_sma"})
_FEW, _MAX_NOTE = 10, 100
_UNPAID = "notional and its fee are more than initial_capital"
_OTHER = "--set problem.objective=return_frac"


def foresee(options: TradingOptions, bars: Bars, span: Span, execution: Execution) -> list[str]:
    """Why no strategy can be feasible on these bars; empty if some may be.

    Parameters
    ----------
    options : TradingOptions
    bars : Bars
    span : Span
        What is searched.
    execution : Execution
    """
    n_returns, required = len(span.day_ends), options.min_trades
    found = []
    if options.objective in OF_RETURNS and n_returns < LEAST_RETURNS:
        found.append(_explain_returns(n_returns, options, _describe(bars, span)))
    most, why, remedy = _bound_trades(options, bars, span, execution)
    if most < required:
        text = f"{why}: {_count(most)} at most, min_trades is {required:,}: {remedy}"
        found.append(text)
    elif most == 0 and options.objective in OF_TRADES:
        found.append(f"{why}: without a trade {options.objective} is undefined: {remedy}")
    return found


def explain_none(
    most: Mapping[str, Any], options: TradingOptions, data: Mapping[str, Any]
) -> list[str]:
    """Why none of many strategies is feasible, from the greatest value of each metric."""
    objective, required = options.objective, options.min_trades
    found = []
    n_returns, n_trades = (_whole(most.get(name)) for name in ("n_days", "n_trades"))
    is_short = objective in OF_RETURNS and n_returns is not None and n_returns < LEAST_RETURNS
    if is_short and n_returns is not None:
        found.append(_explain_returns(n_returns, options, data))
    if n_trades == 0 and (required or objective in OF_TRADES):
        why = (
            _find_cause(options, data)
            or "no rule came true in time: widen kinds, periods and levels"
        )
        found.append(f"no strategy made a trade: {why}")
    elif n_trades is not None and n_trades < required:
        remedy = f"lower min_trades, such as --set problem.min_trades={n_trades}, or take more bars"
        if n_trades < _FEW:  # of so few nothing can be said
            few = "take more bars, or widen the rules (kinds, periods, levels)"
            remedy = _find_cause(options, data) or few
        found.append(f"none reached {_count(required)}; the most was {n_trades:,}: {remedy}")
    elif n_trades is not None and not is_short:
        if most.get(objective) is None:
            found.append(f"{objective} is undefined for all of them: {_OTHER} is always defined")
        else:
            found.append(
                f"none has both {_count(required)} and a defined {objective}: lower min_trades"
            )
    return found


def explain_one(
    row: Mapping[str, Any], options: TradingOptions, data: Mapping[str, Any]
) -> list[Statement]:
    """Which constraints one strategy breaks: its value and what is needed."""
    objective, required = options.objective, options.min_trades
    found, name = [], Statement(f"metric.{objective}")
    n_returns, n_trades = (_whole(row.get(each)) for each in ("n_days", "n_trades"))
    if n_trades is not None and n_trades < required:
        found.append(Statement("lacks.trades", {"n": n_trades, "least": required}))
    if row.get(objective) is None and n_trades is not None:
        if objective in OF_RETURNS and n_returns is not None and n_returns < LEAST_RETURNS:
            found.append(
                Statement("lacks.returns", {"n": n_returns, "least": LEAST_RETURNS, "name": name})
            )
        elif n_trades == 0:
            found.append(Statement("lacks.trade", {"name": name}))
        elif objective == "profit_factor":
            found.append(Statement("lacks.loss", {"name": name}))
        elif objective in OF_RETURNS:
            found.append(Statement("lacks.change", {"name": name}))
    return found


def _find_cause(options: TradingOptions, data: Mapping[str, Any]) -> str:
    """What of the data explains that nothing is traded; empty if that is not known."""
    listed = data.get("notes")
    notes = [note for note in listed if isinstance(note, str)] if isinstance(listed, list) else []
    for note in notes:
        if note.startswith(FLAT):
            return f"{note[:_MAX_NOTE]}. Bring prices with more digits, or of another market"
    is_silent = data.get("has_volume") is False or any(each.startswith(SILENT) for each in notes)
    if is_silent and {*options.kinds} == {"volume_vs_sma"}:
        return "there is no volume, and kinds names volume_vs_sma alone: name other kinds"
    if _is_unpaid(options):
        return f"{_UNPAID}: lower notional"
    n_bars, n_held_out = (_whole(data.get(key)) for key in ("n_bars", "n_holdout_bars"))
    n_searched = (n_bars or 0) - (n_held_out or 0)
    if {*options.kinds} <= _OF_AVERAGES and 0 < n_searched <= min(options.periods):
        return f"{_describe_periods(n_searched, options)}: name shorter periods"
    return ""


def _is_unpaid(options: TradingOptions) -> bool:
    """Whether the money at the start is too little for one trade."""
    notional = options.notional if options.fill == "next_open" else None
    cost = (notional or 0.0) * (1.0 + options.fee_frac)
    return cost > 0.0 and not options.initial_capital > cost


def _describe_periods(n_searched: int, options: TradingOptions) -> str:
    shortest = min(options.periods)
    return f"{n_searched:,} bars are searched, the shortest of periods has {shortest:,}"


def _describe(bars: Bars, span: Span) -> dict[str, Any]:
    """What is asked of a summary here, without the hash of all bars."""
    n_bars = len(bars)
    return {
        "n_bars": n_bars,
        "n_holdout_bars": n_bars - span.end,
        "n_file_bars": bars.n_file_bars,
        "interval_s": bars.length.us / 1e6 or None,
    }


def _bound_trades(
    options: TradingOptions, bars: Bars, span: Span, execution: Execution
) -> tuple[int, str, str]:
    """The most trades that any strategy can make, as far as that is certain, why, and a remedy."""
    n = span.end - span.begin
    inside, kinds = slice(span.begin, span.end), {*options.kinds}
    # Each trade has a signal of its own, and a bar after it.
    least = max(0, n - 1 - execution.first_bar)
    bounds = [(least, f"{n:,} bars are searched", "lower min_trades, or take more bars")]
    if _is_unpaid(options):
        bounds.append((0, _UNPAID, "lower notional"))
    if kinds == {"volume_vs_sma"} and _is_flat(bars.volume[inside]):
        what = "the volume never changes" if bars.volume[span.begin] else "there is no volume"
        text = f"{what}, and kinds names volume_vs_sma alone, so no rule is ever true"
        bounds.append((0, text, "name other kinds, or bring a file with volume"))
    if kinds <= _OF_AVERAGES and min(options.periods) >= n:
        text = _describe_periods(n, options)
        bounds.append((0, text, "name shorter periods, or take more bars"))
    # A stop so near that the slippage alone reaches it is hit without a move.
    is_reached = (1.0 + execution.slippage_frac) * (1.0 - options.stop_loss_bounds[0]) >= 1.0
    if not is_reached and _is_flat(bars.high[inside], bars.low[inside]):
        text = f"the price never moves ({bars.close[span.begin]:.10g} in all {n:,} bars)"
        bounds.append((1, text, "bring prices with more digits, or of another market"))
    return min(bounds, key=lambda bound: bound[0])


def _is_flat(*columns: Any) -> bool:
    """Whether all values of these columns are one."""
    first = columns[0][0]
    return all(bool((column == first).all()) for column in columns)


def _explain_returns(n_returns: int, options: TradingOptions, data: Mapping[str, Any]) -> str:
    return (
        f"{_spell(n_returns, data)} in sample, {options.objective} needs {LEAST_RETURNS}: "
        f"{_find_remedy(n_returns, options, data)}, or choose an objective that needs none: "
        f"{_OTHER}"
    )


def _find_remedy(n_returns: int, options: TradingOptions, data: Mapping[str, Any]) -> str:
    """What would give enough returns, the least change first."""
    unit = find_unit(data)
    longer = "bring a longer file" if unit == "day" else "bring a longer file, or daily bars"
    n_bars, n_held_out, n_file = (
        _whole(data.get(key)) for key in ("n_bars", "n_holdout_bars", "n_file_bars")
    )
    if not n_bars or n_held_out is None or n_held_out >= n_bars:
        return longer
    per_return = _estimate_bars(n_returns, n_bars - n_held_out, data)
    needed = (LEAST_RETURNS + 1) * per_return
    with_holdout = _round_up(needed * n_bars / (n_bars - n_held_out))
    if n_file is not None and n_file > n_bars and n_file >= with_holdout:
        if options.last_bars is not None:
            return f"raise last_bars, such as --set problem.last_bars={with_holdout}"
        return "widen the window of since and until"
    if needed < n_bars:
        share = math.floor(100 * (1.0 - needed / n_bars)) / 100
        return f"lower holdout_frac, such as --set problem.holdout_frac={share:g}"
    return longer


def _estimate_bars(n_returns: int, n_searched: int, data: Mapping[str, Any]) -> float:
    """How many bars one return spans, rather too many than too few."""
    if find_unit(data) != "day":
        return 1.0
    if n_returns > 2:  # the first and the last day are often cut
        return n_searched / (n_returns - 1)
    interval = data.get("interval_s")
    is_length = isinstance(interval, float) and 0 < interval <= 86_400
    return 86_400 / interval if is_length and isinstance(interval, float) else float(n_searched)


def _round_up(value: float) -> int:
    """Up to two digits that tell."""
    digits = max(0, len(str(math.ceil(value))) - 2)
    step: int = 10**digits
    return math.ceil(value / step) * step


def _spell(n_returns: int, data: Mapping[str, Any]) -> str:
    return f"{n_returns:,} {find_unit(data)}{'' if n_returns == 1 else 's'}"


def _count(n_trades: int) -> str:
    return f"{n_trades:,} trade{'' if n_trades == 1 else 's'}"


def _whole(value: object) -> int | None:
    """A count as a shard may state it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value < 1e15 else None
