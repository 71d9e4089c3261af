"""Strategies as files, and their trades beside those of the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evosearch.trading.bars import Bars
from evosearch.trading.problem import Trading
from evosearch.trading.replay.replay import replay
from evosearch.trading.standalone.render import Window, render

REASONS = ("stop", "target", "trailing stop", "end")
EXACT = 1e-9


def write(problem: Trading, params: dict[str, Any]) -> str:
    """The text of a strategy's file."""
    facts, n_bars = problem.bars.summarise(), len(problem.bars)
    n_searched = problem.stage.spans[0].end
    window = Window(
        facts["first_bar_utc"], facts["last_bar_utc"], n_bars, n_searched, facts["hash"], "x.csv"
    )
    return render(params, problem.options, window, "0123456789abcdef" * 2)


def load(text: str) -> dict[str, Any]:
    """What a file defines."""
    names: dict[str, Any] = {"__name__": "strategy"}
    exec(compile(text, "strategy.py", "exec"), names)
    return names


def write_csv(bars: Bars, path: Path, times: str = "iso") -> Path:
    """Bars as a person has them; numbers with all their digits, times as ISO or as an epoch."""
    names = ("open", "high", "low", "close", "volume")
    frame = pd.DataFrame({name: getattr(bars, name) for name in names})
    stamps = pd.to_datetime(bars.timestamp_us, unit="us")
    divide = {"s": 1_000_000, "ms": 1_000, "us": 1}
    column = stamps if times == "iso" else bars.timestamp_us // divide[times]
    frame.insert(0, "timestamp", column)
    frame.to_csv(path, index=False)
    return path


def compare(problem: Trading, params: dict[str, Any]) -> int:
    """Assert that a file makes the trades of the package; how many."""
    names, bars = load(write(problem, params)), problem.bars
    own = names["Bars"](bars.timestamp_us, *bars.columns)
    assert names["is_measured"](own)
    parts, found = replay(problem, params).parts, names["find_trades"](own)
    assert [(part.begin, part.end) for part in parts] == [each[:2] for each in found]
    for part, (_, _, trades) in zip(parts, found, strict=True):
        expected = part.trades
        assert [trade.entry_bar for trade in trades] == expected.entry_bar.tolist(), params
        assert [trade.exit_bar for trade in trades] == expected.exit_bar.tolist(), params
        assert [trade.reason for trade in trades] == [REASONS[k] for k in expected.reason]
        for name, column in (
            ("entry_price", expected.entry_price),
            ("exit_price", expected.exit_price),
            ("fees", part.fees),
            ("profit", expected.outcome),
        ):
            mine = np.array([getattr(trade, name) for trade in trades])
            np.testing.assert_allclose(mine, column, rtol=EXACT, atol=0, err_msg=name)
    return sum(len(part.trades) for part in parts)
