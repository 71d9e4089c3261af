"""What surrounds the start of a worker: its environment, its mark, and Python's own helper.

Python starts one more process along with the first worker: the resource tracker. It inherits our
standard output and lives as long as any process that a worker started. It is therefore
started here, with no output of ours: a reader of that must see its end when we end.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from multiprocessing import resource_tracker
from typing import Any, TextIO, cast

from evosearch.executors.local.guards import hold_interrupts
from evosearch.system.one_thread import ONE_THREAD
from evosearch.system.search_path import SAFE_PATH

# It identifies the processes that a worker started: see `sweep`.
MARK = "EVOSEARCH_WORKER"
_STARTING = threading.Lock()  # all threads share one environment and one output


@contextlib.contextmanager
def starting(mark: str | None) -> Iterator[None]:
    """Within this, a process that starts is a worker with this mark, and spared Ctrl-C."""
    start_tracker()
    outer = os.environ.get(MARK)  # a search inside a worker of another one
    marks = {} if mark is None else {MARK: mark if outer is None else f"{outer}:{mark}"}
    with _STARTING, _environment(SAFE_PATH, ONE_THREAD | marks), hold_interrupts():
        yield


def start_tracker() -> None:
    """Start the resource tracker of multiprocessing unless it runs, with no output of ours."""
    if sys.platform == "win32":
        return
    # Starting it along with the first worker would also let Ctrl-C through to that worker.
    with _STARTING, hold_interrupts(), _environment(SAFE_PATH, {}), _no_output():
        resource_tracker.ensure_running()


@contextlib.contextmanager
def _environment(unless_set: dict[str, str], anyway: dict[str, str]) -> Iterator[None]:
    """Set variables for a while, some of them unless the user set them."""
    wanted = {name: value for name, value in unless_set.items() if name not in os.environ} | anyway
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _no_output() -> Iterator[None]:
    """Pass no standard stream on to a process that starts, while all that prints here goes on."""
    places = []  # of streams that are closed: a pipe opened meanwhile must not take their numbers
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:  # the lowest that is free
        places.append(number)
    os.close(number)
    kept = [stream for stream in (0, 1, 2) if os.get_inheritable(stream)]
    for stream in kept:
        os.set_inheritable(stream, False)
    error = sys.stderr
    sys.stderr = cast("TextIO", _NotPassedOn(error))  # Python passes on its file, too
    try:
        yield
    finally:
        sys.stderr = error
        for stream in kept:
            os.set_inheritable(stream, True)
        for stream in places:
            os.close(stream)


class _NotPassedOn:
    """A stream that hides its file number."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        if name == "fileno":
            raise AttributeError(name)
        return getattr(self._stream, name)
