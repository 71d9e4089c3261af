"""Files loaded with the options that people type, and messages held to what they promise."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from evosearch.errors import DataError
from evosearch.profiles.files import parse_assignments
from evosearch.trading.loading.load import load_bars
from evosearch.trading.options import parse_options

MOST_LINES, MOST_LETTERS = 20, 200
_SET = re.compile(r"--set ((?:'[^']*'|\"[^\"]*\"|[^\s'\"])+)")


def to_reading(assignments):
    """What `--set KEY=VALUE` says about how a file is read."""
    options = {"data": "x"}
    for key, value, _ in parse_assignments(list(assignments)):
        _, *path, last = key.split(".")
        table = options
        for name in path:
            table = table.setdefault(name, {})
        table[last] = value
    return parse_options(options).reading


def load(data, suffix=".csv", *assignments):
    """Bars of these bytes, in a file of the folder that the test works in."""
    path = Path(f"prices{suffix}")
    path.write_bytes(data)
    return load_bars(str(path), (Path(),), to_reading(assignments))


def refuse(data, suffix=".csv", *assignments) -> str:
    """The message with which these bytes are refused."""
    with pytest.raises(DataError) as caught:
        load(data, suffix, *assignments)
    return assert_short(str(caught.value))


def assert_short(message):
    # Where Python lies is not for the program to choose; a command must stay one line.
    lines = message.replace(sys.executable, "python").splitlines()
    assert message.strip()
    assert len(lines) <= MOST_LINES, message
    assert max(map(len, lines)) <= MOST_LETTERS, message
    assert "Traceback" not in message
    return message


def said(bars) -> str:
    """All that is told of loaded bars."""
    return assert_short("\n".join([bars.layout, *bars.summarise()["notes"]]))


def list_advice(message) -> list[str]:
    """The options that a message says to type, as a shell takes them."""
    found = [shlex.split(each.rstrip(".,;:)"))[0] for each in _SET.findall(message)]
    return list(dict.fromkeys(found))


def assert_same(bars, wanted):
    """To the last digit."""
    np.testing.assert_array_equal(bars.timestamp_us, wanted.us)
    for name, mine, theirs in zip(
        ("open", "high", "low", "close", "volume"), bars.columns, wanted.columns, strict=True
    ):
        np.testing.assert_array_equal(mine, theirs, err_msg=name)
