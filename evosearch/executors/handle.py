"""One worker process as its supervisor holds it: start, watch, kill."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import EvosearchError, ProblemError, WorkerLost
from evosearch.executors.base import Evaluator, Limits
from evosearch.executors.guards import hold_interrupts
from evosearch.executors.shared import Shared
from evosearch.executors.slot import NOTHING_RUNS, Slot
from evosearch.executors.worker import MESSAGE, STOP, Assignment, run_worker
from evosearch.one_thread import ONE_THREAD
from evosearch.search_path import SAFE_PATH

# A person who waits this long wants to know for what.
TELL_AFTER_S = 60.0


@dataclass(frozen=True)
class Package:
    """An evaluator ready to travel: pickled, its large arrays in memory that workers share.

    Attributes
    ----------
    payload : bytes
    shared : Shared or None
    spans : list of (int, int)
        Where each array begins and ends in `shared`.
    """

    payload: bytes
    shared: Shared | None
    spans: list[tuple[int, int]]

    @staticmethod
    def pack(evaluator: Evaluator, context: Any) -> Package:
        """Pickle once, for all workers."""
        buffers: list[pickle.PickleBuffer] = []
        payload = pickle.dumps(evaluator, protocol=5, buffer_callback=buffers.append)
        spans, end = [], 0
        for buffer in buffers:
            size = buffer.raw().nbytes
            spans.append((end, end + size))
            end += -(-size // 64) * 64  # aligned for the processor's wide registers
        pieces = ((begin, buffer.raw()) for buffer, (begin, _) in zip(buffers, spans, strict=True))
        return Package(payload, Shared.hold(context, end, pieces) if end else None, spans)


@dataclass
class WorkerHandle:
    """A worker process, its pipe, its slots, and what it is doing.

    Attributes
    ----------
    place : int
        0 to n_workers - 1; a worker that dies is replaced in its place.
    slots : tuple of Slot
        Two: one for the chunk that runs, one for the chunk behind it.
    turn : int
        Which of them is for the chunk that runs.
    chunk : int
        Number of the chunk that runs.
    rows : ndarray of intp or None
        The chunk that runs; None when idle.
    behind : (int, ndarray of intp) or None
        Number and rows of the chunk that the worker finds when it is done.
    began : float
        When the chunk (or the process) began, on the monotonic clock.
    row_seen, row_since
        The row last seen running, and since when.
    told_after_s : float
        How long a row may run before somebody is told of it.
    """

    process: Any
    connection: Connection
    slots: tuple[Slot, Slot]
    place: int
    facts: Any  # psutil.Process
    is_ready: bool = False
    turn: int = 0
    chunk: int = 0
    rows: NDArray[np.intp] | None = None
    behind: tuple[int, NDArray[np.intp]] | None = None
    began: float = field(default_factory=time.monotonic)
    row_seen: int = NOTHING_RUNS
    row_since: float = field(default_factory=time.monotonic)
    told_after_s: float = TELL_AFTER_S

    @staticmethod
    def start(
        context: Any, package: Package, slots: tuple[Slot, Slot], limits: Limits, place: int
    ) -> WorkerHandle:
        """Start a worker; it says so on its pipe when it is ready."""
        import psutil

        ours, theirs = context.Pipe()
        # Linux reports the end of the thread that starts a process as the end of its parent.
        is_child = (
            context.get_start_method() == "spawn"
            and threading.current_thread() is threading.main_thread()
        )
        given = Assignment(
            package.payload,
            package.shared,
            package.spans,
            (slots[0].memory, slots[1].memory),
            slots[0].shape,
            limits,
            place,
            is_child,
        )
        process = context.Process(
            target=run_worker,
            args=(theirs, given),
            name=f"evosearch-worker-{place}",
            daemon=True,
        )
        with _environment(SAFE_PATH):
            if sys.platform != "win32":
                # Starting it along with the first worker would let Ctrl-C through to that worker.
                resource_tracker.ensure_running()
        with _environment(ONE_THREAD | SAFE_PATH), hold_interrupts():
            process.start()
        # Only the worker may hold its end, or its death would not end the pipe.
        theirs.close()
        for slot in slots:
            slot.memory.close_descriptor()
        try:
            facts = psutil.Process(process.pid)
        except psutil.Error:
            facts = None
        return WorkerHandle(process, ours, slots, place, facts)

    @property
    def slot(self) -> Slot:
        """The slot of the chunk that runs."""
        return self.slots[self.turn]

    def hand_out(self, chunk: int, rows: NDArray[np.intp], genomes: NDArray[np.float64]) -> None:
        """Let the worker measure some rows of `genomes`, after those it is measuring."""
        place = self.turn if self.rows is None else 1 - self.turn
        slot = self.slots[place]
        slot.genomes[: len(rows)] = genomes[rows]
        slot.header[0], slot.header[1] = NOTHING_RUNS, 0
        if self.rows is None:
            self._begin(chunk, rows)
        else:
            self.behind = (chunk, rows)
        with contextlib.suppress(OSError):  # a dead worker is noticed when waiting for it
            self.connection.send_bytes(MESSAGE.pack(chunk, len(rows), place, 0.0))

    def go_on(self) -> None:
        """The chunk that ran is done."""
        self.rows = None
        if self.behind is not None:
            (chunk, rows), self.behind = self.behind, None
            self.turn = 1 - self.turn
            self._begin(chunk, rows)

    def _begin(self, chunk: int, rows: NDArray[np.intp]) -> None:
        self.chunk, self.rows, self.began = chunk, rows, time.monotonic()
        self.row_seen, self.row_since = NOTHING_RUNS, self.began
        self.told_after_s = TELL_AFTER_S

    def see_row(self, row: int, now: float) -> None:
        """Take note of the row that runs."""
        if row != self.row_seen:
            self.row_seen, self.row_since, self.told_after_s = row, now, TELL_AFTER_S

    def postpone(self, gap_s: float) -> None:
        """Count from later: the machine slept, or this process was stopped."""
        self.began += gap_s
        self.row_since += gap_s

    def send_stop(self) -> None:
        """Ask an idle worker to end."""
        with contextlib.suppress(OSError):
            self.connection.send_bytes(STOP)

    def kill(self) -> None:
        """End the worker and whatever it started."""
        pid = self.process.pid
        if sys.platform == "win32":
            self._kill_descendants()
        elif pid is not None:
            # Before anybody waits for the worker: until then its number belongs to no other.
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(OSError, ValueError):
            self.process.kill()
        self.process.join(5.0)
        self.connection.close()

    def _kill_descendants(self) -> None:
        import psutil

        with contextlib.suppress(psutil.Error):
            for process in self.facts.children(recursive=True) if self.facts else ():
                with contextlib.suppress(psutil.Error):
                    process.kill()

    def is_stopped(self) -> bool:
        """Whether somebody stopped the process by a signal."""
        import psutil

        try:
            return self.facts is not None and self.facts.status() == psutil.STATUS_STOPPED
        except psutil.Error:
            return False

    def describe_exit(self) -> str:
        """How the process ended, in words."""
        code = self.process.exitcode
        if code is None:
            return "the worker closed its pipe"
        if code < 0:
            try:
                return f"killed by {signal.Signals(-code).name}"
            except ValueError:
                return f"killed by signal {-code}"
        return f"the process ended with exit code {code}"

    def was_alarmed(self) -> bool:
        """Whether the worker's own timer ended it."""
        return hasattr(signal, "SIGALRM") and self.process.exitcode == -signal.SIGALRM


def read_greeting(message: bytes) -> EvosearchError | None:
    """What a worker's first message says went wrong; None when it is ready."""
    told = json.loads(message)
    if "error" not in told:
        return None
    if told["is_mistake"]:  # of the user's, or files that changed since the run began
        return ProblemError(str(told["error"]))
    return WorkerLost(f"A worker could not prepare the problem: {told['error']}")


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables while a worker starts, which inherits them, unless the user set them."""
    added = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
