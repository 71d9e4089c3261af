import importlib
import json
from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import find_scripts, name_row
from benchmarks.harness import Row, Turns, find_btc, format_s, save, take_turns
from tests import conftest

SCRIPTS = find_scripts(Path(benchmarks.__file__).parent)


def test_things_run_in_turn_after_one_untimed_round():
    calls = []
    turns = take_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3)
    assert calls == ["a", "b"] * 4
    assert [len(turns.seconds[name]) for name in "ab"] == [3, 3]


def test_a_thing_that_fails_is_recorded_and_left_out():
    calls = []

    def fail():
        calls.append(1)
        raise OSError("no such peer")

    turns = take_turns({"good": lambda: 1.0, "bad": fail}, 3, warm_up=False)
    assert turns.failures == {"bad": "OSError: no such peer"}
    assert len(calls) == 1
    assert turns.seconds == {"good": [1.0, 1.0, 1.0]}
    assert turns.ratio("bad", "good") is None
    assert turns.median("bad") is None


def test_a_ratio_is_the_median_of_each_turns_own_ratio():
    turns = Turns()
    turns.seconds = {"a": [1.0, 20.0, 3.0], "b": [2.0, 10.0, 1.0]}
    assert turns.ratio("a", "b") == 2.0


def test_no_turn_begins_once_the_budget_is_spent():
    turns = take_turns({"a": lambda: 1.0}, 100, warm_up=False, budget_s=0.0)
    assert len(turns.seconds["a"]) == 1


@pytest.mark.parametrize(
    "ratio, limits, holds",
    [
        (0.9, {"at_most": 1.0}, True),
        (1.1, {"at_most": 1.0}, False),
        (20.0, {"at_least": 20.0}, True),
        (19.9, {"at_least": 20.0}, False),
        (None, {"at_least": 20.0}, None),
        (3.0, {}, None),
    ],
)
def test_a_claim_holds_only_against_a_target_that_was_measured(ratio, limits, holds):
    row = Row("row99", "Nothing", "")
    row.claim("ours", "peer", ratio, "target", **limits)
    assert row.claims[0].holds is holds


def test_a_row_is_saved_with_the_machine_that_measured_it(tmp_path):
    row = Row("row99", "Nothing", "What was measured.")
    row.fail("peer", ValueError("line one\nline two"))
    plain = json.loads(save(row, tmp_path).read_text(encoding="utf-8"))
    assert plain["failures"] == {"peer": "ValueError: line one line two"}
    assert plain["machine"]["cores"] >= 1
    assert {"evosearch", "numpy"} <= set(plain["machine"]["versions"])


def test_seconds_are_said_in_a_fitting_unit():
    values = [1.5, 0.0123, 9.4e-6, 3e-9, 3459.0, None]
    assert [format_s(value) for value in values] == [
        "1.5 s",
        "12.3 ms",
        "9.4 µs",
        "3 ns",
        "3,459 s",
        "failed",
    ]


def test_rows_look_for_the_real_prices_where_the_tests_do():
    found = conftest.find_btc()
    assert find_btc() == (None if found is None else found.resolve())


def test_each_row_has_one_script():
    names = [name_row(script) for script in SCRIPTS]
    assert len(set(names)) == len(names) > 0


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_every_row_can_be_loaded_without_its_peers(script):
    module = importlib.import_module(f"benchmarks.rows.{script.stem}")
    assert callable(module.measure)
    assert module.measure.__doc__
