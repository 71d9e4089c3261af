"""Rates and times that are left: a dash until they can be true. No test sleeps: the clock is ours."""

import io
import itertools
import re
import signal
import threading
from dataclasses import replace

import pytest
from rich.console import Console

from evosearch.assemble.settings.checking import check_values
from evosearch.cli import display as displays
from evosearch.cli import progress
from evosearch.cli.ranking import merge_progress
from evosearch.cli.searching import many
from evosearch.cli.searching.outcome import count_rows
from evosearch.cli.searching.sitting import STOPPED_EARLY, StopSignals, carry_out
from evosearch.cli.speed import Speed
from evosearch.loop.events import (
    EvaluationOverdue,
    EvaluationsFinished,
    GenerationFinished,
    RunFacts,
    RunFinished,
    RunPreparing,
    RunStarted,
    SearchStarted,
)
from evosearch.loop.result import RunResult

FACTS = RunFacts(
    machine={"host": "h", "cpu": "c", "n_cores": 2}, data={}, population=100, generations=10,
    direction="minimize", objective="objective", problem="p", seed=1, n_workers=1, backend="serial",
)  # fmt: skip
NUMBER = re.compile(r"per_s=\d|eta_s=\d|\d/s|\d:\d\d:\d\d")


class Clock:
    """Seconds that a test turns on."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def finished(generation, n):
    best = {"feasible": False, "status": "ok"}
    return GenerationFinished(generation, n, 0, n, 0, best, 0.0)


@pytest.fixture(params=["plain", "bar"])
def shown(request, monkeypatch):
    """What a display has shown since it was last asked, on a terminal and elsewhere."""
    file = io.StringIO()
    is_bar = request.param == "bar"
    console = Console(file=file, force_terminal=is_bar, width=200, markup=False, highlight=False)
    monkeypatch.setattr(displays, "make_console", lambda stderr=False: console)
    monkeypatch.setattr(displays, "_PLAIN_EVERY_S", 0.0)

    def read(display):
        if display._bar is not None:
            display._bar.refresh()
        text = file.getvalue()
        file.seek(0)
        file.truncate()
        return text

    return read


def drive(display, clock, shown, generations, step_s, per_generation=100, n_known=0):
    """Show generations that take `step_s` each; what was shown after each of them."""
    display(SearchStarted(n_known))
    n = n_known
    for generation in range(generations):
        for _ in range(2):
            clock.now += step_s / 2
            n += per_generation // 2
            display(EvaluationsFinished(generation, n))
        early = shown(display)
        display(finished(generation, n))
        yield early, shown(display)


def test_no_rate_before_the_third_generation_and_a_whole_second(shown):
    for step_s, first in ((2.0, 3), (0.125, 8), (0.5, 3), (0.25, 4)):
        clock = Clock()
        display = progress.RunProgress(clock=clock)
        display(RunStarted("r", FACTS, 1000))
        assert not NUMBER.search(shown(display))
        for number, (early, late) in enumerate(drive(display, clock, shown, 10, step_s), start=1):
            assert bool(NUMBER.search(late)) == (number >= first), (step_s, number, late)
            assert bool(NUMBER.search(early)) == (number > first or number == first > 3), early
        display.close()
        shown(display)


def test_one_or_two_generations_never_have_a_time_left(shown):
    clock = Clock()
    display = progress.RunProgress(clock=clock)
    display(RunStarted("r", replace(FACTS, generations=2), 200))
    assert not any(
        NUMBER.search(early + late) for early, late in drive(display, clock, shown, 2, 5000.0)
    )
    display.close()


def test_several_searches_keep_to_the_same_rule(shown):
    clock = Clock()
    made, _ = check_values({"name": "a", "seed": 1, "problem": {"name": "trading"}})
    display = many.ManyProgress([made, made], False, clock=clock)
    for place in range(2):
        display(place, RunStarted("r", FACTS, 1000))
    shown(display)

    def first(event):
        display(0, event)

    first._bar = display._bar
    seen = [bool(NUMBER.search(late)) for _, late in drive(first, clock, shown, 4, 2.0)]
    is_bar = display._bar is not None
    assert seen == ([False, False, True, True] if is_bar else [False] * 4)
    display.close()


def test_rows_of_an_earlier_sitting_count_neither_as_speed_nor_as_generations(shown):
    clock = Clock()
    display = progress.RunProgress(clock=clock)
    display(RunStarted("r", FACTS, 1000))
    for generation in range(5):
        clock.now += 10
        display(finished(generation, 100 * (generation + 1)))
    text = shown(display)
    assert not NUMBER.search(text) and "5/10" in text
    clock.now += 50
    assert not NUMBER.search(shown(display))
    *_, (_, last) = drive(display, clock, shown, 3, 2.0, n_known=500)
    assert ("per_s=50 eta_s=4" in last) or ("50/s" in last and "0:00:04" in last)
    display.close()


def test_a_merge_shows_no_rate_of_its_first_half_second(shown):
    clock = Clock()
    display = merge_progress.MergeProgress(False, clock=clock)
    with display:
        for n, is_told in ((2_450, False), (2_500, False), (4_900, True)):
            display("rank", n, 10_000)
            assert bool(NUMBER.search(shown(display))) == is_told
            clock.now += 0.3
        display("check", 4, 10)  # another stage is another speed
        assert not NUMBER.search(shown(display))


def test_what_is_left_is_judged_by_recent_speed_and_by_the_budget():
    clock = Clock()
    speed = Speed(clock=clock)
    speed.begin(0)
    n = 0
    for per_s in itertools.chain([1000] * 60, [10] * 60):
        clock.now += 1
        n += per_s
        speed.update(n)
        speed.end_stage()
    assert speed.rate == pytest.approx(10)
    assert speed.left_s(n + 100) == pytest.approx(10)
    assert speed.show_left(n + 36_610) == "1:01:01"
    speed.begin(n, left_s=20.0)
    for _ in range(5):
        clock.now += 1
        n += 10
        speed.update(n)
        speed.end_stage()
    assert speed.left_s(n + 10_000) == pytest.approx(15)
    assert speed.left_s(n + 100) == pytest.approx(10)


def test_a_whole_count_gives_a_rate_only_where_a_second_was_measured():
    def count(elapsed_s):
        counts = dict.fromkeys(("n_recalled", "n_not_ok", "n_feasible", "n_duplicates"), 0)
        made = RunResult(
            run_id="r", reason="generations", paths=(), n_evaluated=100, n_committed=0,
            is_resumable=False, best={}, elapsed_s=elapsed_s, **counts,
        )  # fmt: skip
        return count_rows(made, "en")

    assert "/s" not in count(0.5) and "(50/s)" in count(2.0)


@pytest.mark.parametrize(("limit_s", "advice"), [(None, "--set run.timeout_s=... would end it"), (90.0, "run.timeout_s = 90 ends it")])  # fmt: skip
def test_a_slow_evaluation_is_told_what_ends_it(shown, limit_s, advice):
    display = progress.RunProgress()
    display(RunStarted("r", replace(FACTS, timeout_s=limit_s), 1000))
    display(EvaluationOverdue(0, 3, 60.0))
    text = shown(display)
    assert f"has taken 60 s; {advice}" in text
    assert ("--set" in text) == (limit_s is None)
    display.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_what_is_prepared_and_asks_what_searches(number, capsys):
    stop = StopSignals()
    with stop:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert stop.number == number
    stop = StopSignals()
    with stop:
        for place in (0, 1):
            stop.take(place, RunPreparing(()))
            assert stop.is_preparing == (place == 0)
            stop.take(place, SearchStarted(0))
        for place in (0, 1):
            stop.take(place, RunFinished(RunResult("r", "generations", (), 0, 0, 0, 0, {}, 0.0)))
        assert not stop.is_preparing  # shards and workers are still being ended
        stop.take(2, RunPreparing(()))
        assert stop.is_preparing
        stop.take(2, SearchStarted(0))
        signal.raise_signal(number)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert capsys.readouterr().err.count("stopping: keeping") == 1


def test_a_search_in_a_thread_is_asked_to_stop_as_no_signal_would_end_it(capsys):
    with StopSignals() as stop:
        thread = threading.Thread(target=stop.take, args=(0, RunPreparing(())))
        thread.start()
        thread.join()
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
    assert "stopping" in capsys.readouterr().err


def test_what_was_ignored_before_stays_so_while_preparing():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with StopSignals() as stop:
            signal.raise_signal(signal.SIGTERM)
        assert not stop.is_set()
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_command_that_is_stopped_early_says_so_in_one_sentence(as_json, capsys):
    import typer

    def start(listen, should_stop):
        listen(RunPreparing(()))
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(typer.Exit) as ended:
        carry_out(start, "results", False, as_json, False)
    assert ended.value.exit_code == 128 + signal.SIGTERM
    out, err = capsys.readouterr()
    assert err == f"{STOPPED_EARLY}\n"
    assert ('"reason": "stopped"' in out) == as_json and out.count("\n") == as_json
