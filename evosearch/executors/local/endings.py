"""End workers all at once, with the processes they started, within a limited time."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import time
from collections.abc import Iterable
from multiprocessing import resource_tracker

from evosearch.executors.local.handle import WorkerHandle
from evosearch.executors.local.sweep import end_kin

# A process that hangs in a disk or a driver does not even end when killed.
_DIES_WITHIN_S = 5.0
_living: dict[int, WorkerHandle] = {}


def remember(worker: WorkerHandle) -> None:
    """Let a worker end with this process, even if its executor is never closed."""
    _living[worker.kin.pid] = worker


def end_workers(workers: Iterable[WorkerHandle]) -> None:
    """End workers and whatever they started, in one sweep."""
    workers = list(workers)
    for worker in workers:
        worker.job.end()
    end_kin([worker.kin for worker in workers])
    deadline = time.monotonic() + _DIES_WITHIN_S
    for worker in workers:
        with contextlib.suppress(OSError, ValueError):
            worker.process.kill()
        # Never `join`, which waits without limit where an objective wrote to the sentinel.
        while not worker.has_ended() and time.monotonic() < deadline:
            time.sleep(0.001)
        worker.connection.close()
        _living.pop(worker.kin.pid, None)


def _end_all(owner: int) -> None:
    if os.getpid() == owner:  # not a copy of this process that a script forked
        end_workers(_living.values())
        # One that an objective stopped would stay for ever, and newer Pythons wait for it.
        tracker = getattr(getattr(resource_tracker, "_resource_tracker", None), "_pid", None)
        if tracker and hasattr(signal, "SIGCONT"):
            with contextlib.suppress(OSError):
                os.kill(tracker, signal.SIGCONT)


# Runs before multiprocessing's own, which waits without limit for each that is not daemonic.
atexit.register(_end_all, os.getpid())
