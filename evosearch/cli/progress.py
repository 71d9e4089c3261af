"""The live progress of a run: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from evosearch.cli.console import format_value, make_console, name_state
from evosearch.events import (
    EvaluationOverdue,
    EvaluationsFinished,
    Event,
    GenerationFinished,
    RunFinished,
    RunPreparing,
    RunStarted,
    WorkersStarted,
)
from evosearch.report import data as report_data
from evosearch.texts import make_visible

_PLAIN_EVERY_S = 10.0
_MANY_PER_CORE = 4


class RunProgress:
    """Listens to a run and shows it on stderr.

    Parameters
    ----------
    is_quiet : bool
        Show nothing.
    """

    def __init__(self, is_quiet: bool = False) -> None:
        self._console = make_console(stderr=True)
        self._is_quiet = is_quiet
        self._bar: Progress | None = None
        self._task: Any = None
        self._facts: dict[str, Any] = {}
        self._n_expected = 0
        self._began = self._last_plain = time.monotonic()
        self._best = ""
        self._generation = 0
        self._n_before = 0  # evaluated by earlier sittings: no part of the rate

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if self._is_quiet:
            return
        if isinstance(event, RunPreparing):
            if event.notices:
                line = f"note     {'; '.join(event.notices)}"
                self._console.print(make_visible(line), soft_wrap=True)
        elif isinstance(event, RunStarted):
            self._start(event)
        elif isinstance(event, EvaluationsFinished):
            self._generation = event.generation + 1
            self._update(event.n_evaluated)
        elif isinstance(event, GenerationFinished):
            self._best = self._describe_best(event.best)
            self._update(event.n_evaluated)
        elif isinstance(event, WorkersStarted):
            self._console.print(describe_workers(event))
        elif isinstance(event, EvaluationOverdue):
            self._console.print(
                f"slow     individual {event.index} of generation {event.generation} has taken "
                f"{event.elapsed_s:.0f} s; --set run.timeout_s=... would end it",
                soft_wrap=True,
            )
        elif isinstance(event, RunFinished):
            self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _start(self, event: RunStarted) -> None:
        self._n_before = event.facts.get("n_known", 0)
        self._facts, self._n_expected = event.facts, event.n_evaluations
        self._began = self._last_plain = time.monotonic()
        for line in describe_start(event):
            self._console.print(make_visible(line), soft_wrap=True)
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._bar = Progress(
                TextColumn("{task.fields[generation]}"),
                BarColumn(bar_width=16),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[best]}"),
                console=self._console,
                transient=True,
                refresh_per_second=8,
            )
            self._task = self._bar.add_task(
                "", total=event.n_evaluations, generation="", rate="", best=""
            )
            self._bar.start()

    def _update(self, n_evaluated: int) -> None:
        now = time.monotonic()
        rate = max(0, n_evaluated - self._n_before) / max(1e-9, now - self._began)
        of = self._facts.get("generations", "?")
        if self._bar is not None:
            self._bar.update(
                self._task,
                completed=n_evaluated,
                generation=f"gen {self._generation}/{of}",
                rate=f"{rate:,.0f}/s",
                best=self._best,
            )
        elif now - self._last_plain >= _PLAIN_EVERY_S:
            self._last_plain = now
            left_s = max(0, self._n_expected - n_evaluated) / rate if rate else None
            self._console.print(
                f"generation={self._generation}/{of} evaluated={n_evaluated} per_s={rate:.0f} "
                f"eta_s={'-' if left_s is None else f'{left_s:.0f}'} {self._best}".rstrip(),
                soft_wrap=True,
            )

    def _describe_best(self, best: dict[str, Any]) -> str:
        if not best.get("feasible"):
            return f"best {name_state(best)}"
        objective = self._facts.get("objective", "")
        outside = best.get(f"{objective}_oos")
        shown = f"best {format_value(objective, best.get(objective))}"
        return shown + (f" oos {format_value(objective, outside)}" if outside is not None else "")


def describe_workers(event: WorkersStarted) -> str:
    """Why there are other workers now."""
    if event.kind == "ray":
        return f"workers  {event.n_workers} on the cluster now"
    return f"workers  {event.n_workers} {event.kind}, as the work left is worth it"


def describe_start(event: RunStarted) -> list[str]:
    """The header of a run: what is searched, on what, with which seed."""
    facts = event.facts
    machine, data = facts["machine"], facts["data"]
    size = f"{facts['population']} x {facts['generations']} = {event.n_evaluations:,} genomes"
    if facts["population"] * facts["generations"] != event.n_evaluations:
        size = f"{event.n_evaluations:,} genomes, {facts['population']} a generation"
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
