"""Several searches on the command line: a line of progress each, a line of result each."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, TaskID

from evosearch.assemble.searching.notices import describe_sample
from evosearch.cli.console import print_json, print_lines
from evosearch.cli.display import Display
from evosearch.cli.options import read_language
from evosearch.cli.progress import LOOK_EVERY_S, describe_data, describe_live
from evosearch.cli.searching.outcome import (
    count_rows,
    describe_best,
    describe_looks,
    describe_luck,
    find_course,
    name_ending,
)
from evosearch.cli.searching.sitting import (
    STOPPED_EARLY,
    StopSignals,
    list_warnings,
    to_plain,
)
from evosearch.cli.speed import Speed
from evosearch.errors import EvosearchError, UsageError
from evosearch.loop.events import (
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
from evosearch.report.rising import describe_course
from evosearch.report.sentences import count, lead, name_label, say
from evosearch.texts import describe_resume, make_visible, name_results

if TYPE_CHECKING:
    from evosearch.assemble.searching.many import Search
    from evosearch.profiles.loaded import LoadedProfile


def run_many(
    profiles: Sequence[LoadedProfile], resume: bool, keep_awake: bool, is_quiet: bool, as_json: bool
) -> int:
    """Run them and say what came of each; the exit code."""
    from evosearch.assemble.searching import many
    from evosearch.cli.awake import stay_awake

    if resume:
        place = name_results(profiles[0].run.results)
        raise UsageError(
            "--resume continues one run. Of several searches, continue each by its name: "
            f"`evosearch status{place}` lists them, `evosearch resume RUN{place}` continues one."
        )
    language = read_language(None)
    progress = ManyProgress(profiles, is_quiet or as_json, language=language)
    stop = StopSignals()
    failure: BaseException | None = None

    def listen(place: int, event: Event) -> None:
        stop.take(place, event)
        progress(place, event)

    try:
        with stop, stay_awake(keep_awake):
            searches = many.run_many(profiles, listen=listen, should_stop=stop.is_set)
    except (EvosearchError, KeyboardInterrupt) as error:
        searches, failure = getattr(error, "searches", []), error
        has_begun = any(each.result is not None for each in searches)
        if not has_begun and isinstance(error, EvosearchError):
            raise
    finally:
        progress.close()
    if isinstance(failure, KeyboardInterrupt):
        is_early = stop.is_preparing and not any(s.result and s.result.paths for s in searches)
        sys.stderr.write(f"{STOPPED_EARLY if is_early else 'stopped at once'}\n")
    if as_json:
        warnings = dict.fromkeys(t for each in searches for t in list_warnings(each.result))
        print_json("run", {"searches": [_plain(each) for each in searches]}, [*warnings])
    else:
        print_lines(*(line for each in searches for line in _describe(each, language)))
        finished = [s.result for s in searches if s.result is not None and s.result.paths]
        print_lines(*describe_luck(finished, language), *_describe_ends(searches, language))
        folders = sorted(
            {s.profile.run.results for s in searches if s.result is not None and s.result.paths}
        )
        if folders:
            print_lines(lead("next", describe_looks(folders, language), language))
        samples = {describe_sample(each.result.data) for each in searches if each.result}
        print_lines(*(lead("note", text, language) for text in sorted(samples - {""})))
    if stop.number or isinstance(failure, KeyboardInterrupt):
        return 128 + (stop.number or int(signal.SIGINT))
    if isinstance(failure, EvosearchError):
        return failure.exit_code
    return 3 if any(each.error is not None for each in searches) else 0


class ManyProgress(Display):
    """Listens to several runs and shows a line for each on stderr.

    Parameters
    ----------
    profiles : sequence of Profile
    is_quiet : bool
        Show nothing.
    clock : callable
        Seconds that only grow.
    """

    def __init__(
        self,
        profiles: Sequence[LoadedProfile],
        is_quiet: bool,
        clock: Callable[[], float] = time.monotonic,
        language: str = "en",
    ) -> None:
        super().__init__(is_quiet, clock, language)
        self._lock, self._looked = threading.Lock(), float("-inf")
        self._facts: dict[int, RunFacts] = {}
        self._said: set[tuple[str, ...]] = set()
        self._names = [profile.name for profile in profiles]
        self._n_evaluated = [0] * len(profiles)
        self._speeds = [Speed(clock=clock) for _ in profiles]
        self._n_expected = [profile.n_evaluations for profile in profiles]
        self._budgets: list[float | None] = [None] * len(profiles)
        # Where a line is short, the picture goes before any figure.
        letters = max(len(p.name) + 2 * len(str(p.n_evaluations)) for p in profiles)
        room = self._console.width - letters - len(" seed 281474976710655 / 99,999/s 0:00:00 ")
        picture = [BarColumn(bar_width=16)] * (room > 16)
        bar = self._make_bar(
            "label", *picture, MofNCompleteColumn(), "rate", "left", transient=False, per_s=4
        )
        self._tasks = [TaskID(0)] * len(profiles)
        if bar is not None:
            self._tasks = [
                bar.add_task("", total=p.n_evaluations, label=p.name, rate="-", left="-")
                for p in profiles
            ]

    def __call__(self, place: int, event: Event) -> None:
        """Take in one event of one search."""
        if self._is_quiet:
            return
        with self._lock:
            if isinstance(event, RunPreparing):
                self._print_once([f"note     {'; '.join(event.notices)}"] * bool(event.notices))
            elif isinstance(event, RunStarted):
                self._start(place, event)
            elif isinstance(event, SearchStarted):
                self._speeds[place].begin(event.n_evaluated, self._budgets[place])
            elif isinstance(event, EvaluationsFinished | GenerationFinished):
                if isinstance(event, GenerationFinished):
                    self._speeds[place].end_stage()
                    self._look(place, event)
                self._update(place, event.n_evaluated)
            elif isinstance(event, WorkersStarted) and place == 0:
                self._console.print(f"workers  {event.n_workers} {event.kind} now")
            elif isinstance(event, RunFinished) and self._bar is not None:
                self._bar.words = ""
            elif isinstance(event, RunFinished):
                result, name = event.result, self._names[place]
                ending = name_ending(result.reason, self._language)
                self._print(f"{name} ended: {ending}, evaluated={result.n_evaluated}")

    def _print_once(self, lines: Sequence[str]) -> None:
        """What is the same for several searches is said for the first of them."""
        if tuple(lines) not in self._said:
            self._said.add(tuple(lines))
            for line in lines:
                self._print(line)

    def _start(self, place: int, event: RunStarted) -> None:
        facts = self._facts[place] = event.facts
        self._budgets[place] = facts.budget_s
        self._n_expected[place] = event.n_evaluations
        seed = name_label("seed", self._language)
        self._names[place] = f"{self._names[place]} {seed} {facts.seed}"
        self._print_once(describe_data(facts.data, facts.notes, self._language))
        if self._bar is not None:
            self._bar.start()
            self._bar.update(self._tasks[place], label=self._names[place])
            return
        workers = f"{facts.n_workers} worker{'' if facts.n_workers == 1 else 's'}"
        self._print(
            f"run      {event.run_id}: {count(facts.noun, event.n_evaluations, 'en')}, "
            f"seed {facts.seed}, {workers} ({facts.backend})"
        )

    def _look(self, place: int, event: GenerationFinished) -> None:
        """Say how the search under way does; of several at once, the one that is told last."""
        facts = self._facts.get(place)
        if self._bar is None or facts is None or self._clock() - self._looked < LOOK_EVERY_S:
            return
        self._looked = self._clock()
        text = describe_live(event, facts, self._language)
        self._bar.words = make_visible(f"{self._names[place]}: {text}")

    def _update(self, place: int, n_evaluated: int) -> None:
        self._n_evaluated[place] = n_evaluated
        speed, n_expected = self._speeds[place], self._n_expected[place]
        if self._advance(self._tasks[place], speed, n_evaluated, n_expected):
            for name, n in zip(self._names, self._n_evaluated, strict=True):
                self._print(f"{name}: evaluated={n}")


def _describe_ends(searches: Sequence[Search], language: str) -> list[str]:
    """How many searches were still improving, and how the best of these goes on."""
    found = []
    for place, each in enumerate(searches):
        course = each.result and find_course(each.result, each.profile.run.results)
        sentence, command = describe_course(course, language) if course else ("", "")
        if course and command:
            found.append((course.rises[-1][1], -place, sentence, command))
    if not found:
        return []
    n = {"n": len(found), "all": len(searches)}
    *_, sentence, command = max(found)
    return [
        lead("course", say("run.many_rising", language, **n), language),
        f"         {sentence}",
        lead("onward", command, language),
    ]


def _describe(search: Search, language: str) -> list[str]:
    label = f"{search.profile.name} {name_label('seed', language)} {search.profile.seed}"
    parts, others = [], []
    if search.result is not None:
        parts.append(count_rows(search.result, language))
        if search.result.best:
            best = describe_best(search.result, language)
            parts.append(f"{name_label('best', language)} {best}")
        whys = [say("run.why", language, text=text) for text in search.result.reasons]
        others = [f"         {text}" for text in whys]
        if search.result.is_resumable:
            others.append(
                f"         {describe_resume(search.result.run_id, search.profile.run.results)}"
            )
    if search.error is not None:
        first, *rest = str(search.error).splitlines() or [""]
        parts.append(f"error: {first}")
        others = [f"         {line}" for line in rest] + others
    return [f"{label}: {'; '.join(parts) or 'not begun'}", *others]


def _plain(search: Search) -> dict[str, Any]:
    about: dict[str, Any] = {"profile": search.profile.name, "seed": search.profile.seed}
    return about | to_plain(search.result, search.error)
