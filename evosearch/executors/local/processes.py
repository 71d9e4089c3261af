"""Evaluation in worker processes that may die, hang or misbehave without harm to the search.

                       one pipe each, nothing shared between workers
    chunks --> [ main ] ===== worker 1: slot (genomes, results, row now running)
                 |  |  ===== worker 2: slot
                 |  +-- the process ends: blame the row that ran, hand out the rest again
                 +-- a row overstays its limit, or writes into the pipe: kill, as above

An objective can write into its pipe. So only messages of the agreed form are accepted, and nothing
waits for the rest of one. Only the operating system tells that a worker is dead.
No lock or queue is shared, because a worker that dies inside one would block the others.
One chunk runs in each worker and, while many rows are left, a second one is queued, so that no
worker waits. Genomes and results travel through slots: the messages are a few bytes and no send
can block.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import multiprocessing
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import EnvironmentFailed
from evosearch.executors.base import CHUNK_S, Evaluator, Executor, Pace, Part
from evosearch.executors.local.endings import end_workers, remember
from evosearch.executors.local.guards import Sweeper
from evosearch.executors.local.handle import WorkerHandle
from evosearch.executors.local.inbox import Garbled, check_greeting
from evosearch.executors.local.launch import start_tracker
from evosearch.executors.local.losses import Losses
from evosearch.executors.local.shared import Package
from evosearch.executors.local.slot import ROW_BYTES, Slot
from evosearch.executors.local.sweep import list_processes
from evosearch.executors.local.watch import Watch
from evosearch.executors.local.worker import GREETING_BYTES, MESSAGE
from evosearch.executors.output import sweep_logs
from evosearch.executors.todo import Todo
from evosearch.population import Evaluations, Status
from evosearch.system.os_errors import advise

_SLOT_BYTES = 4 * 2**20
_MOST_ROWS = 4096
_POLL_S, _SOON_S = 0.25, 0.01
# Windows waits for 63 at once, and Python leaves it at that before 3.13.
_AT_ONCE = 60 if sys.platform == "win32" else sys.maxsize
_TURN_S = 0.02  # how long news from one group may wait for another
_GREETING, _ANSWER = range(1, GREETING_BYTES + 1), range(MESSAGE.size, MESSAGE.size + 1)


class Processes(Executor):
    """A fixed number of workers under supervision.

    The evaluator is sent to each worker once; its large arrays are shared, read-only.
    """

    kind = "processes"
    # How Python starts a process; rows are the same with "forkserver".
    start_method: ClassVar[str] = "spawn"

    @classmethod
    def has_workers(cls, is_limited: bool, can_use_threads: bool) -> bool:
        """As in the base class."""
        return True

    def __init__(self, evaluator: Evaluator, n_workers: int = 1, *others: Any, **more: Any) -> None:
        super().__init__(evaluator, n_workers, *others, **more)
        self._context: Any = multiprocessing.get_context(self.start_method)
        self._package: Package | None = None
        self._sweeper = Sweeper()
        self._workers: list[WorkerHandle] = []
        self._n_chunks, self._is_ahead = 0, True
        self._losses = Losses(evaluator, n_workers)
        self._pace = Pace()
        row_bytes = ROW_BYTES + 8 * (evaluator.n_genes + evaluator.n_metrics)
        self._most = min(_MOST_ROWS, max(1, _SLOT_BYTES // row_bytes))
        self._watch = Watch(self.limits, n_workers, evaluator.is_batched)
        with contextlib.suppress(OSError):  # then the first worker says so
            start_tracker()  # before a bar of progress is drawn

    def prepare(self, n: int) -> Iterator[None]:
        """As in the base class."""
        began, before_s, nothing = time.monotonic(), self.waited_s, Todo(0)
        self._watch.begin()
        wanted = min(self.n_workers, n)
        while len(self._workers) < wanted or not all(one.is_ready for one in self._workers):
            while len(self._workers) < wanted:
                self._start_worker()
            for _ in self._collect(nothing):
                pass
            self.waited_s = before_s + time.monotonic() - began
            yield

    def evaluate(self, genomes: NDArray[np.float64]) -> Iterator[Part]:
        """As in the base class."""
        todo = Todo(len(genomes))
        self._watch.begin()
        try:
            while todo.n_open:
                while len(self._workers) < min(self.n_workers, todo.n_open):
                    self._start_worker()
                for worker in self._workers:
                    if worker.is_idle() and todo.n_left:
                        self._hand_out(worker, todo, genomes)
                for worker in self._workers:
                    if worker.rows is not None and worker.behind is None and self._is_plenty(todo):
                        self._hand_out(worker, todo, genomes)
                yield from self._collect(todo)
        finally:
            # If the caller broke off, what runs is not needed.
            self._remove(*[worker for worker in self._workers if worker.rows is not None])

    def close(self) -> None:
        """As in the base class."""
        # A worker that left processes behind is ended with them, while they can be traced.
        known = list_processes() if self._workers else {}
        idle = [one for one in self._workers if one.rows is None and one.is_alone(known)]
        for worker in idle:
            worker.send_stop()
        deadline = time.monotonic() + 1.0
        while time.monotonic() < deadline and not all(worker.has_ended() for worker in idle):
            time.sleep(0.002)
        self._remove(*self._workers)
        self._sweeper.close()
        sweep_logs(self.limits.log_folder)

    def _start_worker(self) -> None:
        taken = {worker.place for worker in self._workers}
        place = next(number for number in range(self.n_workers) if number not in taken)
        try:
            if self._package is None:
                self._package = Package.pack(self.evaluator, self._context)
                self._watch.shared_bytes = len(self._package.shared or b"")
            shape = (self._most, self.evaluator.n_genes, self.evaluator.n_metrics)
            slots = Slot.allocate(self._context, *shape), Slot.allocate(self._context, *shape)
            worker = WorkerHandle.start(self._context, self._package, slots, self.limits, place)
            remember(worker)
        except (OSError, MemoryError) as error:
            fewer = max(1, self.n_workers // 2)
            advice = f"Close other programs, or try fewer with --workers {fewer}."
            # A full disk is memory here: workers share theirs as files.
            if isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.EMFILE):
                advice = advise(error)
            raise EnvironmentFailed(
                f"No worker process can be started: {error}. {advice}"
            ) from error
        self._workers.append(worker)
        self._sweeper.add(worker.kin)

    def _remove(self, *workers: WorkerHandle) -> None:
        end_workers(workers)
        for worker in workers:
            self._workers.remove(worker)
            self._sweeper.discard(worker.kin.pid)

    def _hand_out(self, worker: WorkerHandle, todo: Todo, genomes: NDArray[np.float64]) -> None:
        size = self._pace.chunk_size(todo.n_left, self.n_workers, self._most)
        self._n_chunks += 1
        worker.hand_out(self._n_chunks, todo.take(size), genomes)

    def _is_plenty(self, todo: Todo) -> bool:
        """Whether a worker gets a second chunk: evaluations are short, and many are left."""
        cost_s = self._pace.cost_s
        is_short = cost_s is not None and cost_s < CHUNK_S
        return self._is_ahead and is_short and todo.n_left > 4 * self.n_workers

    def _collect(self, todo: Todo) -> Iterator[Part]:
        """Wait for events, and process all that have arrived."""
        handles = [sign for worker in self._workers for sign in worker.signs()]
        is_soon = any(worker.is_about_to_end() for worker in self._workers)
        happened = _wait(handles, _SOON_S if is_soon else _POLL_S)
        for worker in list(self._workers):
            if worker.connection in happened:
                yield from self._receive(worker, todo)
            if worker.process.sentinel in happened:
                worker.is_sentinel_true = False
                worker.doubt()
            if worker in self._workers and worker.doubted_since is not None and worker.has_ended():
                yield from self._bury(worker, todo)
        if not self._watch.is_due():
            return
        yield np.empty(0, np.intp), Evaluations.empty(0, self.evaluator.n_metrics)
        for worker, status, why in self._watch.look(list(self._workers), self.tell_slow):
            if worker.has_ended():
                yield from self._bury(worker, todo)
                continue
            self._remove(worker)
            if status is None:
                self._is_ahead = False
                self._losses.give_back(worker, todo, why)
            else:
                yield from self._losses.settle(worker, todo, status, why)

    def _receive(self, worker: WorkerHandle, todo: Todo) -> Iterator[Part]:
        """Take what a worker has said."""
        try:
            if not worker.is_ready and (greeting := worker.inbox.take(_GREETING)) is not None:
                check_greeting(greeting)
                worker.is_ready, self._losses.n_failed_starts = True, 0
            while worker.is_ready and (message := worker.inbox.take(_ANSWER)) is not None:
                elapsed_s = worker.check(message)
                rows = worker.rows
                assert rows is not None
                part = worker.slot.read_done(len(rows))
                # Measured by the worker: this process may have been away, and the chunk waiting.
                self._pace.learn(len(rows), elapsed_s)
                worker.go_on()
                todo.close(len(part))
                # An objective of the chunk behind may have spoilt some meanwhile.
                todo.again(rows[len(part) :])
                yield rows[: len(part)], part
            if worker.inbox.has_ended:
                worker.doubt()
        except Garbled:
            self._is_ahead = False  # what lies behind a chunk can be read by an objective
            self._remove(worker)
            yield from self._losses.settle_garbled(worker, todo)

    def _bury(self, worker: WorkerHandle, todo: Todo) -> Iterator[Part]:
        """Process the end of a dead worker, after its last messages."""
        yield from self._receive(worker, todo)
        if worker not in self._workers:
            return
        self._remove(worker)
        try:
            worker.inbox.close()
        except Garbled:
            yield from self._losses.settle_garbled(worker, todo)
            return
        status, reason = Status.CRASHED, worker.describe_exit()
        limit_s = self.limits.timeout_s
        if limit_s is not None and worker.was_alarmed():
            status, reason = Status.TIMEOUT, f"longer than {limit_s:g} s"
        yield from self._losses.settle(worker, todo, status, reason)


def _wait(handles: list[Any], seconds: float) -> list[Any]:
    """Those of the handles that have something to say, waited for in groups where need be."""
    if not handles:
        time.sleep(seconds)  # all are deaf
        return []
    if len(handles) <= _AT_ONCE:
        return list(wait(handles, seconds))
    groups = [handles[at : at + _AT_ONCE] for at in range(0, len(handles), _AT_ONCE)]
    deadline = time.monotonic() + seconds
    for turn in itertools.count():
        happened = [one for group in groups for one in wait(group, 0)]
        left_s = deadline - time.monotonic()
        if happened or left_s <= 0:
            break
        wait(groups[turn % len(groups)], min(_TURN_S, left_s))
    return happened
