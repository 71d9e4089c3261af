"""The live progress of a run: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TaskID

from evosearch.cli.console import format_value, wrap_words
from evosearch.cli.display import Display
from evosearch.cli.speed import Speed
from evosearch.loop.events import (
    EvaluationOverdue,
    EvaluationsFinished,
    Event,
    GenerationFinished,
    RunFacts,
    RunFinished,
    RunPreparing,
    RunStarted,
    SearchStarted,
    WorkersStarted,
)
from evosearch.report import data as report_data
from evosearch.report.sentences import count, lead, say, show_integer
from evosearch.texts import make_visible

_MANY_PER_CORE = 4
# How often the words below the bar are worked out anew.
LOOK_EVERY_S = 0.25


class RunProgress(Display):
    """Listens to a run and shows it on stderr.

    Parameters
    ----------
    is_quiet : bool
        Show nothing.
    note : str
        Shown before the run begins, after what must be known first.
    clock : callable
        Seconds that only grow.
    language : str
    """

    def __init__(
        self,
        is_quiet: bool = False,
        note: str = "",
        clock: Callable[[], float] = time.monotonic,
        language: str = "en",
    ) -> None:
        super().__init__(is_quiet, clock, language)
        self._note = note
        self._looked = float("-inf")
        self._task = TaskID(0)
        self._facts: RunFacts | None = None
        self._n_expected = 0
        self._speed = Speed(clock=clock)
        self._best = ""

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if self._is_quiet:
            return
        if isinstance(event, RunPreparing):
            for line in ("; ".join(event.notices), self._note):
                if line:
                    self._print(lead("note", line, self._language))
        elif isinstance(event, RunStarted):
            self._start(event)
        elif isinstance(event, WorkersStarted):
            self._console.print(describe_workers(event, self._language))
        elif isinstance(event, RunFinished):
            self.close()
        elif self._facts is not None:
            self._take(event, self._facts)

    def _take(self, event: Event, facts: RunFacts) -> None:
        """Take in an event of the search itself."""
        if isinstance(event, SearchStarted):
            self._speed.begin(event.n_evaluated, facts.budget_s)
        elif isinstance(event, EvaluationsFinished):
            self._update(event, facts)
        elif isinstance(event, GenerationFinished):
            self._look(event, facts)
            self._speed.end_stage()
            self._update(event, facts)
        elif isinstance(event, EvaluationOverdue):
            what = f"{facts.noun} {event.index} of generation {event.generation}"
            self._print(describe_slow(what, event.elapsed_s, facts.timeout_s))

    def _start(self, event: RunStarted) -> None:
        self._facts, self._n_expected = event.facts, event.n_evaluations
        self._last_plain = self._clock()
        for line in wrap_words(describe_start(event, self._language), self._console):
            self._print(line)
        # Where a line is short, the picture goes first.
        room = self._console.width - _count_letters(event)
        picture = [BarColumn(bar_width=16)] * (room > 16)
        bar = self._make_bar("generation", *picture, MofNCompleteColumn(), "rate", "left")
        if bar is not None:
            self._task = bar.add_task(
                "", total=event.n_evaluations, generation="", rate="-", left="-"
            )
            bar.start()

    def _update(self, event: EvaluationsFinished | GenerationFinished, facts: RunFacts) -> None:
        n, of = event.n_evaluated, f"{event.generation + 1}/{facts.generations}"
        if self._advance(self._task, self._speed, n, self._n_expected, generation=f"gen {of}"):
            plain = self._speed.show_plain(self._n_expected)
            self._print(f"generation={of} evaluated={n} {plain} {self._best}".rstrip())

    def _look(self, event: GenerationFinished, facts: RunFacts) -> None:
        """Say how the search does: on a terminal now and then, as it takes some work."""
        if self._bar is None:
            self._best = describe_best_yet(event.best, facts, self._language)
        elif self._clock() - self._looked >= LOOK_EVERY_S:
            self._looked = self._clock()
            self._bar.words = make_visible(describe_live(event, facts, self._language))


def _count_letters(event: RunStarted) -> int:
    """How long a line of the progress is without its bar and its best row."""
    of = len(str(event.facts.generations))
    return len("gen / 99,999/s 0:00:00 ") + 2 * of + len("/ ") + 2 * len(str(event.n_evaluations))


def describe_best_yet(best: Mapping[str, Any], facts: RunFacts, language: str) -> str:
    """How good the best is so far, by what is searched for, in the unit that people know."""
    from evosearch.assemble.metrics import find_metric, name_metric

    if not best.get("feasible"):
        if best.get("status") != "ok":
            return say("run.none_measured", language)
        if facts.feasible is None:
            return say("run.none_feasible", language)
        none = {**facts.feasible.values, "n": say("run.none", language)}
        return say(facts.feasible.key, language, **none)
    name = find_metric(facts.objective).shown_as
    name = name if best.get(name) is not None else facts.objective
    value = format_value(name, best.get(name), language)
    metric = name_metric(name, language)
    return say("run.best_yet", language, metric=metric, value=value)


def describe_live(event: GenerationFinished, facts: RunFacts, language: str) -> str:
    """How the search does: its best, whether it is still lively, what it did not try twice."""
    seen = event.look()
    told: dict[str, Any] = {
        "best": describe_best_yet(event.best, facts, language),
        "n": event.n_duplicates,
    }
    if seen.diversity is None:
        return say("run.live_random", language, **told)
    if seen.better_frac is None:
        return say("run.live_young", language, **told, diversity=seen.diversity)
    lively = {"diversity": seen.diversity, "better": seen.better_frac}
    return say("run.live", language, **told, **lively)


def describe_slow(what: str, elapsed_s: float, timeout_s: float | None) -> str:
    """That an evaluation takes long, and what ends it or could."""
    end = "--set run.timeout_s=... would end it"
    if timeout_s is not None:
        end = f"run.timeout_s = {timeout_s:g} ends it"
    return f"slow     {what} has taken {elapsed_s:.0f} s; {end}"


def describe_workers(event: WorkersStarted, language: str = "en") -> str:
    """Why there are other workers now."""
    n = event.n_workers
    text = say("run.more_workers", language, n=n, kind=event.kind)
    if event.kind == "ray":
        text = say("run.on_cluster", language, n=n)
    return lead("workers", text, language)


def describe_start(event: RunStarted, language: str = "en") -> list[str]:
    """The header of a run: what is searched, on what, with which seed."""
    facts = event.facts
    machine = facts.machine
    n_workers = {"n_workers": facts.n_workers, "backend": facts.backend}
    about = {key: machine[key] for key in ("host", "cpu", "n_cores")} | n_workers
    told = {
        "run": event.run_id,
        "search": _describe_size(event, language),
        "seed": str(facts.seed),
        "machine": say("run.machine", language, **about),
    }
    if facts.profile_file:
        told["profile"] = str(facts.profile_file)
    if facts.n_known:
        told["resumed"] = say("run.known", language, n=facts.n_known)
    lines = [lead(key, text, language) for key, text in told.items()]
    if facts.n_workers > _MANY_PER_CORE * machine["n_cores"]:
        lines.append(f"         {say('run.crowded', language, most=_MANY_PER_CORE)}")
    return lines + describe_data(facts.data, facts.notes, language)


def _describe_size(event: RunStarted, language: str) -> str:
    """How many are searched, and for what."""
    from evosearch.assemble.metrics import find_metric, name_metric

    facts = event.facts
    size = {"all": count(facts.noun, event.n_evaluations, language)}
    size |= {"population": show_integer(facts.population, language)}
    key = "run.each"
    if facts.population * facts.generations == event.n_evaluations:
        size |= {"generations": show_integer(facts.generations, language)}
        key = "run.product"
    name = find_metric(facts.objective).shown_as or facts.objective
    metric = name_metric(name, language)
    goal = "run.lowest" if facts.direction == "minimize" else "run.highest"
    return say(goal, language, size=say(key, language, **size), metric=metric)


def describe_data(
    data: Mapping[str, Any] | None, notes: Iterable[str], language: str = "en"
) -> list[str]:
    """What is measured on, with what is odd about it, and notes on the problem."""
    first, *more = report_data.list_data(data, has_notes=True, language=language) or [""]
    lines = [lead("data", first, language)] * bool(first) + [f"         {line}" for line in more]
    if first:
        lines += [f"         {text}" for text in report_data.list_notes(data)]
    return lines + [lead("note", text, language) for text in notes]


def list_data_warnings(data: Mapping[str, Any] | None) -> list[str]:
    """The same lines of the data for `--json`, each marked as such."""
    lines = (*report_data.list_data(data, has_notes=True), *report_data.list_notes(data))
    return [f"data: {line}" for line in lines]
