"""Options in words, and what is said of strategies from their shards alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evosearch.problems.base import Problem
from evosearch.statements import Statement
from evosearch.trading.metrics import METRICS
from evosearch.trading.options import TradingOptions
from evosearch.trading.words.reasons import explain_none, explain_one
from evosearch.trading.words.stating import state_options, state_strategy

DIFFERENT_MARKETS = "One trades every day and one on weekdays: these are different markets."
# Of fewer trades nothing can be said.
_FEW_TRADES = 30
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


def doubt_strategy(row: Mapping[str, Any]) -> list[Statement]:
    """Doubts about a strategy, from its recorded metrics, that its verdict does not know."""
    doubts = []
    n_trades = row.get("n_trades")
    if n_trades == 0:
        return [Statement("doubt.never")]
    if n_trades is not None and n_trades < _FEW_TRADES:
        doubts.append(Statement("doubt.few", {"n": n_trades}))
    if row.get("n_trades_oos") == 0:
        doubts.append(Statement("doubt.unconfirmed"))
    ambiguous = row.get("n_ambiguous_bars")
    if ambiguous and n_trades and ambiguous > 0.1 * n_trades:
        doubts.append(Statement("doubt.ambiguous", {"n": ambiguous, "trades": n_trades}))
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


class Told(Problem):
    """The class methods of `Trading` that answer from what a shard states alone."""

    noun = "strategy"
    metric_records = METRICS
    option_words = OPTION_WORDS

    @classmethod
    def state_row(
        cls, params: Mapping[str, Any], options: Mapping[str, Any], data: Mapping[str, Any]
    ) -> list[Statement]:
        """As in the base class."""
        return state_strategy(params, TradingOptions.model_validate(dict(options)), data)

    @classmethod
    def describe_feasible(cls, options: Mapping[str, Any]) -> Statement | None:
        """As in the base class."""
        least = TradingOptions.model_validate(dict(options)).min_trades
        return Statement("board.feasible_trades", {"least": least})

    @classmethod
    def describe_options(cls, options: Mapping[str, Any]) -> list[Statement]:
        """As in the base class."""
        return state_options(TradingOptions.model_validate(dict(options)))

    @classmethod
    def list_doubts(cls, row: Mapping[str, Any]) -> list[Statement]:
        """As in the base class."""
        return doubt_strategy(row)

    @classmethod
    def explain_infeasible(
        cls, most: Mapping[str, Any], options: Mapping[str, Any], data: Mapping[str, Any]
    ) -> list[str]:
        """As in the base class."""
        return explain_none(most, TradingOptions.model_validate(dict(options)), data)

    @classmethod
    def explain_row(
        cls, row: Mapping[str, Any], options: Mapping[str, Any], data: Mapping[str, Any]
    ) -> list[Statement]:
        """As in the base class."""
        return explain_one(row, TradingOptions.model_validate(dict(options)), data)
