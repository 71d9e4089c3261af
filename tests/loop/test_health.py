import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evosearch.errors import ObjectiveFails
from evosearch.loop.health import Health
from evosearch.population import Evaluations, Status


def make_part(*errors):
    part = Evaluations.empty(len(errors), 1)
    for row, error in enumerate(errors):
        part.error[row] = error
        part.status[row] = Status.FAILED if error else Status.OK
    return part


def test_a_search_whose_first_evaluations_all_fail_is_stopped():
    health = Health(n_workers=2)
    for _ in range(9):
        health.take(make_part("KeyError: 'x'"))
    with pytest.raises(ObjectiveFails, match="first 10 evaluations failed") as caught:
        health.take(make_part("ValueError: other"))
    assert "(9 times)" in str(caught.value)
    assert "KeyError: 'x'" in str(caught.value)
    assert "other" not in str(caught.value)
    assert caught.value.exit_code == 1


def test_many_workers_get_two_tries_each():
    health = Health(n_workers=8)
    health.take(make_part(*15 * ["x"]))
    with pytest.raises(ObjectiveFails, match="first 16"):
        health.take(make_part("x"))


def test_one_success_is_enough_at_first():
    health = Health(n_workers=1)
    health.take(make_part(None))
    health.take(make_part(*100 * ["x"]))


def test_a_generation_that_nearly_all_fails_stops_the_search():
    health = Health(n_workers=1)
    health.take(make_part(*10 * [None], *90 * ["x"]))
    health.end_generation()
    health.take(make_part(*9 * [None], *91 * ["x"]))
    with pytest.raises(ObjectiveFails, match="91 of the 100"):
        health.end_generation()


@pytest.mark.parametrize(("n_failed", "stops"), [(900, False), (901, True)])
def test_more_than_nine_of_ten_are_nearly_all(n_failed, stops):
    health = Health(n_workers=1)
    health.take(make_part(*(1000 - n_failed) * [None], *n_failed * ["x"]))
    with pytest.raises(ObjectiveFails) if stops else contextlib.nullcontext():
        health.end_generation()


def test_generations_are_counted_apart():
    health = Health(n_workers=1)
    health.take(make_part(*50 * [None], *50 * ["x"]))
    health.end_generation()
    health.take(make_part(*9 * ["x"], None))
    health.end_generation()


def test_a_small_population_that_fails_whole_is_stopped_only_if_nothing_ever_worked():
    health = Health(n_workers=1)
    health.take(make_part("x", "x"))
    with pytest.raises(ObjectiveFails, match="all 2 evaluations"):
        health.end_generation()
    health = Health(n_workers=1)
    health.take(make_part("x", None))
    health.end_generation()
    health.take(make_part("x", "x"))
    health.end_generation()


def test_a_generation_that_was_only_recalled_says_nothing():
    Health(n_workers=1).end_generation()


def test_a_status_without_a_text_is_named():
    part = make_part(*10 * [None])
    part.status[:] = Status.TIMEOUT
    with pytest.raises(ObjectiveFails, match="timeout"):
        Health(n_workers=1).take(part)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 9), st.integers(1, 7))
def test_the_verdict_does_not_depend_on_the_pieces(oks, n_workers, size):
    def judge(size):
        health = Health(n_workers)
        try:
            for start in range(0, len(oks), size):
                health.take(make_part(*[None if ok else "x" for ok in oks[start : start + size]]))
            health.end_generation()
        except ObjectiveFails:
            return True
        return False

    has_started = any(oks[: max(10, 2 * n_workers)])
    assert judge(1) == (not has_started or (len(oks) >= 10 and np.mean(oks) < 0.1))
    if has_started and any(oks[:7]):
        assert judge(size) == judge(1)
