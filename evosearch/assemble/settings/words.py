"""What each setting of a profile means, in plain words with units, for a profile that is new.

Beside the words stands an example, for a setting that has no value.
"""

from __future__ import annotations

from evosearch.algorithms import ALGORITHMS, find_settings

# By dotted key: words, and an example as it is written in TOML.
WORDS: dict[str, tuple[str, str]] = {
    "description": ("One line about this profile, for lists.", '""'),
    "seed": (
        "A whole number. The same seed, settings and data give the same rows again. "
        "Without one, each run draws a new seed, and says which.",
        "1",
    ),
    "search.algorithm": (
        '"genetic" learns from what it has tried; "random" tries without learning.',
        '"genetic"',
    ),
    "search.population": ("Tries in each generation, 2 or more.", "40"),
    "search.generations": (
        "Generations. Population x generations = tries in all.",
        "30",
    ),
    "search.evaluations": ("Tries in all, in place of generations.", "1200"),
    "search.target": ("Stop when the objective is as good as this.", "0.1"),
    "search.stagnation": (
        "Stop after so many generations in which none was better than before.",
        "50",
    ),
    "problem.name": (
        'What is searched: "trading", or a class of your own, "my_problem.py:MyProblem".',
        '"trading"',
    ),
    "run.workers": ('Processor cores to use: a number, or "auto" for all.', '"auto"'),
    "run.backend": (
        'How the work is shared: "auto" is right on one machine, "ray" joins a cluster.',
        '"auto"',
    ),
    "run.address": ("The head of the Ray cluster, host and port.", '"192.168.1.10:6379"'),
    "run.timeout_s": ("Give up on one try after so many seconds.", "60"),
    "run.memory_gib": ("Memory that one worker may use, in GiB.", "2"),
    "run.results": ("Folder for the results, seen from where you start.", '"results"'),
    "run.budget": ('Time for one run: "90s", "45m" or "2h".', '"45m"'),
    "run.machine": (
        "Name of this machine in the results: a-z, 0-9 and -. Without it, its network name.",
        '"air"',
    ),
}

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
    if table in ALGORITHMS:
        return find_settings(table).model_fields[name].description or "", ""
    if table == "problem" and name != "name":
        return TRADING_WORDS.get(name, ("", "")) if problem == "trading" else ("", "")
    return WORDS.get(key, ("", ""))
