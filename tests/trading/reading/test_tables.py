"""Faults of a file: located, with the values, and few lines whatever there is."""

from pathlib import Path

import numpy as np
import pytest

from evosearch.errors import DataError
from evosearch.trading.reading.tables import MAX_LINES, MAX_WIDTH, Faults, Table

PATH = Path("bars.csv")


def table(n=8):
    times = np.arange(n, dtype=np.int64) * 60_000_000
    return Table(times, tuple(np.full(n, 10.0 + k) for k in range(5)), np.arange(n) + 2)


def message(faults):
    with pytest.raises(DataError) as caught:
        faults.raise_if_any()
    return str(caught.value).splitlines()


def test_nothing_is_wrong():
    Faults(PATH).raise_if_any()


def test_a_row_is_shown_once_with_its_values_and_all_that_is_wrong():
    faults = Faults(PATH)
    faults.add_rows("high below open or close", table(), np.array([2, 4]))
    faults.add_rows("negative volume", table(), np.array([4]))
    assert message(faults) == [
        "bars.csv cannot be used: 3 faults.",
        "bars.csv:4: high below open or close (1970-01-01 00:02:00): "
        "open 10, high 11, low 12, close 13, volume 14",
        "bars.csv:6: negative volume; high below open or close (1970-01-01 00:04:00): "
        "open 10, high 11, low 12, close 13, volume 14",
    ]


def test_few_lines_whatever_there_is():
    faults = Faults(PATH)
    for kind in range(30):
        for line in range(50):
            faults.add(f"kind {kind}", "\x1b" * 300, 100 * kind + line)
    for advice in range(3):
        faults.advise(f"advice {advice}")
        faults.advise(f"advice {advice}")
    lines = message(faults)
    assert len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= MAX_WIDTH
    assert lines[0] == "bars.csv cannot be used: 1,500 faults."
    assert lines[-3:] == ["advice 0", "advice 1", "advice 2"]
    assert "\x1b" not in "".join(lines)


def test_an_advice_is_wrapped_and_nothing_of_it_lost():
    faults = Faults(PATH)
    faults.add("kind", "text")
    words = [f"--set problem.layout.timezone=Europe/Berlin{k}" for k in range(20)]
    faults.advise(" ".join(words))
    lines = message(faults)
    assert " ".join(lines[2:]).split() == " ".join(words).split()
    assert max(map(len, lines)) <= MAX_WIDTH


def test_the_first_of_a_kind_are_shown_and_the_others_counted():
    faults = Faults(PATH)
    for line in range(9):
        faults.add("ragged line", "2 columns", line)
    faults.count("ragged line", 3)
    assert len(faults) == 12
    assert message(faults)[-1] == "... and 7 more: ragged line"


def test_findings_stand_in_the_order_of_the_file():
    faults = Faults(PATH)
    faults.add("late", "text", 9)
    faults.add_rows("early", table(), np.array([1]))
    assert [(item.kind, item.line, item.is_fault) for item in faults.findings] == [
        ("early", 3, True), ("late", 9, True),
    ]  # fmt: skip
