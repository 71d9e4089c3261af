import math

import numpy as np
import pytest

from evosearch.report.rising import (
    Course,
    describe_course,
    find_onward,
    find_rises,
    is_rising,
    show_about,
)

RISES = ((0, -0.4), (12, -0.2), (27, -0.18))


def make(**more):
    kept = {"rises": RISES, "n_generations": 30, "n_rows": 1200, "elapsed_s": 0.3}
    return Course(**({"run_id": "pro-vm-1", "n_bytes": 260_000} | kept | more))


def test_a_search_that_still_gains_is_rising_and_one_that_only_polishes_is_not():
    assert is_rising(RISES, 30)
    # Long converged: the best is born late, better by next to nothing.
    polished = tuple((g, 1 - math.exp(-g / 20)) for g in range(3000))
    assert polished[-1][0] == 2999 and not is_rising(polished, 3000)
    assert not is_rising(((0, -0.4), (12, -0.2)), 30)
    assert is_rising(((28, -0.2),), 30)  # nothing was feasible before
    assert not is_rising((), 30)


def test_rises_are_those_of_the_rows_in_any_order():
    rng = np.random.default_rng(5)
    generation, fitness = rng.integers(0, 20, 400), rng.normal(size=400)
    feasible = rng.random(400) < 0.7
    fitness[:3] = np.nan, np.inf, -np.inf
    expected, best = [], -math.inf
    for now in range(20):
        found = [f for f in fitness[(generation == now) & feasible] if math.isfinite(f)]
        if found and max(found) > best:
            best = max(found)
            expected.append((now, best))
    assert find_rises(generation, fitness, feasible) == tuple(expected)


def test_going_on_is_ten_times_as_far_unless_that_takes_an_hour():
    onward = find_onward(make())
    assert (onward.generations, onward.n_bytes) == (300, 9 * 260_000)
    assert onward.seconds == pytest.approx(2.7)
    assert find_onward(make(elapsed_s=3000.0)).generations == 60
    assert find_onward(make(n_generations=2**31 - 1)) is None
    assert find_onward(make(elapsed_s=math.inf)) is None
    assert find_onward(make(n_rows=0)) is None


def test_what_is_said_ends_in_a_command():
    sentence, command = describe_course(make(), "en")
    assert sentence == (
        "best found in generation 28 of 30: still improving; going on to 300 takes about 3 s, "
        "2.3 MB"
    )
    assert command == "evosearch resume pro-vm-1 --generations 300"
    assert "2,3 MB" in describe_course(make(), "es")[0]
    assert describe_course(make(rises=RISES[:2]), "en")[1] == ""
    assert describe_course(make(rises=()), "en") == ("", "")
    assert "too few" in describe_course(make(n_generations=5), "en")[0]
    assert describe_course(make(results="my runs"), "en")[1].endswith("--results 'my runs'")


def test_a_strangers_run_is_continued_on_its_machine_and_its_names_are_harmless():
    foreign = make(run_id="a; rm -rf /", host="mac\x1b[31m" + "x" * 99, results="elsewhere")
    _, command = describe_course(foreign, "en")
    assert command.startswith("on mac\\x1b[31m") and len(command) < 120
    assert command.endswith("evosearch resume 'a; rm -rf /' --generations 300")
    assert show_about(1e300, "en") == "115,741 days"
