"""Evaluation in worker processes that may die, hang or misbehave without harm to the search.

                       one pipe each, nothing shared between workers
    chunks --> [ main ] ===== worker 1: slot (genomes, results, row now running)
                 |  |  ===== worker 2: slot
                 |  +-- pipe or process ends: blame the row that ran, hand out the rest again
                 +-- a row overstays its limit: kill that worker, as above

No lock or queue is shared, because a worker that dies inside one would take the others along.
One chunk at a time is out with each worker; its genomes and results travel through the slot, so
the messages are a few bytes and no send can block.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import WorkerLost
from evosearch.executors.base import Evaluator, Executor, Pace, Part
from evosearch.executors.handle import Package, WorkerHandle, read_greeting
from evosearch.executors.slot import NOTHING_RUNS, ROW_BYTES, Slot
from evosearch.executors.todo import Todo
from evosearch.executors.worker import MESSAGE, STOP
from evosearch.population import Evaluations, Status

_SLOT_BYTES = 4 * 2**20
_MOST_ROWS = 4096
_POLL_S = 0.25
_START_S = 120.0
_MAX_DEATHS = 2  # of one row: a first death may be the machine's fault, a second is its own


class Processes(Executor):
    """A fixed number of spawned workers under supervision.

    The evaluator is sent to each worker once; its large arrays are shared, read-only.
    """

    kind = "processes"

    def __init__(self, evaluator: Evaluator, n_workers: int = 1, *others: Any, **more: Any) -> None:
        super().__init__(evaluator, n_workers, *others, **more)
        self._context = multiprocessing.get_context("spawn")
        self._package: Package | None = None
        self._workers: list[WorkerHandle] = []
        self._n_started = self._n_failed_starts = self._n_chunks = 0
        self._pace = Pace()
        row_bytes = ROW_BYTES + 8 * (evaluator.n_genes + evaluator.n_metrics)
        self._most = min(_MOST_ROWS, max(1, _SLOT_BYTES // row_bytes))

    def evaluate(self, genomes: NDArray[np.float64]) -> Iterator[Part]:
        """As in the base class."""
        todo = Todo(len(genomes))
        try:
            while todo.n_open:
                while len(self._workers) < min(self.n_workers, todo.n_open):
                    self._start_worker()
                for worker in self._workers:
                    if worker.is_ready and worker.rows is None and todo.n_left:
                        self._hand_out(worker, todo, genomes)
                yield from self._collect(todo)
        finally:
            for worker in list(self._workers):
                if worker.rows is not None:  # the caller broke off: what runs is of no use now
                    self._remove(worker)

    def close(self) -> None:
        """As in the base class."""
        idle = [worker for worker in self._workers if worker.rows is None]
        for worker in idle:
            with contextlib.suppress(OSError):
                worker.connection.send_bytes(STOP)
        deadline = time.monotonic() + 1.0
        for worker in idle:
            worker.process.join(max(0.0, deadline - time.monotonic()))
        for worker in list(self._workers):
            self._remove(worker)

    def _start_worker(self) -> None:
        if self._package is None:
            self._package = Package.pack(self.evaluator, self._context)
        slot = Slot.allocate(
            self._context, self._most, self.evaluator.n_genes, self.evaluator.n_metrics
        )
        self._workers.append(
            WorkerHandle.start(self._context, self._package, slot, self.limits, self._n_started)
        )
        self._n_started += 1

    def _remove(self, worker: WorkerHandle) -> None:
        self._workers.remove(worker)
        worker.kill()

    def _hand_out(self, worker: WorkerHandle, todo: Todo, genomes: NDArray[np.float64]) -> None:
        rows = todo.take(self._pace.chunk_size(todo.n_left, self.n_workers, self._most))
        worker.slot.genomes[: len(rows)] = genomes[rows]
        worker.slot.header[0], worker.slot.header[1] = NOTHING_RUNS, 0
        worker.rows, worker.began = rows, time.monotonic()
        worker.row_seen, worker.row_since = NOTHING_RUNS, worker.began
        self._n_chunks += 1
        with contextlib.suppress(OSError):  # a dead worker is noticed when waiting for it
            worker.connection.send_bytes(MESSAGE.pack(self._n_chunks, len(rows)))

    def _collect(self, todo: Todo) -> Iterator[Part]:
        """Wait until something happens, and settle everything that has happened."""
        handles: list[Any] = [worker.connection for worker in self._workers]
        handles += [worker.process.sentinel for worker in self._workers]
        happened = wait(handles, timeout=_POLL_S)
        for worker in list(self._workers):
            if worker.connection in happened:
                yield from self._receive(worker, todo)
            elif worker.process.sentinel in happened:
                yield from self._bury(worker, todo)
        for worker in list(self._workers):
            reason = self._overstays(worker)
            if reason is not None:
                self._remove(worker)
                yield from self._settle_dead(worker, todo, *reason)

    def _receive(self, worker: WorkerHandle, todo: Todo) -> Iterator[Part]:
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            yield from self._bury(worker, todo)
            return
        if not worker.is_ready:
            fault = read_greeting(message)
            if fault is not None:
                raise WorkerLost(f"A worker could not prepare the problem: {fault}")
            worker.is_ready, self._n_failed_starts = True, 0
            return
        rows = worker.rows
        assert rows is not None
        part = worker.slot.read(len(rows))
        self._pace.learn(len(rows), time.monotonic() - worker.began)
        worker.rows = None
        todo.close(len(rows))
        yield rows, part

    def _bury(self, worker: WorkerHandle, todo: Todo) -> Iterator[Part]:
        worker.process.join(1.0)
        reason = worker.describe_exit()
        self._remove(worker)
        yield from self._settle_dead(worker, todo, Status.CRASHED, reason)

    def _settle_dead(
        self, worker: WorkerHandle, todo: Todo, status: Status, reason: str
    ) -> Iterator[Part]:
        """Keep what a dead worker had finished, blame the row that ran, redo the rest."""
        if worker.rows is None:
            if not worker.is_ready:
                self._n_failed_starts += 1
                if self._n_failed_starts > 2 * self.n_workers:
                    raise WorkerLost(f"Workers die while starting: {reason}.")
            return
        rows, slot = worker.rows, worker.slot
        is_known = int(slot.header[0]) != NOTHING_RUNS
        n_done = min(int(slot.header[1]), len(rows))
        if self.evaluator.is_batched:
            n_done, is_known = 0, len(rows) == 1
        if n_done:
            todo.close(n_done)
            yield rows[:n_done], slot.read(n_done)
        rest = rows[n_done:]
        if not is_known:
            # A whole batch went down, or nothing had begun: halves find the culprit.
            middle = -(-len(rest) // 2)
            todo.again(rest[:middle])
            todo.again(rest[middle:])
            return
        todo.again(rest[1:])
        if status is Status.CRASHED and todo.count_death(int(rest[0])) < _MAX_DEATHS:
            todo.again(rest[:1])  # once more, alone, in a fresh worker
            return
        part = Evaluations.empty(1, self.evaluator.n_metrics)
        part.status[0], part.error[0] = status, reason
        part.evaluated_at_us[0] = time.time_ns() // 1000
        part.evaluation_s[0] = time.monotonic() - worker.row_since
        todo.close(1)
        yield rest[:1], part

    def _overstays(self, worker: WorkerHandle) -> tuple[Status, str] | None:
        now, limits = time.monotonic(), self.limits
        if not worker.is_ready:
            if now - worker.began > _START_S:
                return Status.CRASHED, f"not ready after {_START_S:.0f} s"
            return None
        if worker.rows is None:
            return None
        worker.trim_log(limits.log_folder)
        running = int(worker.slot.header[0])
        if running != worker.row_seen:
            worker.row_seen, worker.row_since = running, now
        n_together = len(worker.rows) if self.evaluator.is_batched else 1
        if limits.timeout_s is not None and now - worker.row_since > limits.timeout_s * n_together:
            return Status.TIMEOUT, f"longer than {limits.timeout_s:g} s"
        if limits.memory_bytes is not None and worker.resident_bytes() > limits.memory_bytes:
            return Status.CRASHED, f"more than {limits.memory_bytes / 2**30:.2f} GiB of memory"
        return None
