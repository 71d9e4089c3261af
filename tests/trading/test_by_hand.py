"""Somebody who reads only `show` trades a strategy as it was measured."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from evosearch.trading.problem import Trading
from evosearch.trading.replay.replay import replay
from tests import interpreter
from tests.cli.test_commands import invoke
from tests.trading.standalone.test_trades import EXECUTIONS, NEAR


def test_the_interpreter_is_short_and_reads_nothing_else():
    text = Path(interpreter.__file__).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    assert re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE) == [
        "json", "math", "re", "itertools",
    ]  # fmt: skip
    # Of the line of parameters the two that words round.
    assert re.findall(r"params\[\"(\w+)\"\]", text) == ["stop_loss_frac", "take_profit_frac"]
    assert len(re.findall(r"\bparams\b(?! \+)", text)) == 3


@pytest.mark.slow
@pytest.mark.parametrize("execution", EXECUTIONS)
def test_what_show_says_is_enough_to_trade(execution, workspace, monkeypatch):
    options = EXECUTIONS[execution] | NEAR | {"data": "sample:fair-5min", "last_bars": 2000}
    options |= {"min_trades": 1, "max_rules": 3}
    given = [f"problem.{name}={json.dumps(value)}" for name, value in options.items()]
    search = ["search.algorithm=random", "search.population=30", "search.generations=1"]
    words = [word for each in (*given, *search) for word in ("--set", each)]
    done = invoke("run", "-p", "demo", "--seed", 3, "--workers", 1, "-q", *words)
    assert done.exit_code == 0, done.output
    assert invoke("merge").exit_code == 0
    problem = Trading(**options)
    n_trades = 0
    for rank in range(1, 11):
        text = invoke("show", rank, "--lang", "en").stdout
        params = json.loads(re.search(r"^params +(.*)$", text, re.MULTILINE)[1])
        parts = replay(problem, params).parts
        found = interpreter.trade(text, problem.bars.columns)
        for part, trades in zip(parts, found, strict=False):
            expected = part.trades
            n_trades += len(expected)
            columns = np.array(trades).reshape(-1, 5).T
            np.testing.assert_array_equal(columns[0], expected.entry_bar, err_msg=text)
            np.testing.assert_array_equal(columns[1], expected.exit_bar, err_msg=text)
            np.testing.assert_allclose(columns[2], expected.entry_price, rtol=1e-9)
            np.testing.assert_allclose(columns[3], expected.exit_price, rtol=1e-9)
            np.testing.assert_allclose(columns[4], expected.outcome, rtol=1e-9, atol=1e-9)
    assert n_trades > 50
