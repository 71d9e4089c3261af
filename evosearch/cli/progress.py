"""The live progress of a run: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
)

from evosearch.cli.console import format_value, make_console, name_state, wrap_words
from evosearch.cli.speed import Speed
from evosearch.loop.events import (
    EvaluationOverdue,
    EvaluationsFinished,
    Event,
    GenerationFinished,
    RunFinished,
    RunPreparing,
    RunStarted,
    SearchStarted,
    WorkersStarted,
)
from evosearch.report import data as report_data
from evosearch.texts import make_visible

_PLAIN_EVERY_S = 10.0
_MANY_PER_CORE = 4
_BEST = "best -0.1612 oos -0.0161"


class RunProgress:
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
        self,
        is_quiet: bool = False,
        note: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._note = note
        self._console = make_console(stderr=True)
        self._is_quiet = is_quiet
        self._bar: Progress | None = None
        self._task: Any = None
        self._facts: dict[str, Any] = {}
        self._n_expected = 0
        self._clock, self._speed = clock, Speed(clock=clock)
        self._last_plain = clock()
        self._best = ""
        self._has_room = True
        self._generation = 0

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if self._is_quiet:
            return
        if isinstance(event, RunPreparing):
            for line in ("; ".join(event.notices), self._note):
                if line:
                    self._console.print(make_visible(f"note     {line}"), soft_wrap=True)
        elif isinstance(event, RunStarted):
            self._start(event)
        elif isinstance(event, SearchStarted):
            self._speed.begin(event.n_evaluated, self._facts.get("budget_s"))
        elif isinstance(event, EvaluationsFinished):
            self._generation = event.generation + 1
            self._update(event.n_evaluated)
        elif isinstance(event, GenerationFinished):
            self._generation = event.generation + 1
            self._best = self._describe_best(event.best)
            self._speed.end_stage()
            self._update(event.n_evaluated)
        elif isinstance(event, WorkersStarted):
            self._console.print(describe_workers(event))
        elif isinstance(event, EvaluationOverdue):
            what = f"individual {event.index} of generation {event.generation}"
            slow = describe_slow(what, event.elapsed_s, self._facts.get("timeout_s"))
            self._console.print(slow, soft_wrap=True)
        elif isinstance(event, RunFinished):
            self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _start(self, event: RunStarted) -> None:
        self._facts, self._n_expected = event.facts, event.n_evaluations
        self._last_plain = self._clock()
        for line in wrap_words(describe_start(event), self._console):
            self._console.print(make_visible(line), soft_wrap=True)
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            # Where a line is short, the picture goes first, then the best row outside its sample.
            room = self._console.width - _count_letters(event)
            self._has_room = room >= len(_BEST)
            self._bar = Progress(
                TextColumn("{task.fields[generation]}"),
                *([BarColumn(bar_width=16)] if room > len(_BEST) + 16 else []),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TextColumn("{task.fields[left]}"),
                TextColumn("{task.fields[best]}"),
                console=self._console,
                transient=True,
                refresh_per_second=8,
            )
            self._task = self._bar.add_task(
                "", total=event.n_evaluations, generation="", rate="-", left="-", best=""
            )
            self._bar.start()

    def _update(self, n_evaluated: int) -> None:
        self._speed.update(n_evaluated)
        now = self._clock()
        of = self._facts.get("generations", "?")
        if self._bar is not None:
            self._bar.update(
                self._task,
                completed=n_evaluated,
                generation=f"gen {self._generation}/{of}",
                rate=self._speed.show_rate(),
                left=self._speed.show_left(self._n_expected),
                best=self._best,
            )
        elif now - self._last_plain >= _PLAIN_EVERY_S:
            self._last_plain = now
            self._console.print(
                f"generation={self._generation}/{of} evaluated={n_evaluated} "
                f"{self._speed.show_plain(self._n_expected)} {self._best}".rstrip(),
                soft_wrap=True,
            )

    def _describe_best(self, best: dict[str, Any]) -> str:
        if not best.get("feasible"):
            return f"best {name_state(best)}"
        objective = self._facts.get("objective", "")
        outside = best.get(f"{objective}_oos")
        shown = f"best {format_value(objective, best.get(objective))}"
        if not self._has_room:
            return shown
        return shown + (f" oos {format_value(objective, outside)}" if outside is not None else "")


def _count_letters(event: RunStarted) -> int:
    """How long a line of the progress is without its bar and its best row."""
    of = len(str(event.facts["generations"]))
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
    machine, data = facts["machine"], facts["data"]
    size = f"{facts['population']:,} x {facts['generations']:,} = {event.n_evaluations:,} genomes"
    if facts["population"] * facts["generations"] != event.n_evaluations:
        size = f"{event.n_evaluations:,} genomes, {facts['population']:,} a generation"
    lines = [
        f"run      {event.run_id}",
        f"search   {size}, {facts['direction']} {facts['objective']} of {facts['problem']}",
        f"seed     {facts['seed']}",
        f"machine  {machine['host']}, {machine['cpu']}, {machine['n_cores']} cores; "
        f"{facts['n_workers']} worker{'s' if facts['n_workers'] > 1 else ''} ({facts['backend']})",
    ]
    if facts.get("profile_file"):
        lines.append(f"profile  {facts['profile_file']}")
    if facts.get("n_known"):
        lines.append(f"resumed  {facts['n_known']:,} rows are on disk already")
    if facts["n_workers"] > _MANY_PER_CORE * machine["n_cores"]:
        lines.append(
            f"         more than {_MANY_PER_CORE} workers for each core get in each other's way"
        )
    return lines + describe_data(data, facts.get("notes", ()))


def describe_data(data: Mapping[str, Any], notes: Iterable[str]) -> list[str]:
    """What is measured on, with what is odd about it, and notes on the problem."""
    lines = []
    line = report_data.describe_data(data)
    if line:
        lines.append(f"data     {line}")
        window = [f"{word} {data[word]}" for word in ("since", "until") if data.get(word)]
        lines += [f"         window {' '.join(window)}"] if window else []
        lines += [f"         read as {data['layout']}"] if data.get("layout") else []
        lines += [f"         {note}" for note in data.get("notes", [])]
    return lines + [f"note     {note}" for note in notes]
