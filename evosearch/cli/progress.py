"""The live progress of a run: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TaskID

from evosearch.cli.console import format_value, name_state, wrap_words
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

_MANY_PER_CORE = 4
_BEST = "best -0.1612"


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
    """

    def __init__(
        self, is_quiet: bool = False, note: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(is_quiet, clock)
        self._note = note
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
                    self._print(f"note     {line}")
        elif isinstance(event, RunStarted):
            self._start(event)
        elif isinstance(event, WorkersStarted):
            self._console.print(describe_workers(event))
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
            self._best = self._describe_best(event.best, facts.objective)
            self._speed.end_stage()
            self._update(event, facts)
        elif isinstance(event, EvaluationOverdue):
            what = f"individual {event.index} of generation {event.generation}"
            self._print(describe_slow(what, event.elapsed_s, facts.timeout_s))

    def _start(self, event: RunStarted) -> None:
        self._facts, self._n_expected = event.facts, event.n_evaluations
        self._last_plain = self._clock()
        for line in wrap_words(describe_start(event), self._console):
            self._print(line)
        # Where a line is short, the picture goes first.
        room = self._console.width - _count_letters(event)
        picture = [BarColumn(bar_width=16)] * (room > len(_BEST) + 16)
        bar = self._make_bar("generation", *picture, MofNCompleteColumn(), "rate", "left", "best")
        if bar is not None:
            self._task = bar.add_task(
                "", total=event.n_evaluations, generation="", rate="-", left="-", best=""
            )
            bar.start()

    def _update(self, event: EvaluationsFinished | GenerationFinished, facts: RunFacts) -> None:
        n, of = event.n_evaluated, f"{event.generation + 1}/{facts.generations}"
        fields = {"generation": f"gen {of}", "best": self._best}
        if self._advance(self._task, self._speed, n, self._n_expected, **fields):
            plain = self._speed.show_plain(self._n_expected)
            self._print(f"generation={of} evaluated={n} {plain} {self._best}".rstrip())

    def _describe_best(self, best: dict[str, Any], objective: str) -> str:
        if not best.get("feasible"):
            return f"best {name_state(best)}"
        return f"best {format_value(objective, best.get(objective))}"


def _count_letters(event: RunStarted) -> int:
    """How long a line of the progress is without its bar and its best row."""
    of = len(str(event.facts.generations))
    return len("gen / 99,999/s 0:00:00 ") + 2 * of + len("/ ") + 2 * len(str(event.n_evaluations))


def describe_slow(what: str, elapsed_s: float, timeout_s: float | None) -> str:
    """That an evaluation takes long, and what ends it or could."""
    end = "--set run.timeout_s=... would end it"
    if timeout_s is not None:
        end = f"run.timeout_s = {timeout_s:g} ends it"
    return f"slow     {what} has taken {elapsed_s:.0f} s; {end}"


def describe_workers(event: WorkersStarted) -> str:
    """Why there are other workers now."""
    if event.kind == "ray":
        return f"workers  {event.n_workers} on the cluster now"
    return f"workers  {event.n_workers} {event.kind}, as the work left is worth it"


def describe_start(event: RunStarted) -> list[str]:
    """The header of a run: what is searched, on what, with which seed."""
    facts = event.facts
    machine, data = facts.machine, facts.data
    size = f"{facts.population:,} x {facts.generations:,} = {event.n_evaluations:,} genomes"
    if facts.population * facts.generations != event.n_evaluations:
        size = f"{event.n_evaluations:,} genomes, {facts.population:,} a generation"
    lines = [
        f"run      {event.run_id}",
        f"search   {size}, {facts.direction} {facts.objective} of {facts.problem}",
        f"seed     {facts.seed}",
        f"machine  {machine['host']}, {machine['cpu']}, {machine['n_cores']} cores; "
        f"{facts.n_workers} worker{'s' if facts.n_workers > 1 else ''} ({facts.backend})",
    ]
    if facts.profile_file:
        lines.append(f"profile  {facts.profile_file}")
    if facts.n_known:
        lines.append(f"resumed  {facts.n_known:,} rows are on disk already")
    if facts.n_workers > _MANY_PER_CORE * machine["n_cores"]:
        lines.append(
            f"         more than {_MANY_PER_CORE} workers for each core get in each other's way"
        )
    return lines + describe_data(data, facts.notes)


def describe_data(data: Mapping[str, Any] | None, notes: Iterable[str]) -> list[str]:
    """What is measured on, with what is odd about it, and notes on the problem."""
    first, *more = report_data.list_data(data, has_notes=True) or [""]
    lines = [f"data     {first}"] * bool(first) + [f"         {line}" for line in more]
    if first:
        lines += [f"         {note}" for note in report_data.list_notes(data)]
    return lines + [f"note     {note}" for note in notes]


def list_data_warnings(data: Mapping[str, Any] | None) -> list[str]:
    """The same lines of the data for `--json`, each marked as such."""
    lines = (*report_data.list_data(data, has_notes=True), *report_data.list_notes(data))
    return [f"data: {line}" for line in lines]
