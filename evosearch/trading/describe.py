"""A strategy in the words of the person who would trade it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evosearch.trading.options import TradingOptions

_OLD_TRAIL_TEXT = "80 %"


def describe_rule(params: Mapping[str, Any], k: int) -> str:
    """One rule as a condition, such as ``the close is below its 100-bar average``.

    Examples
    --------
    >>> describe_rule({"rule1_kind": "price_vs_sma", "rule1_op": "below", "rule1_period": 100}, 1)
    'the close is below its 100-bar average'
    """
    kind, op = params[f"rule{k}_kind"], params[f"rule{k}_op"]
    period, slow = params[f"rule{k}_period"], params.get(f"rule{k}_slow_period")
    texts = {
        "rsi_level": f"the {period}-bar RSI is {op} {params.get(f'rule{k}_level')}",
        "price_vs_sma": f"the close is {op} its {period}-bar average",
        "price_vs_ema": f"the close is {op} its {period}-bar exponential average",
        "sma_cross": f"the {period}-bar average is {op} the {slow}-bar average",
        "ema_cross": f"the {period}-bar exponential average is {op} the {slow}-bar one",
        "volume_vs_sma": f"the volume is {op} its {period}-bar average",
    }
    return texts[kind]


def describe_strategy(params: Mapping[str, Any], options: TradingOptions) -> list[str]:
    """A strategy as sentences: when it buys, when it sells, how much, at what cost."""
    rules = [describe_rule(params, k) for k in range(1, int(params["n_rules"]) + 1)]
    is_old = options.fill == "same_close"
    at = "at that close" if is_old else "at the next open"
    stop, target = params["stop_loss_frac"], params["take_profit_frac"]
    sentences = [
        f"Buy {at} when {' and '.join(rules)}.",
        f"Sell at a loss of {stop:.2%} or a gain of {target:.2%}, whichever comes first.",
    ]
    if is_old:
        sentences.append(
            f"The stop trails the highest close by {_OLD_TRAIL_TEXT} of its first distance."
        )
        sentences.append(f"$1,000 a trade; {options.fee_frac:.2%} fee on each side.")
        return sentences
    if options.trail_frac:
        sentences.append(
            f"The stop trails the highest close by {options.trail_frac:.0%} of its first distance."
        )
    size = f"{options.notional:,.0f}" if options.notional else f"{options.size_frac:.0%} of equity"
    sentences.append(
        f"{size} a trade, one at a time; {options.fee_frac:.2%} fee on each side, "
        f"{options.slippage_frac:.2%} slippage."
    )
    return sentences


def judge_strategy(row: Mapping[str, Any]) -> list[str]:
    """What a sober reader would say against a strategy, from its recorded metrics."""
    doubts = []
    n_trades, profit = row.get("n_trades"), row.get("net_profit")
    if n_trades == 0:
        return ["it never trades in the sample: there is nothing to judge."]
    if n_trades is not None and n_trades < 30:
        trades = "1 trade" if n_trades == 1 else f"{n_trades} trades"
        doubts.append(f"only {trades}: luck cannot be told from skill.")
    if profit is not None and profit < 0:
        doubts.append("it loses money after costs, inside the sample already.")
    elif profit is not None and profit == 0:
        doubts.append("it earns nothing after costs, inside the sample already.")
    outside = row.get("net_profit_oos")
    if row.get("n_trades_oos") == 0:
        doubts.append("it never trades in the hold-out, so nothing confirms it.")
    elif outside is not None and profit is not None and profit > 0 >= outside:
        doubts.append("it makes money where it was searched and none in the hold-out.")
    ambiguous = row.get("n_ambiguous_bars")
    if ambiguous and n_trades and ambiguous > 0.1 * n_trades:
        doubts.append(
            f"{ambiguous} of {n_trades} trades touched stop and target in one bar; the stop was "
            "taken as first."
        )
    return doubts
