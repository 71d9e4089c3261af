"""What runs inside a worker process: guards first, then one chunk after another.

A worker receives its problem once, reports that it is ready, and then reads chunks from its slots.
After each evaluation it restores what that changed in the process, so that no result depends on
which genomes were measured before. It ends at once if its pipe is gone, or if it is a copy that
the objective forked: both would write where others read.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import multiprocessing
import os
import signal
import struct
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from evosearch.errors import EvosearchError, UsageError
from evosearch.executors.base import Evaluator, Limits
from evosearch.executors.local.guards import guard_worker
from evosearch.executors.local.shared import Package
from evosearch.executors.local.slot import NOTHING_RUNS, Draft, Slot
from evosearch.executors.output import redirect_output
from evosearch.executors.state import ProcessState
from evosearch.system.search_path import leave_safe_path

# Number of a chunk, its rows, the slot that it lies in, and, in the answer, its seconds.
MESSAGE = struct.Struct("<qqqd")
STOP = MESSAGE.pack(-1, 0, 0, 0.0)
GREETING_BYTES = 2**16
CHUNK_WORD = 2  # of a slot's header: the chunk that a worker has begun
# The worker's own timers fire later than its parent's, which is the one that keeps the books.
_GRACE = 1.5
_MOST_CHILDREN = 1000


@dataclass(frozen=True)
class Assignment:
    """What a worker is given when it starts.

    Attributes
    ----------
    package : Package
    slots : tuple of Slot
    limits : Limits
    place : int
        For the name of its log.
    is_child : bool
        As for `guard_worker`.
    """

    package: Package
    slots: tuple[Slot, Slot]
    limits: Limits
    place: int
    is_child: bool


def run_worker(connection: Connection, given: Assignment) -> None:
    """The whole life of a worker process, which hears from its parent through `connection`."""
    leave_safe_path()
    guard_worker(given.is_child)
    redirect_output(given.limits.log_folder, given.place)
    try:
        evaluator = given.package.open()
        evaluator.setup()
        connection.send_bytes(b"{}")
    except BaseException as error:
        with contextlib.suppress(OSError):
            told = {"error": _explain(error), "is_mistake": isinstance(error, UsageError)}
            connection.send_bytes(json.dumps(told).encode())
        _leave()
    _Worker(connection, evaluator, given).serve()


class _Worker:
    """A worker that is ready."""

    def __init__(self, connection: Connection, evaluator: Evaluator, given: Assignment) -> None:
        self._connection, self._evaluator, self._slots = connection, evaluator, given.slots
        self._slot = given.slots[0]
        self._timeout_s = given.limits.timeout_s
        self._can_alarm = self._timeout_s is not None and hasattr(signal, "setitimer")
        self._state = ProcessState()
        self._pid, self._pipe = os.getpid(), connection.fileno()
        self._pipe_is = _identify(self._pipe)
        if hasattr(os, "register_at_fork"):
            # A copy must not hold the pipe open: our death would go unnoticed.
            os.register_at_fork(after_in_child=connection.close)

    def serve(self) -> None:
        """Measure chunks until told to stop, or until the parent is gone."""
        while True:
            try:
                message = self._connection.recv_bytes(MESSAGE.size)
                chunk, n, place, _ = MESSAGE.unpack(message)
            except (EOFError, OSError, struct.error):  # gone, or an objective read half of it
                _leave()
            if message == STOP:
                if _has_company():
                    _leave()  # which would be waited for
                return
            self._slot = self._slots[place]
            began = time.perf_counter()
            self._run_chunk(chunk, n)
            try:
                elapsed_s = time.perf_counter() - began
                self._connection.send_bytes(MESSAGE.pack(chunk, n, place, elapsed_s))
            except OSError:
                _leave()
            if _count_children() > _MOST_CHILDREN:
                _leave()  # it adopts what objectives leave behind, and never waits for it

    def _run_chunk(self, chunk: int, n: int) -> None:
        slot, evaluator, timeout_s = self._slot, self._evaluator, self._timeout_s
        draft = slot.open_for(n)

        def before(row: int) -> None:
            if row:
                self._finish(row - 1, row, draft)
            slot.header[0] = row
            if sys.platform != "win32" and self._can_alarm and timeout_s:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, timeout_s * _GRACE + 1)

        slot.header[0], slot.header[1], slot.header[CHUNK_WORD] = NOTHING_RUNS, 0, chunk
        if timeout_s is not None:
            # Needs neither the interpreter lock nor a signal that an objective may have taken.
            faulthandler.dump_traceback_later(n * timeout_s * _GRACE + 2, exit=True)
        try:
            evaluator.evaluate(slot.genomes[:n].copy(), draft.evaluations, before)
        finally:
            if timeout_s is not None:
                faulthandler.cancel_dump_traceback_later()
        # All rows once more: an objective may have spoilt the memory of those before it.
        self._finish(0, n, draft)

    def _finish(self, begin: int, end: int, draft: Draft) -> None:
        """Share rows, and be as before they were evaluated - or leave when that cannot be."""
        if os.getpid() != self._pid:
            _leave()  # a copy that the objective forked and forgot
        self._slot.put(begin, end, draft)
        self._slot.header[1] = end
        self._slot.header[0] = NOTHING_RUNS
        if not self._state.restore() or _identify(self._pipe) != self._pipe_is:
            # Changed for good, or our pipe is closed by the objective, and perhaps a file of its
            # own by now: what is done counts, and a fresh worker does the rest.
            _leave()


def _leave() -> NoReturn:
    """End at once; the parent ends threads and children that are left behind."""
    os._exit(0)


def _has_company() -> bool:
    """Whether the objective left something behind that Python would wait for."""
    threads = [thread for thread in threading.enumerate() if not thread.daemon]
    return len(threads) > 1 or bool(multiprocessing.active_children())


def _count_children() -> int:
    """Children of this process, also those it adopted and those that have ended."""
    try:
        return len(Path("/proc/thread-self/children").read_bytes().split())
    except OSError:
        return 0


def _identify(descriptor: int) -> tuple[int, int] | None:
    if sys.platform == "win32":  # where a pipe has a handle
        return None
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _explain(error: BaseException) -> str:
    """An exception with where it was raised, for a person."""
    if isinstance(error, EvosearchError):  # written for a person
        return str(error)[:3500]
    last = "".join(traceback.format_exception_only(error)).strip()
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({frames[0].filename}:{frames[0].lineno})" if frames else ""
    return f"{last[:3000]}{where[:500]}"
