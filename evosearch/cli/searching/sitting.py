"""One session of a search at the terminal: progress, signals, and how it ended."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self

import typer

from evosearch.loop.events import Event, RunFinished, RunPreparing, SearchStarted
from evosearch.texts import describe_resume

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
    from evosearch.cli.options import read_language
    from evosearch.cli.progress import RunProgress
    from evosearch.cli.searching.outcome import describe_result

    language = read_language(None)
    progress = RunProgress(is_quiet=is_quiet or as_json, note=note, language=language)
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
        lines = describe_result(result, folder, language)
        console.print_lines(*lines)
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


# In the order of the JSON.
_PLAIN = (
    "run_id", "reason", "paths", "n_evaluated", "n_recalled", "n_committed", "n_not_ok",
    "n_feasible", "n_duplicates", "is_resumable", "elapsed_s", "best", "data", "output", "reasons",
)  # fmt: skip
STOPPED_EARLY = "stopped while preparing: nothing new was measured"
