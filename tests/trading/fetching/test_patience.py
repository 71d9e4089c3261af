"""How often, and how long, a source is asked."""

import pytest

from evosearch.errors import EnvironmentFailed
from evosearch.trading.fetching.candles import BadAnswer
from evosearch.trading.fetching.patience import (
    Busy,
    Refused,
    read_http_date,
    read_retry_after,
    shorten,
)
from tests.trading.fetching.local import Waits

pytestmark = pytest.mark.slow


class Failing:
    """A question that is answered after some errors."""

    def __init__(self, *errors):
        self.errors, self.n_asked = list(errors), 0

    def __call__(self):
        self.n_asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def test_waits_double_up_to_half_a_minute_and_the_eighth_try_is_the_last():
    waits, question = Waits(), Failing(*[Busy("HTTP 500")] * 8)
    with pytest.raises(EnvironmentFailed, match="did not answer in 8 tries: HTTP 500") as found:
        waits.make_patience().ask("Made", question)
    assert waits.pauses == [1, 2, 4, 8, 16, 30, 30]
    assert question.n_asked == 8 and found.value.exit_code == 5
    assert waits.told[0] == "Made: HTTP 500; try 2 of 8 in 1 s"


def test_seven_errors_of_any_kind_are_survived():
    errors = [Busy("a"), BadAnswer("b")] * 3 + [Busy("c")]
    waits = Waits()
    assert waits.make_patience().ask("Made", Failing(*errors)) == "answer"


def test_what_the_source_asks_to_wait_is_waited():
    waits = Waits()
    waits.make_patience().ask("Made", Failing(Busy("a", 7.0), Busy("b", 0.5)))
    assert waits.pauses == [7, 2]


def test_a_source_that_asks_for_hours_is_not_waited_for():
    waits, question = Waits(), Failing(Busy("HTTP 429", 86_400.0))
    with pytest.raises(EnvironmentFailed, match="asks to wait for 86,400 s"):
        waits.make_patience().ask("Made", question)
    assert question.n_asked == 1 and not waits.pauses


def test_a_no_is_asked_once():
    question = Failing(Refused("no"))
    with pytest.raises(Refused) as found:
        Waits().make_patience().ask("Made", question)
    assert question.n_asked == 1 and found.value.exit_code == 2


@pytest.mark.parametrize("least_s", [0.0, 0.5])
def test_the_pace_is_kept(least_s):
    waits = Waits()
    patience = waits.make_patience()
    for _ in range(81):
        patience.keep_pace(least_s)
    assert waits.now_s == pytest.approx(80 * max(least_s, 1 / 8))


def test_an_idle_time_is_no_reason_to_hurry_later():
    waits = Waits()
    patience = waits.make_patience()
    waits.now_s = 1000.0
    for _ in range(9):
        patience.keep_pace()
    assert waits.now_s == pytest.approx(1001.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3), (" 12 ", 12), ("Wed, 01 Jan 2025 00:00:30 GMT", 30), ("-1", None), ("soon", None),
     (None, None), ("9" * 30, None), ("1e9", None), ("", None), ("٣", None)],
)  # fmt: skip
def test_retry_after(text, seconds):
    assert read_retry_after(text, 1_735_689_600.0) == seconds


@pytest.mark.parametrize("text", [None, 5, "", "x" * 10_000, "Wed, 99 Foo 2025", "0"])
def test_a_date_that_is_none(text):
    assert read_http_date(text) is None


def test_words_of_a_server_are_short_and_harmless():
    assert shorten("a\x1b[31m\nb." + "c" * 5000).startswith("a\\x1b[31m b.cc")
    assert len(shorten("\u202e" * 1000)) <= 200
