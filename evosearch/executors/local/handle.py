"""One worker process as its supervisor sees it: start, watch, kill."""

from __future__ import annotations

import contextlib
import math
import secrets
import signal
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.executors.base import Limits
from evosearch.executors.local.inbox import Garbled, Inbox
from evosearch.executors.local.job import Job
from evosearch.executors.local.launch import starting
from evosearch.executors.local.shared import Package
from evosearch.executors.local.slot import NOTHING_RUNS, Slot
from evosearch.executors.local.sweep import Found, Kin, find_kin, is_running, read_started
from evosearch.executors.local.worker import CHUNK_WORD, MESSAGE, STOP, Assignment, run_worker

# A person who waits this long wants to know for what.
TELL_AFTER_S = 60.0
_DYING_S = 1.0


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
        How long a row may run before the caller is told of it.
    doubted_since : float or None
        Since when pipe or sentinel say that it is dead, which an objective can bring about.
    is_sentinel_true : bool
        The sentinel has not yet spoken; after that it is no longer waited for.
    """

    process: Any
    inbox: Inbox
    connection: Connection
    slots: tuple[Slot, Slot]
    place: int
    facts: Any  # psutil.Process
    kin: Kin
    job: Job
    is_ready: bool = False
    turn: int = 0
    chunk: int = 0
    rows: NDArray[np.intp] | None = None
    behind: tuple[int, NDArray[np.intp]] | None = None
    began: float = field(default_factory=time.monotonic)
    row_seen: int = NOTHING_RUNS
    row_since: float = field(default_factory=time.monotonic)
    told_after_s: float = TELL_AFTER_S
    doubted_since: float | None = None
    is_sentinel_true: bool = True

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
        given = Assignment(package, slots, limits, place, is_child)
        # Not daemonic, for then an objective could not use multiprocessing.
        process = context.Process(
            target=run_worker,
            args=(theirs, given),
            name=f"evosearch-worker-{place}",
            daemon=False,
        )
        mark = secrets.token_hex(16)
        # A fork server hands the environment of the first to all.
        with starting(mark if context.get_start_method() == "spawn" else None):
            process.start()
        # Only the worker may hold its end, or its death would not end the pipe.
        theirs.close()
        for slot in slots:
            slot.memory.close_descriptor()
        try:
            facts = psutil.Process(process.pid)
        except psutil.Error:
            facts = None
        kin = Kin(process.pid, read_started(process.pid), mark)
        job = Job(process.sentinel, process.pid)
        return WorkerHandle(process, Inbox(ours), ours, slots, place, facts, kin, job)

    @property
    def slot(self) -> Slot:
        """The slot of the chunk that runs."""
        return self.slots[self.turn]

    def hand_out(self, chunk: int, rows: NDArray[np.intp], genomes: NDArray[np.float64]) -> None:
        """Let the worker measure some rows of `genomes`, after those it is measuring."""
        place = self.turn if self.rows is None else 1 - self.turn
        slot = self.slots[place]
        slot.genomes[: len(rows)] = genomes[rows]
        slot.header[0], slot.header[1], slot.header[CHUNK_WORD] = NOTHING_RUNS, 0, 0
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

    def check(self, message: bytes) -> float:
        """How long the chunk that runs has taken, if this says that it is done.

        Raises
        ------
        Garbled
            It says anything else.
        """
        chunk, n, place, elapsed_s = MESSAGE.unpack(message)
        is_ours = self.rows is not None and (
            (chunk, n, place, n) == (self.chunk, len(self.rows), self.turn, self.slot.header[1])
        )
        if not is_ours or not 0.0 <= elapsed_s < math.inf:
            raise Garbled
        return float(elapsed_s)

    def is_idle(self) -> bool:
        """Whether it waits for a chunk, and can hear of one."""
        return self.is_ready and self.rows is None and not self.inbox.has_ended

    def has_begun(self) -> bool:
        """Whether the worker is at the chunk that it was given."""
        return int(self.slot.header[CHUNK_WORD]) == self.chunk

    def signs(self) -> list[Any]:
        """What to wait for: whatever has not yet said that it has no more to say."""
        return [self.connection] * (not self.inbox.has_ended) + (
            [self.process.sentinel] * self.is_sentinel_true
        )

    def doubt(self) -> None:
        """Pipe or sentinel say that it is dead; `has_ended` knows."""
        if self.doubted_since is None:
            self.doubted_since = time.monotonic()

    def has_ended(self) -> bool:
        """Whether the process is dead: what the system says, never what the worker's files say."""
        if self.process.exitcode is not None:
            return True
        # Where other code waits for our children, they never have an exit code.
        return not is_running(self.kin)

    def is_about_to_end(self) -> bool:
        """Whether it was doubted just now: a process closes its files before it is dead."""
        return self.doubted_since is not None and not self.is_deaf()

    def is_deaf(self) -> bool:
        """Whether it goes on although its files say that it is dead."""
        since = self.doubted_since
        return since is not None and time.monotonic() - since > _DYING_S

    def is_alone(self, known: dict[int, Found]) -> bool:
        """Whether no other process, of those known, comes from this worker."""
        return find_kin([self.kin], known) <= {self.kin.pid}

    def is_stopped(self) -> bool:
        """Whether a signal has stopped the process."""
        import psutil

        try:
            return self.facts is not None and self.facts.status() == psutil.STATUS_STOPPED
        except psutil.Error:
            return False

    def describe_exit(self) -> str:
        """How the process ended, in words."""
        code = self.process.exitcode
        if code is None:
            return "the process ended, and nobody can tell how"
        if code < 0:
            try:
                return f"killed by {signal.Signals(-code).name}"
            except ValueError:
                return f"killed by signal {-code}"
        # Windows has codes such as 0xC0000005 for what kills a process.
        return f"the process ended with exit code {code if code < 2**31 else f'0x{code:08X}'}"

    def was_alarmed(self) -> bool:
        """Whether the worker's own timer ended it."""
        return hasattr(signal, "SIGALRM") and self.process.exitcode == -signal.SIGALRM
