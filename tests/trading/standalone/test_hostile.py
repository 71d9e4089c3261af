"""What a stranger's shard holds never becomes code of an exported file."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest

from evosearch.errors import OptionError
from evosearch.trading.options import KINDS, parse_options
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("op", ["above", "below"])
def test_every_kind_of_rule_can_be_written(kind, op):
    rule = {"kind": kind, "op": op, "period": 10, "slow_period": 50, "level": 30.5}
    params = EXAMPLE | {"n_rules": 1} | {f"rule1_{name}": value for name, value in rule.items()}
    text = render(params, OPTIONS, WINDOW)
    assert f" is {op} " in text
    ast.parse(text)
