"""The text of a file that holds one strategy.

Parameters and options may come from anybody. What is written are numbers, words of tables here,
and texts as `ascii` quotes them: nothing that was read becomes code.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from evosearch.errors import OptionError
from evosearch.texts import make_visible
from evosearch.trading.market import Execution, make_execution
from evosearch.trading.options import TradingOptions
from evosearch.trading.space import OPS

_LINE = "# " + 96 * "-"
_NEXT_OPEN, _SAME_CLOSE = "trade_next_open", "trade_same_close"
_MOST_RULES = 8
_MOST_LETTERS = 100
# By kind: the condition as code and in words; p, s and l are its periods and its level.
_RULES = {
    "rsi_level": ("rsi(close, {p}) {sign} {l}", "the {p}-bar RSI is {op} {l}"),
    "price_vs_sma": ("close {sign} mean(close, {p})", "the close is {op} its {p}-bar average"),
    "price_vs_ema": (
        "close {sign} ema(close, {p})",
        "the close is {op} its {p}-bar exponential average",
    ),
    "sma_cross": (
        "mean(close, {p}) {sign} mean(close, {s})",
        "the {p}-bar average of the close is {op} its {s}-bar average",
    ),
    "ema_cross": (
        "ema(close, {p}) {sign} ema(close, {s})",
        "the {p}-bar exponential average of the close is {op} the {s}-bar one",
    ),
    "volume_vs_sma": ("volume {sign} mean(volume, {p})", "the volume is {op} its {p}-bar average"),
}


@dataclass(frozen=True)
class Window:
    """The bars that were measured.

    Attributes
    ----------
    first_bar, last_bar : str
        ISO 8601, UTC, whole seconds.
    n_bars, n_searched : int
    sha256 : str
        Of `Bars.compute_hash`.
    source : str
        What the file was called.
    timeframe : str
        What its bars were formed to, such as ``1h``; empty if they stand in it.
    """

    first_bar: str
    last_bar: str
    n_bars: int
    n_searched: int
    sha256: str
    source: str = ""
    timeframe: str = ""


def render(
    params: Mapping[str, Any], options: TradingOptions, window: Window, genome_id: str = ""
) -> str:
    """A strategy as the text of a Python file.

    Parameters
    ----------
    params : mapping
        Gene name to value, as a row has them.
    options : TradingOptions
        How it was measured.
    window : Window
    genome_id : str
        Named in the text if it is one.

    Returns
    -------
    str
        ASCII.

    Raises
    ------
    OptionError
        The parameters are those of no strategy.
    """
    rules = [_read_rule(params, k) for k in range(1, _read_count(params) + 1)]
    stop = _read_number(params, "stop_loss_frac", 1.0)
    target = _read_number(params, "take_profit_frac", math.inf)
    execution = make_execution(options)
    head = _HEAD.format(
        name=f"Strategy {genome_id[:8]}" if _is_hex(genome_id) else "A strategy",
        parts=_describe_parts(window, execution),
        formed=_FORMED.format(window.timeframe) if window.timeframe else "",
        words=_describe([words for _, words in rules], stop, target, execution),
        source=ascii(make_visible(window.source)[:_MOST_LETTERS]),
        fill="next_open" if execution.is_next_open else "same_close",
        stop=stop,
        target=target,
        fee=float(execution.fee_frac),
        slippage=float(execution.slippage_frac),
        size=float(execution.size_frac) or None,
        notional=float(execution.notional) or None,
        trail=float(execution.trail_frac) or None,
        capital=float(execution.initial_capital),
        first_decision=int(execution.first_bar),
        first_bar=window.first_bar,
        last_bar=window.last_bar,
        n_bars=int(window.n_bars),
        n_searched=int(window.n_searched),
        sha256=window.sha256,
        rules="\n        & ".join(f"({code})" for code, _ in rules),
    )
    return head + _make_body(execution, " ".join(code for code, _ in rules))


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _make_body(execution: Execution, rules: str) -> str:
    """The code below the line, without the functions that this strategy does not use."""
    text = _read("strategy.py")
    body = text[text.index(_LINE) :]
    unused = {name for name in ("ema", "rsi", "mean") if f"{name}(" not in rules}
    if "rsi" not in unused:
        unused -= {"mean"}
    lines = body.splitlines(keepends=True)
    for node in reversed(ast.parse(body).body):
        if not isinstance(node, ast.FunctionDef):
            continue
        begin, end = node.lineno - 1, node.end_lineno or 0
        if node.name in unused:
            del lines[begin : end + 2]  # with the blank lines
        elif node.name == _NEXT_OPEN and not execution.is_next_open:
            old = _read("same_close.py")
            lines[begin:end] = old[old.index(f"def {_SAME_CLOSE}") :].splitlines(keepends=True)
    body = "".join(lines)
    return body if execution.is_next_open else body.replace(f"{_NEXT_OPEN}(", f"{_SAME_CLOSE}(")


def _describe(rules: list[str], stop: float, target: float, execution: Execution) -> str:
    """The strategy in words: numbers, and words of this file."""
    where = "at the next open" if execution.is_next_open else "at that close"
    lines = [f"Buy {where} when, on the close of a bar,"]
    ends = [*["; and"] * (len(rules) - 1), "."]
    lines += [f"  - {rule}{end}" for rule, end in zip(rules, ends, strict=True)]
    low, high = f"{100 * stop:.4g} %", f"{100 * target:.4g} %"
    lines.append(f"Sell {low} below the price of entry (stop) or {high} above it (target).")
    if execution.trail_frac:
        share = f"{execution.trail_frac:.6g} times its first distance"
        lines.append(f"The stop follows the closes upwards, {share} below them.")
    amount = f"{100 * execution.size_frac:.6g} % of the money"
    if execution.notional:
        amount = f"{execution.notional:,.2f}"
    lines.append(f"Each trade takes {amount}; one at a time; never short.")
    return "\n".join(lines)


def _describe_parts(window: Window, execution: Execution) -> str:
    """In which parts it was measured, and what happens at their ends."""
    if not execution.is_next_open:
        return "A position that is open at the end\nis no trade."
    if window.n_searched == window.n_bars:
        return "The last close sells what is held."
    return _TWO_PARTS


def _read_count(params: Mapping[str, Any]) -> int:
    count = params.get("n_rules")
    if type(count) is not int or not 1 <= count <= _MOST_RULES:
        raise _refuse("n_rules", count)
    return count


def _read_rule(params: Mapping[str, Any], k: int) -> tuple[str, str]:
    """A rule as code and in words."""
    kind, op = (params.get(f"rule{k}_{name}") for name in ("kind", "op"))
    if not isinstance(kind, str) or kind not in _RULES:
        raise _refuse(f"rule{k}_kind", kind)
    if not isinstance(op, str) or op not in OPS:
        raise _refuse(f"rule{k}_op", op)
    code, words = _RULES[kind]
    values = {"op": op, "sign": ">" if op == "above" else "<"}
    for letter, name in (("p", "period"), ("s", "slow_period"), ("l", "level")):
        if f"{{{letter}}}" in code:
            value = _read_number(params, f"rule{k}_{name}", math.inf, is_whole=letter != "l")
            values[letter] = repr(int(value) if value == int(value) else value)
    return code.format(**values), words.format(**values)


def _read_number(
    params: Mapping[str, Any], name: str, below: float, is_whole: bool = False
) -> float:
    value = params.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or value is None or not 0 <= value < below:
        raise _refuse(name, value)
    if is_whole and (value != int(value) or value < 1):
        raise _refuse(name, value)
    return float(value)


def _refuse(name: str, value: object) -> OptionError:
    shown = ascii(make_visible(repr(value))[:_MOST_LETTERS])
    return OptionError([(name, f"{shown} belongs to no strategy of evosearch.")])


def _is_hex(text: str) -> bool:
    return len(text) >= 8 and set(text) <= set("0123456789abcdef")


_TWO_PARTS = """The measurement was made
in two parts, the searched bars and the hold-out. Each begins with the same money, and sells at its
last close."""
_FORMED = """

The bars were formed to {} from shorter ones: prices.csv has those that evosearch data resample
writes."""
_HEAD = '''"""{name}, written by evosearch. It needs Python with numpy and pandas, not evosearch.

    python strategy.py prices.csv         the trades as they were measured
    python strategy.py prices.csv --all   all bars up to the newest one, and the position now

{words}

prices.csv has a line of names, then bars, oldest first: timestamp, open, high, low, close, volume.
Times are UTC: ISO 8601, or seconds, thousandths or millionths since 1970. {parts}
This is no investment advice.{formed}
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from typing import NamedTuple

import numpy as np
import pandas as pd

FILL = {fill!r}  # the open of the next bar, or the close of the same one
# Shares of a price or of an amount: 0.004 is 0.4 %.
STOP_LOSS = {stop!r}
TAKE_PROFIT = {target!r}
FEE = {fee!r}  # of each purchase and of each sale
SLIPPAGE = {slippage!r}  # on each purchase, and on each sale but those at the target
SIZE = {size!r}  # of the money, in each trade
NOTIONAL = {notional!r}  # or a fixed amount
TRAIL = {trail!r}  # a trailing stop, as a share of the stop's first distance
CAPITAL = {capital!r}  # at the beginning of each part
FIRST_DECISION = {first_decision!r}  # nothing is bought before this bar of the window

# What was measured.
SOURCE = {source}
FIRST_BAR = {first_bar!r}
LAST_BAR = {last_bar!r}
N_BARS = {n_bars!r}
N_SEARCHED = {n_searched!r}  # the rest is the hold-out
BARS_SHA256 = {sha256!r}


def find_entries(close: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """True at each bar on whose close all rules hold."""
    return (
        {rules}
    )


'''
