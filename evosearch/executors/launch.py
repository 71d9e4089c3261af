"""What surrounds the start of a worker: its environment, its mark, and Python's own helper.

Python starts one more process along with the first worker, the resource tracker, which takes
our standard output with it and lives as long as anything that a worker started. It is therefore
started here, with no output of ours: who reads that must find its end when we end.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
from collections.abc import Iterator
from multiprocessing import resource_tracker

from evosearch.executors.guards import hold_interrupts
from evosearch.one_thread import ONE_THREAD
from evosearch.search_path import SAFE_PATH

# By this a process that a worker started is found, whatever it left: see `sweep`.
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


if sys.platform != "win32":
    import fcntl

    @contextlib.contextmanager
    def _no_output() -> Iterator[None]:
        """Let the standard streams lead nowhere for a while, also those that are closed."""
        kept: dict[int, int | None] = {}
        error = sys.stderr  # its file need not be number 2, and is passed on, too
        try:
            for stream in (0, 1, 2):
                try:
                    kept[stream] = fcntl.fcntl(stream, fcntl.F_DUPFD_CLOEXEC, 3)
                except OSError as fault:
                    if fault.errno != errno.EBADF:
                        raise
                    kept[stream] = None
            with open(os.devnull, "w", encoding="utf-8") as nothing:  # noqa: PTH123 (no path)
                for stream in kept:
                    if stream != nothing.fileno():
                        os.dup2(nothing.fileno(), stream)
                sys.stderr = nothing
                yield
        finally:
            sys.stderr = error
            for stream, copy in kept.items():
                if copy is not None:
                    os.dup2(copy, stream)
                    os.close(copy)
                else:
                    with contextlib.suppress(OSError):
                        os.close(stream)
