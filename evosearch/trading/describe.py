"""Strategies and options in the words of the person who would trade them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evosearch.problems.base import Problem
from evosearch.statements import Statement
from evosearch.trading.metrics import METRICS
from evosearch.trading.options import TradingOptions
from evosearch.trading.reasons import explain_none, explain_one

DIFFERENT_MARKETS = "One trades every day and one on weekdays: these are different markets."
_OLD_TRAIL_TEXT = "80 %"
# A trade takes a bar to go in and one to come out.
_BARS_PER_TRADE = 2
# What each option means, and an example as it is written in TOML.
OPTION_WORDS = {
    "data": (
        "Your prices: CSV, Parquet, Feather, .gz or .zip. Write a Windows path in single quotes.",
        '"btc.csv"',
    ),
    "since": ("Use no bar before this date (UTC).", "2025-10-10"),
    "until": (
        "Use no bar from this date on (UTC). The same date on all machines: same bars.",
        "2026-01-22",
    ),
    "last_bars": ("Use only so many of the newest bars. Without it, all.", "30000"),
    "unsorted": ('Bars that are not in order: "refuse" them or "sort" them.', '"refuse"'),
    "layout": (
        "How the file is written, where that is not seen by itself: columns, separator, timezone.",
        '{ timezone = "Europe/Athens" }',
    ),
    "incomplete": (
        'Rows that lack one of the four prices: "refuse" the file, or "drop" those rows.',
        '"refuse"',
    ),
    "drop_last": ("true: leave out a last bar that is not finished yet.", "false"),
    "lengths": (
        'A file whose bars change their length: "refuse" it, or use its "newest" part.',
        '"refuse"',
    ),
    "timeframe": (
        'Make longer bars of those in the file, such as "15m", "1h", "4h", "1d" or "1w".',
        '"1h"',
    ),
    "days_per_year": (
        "Days a year on which this market trades. Without it, counted in the file.",
        "252",
    ),
    "risk": ('How far stop and target lie: "conservative", "low", "medium" or "high".', '"medium"'),
    "stop_loss_range": (
        "Stop loss, from and to, as shares of the entry price (0.02 = 2 %). In place of risk.",
        "[0.02, 0.05]",
    ),
    "take_profit_range": (
        "Target, from and to, as shares of the entry price (0.04 = 4 %). In place of risk.",
        "[0.04, 0.1]",
    ),
    "max_rules": ("Rules of one strategy at most, 1 to 8.", "3"),
    "kinds": ("Kinds of rules that are tried.", '["rsi_level"]'),
    "periods": ("Lengths of the averages that are tried, in bars.", "[10, 20, 50]"),
    "levels": ("Levels of the RSI that are tried, 0 to 100.", "[30, 70]"),
    "fill": (
        'When an order is filled: "next_open", at the next bar, or "same_close", the old way.',
        '"next_open"',
    ),
    "fee_frac": ("Fee of each buy and of each sell, as a share: 0.001 = 0.1 %.", "0.001"),
    "slippage_frac": (
        "How much worse than the price you buy or sell, as a share: 0.0005 = 0.05 %.",
        "0.0005",
    ),
    "size_frac": ("Share of your money in each trade: 1 = all of it.", "1"),
    "notional": ("A fixed amount of money in each trade, in place of size_frac.", "1000"),
    "trail_frac": (
        "Trailing stop, as a share of the stop's first distance: 1 = the same distance.",
        "1",
    ),
    "initial_capital": ("Money at the start.", "10000"),
    "holdout_frac": (
        "Newest share of the bars that the search never sees: 0.3 = 30 %. To check afterwards.",
        "0.3",
    ),
    "objective": (
        'What is made as good as possible, such as "sharpe_daily" or "return_frac".',
        '"sharpe_daily"',
    ),
    "min_trades": ("A strategy with fewer trades does not count.", "30"),
}


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
    if is_old or options.trail_frac:
        trail = _OLD_TRAIL_TEXT if is_old else f"{options.trail_frac:.0%}"
        sentences.append(f"The stop trails the highest close by {trail} of its first distance.")
    if is_old:
        return [*sentences, f"$1,000 a trade; {options.fee_frac:.2%} fee on each side."]
    size = f"{options.notional:,.0f}" if options.notional else f"{options.size_frac:.0%} of equity"
    sentences.append(
        f"{size} a trade, one at a time; {options.fee_frac:.2%} fee on each side, "
        f"{options.slippage_frac:.2%} slippage{_describe_loan(options)}."
    )
    return sentences


def _describe_loan(options: TradingOptions) -> str:
    """That a full position leaves nothing for its fee, which is then borrowed."""
    borrowed = options.size_frac * (1.0 + options.fee_frac) - 1.0
    if options.notional or borrowed <= 1e-9:
        return ""
    return f"; the fee comes on top (up to {borrowed:.2%} borrowed)"


def judge_strategy(row: Mapping[str, Any]) -> list[str]:
    """Doubts about a strategy, from its recorded metrics, that its verdict does not know."""
    doubts = []
    n_trades = row.get("n_trades")
    if n_trades == 0:
        return ["it never trades in the sample: there is nothing to judge."]
    if n_trades is not None and n_trades < 30:
        trades = "1 trade" if n_trades == 1 else f"{n_trades} trades"
        doubts.append(f"only {trades}: luck cannot be told from skill.")
    if row.get("n_trades_oos") == 0:
        doubts.append("it never trades in the hold-out, so nothing confirms it.")
    ambiguous = row.get("n_ambiguous_bars")
    if ambiguous and n_trades and ambiguous > 0.1 * n_trades:
        doubts.append(
            f"{ambiguous} of {n_trades} trades touched stop and target in one bar; the stop was "
            "taken as first."
        )
    return doubts


def explain_shortage(options: Sequence[Mapping[str, Any]], n_bars: int) -> str:
    """Why so few bars cannot be searched with any of these options; empty if they can.

    The options come out of shards that anybody may have written.
    """
    counts, shares = ([each.get(key) for each in options] for key in ("min_trades", "holdout_frac"))
    n_trades = max((n for n in counts if type(n) is int and 0 <= n < 10**12), default=0)
    held_out = max((x for x in shares if isinstance(x, (int, float)) and 0 <= x < 1), default=0.0)
    n_searched = round(n_bars * (1 - held_out))
    if n_searched >= max(1, _BARS_PER_TRADE * n_trades):
        return ""
    return f"{n_searched:,} would be searched: too few for {n_trades:,} trades"


class Worded(Problem):
    """The class methods of `Trading` that answer from what a shard states alone."""

    noun = "strategy"
    metric_records = METRICS
    option_words = OPTION_WORDS

    @classmethod
    def describe_row(cls, params: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
        """As in the base class."""
        return describe_strategy(params, TradingOptions.model_validate(dict(options)))

    @classmethod
    def describe_feasible(cls, options: Mapping[str, Any]) -> Statement | None:
        """As in the base class."""
        least = TradingOptions.model_validate(dict(options)).min_trades
        return Statement("board.feasible_trades", {"least": least})

    @classmethod
    def list_doubts(cls, row: Mapping[str, Any]) -> list[str]:
        """As in the base class."""
        return judge_strategy(row)

    @classmethod
    def explain_infeasible(
        cls, most: Mapping[str, Any], options: Mapping[str, Any], data: Mapping[str, Any]
    ) -> list[str]:
        """As in the base class."""
        return explain_none(most, TradingOptions.model_validate(dict(options)), data)

    @classmethod
    def explain_row(
        cls, row: Mapping[str, Any], options: Mapping[str, Any], data: Mapping[str, Any]
    ) -> list[str]:
        """As in the base class."""
        return explain_one(row, TradingOptions.model_validate(dict(options)), data)
