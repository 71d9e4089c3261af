"""What a stranger's shard holds never becomes code of an exported file."""

from __future__ import annotations

import ast
import itertools
from dataclasses import replace
from typing import Any

import pytest

from evosearch.assemble.strategies.python_file import _read_window
from evosearch.errors import DataError, OptionError
from evosearch.trading.options import KINDS, parse_options
from evosearch.trading.space import OPS
from evosearch.trading.standalone.render import Window, render
from tests.trading.standalone.test_trades import EXAMPLE

WINDOW = Window("2025-10-10T09:50:00Z", "2026-01-22T19:35:00Z", 30_000, 21_000, 64 * "0")
OPTIONS = parse_options({})


def list_code(text: str) -> str:
    """A file without its texts: what Python does with it."""

    class Blank(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> Any:
            return ast.Constant("") if isinstance(node.value, str) else node

    return ast.dump(Blank().visit(ast.parse(text)))


@pytest.mark.parametrize(
    "name",
    [
        '"""\nimport os\n"""',
        "'\nprint(1)\n'",
        "\\",
        "\u202e\x1b[31m\r\n",
        "{STOP_LOSS}",
        "%s",
        999 * "é",
    ],
)
def test_a_name_is_a_text_and_nothing_else(name):
    plain = render(EXAMPLE, OPTIONS, WINDOW)
    text = render(EXAMPLE, OPTIONS, replace(WINDOW, source=name), name)
    assert text.isascii()
    assert list_code(text) == list_code(plain)
    assert len(text) < len(plain) + 1500
    assert text.splitlines()[:30] == plain.splitlines()[:30]


@pytest.mark.parametrize("timeframe", ["1h", '"""; import os', 5, None, "1h\n"])
def test_a_timeframe_is_one_or_is_left_out(timeframe):
    data = {
        "first_bar_utc": "2025-10-10", "last_bar_utc": "2026-01-22", "n_bars": 10, "hash": 64 * "0",
        "timeframe": timeframe,
    }  # fmt: skip
    window = _read_window(data, 0.3)
    assert window.n_searched == 7
    assert ("formed to 1h from" in render(EXAMPLE, OPTIONS, window)) == (timeframe == "1h")


@pytest.mark.parametrize(
    ("key", "value"),
    [("first_bar_utc", "now"), ("last_bar_utc", 5), ("n_bars", "1"), ("n_bars", -1), ("hash", "0")],
)
def test_bars_that_are_not_stated_are_refused(key, value):
    data = {
        "first_bar_utc": "2025-10-10", "last_bar_utc": "2026-01-22", "n_bars": 10, "hash": 64 * "0",
    }  # fmt: skip
    with pytest.raises(DataError):
        _read_window(data | {key: value}, 0.3)


@pytest.mark.parametrize(
    ("gene", "value"),
    [
        ("rule1_kind", "close > 0) or exit("),
        ("rule1_kind", ["rsi_level"]),
        ("rule1_kind", None),
        ("rule1_op", "above 0) | (close"),
        ("rule1_period", "10) or exit(1"),
        ("rule1_period", 1.5),
        ("rule1_period", 0),
        ("rule1_period", True),
        ("rule2_level", float("nan")),
        ("rule2_level", -1),
        ("stop_loss_frac", float("inf")),
        ("stop_loss_frac", 1.0),
        ("take_profit_frac", None),
        ("n_rules", 10**6),
        ("n_rules", "2"),
    ],
)
def test_parameters_of_no_strategy_are_refused(gene, value):
    with pytest.raises(OptionError, match=gene):
        render(EXAMPLE | {gene: value}, OPTIONS, WINDOW)


def test_every_kind_of_rule_can_be_written():
    for kind, op in itertools.product(KINDS, OPS):
        rule = {"kind": kind, "op": op, "period": 10, "slow_period": 50, "level": 30.5}
        named = {f"rule1_{name}": value for name, value in rule.items()}
        text = render(EXAMPLE | {"n_rules": 1} | named, OPTIONS, WINDOW)
        assert f" is {op} " in text
        ast.parse(text)
