"""A strategy as statements, from which a person can trade it by hand: rules, exits, money, costs.

The sentences stand in the catalogue under ``strategy`` and ``rule``. Together with the bars and the
exact stop and target of the parameters they say all that decides a trade.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from evosearch.statements import Statement
from evosearch.texts import find_unit
from evosearch.trading.metrics import METRICS
from evosearch.trading.options import FIRST_OF_SAME_CLOSE, FIXED_BY_SAME_CLOSE, TradingOptions

_DAY_S = 86_400
_UNITS = (("days", _DAY_S), ("hours", 3600), ("minutes", 60))
# Markets that are open on so many days of a year never rest.
_NEVER_RESTS = 360
# Below this share of bars of one length, a count of bars is no length of time.
_MOST_BARS = 0.9
_BORROWED = 1e-9
_MOST = 10**9
_MINIMISED = frozenset(metric.name for metric in METRICS if metric.is_minimised)
# The indicators of each kind of rule, which are explained where they are used.
_INDICATORS = {
    "rsi_level": "rsi",
    "price_vs_sma": "sma",
    "sma_cross": "sma",
    "price_vs_ema": "ema",
    "ema_cross": "ema",
    "volume_vs_sma": "volume",
}


def state_strategy(
    params: Mapping[str, Any], options: TradingOptions, data: Mapping[str, Any]
) -> list[Statement]:
    """A strategy as statements, in the order in which a person needs them.

    Parameters
    ----------
    params : mapping
        Genes by name.
    options : TradingOptions
    data : mapping
        `Problem.data_summary`; not checked.

    Raises
    ------
    KeyError, TypeError, ValueError
        The genes of no strategy.
    """
    is_old = options.fill == "same_close"
    meant = options.model_copy(update=FIXED_BY_SAME_CLOSE) if is_old else options
    fill = options.fill
    rules = tuple(state_rule(params, k, data) for k in range(1, int(params["n_rules"]) + 1))
    if not rules:
        raise ValueError("a strategy without a rule")
    said = [Statement(f"strategy.buy_{fill}", {"rules": rules})]
    if is_impossible(params, data):
        said.append(Statement("strategy.never"))
    said += _explain_indicators(params)
    said += [Statement("strategy.first", {"n": FIRST_OF_SAME_CLOSE})] if is_old else []
    said.append(Statement(f"strategy.one_{fill}"))
    stop, target = (float(params[f"{name}_frac"]) for name in ("stop_loss", "take_profit"))
    said.append(Statement("strategy.exits", {"stop": stop, "target": target}))
    said += [Statement(f"strategy.watch_{fill}"), Statement(f"strategy.level_{fill}")]
    if meant.trail_frac:
        said.append(Statement(f"strategy.trail_{fill}", {"trail": meant.trail_frac}))
    said.append(Statement(f"strategy.end_{fill}"))
    said += [_state_money(meant), _state_costs(meant)]
    has_parts = data.get("n_holdout_bars") not in (0, None)
    key = "strategy.money_parts" if has_parts else "strategy.money"
    return [*said, Statement(key, {"capital": meant.initial_capital})]


def state_rule(params: Mapping[str, Any], k: int, data: Mapping[str, Any]) -> Statement:
    """One rule as a condition."""
    kind, op = params[f"rule{k}_kind"], params[f"rule{k}_op"]
    values: dict[str, Any] = {"bars": state_bars(params[f"rule{k}_period"], data)}
    if params.get(f"rule{k}_slow_period") is not None:
        values["slow"] = state_bars(params[f"rule{k}_slow_period"], data)
    if params.get(f"rule{k}_level") is not None:
        values["level"] = float(params[f"rule{k}_level"])
    return Statement(f"rule.{kind}_{op}", values)


def state_bars(n: int, data: Mapping[str, Any]) -> Statement:
    """A count of bars, with the time that it is where bars have a length.

    Parameters
    ----------
    n : int
    data : mapping
        `Problem.data_summary`; not checked.

    Raises
    ------
    ValueError
        No series of bars is so long.
    """
    if not 0 <= n < _MOST:
        raise ValueError("a period that no series of bars has")
    seconds, unit = _read_seconds(data), find_unit(data)
    if seconds is None:
        return Statement("bars.only", {"n": n})
    if unit not in ("day", "bar"):
        return Statement(f"bars.{unit}", {"n": n})
    rests = _rests(data)
    if rests and seconds == _DAY_S:
        return Statement("bars.trading_day", {"n": n})
    return Statement("bars.of_trading" if rests else "bars.time", {"n": n, "time": n * seconds})


def state_length(data: Mapping[str, Any]) -> Statement | None:
    """How long a bar is; None where bars have no length."""
    seconds, unit = _read_seconds(data), find_unit(data)
    if seconds is None:
        return None
    if unit not in ("day", "bar"):
        return Statement(f"cell.{unit}", {"n": 1})
    return Statement("cell.time", {"x": seconds})


def state_roughly(n: int, data: Mapping[str, Any]) -> Statement:
    """How long so many bars are, rounded; their count where that is no length of time."""
    seconds, unit = _read_seconds(data), find_unit(data)
    if seconds is None or unit not in ("day", "bar") or (_rests(data) and seconds >= _DAY_S):
        return Statement("bars.only", {"n": n})
    length = n * seconds
    name, size = next(each for each in _UNITS if length >= 2 * each[1] or each is _UNITS[-1])
    return Statement(f"cell.{name}", {"x": length / size})


def _read_seconds(data: Mapping[str, Any]) -> float | None:
    """The length of a bar; None where too few have it."""
    seconds, share = data.get("interval_s"), data.get("interval_share")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not 0 < seconds < 1e9:
        return None
    return None if isinstance(share, float) and share < _MOST_BARS else seconds


def _rests(data: Mapping[str, Any]) -> bool:
    """Whether the market is closed on some days."""
    days = data.get("days_per_year")
    return isinstance(days, (int, float)) and days < _NEVER_RESTS


def is_impossible(params: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether the rules of a strategy can never hold at once, whatever the prices are.

    Every rule says that one quantity is greater than another. Those that go round in a circle
    contradict each other.
    """
    above: dict[str, set[str]] = {}
    levels = {0.0, 100.0}
    for k in range(1, int(params["n_rules"]) + 1):
        left, right = _find_sides(params, k)
        if right.startswith("level"):
            levels.add(float(params[f"rule{k}_level"]))
        if left == "volume" and data.get("has_volume") is False:
            return True
        if params[f"rule{k}_op"] == "below":
            left, right = right, left
        above.setdefault(left, set()).add(right)
    ordered = sorted(levels)
    for low, high in itertools.pairwise(ordered):
        above.setdefault(f"level {high}", set()).add(f"level {low}")
    # No RSI leaves 0 to 100.
    for name in [*above]:
        is_rsi = name.startswith("rsi")
        if (is_rsi and "level 100.0" in above[name]) or (
            name == "level 0.0" and any(each.startswith("rsi") for each in above[name])
        ):
            return True
    return any(_reaches(above, name, name) for name in above)


def _find_sides(params: Mapping[str, Any], k: int) -> tuple[str, str]:
    """The two quantities that a rule compares, by name."""
    kind, period = params[f"rule{k}_kind"], int(params[f"rule{k}_period"])
    if kind == "rsi_level":
        return f"rsi {period}", f"level {float(params[f'rule{k}_level'])}"
    if kind == "volume_vs_sma":
        return "volume", "volume" if period == 1 else f"volume {period}"
    average = "sma" if kind in ("price_vs_sma", "sma_cross") else "ema"
    slow = params.get(f"rule{k}_slow_period")
    if slow is None:
        return "close", _name_average(average, period)
    return _name_average(average, period), _name_average(average, int(slow))


def _name_average(average: str, period: int) -> str:
    return "close" if (average, period) == ("sma", 1) else f"{average} {period}"


def _reaches(above: Mapping[str, set[str]], begin: str, end: str) -> bool:
    """Whether a quantity is greater than another by some chain of rules."""
    seen: set[str] = set()
    left = [*above.get(begin, ())]
    while left:
        name = left.pop()
        if name == end:
            return True
        if name not in seen:
            seen.add(name)
            left += above.get(name, ())
    return False


def _explain_indicators(params: Mapping[str, Any]) -> list[Statement]:
    kinds = [params[f"rule{k}_kind"] for k in range(1, int(params["n_rules"]) + 1)]
    used = dict.fromkeys(_INDICATORS[kind] for kind in kinds)
    said = [Statement(f"strategy.{name}") for name in used]
    return [*said, Statement("strategy.undefined")] if {"sma", "volume"} & {*used} else said


def state_options(options: TradingOptions) -> list[Statement]:
    """What is wanted and what it costs, of a search."""
    is_old = options.fill == "same_close"
    meant = options.model_copy(update=FIXED_BY_SAME_CLOSE) if is_old else options
    wanted = "lowest" if options.objective in _MINIMISED else "highest"
    costs = "costs" if meant.slippage_frac else "fee"
    holdout = "holdout" if meant.holdout_frac else "no_holdout"
    return [
        Statement(f"profile.{wanted}", {"metric": Statement(f"metric.{options.objective}")}),
        Statement("profile.least", {"least": options.min_trades}),
        Statement(f"profile.{holdout}", {"share": meant.holdout_frac}),
        Statement("profile.money", {"capital": meant.initial_capital}),
        _state_money(meant),
        Statement(f"profile.fill_{options.fill}"),
        Statement(f"profile.{costs}", {"fee": meant.fee_frac, "slippage": meant.slippage_frac}),
    ]


def _state_money(options: TradingOptions) -> Statement:
    """What is put into a trade."""
    if options.notional:
        return Statement("strategy.amount", {"amount": options.notional})
    borrowed = options.size_frac * (1.0 + options.fee_frac) - 1.0
    if borrowed > _BORROWED:
        # A full position leaves nothing for its fee.
        return Statement("strategy.borrowed", {"size": options.size_frac, "borrowed": borrowed})
    return Statement("strategy.size", {"size": options.size_frac})


def _state_costs(options: TradingOptions) -> Statement:
    if not options.slippage_frac:
        return Statement("strategy.fee_only", {"fee": options.fee_frac})
    return Statement("strategy.costs", {"fee": options.fee_frac, "slippage": options.slippage_frac})
