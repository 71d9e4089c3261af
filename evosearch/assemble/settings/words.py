"""What each setting of a profile means, in plain words with units, for a profile that is new.

Each has an example, for a setting without a value. Words for a profile's own tables are beside
the settings, in `profiles.tables` and in each algorithm.
"""

from __future__ import annotations

from evosearch.algorithms import ALGORITHMS, find_settings
from evosearch.profiles.tables import Profile, RunTable, SearchTable, Table

_PROBLEM = (
    'What is searched: "trading", or a class of your own, "my_problem.py:MyProblem".',
    '"trading"',
)
_TABLES: dict[str, type[Table]] = {"search": SearchTable, "run": RunTable}
# Of the trading problem alone: a problem of one's own may mean something else by a name.
TRADING_WORDS: dict[str, tuple[str, str]] = {
    "data": (
        "Your prices: a CSV or Parquet file. Write a Windows path in single quotes.",
        '"btc.csv"',
    ),
    "since": ("Use no bar before this date (UTC).", "2025-10-10"),
    "until": (
        "Use no bar from this date on (UTC). The same date on all machines: same bars.",
        "2026-01-22",
    ),
    "last_bars": ("Use only so many of the newest bars. Without it, all.", "30000"),
    "unsorted": ('Bars that are not in order: "refuse" them or "sort" them.', '"refuse"'),
    "risk": (
        'How far stop and target lie: "conservative", "low", "medium" or "high".',
        '"medium"',
    ),
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


def find_words(key: str, problem: str) -> tuple[str, str]:
    """Words and an example for a setting; empty for an option of a person's own problem."""
    table, _, name = key.partition(".")
    if table == "problem":
        if name == "name":
            return _PROBLEM
        return TRADING_WORDS.get(name, ("", "")) if problem == "trading" else ("", "")
    model = find_settings(table) if table in ALGORITHMS else _TABLES.get(table, Profile)
    field = model.model_fields[name or table]
    example = field.examples[0] if field.examples else ""
    return field.description or "", str(example)
