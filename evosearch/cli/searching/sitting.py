"""One session of a search at the terminal: progress, signals, and how it ended."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import typer

from evosearch.cli.speed import LEAST_S
from evosearch.loop.events import Event, RunFinished, RunPreparing, SearchStarted
from evosearch.texts import describe_resume, name_results, quote_path, quote_shards

if TYPE_CHECKING:
    from evosearch.loop.result import RunResult


def carry_out(
    start: Callable[..., RunResult],
    folder: str,
    keep_awake: bool,
    as_json: bool,
    is_quiet: bool,
    note: str = "",
) -> None:
    """Run with progress, signals and a summary; the end of every command that searches.

    Parameters
    ----------
    start : callable
        Given ``listen`` and ``should_stop``, carries out the run.
    folder : str
        Of the shards.
    note : str
        Said after what must be known before a run.
    """
    from evosearch.cli import console
    from evosearch.cli.awake import stay_awake
    from evosearch.cli.progress import RunProgress

    progress = RunProgress(is_quiet=is_quiet or as_json, note=note)
    stop = StopSignals()
    result: RunResult | None = None
    failure: BaseException | None = None
    try:
        with stop, stay_awake(keep_awake):
            result = start(listen=stop.attend(progress), should_stop=stop.is_set)
    except BaseException as error:
        # What was measured is shown in any case; `command` shows the error.
        result, failure = getattr(error, "result", None), error
        if result is None and not isinstance(error, KeyboardInterrupt):
            raise
    finally:
        progress.close()
    is_early = isinstance(failure, KeyboardInterrupt) and stop.is_preparing
    if as_json:
        console.print_json("run", to_plain(result, failure), list_warnings(result))
    elif result is not None and not is_early:
        lines = describe_result(result, folder)
        console.print_lines(*console.wrap_words(lines, console.make_console()))
    if isinstance(failure, KeyboardInterrupt):
        said = STOPPED_EARLY if is_early else "stopped at once"
        if result is not None and result.is_resumable:
            said += f"; continue with:  {describe_resume(result.run_id, folder)}"
        sys.stderr.write(f"{said}\n")
        raise typer.Exit(128 + (stop.number or int(signal.SIGINT)))
    if failure is not None:
        raise failure
    if stop.number and result is not None and result.reason == "stopped":
        raise typer.Exit(128 + stop.number)


@contextlib.contextmanager
def while_preparing(as_json: bool) -> Iterator[None]:
    """Let the first signal end the command, with one sentence."""
    stop = StopSignals()
    try:
        with stop:
            yield
    except KeyboardInterrupt:
        if as_json:
            from evosearch.cli.console import print_json

            print_json("run", to_plain(None))
        sys.stderr.write(f"{STOPPED_EARLY}\n")
        raise typer.Exit(128 + (stop.number or int(signal.SIGINT))) from None


@contextlib.contextmanager
def take_signals(handle: Callable[[int, object], None]) -> Iterator[None]:
    """Have signals that end a process handled otherwise. Ignored signals stay ignored."""
    before = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):  # some systems lack some
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class StopSignals(contextlib.ExitStack):
    """The first Ctrl-C or SIGTERM asks the search to end cleanly; a second one ends it at once.

    During preparation there is nothing to keep, and the first one ends it. A signal that was
    ignored at the start stays ignored: that is how `nohup` keeps a run alive.
    """

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.is_preparing = True
        self._searching: set[int] = set()

    def is_set(self) -> bool:
        """Whether a signal asked to stop."""
        return self.number != 0

    def attend(self, listen: Callable[[Event], None]) -> Callable[[Event], None]:
        """A listener that passes every event on, after this object has taken it in."""

        def both(event: Event) -> None:
            self.take(0, event)
            listen(event)

        return both

    def take(self, place: int, event: Event) -> None:
        """Take in an event of one of several searches."""
        if threading.current_thread() is not threading.main_thread():
            self.is_preparing = False  # no signal ends it: it asks for itself
        elif isinstance(event, SearchStarted):
            self._searching.add(place)
            self.is_preparing = False
        elif isinstance(event, RunFinished):
            self._searching.discard(place)
        elif isinstance(event, RunPreparing):
            self.is_preparing = not self._searching

    def __enter__(self) -> Self:
        self.enter_context(take_signals(self._handle))
        return super().__enter__()

    def _handle(self, number: int, frame: object) -> None:
        is_first, self.number = not self.number, self.number or number
        if self.is_preparing or not is_first:
            raise KeyboardInterrupt
        sys.stderr.write("\nstopping: keeping what is evaluated (again to stop at once)\n")


def to_plain(result: RunResult | None, failure: BaseException | None = None) -> dict[str, Any]:
    """A result as plain data, for `--json`, with the error that ended the run, if one did."""
    from evosearch.assemble.holdout import show_data

    is_error = failure is not None and not isinstance(failure, KeyboardInterrupt)
    plain: dict[str, Any] = {
        "reason": "failed" if is_error else "stopped"
    }  # before there was a run
    if result is not None:
        plain = {name: getattr(result, name) for name in _PLAIN}
        plain["data"] = show_data(result.data)
    return plain | {"error": str(failure) or type(failure).__name__ if is_error else None}


def list_warnings(result: RunResult | None) -> list[str]:
    """What a person has to know of a result's prices and problem, for `--json`."""
    from evosearch.assemble.searching.notices import describe_sample
    from evosearch.cli.progress import list_data_warnings

    if result is None:
        return []
    texts = (describe_sample(result.data), *list_data_warnings(result.data), *result.notes)
    return [*filter(None, texts), *(f"nothing meets the limits: {text}" for text in result.reasons)]


def describe_result(result: RunResult, folder: str) -> list[str]:
    """A result in lines: counts, shards, log, best row, and the command to type next."""
    from evosearch.assemble.searching.notices import describe_sample

    lines = [count_rows(result)]
    lines += [f"shard    {path}" for path in result.paths[-MOST_SHARDS:]]
    if len(result.paths) > MOST_SHARDS:
        lines.append(f"         and {len(result.paths) - MOST_SHARDS} more in {folder}")
    if result.n_committed:
        lines.append(
            f"kept     {result.n_committed:,} rows are in no shard yet; resume publishes them"
        )
    if result.output is not None:
        lines.append(f"printed  {result.output}/  (what the objective wrote)")
    if result.best:
        lines.append(f"best     {describe_best(result.best)}")
        lines += [f"why      nothing meets the limits: {text}" for text in result.reasons]
        lines += describe_luck([result])
    if result.is_resumable:
        lines.append(f"next     {describe_resume(result.run_id, folder)}")
    elif result.paths:
        lines.append(f"next     {describe_looks([folder])}")
    else:
        lines.append("kept     nothing, as nothing was measured")
    sample = describe_sample(result.data)
    return lines + [f"note     {sample}"] * bool(sample)


def describe_luck(results: Sequence[RunResult]) -> list[str]:
    """Return one line: how many trials, and how good the best of so many is by luck alone.

    Nothing else is said of the worth of a run: only a merge knows all trials.
    """
    from evosearch.assemble.judging.luck import estimate_luck
    from evosearch.cli.options import read_language
    from evosearch.report.sentences import count, name_label, say, show_decimal, show_integer

    found = estimate_luck([(result.paths, result.best) for result in results])
    if found is None or found.best_annual is None:
        return []
    language, n = read_language(None), found.n_trials
    text = say(
        "run.luck",
        language,
        trials=count("trial", n, language),
        n=show_integer(n, language),
        luck=show_decimal(found.best_annual, language),
    )
    return [f"{name_label('luck', language):<8} {text}"]


def describe_looks(folders: Sequence[str]) -> str:
    """The commands that look at what lies in some folders."""
    from evosearch.assemble.searching.folder import is_mixed

    places = [quote_path(folder) for folder in folders]
    # Beside the shards, not in another folder's ranking.
    beside = name_results(folders[0]) if len(folders) == 1 else ""
    merge = f"evosearch merge {' '.join(map(quote_shards, folders))}{beside}"
    if is_mixed(folders):
        return f"{merge} --by-fingerprint"
    return f"evosearch top {' '.join(places)}   or   {merge}"


def count_rows(result: RunResult) -> str:
    """What a run measured, how fast, and what ended it."""
    from evosearch.profiles.known_data import is_sample_data

    n_new = result.n_evaluated - result.n_recalled
    # A run of less than a second says nothing of an hour.
    rate = f" ({n_new / result.elapsed_s:,.0f}/s)" if result.elapsed_s >= LEAST_S else ""
    known = f" and {result.n_recalled:,} from before" if result.n_recalled else ""
    noun = "genome" if n_new == 1 else "genomes"
    prices = " on sample prices" * is_sample_data(result.data)
    return (
        f"{n_new:,} {noun} in {result.elapsed_s:.2f} s{rate}{known}{prices}, "
        f"{ENDINGS[result.reason]}; {result.n_feasible:,} feasible, {result.n_not_ok:,} not ok"
    )


def describe_best(best: dict[str, Any]) -> str:
    """The best row in one line: id, objective, what else tells most."""
    from evosearch.assemble.metrics import list_leading
    from evosearch.cli.console import format_value, name_state

    hidden = ("genome_id", "status", "feasible", "fitness", "violation", "generation")
    names = [name for name in best if name not in hidden]
    leading = [metric.name for metric in list_leading("in_line")]
    wanted = [name for name in leading if name in names] or names[:4]
    shown = [] if best["feasible"] else [name_state(best)]
    for name in wanted:
        if best[name] is None:
            continue
        shown.append(f"{name} {format_value(name, best[name])}")
    return f"{best['genome_id'][:8]}  {', '.join(shown)}".rstrip()


# In the order of the JSON.
_PLAIN = (
    "run_id", "reason", "paths", "n_evaluated", "n_recalled", "n_committed", "n_not_ok",
    "n_feasible", "n_duplicates", "is_resumable", "elapsed_s", "best", "data", "output", "reasons",
)  # fmt: skip
MOST_SHARDS = 3
STOPPED_EARLY = "stopped while preparing: nothing new was measured"
ENDINGS = {
    "generations": "all generations",
    "evaluations": "all evaluations",
    "exhausted": "the whole space",
    "duplicates": "no new genome in a million draws",
    "stopped": "stopped early",
    "target": "target reached",
    "stagnation": "no more progress",
    "time": "time is up",
    "failed": "failed",
}
