"""What was measured of one strategy, as tables: the searched part, the hold-out, and holding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evosearch.assemble.strategies.records import Cell, Table, cell, state_metric
from evosearch.problems.metric import TWIN
from evosearch.problems.words import find_metric
from evosearch.report.catalogue import find_sentence
from evosearch.statements import Statement
from evosearch.trading.words.stating import state_roughly

if TYPE_CHECKING:
    from evosearch.assemble.judging.judge import Judgement
    from evosearch.assemble.strategies.played import Played
    from evosearch.evidence.moments import Moments

# The figures of a strategy that trades, in the order in which a person asks.
_ASKED = (
    "sharpe_annual", "return_frac", "net_profit", "max_drawdown_frac", "n_trades", "win_frac",
    "profit_factor", "exposure_frac",
)  # fmt: skip
_SMALL, _FEW_DECIMALS = 0.1, 2
_DAYS_A_WEEK, _DAYS_A_YEAR = 7.0, 365.25


def list_figures(
    found: Mapping[str, Any], judgement: Judgement, played: Played | None, is_hidden: bool
) -> Table:
    """The figures of one strategy: of one that trades beside those of holding."""
    metrics = found["metrics"]
    names = [name for name in _ASKED if name in metrics]
    if found["ranked"].metadata.problem.name != "trading" or not names:
        return _list_plain(found, is_hidden)
    ends = ("",) if is_hidden or not _has_twin(metrics) else ("", TWIN)
    heads = [Statement("sheet.head_searched"), Statement("sheet.head_unseen")][: len(ends)]
    box = judgement.box
    held = [(box.hold, 0), (box.hold_unseen, 1)][: len(ends)]
    heads += [Statement("sheet.head_hold"), Statement("sheet.head_hold_unseen")][: len(ends)]
    rows = []
    for name in names:
        own = [show_metric(name, metrics.get(name + end)) for end in ends]
        holds = [_hold(name, each, part, box.days_per_year, played) for each, part in held]
        rows.append((state_metric(name), *own, *holds))
    nothing = (None,) * len(held)
    weeks = [cell("decimal", _count_a_week(found, end)) for end in ends]
    rows.append((Statement("sheet.a_week"), *weeks, *nothing))
    held_for = [_mean_holding(found, end, place) for place, end in enumerate(ends)]
    rows.append((Statement("sheet.held"), *held_for, *nothing))
    # Holding over the hold-out goes first, then holding.
    spare = tuple(range(2 * len(ends), len(ends), -1))
    return Table((None, *heads), tuple(rows), spare=spare)


def list_meanings(found: Mapping[str, Any], is_hidden: bool) -> Table:
    """Every metric, with a line of meaning where one is known."""
    plain = _list_plain(found, is_hidden, has_labels=True)
    names = _list_names(found, has_labels=True)
    rows = tuple(
        (*row, Statement(key) if find_sentence(key := f"metric_means.{name}") else None)
        for row, name in zip(plain.rows, names, strict=True)
    )
    if not any(row[-1] for row in rows):
        return plain
    headers = (*plain.headers, Statement("sheet.head_meaning"))
    return Table(headers, rows, texts=(0, len(headers) - 1))


def _list_plain(found: Mapping[str, Any], is_hidden: bool, has_labels: bool = False) -> Table:
    """Every metric with its value, and that of the hold-out where there is one."""
    metrics = found["metrics"]
    has_twin = _has_twin(metrics) and not is_hidden
    ends = ("", TWIN) if has_twin else ("",)
    heads = ("sheet.head_searched", "sheet.head_unseen") if has_twin else ("sheet.head_value",)
    rows = tuple(
        (state_metric(name), *(show_metric(name, metrics.get(name + end)) for end in ends))
        for name in _list_names(found, has_labels)
    )
    return Table((None, *map(Statement, heads)), rows)


def _list_names(found: Mapping[str, Any], has_labels: bool) -> list[str]:
    hidden = "" if has_labels else found["behaviour"]
    return [name for name in found["metrics"] if not name.endswith(TWIN) and name != hidden]


def _has_twin(metrics: Mapping[str, Any]) -> bool:
    return any(name.endswith(TWIN) and value is not None for name, value in metrics.items())


def show_metric(name: str, value: Any) -> Cell:
    """A value as a person reads it: shares as percent, money with cents."""
    if value is None or isinstance(value, str):
        return cell("text", value)
    metric = find_metric(name)
    if metric.is_label:
        return cell("text", str(value))  # a name, to be copied
    if isinstance(value, int):
        return cell("count", value)
    if metric.is_share:
        return cell("percent", value)
    if metric.is_money:
        return cell("money", value)
    # Of a metric that is known two decimals are enough.
    is_known = find_sentence(f"metric.{name}") is not None
    is_short = abs(value) >= _SMALL or metric.n_decimals <= _FEW_DECIMALS
    return cell("decimal" if is_known and is_short else "value", value)


def _hold(
    name: str, moments: Moments | None, part: int, per_year: float | None, played: Played | None
) -> Cell:
    """The same figure of holding, where it has one."""
    if name == "max_drawdown_frac":
        return None if played is None else cell("percent", played.find_hold_fall(part))
    if moments is None:
        return None
    if name == "return_frac":
        return cell("percent", moments.return_frac)
    if name == "sharpe_annual" and moments.sharpe is not None and per_year:
        return cell("decimal", moments.sharpe * math.sqrt(per_year))
    return None


def _read_data(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the ranking states of its bars; a stranger's may state anything."""
    data = found["data"]
    return data if isinstance(data, Mapping) else {}


def _count_a_week(found: Mapping[str, Any], end: str) -> float | None:
    """Trades in seven days of the calendar."""
    metrics = found["metrics"]
    n_trades, n_days = metrics.get(f"n_trades{end}"), metrics.get(f"n_days{end}")
    per_year = _read_data(found).get("days_per_year")
    if n_trades is None or not n_days or not isinstance(per_year, (int, float)) or per_year <= 0:
        return None
    return float(n_trades / (n_days / per_year * _DAYS_A_YEAR / _DAYS_A_WEEK))


def _mean_holding(found: Mapping[str, Any], end: str, part: int) -> Cell:
    """How long a position lasts, from the share of bars in the market."""
    metrics, data = found["metrics"], _read_data(found)
    n_trades, share = metrics.get(f"n_trades{end}"), metrics.get(f"exposure_frac{end}")
    n_bars, n_unseen = data.get("n_bars"), data.get("n_holdout_bars")
    if not n_trades or share is None or type(n_bars) is not int or type(n_unseen) is not int:
        return None
    n = n_unseen if part else n_bars - n_unseen
    try:
        return state_roughly(round(share * n / n_trades), data)
    except (ValueError, OverflowError):  # of a stranger: no number of bars
        return None
