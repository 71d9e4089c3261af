"""Evaluation in worker processes that may die, hang or misbehave without harm to the search.

                       one pipe each, nothing shared between workers
    chunks --> [ main ] ===== worker 1: slot (genomes, results, row now running)
                 |  |  ===== worker 2: slot
                 |  +-- pipe or process ends: blame the row that ran, hand out the rest again
                 +-- a row overstays its limit: kill that worker, as above

No lock or queue is shared, because a worker that dies inside one would take the others along.
One chunk runs in each worker and, while there is plenty to do, one lies behind it, so that no
worker waits for its next one. Genomes and results travel through slots: the messages are a few
bytes and no send can block.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import EnvironmentFailed, WorkerLost
from evosearch.executors.base import CHUNK_S, Evaluator, Executor, Pace, Part
from evosearch.executors.guards import Sweeper
from evosearch.executors.handle import Package, WorkerHandle, read_greeting
from evosearch.executors.output import sweep_logs
from evosearch.executors.slot import ROW_BYTES, Slot
from evosearch.executors.todo import Todo
from evosearch.executors.watch import Watch
from evosearch.executors.worker import MESSAGE
from evosearch.population import Evaluations, Status

_SLOT_BYTES = 4 * 2**20
_MOST_ROWS = 4096
_POLL_S = 0.25
_MAX_DEATHS = 2  # of one row: a first death may be the machine's fault, a second is its own
_MAX_UNEXPLAINED = 6  # of one row, before it had begun


class Processes(Executor):
    """A fixed number of workers under supervision.

    The evaluator is sent to each worker once; its large arrays are shared, read-only.

    Parameters
    ----------
    start_method : "spawn" or "forkserver"
        How Python starts a process; results are the same. For tests.
    chunk_size : int, optional
        Evaluations handed out together, instead of what their duration suggests. For tests.
    **others
        As for every executor.
    """

    kind = "processes"

    def __init__(
        self,
        evaluator: Evaluator,
        n_workers: int = 1,
        *others: Any,
        start_method: str = "spawn",
        chunk_size: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(evaluator, n_workers, *others, **more)
        self._context: Any = multiprocessing.get_context(start_method)
        self._package: Package | None = None
        self._sweeper: Sweeper | None = None
        self._workers: list[WorkerHandle] = []
        self._n_failed_starts = self._n_chunks = 0
        self._pace, self._chunk_size = Pace(), chunk_size
        row_bytes = ROW_BYTES + 8 * (evaluator.n_genes + evaluator.n_metrics)
        self._most = min(_MOST_ROWS, max(1, _SLOT_BYTES // row_bytes))
        self._watch = Watch(self.limits, n_workers, evaluator.is_batched)

    def evaluate(self, genomes: NDArray[np.float64]) -> Iterator[Part]:
        """As in the base class."""
        todo = Todo(len(genomes))
        self._watch.begin()
        try:
            while todo.n_open:
                while len(self._workers) < min(self.n_workers, todo.n_open):
                    self._start_worker()
                for worker in self._workers:
                    if worker.is_ready and worker.rows is None and todo.n_left:
                        self._hand_out(worker, todo, genomes)
                for worker in self._workers:
                    if worker.rows is not None and worker.behind is None and self._is_plenty(todo):
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
            worker.send_stop()
        deadline = time.monotonic() + 1.0
        for worker in idle:
            # Its end is not waited for here: that would free its number before its group is gone.
            wait([worker.process.sentinel], max(0.0, deadline - time.monotonic()))
        for worker in list(self._workers):
            self._remove(worker)
        if self._sweeper is not None:
            self._sweeper.close()
            self._sweeper = None
        sweep_logs(self.limits.log_folder)

    def _start_worker(self) -> None:
        taken = {worker.place for worker in self._workers}
        place = next(number for number in range(self.n_workers) if number not in taken)
        try:
            if self._package is None:
                self._package = Package.pack(self.evaluator, self._context)
                self._watch.shared_bytes = len(self._package.shared or b"")
            if self._sweeper is None:
                self._sweeper = Sweeper()
            shape = (self._most, self.evaluator.n_genes, self.evaluator.n_metrics)
            slots = Slot.allocate(self._context, *shape), Slot.allocate(self._context, *shape)
            worker = WorkerHandle.start(self._context, self._package, slots, self.limits, place)
        except (OSError, MemoryError) as error:
            raise EnvironmentFailed(
                f"No worker process can be started: {error}. Close other programs, or try fewer "
                f"with --workers {max(1, self.n_workers // 2)}."
            ) from error
        self._workers.append(worker)
        self._sweeper.add(worker.process.pid)

    def _remove(self, worker: WorkerHandle) -> None:
        self._workers.remove(worker)
        worker.kill()
        if self._sweeper is not None:
            self._sweeper.discard(worker.process.pid)

    def _hand_out(self, worker: WorkerHandle, todo: Todo, genomes: NDArray[np.float64]) -> None:
        size = self._chunk_size or self._pace.chunk_size(todo.n_left, self.n_workers, self._most)
        self._n_chunks += 1
        worker.hand_out(self._n_chunks, todo.take(min(size, self._most)), genomes)

    def _is_plenty(self, todo: Todo) -> bool:
        """Whether rows may lie behind others: they are short, and many more are left."""
        cost_s = self._pace.cost_s
        return cost_s is not None and cost_s < CHUNK_S and todo.n_left > 4 * self.n_workers

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
        if not self._watch.is_due():
            return
        yield np.empty(0, np.intp), Evaluations.empty(0, self.evaluator.n_metrics)
        for worker, status, why in self._watch.look(list(self._workers), self.tell_slow):
            if status is None:
                yield from self._bury(worker, todo)
            else:
                self._remove(worker)
                yield from self._settle_dead(worker, todo, status, why)

    def _receive(self, worker: WorkerHandle, todo: Todo) -> Iterator[Part]:
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            yield from self._bury(worker, todo)
            return
        if not worker.is_ready:
            fault = read_greeting(message)
            if fault is not None:
                raise fault
            worker.is_ready, self._n_failed_starts = True, 0
            return
        rows = worker.rows
        chunk, _, _, elapsed_s = MESSAGE.unpack(message)
        if rows is None or chunk != worker.chunk:
            return
        part = worker.slot.read_done(len(rows))
        # Measured by the worker: this process may have been away, and the chunk waiting.
        self._pace.learn(len(rows), elapsed_s)
        worker.go_on()
        todo.close(len(part))
        if len(part) < len(rows):  # spoilt meanwhile by the chunk behind
            todo.again(rows[len(part) :])
        yield rows[: len(part)], part

    def _bury(self, worker: WorkerHandle, todo: Todo) -> Iterator[Part]:
        worker.process.join(1.0)
        status, reason = Status.CRASHED, worker.describe_exit()
        limit_s = self.limits.timeout_s
        if limit_s is not None and worker.was_alarmed():
            status, reason = Status.TIMEOUT, f"longer than {limit_s:g} s"
        self._remove(worker)
        yield from self._settle_dead(worker, todo, status, reason)

    def _settle_dead(
        self, worker: WorkerHandle, todo: Todo, status: Status, reason: str
    ) -> Iterator[Part]:
        """Keep what a dead worker had finished, blame the row that ran, redo the rest."""
        if worker.behind is not None:
            todo.again(worker.behind[1])
            worker.behind = None
        if worker.rows is None:
            if not worker.is_ready:
                self._n_failed_starts += 1
                if self._n_failed_starts > 2 * self.n_workers:
                    raise WorkerLost(
                        f"Workers die while they start: {reason}. In a script, put the call "
                        'under `if __name__ == "__main__":`.'
                    )
            return
        rows, slot = worker.rows, worker.slot
        done = slot.read_done(len(rows))
        n_done = len(done)
        is_known = slot.find_running(len(rows)) == n_done
        if self.evaluator.is_batched and n_done < len(rows):
            n_done, is_known = 0, len(rows) == 1
        if n_done:
            todo.close(n_done)
            yield rows[:n_done], done
        rest = rows[n_done:]
        if not is_known:
            # A whole batch went down, or nothing had begun: halves find the culprit.
            if len(rest) == 1 and todo.count_death(int(rest[0])) >= _MAX_UNEXPLAINED:
                yield from self._charge(worker, rest, todo, status, reason)
                return
            middle = -(-len(rest) // 2)
            todo.again(rest[:middle])
            todo.again(rest[middle:])
            return
        todo.again(rest[1:])
        if status is Status.CRASHED and todo.count_death(int(rest[0])) < _MAX_DEATHS:
            todo.again(rest[:1])  # once more, in a chunk of its own
            return
        yield from self._charge(worker, rest[:1], todo, status, reason)

    def _charge(
        self,
        worker: WorkerHandle,
        row: NDArray[np.intp],
        todo: Todo,
        status: Status,
        reason: str,
    ) -> Iterator[Part]:
        part = Evaluations.empty(1, self.evaluator.n_metrics)
        part.status[0], part.error[0] = int(status), reason
        part.evaluated_at_us[0] = time.time_ns() // 1000
        part.evaluation_s[0] = time.monotonic() - worker.row_since
        todo.close(1)
        yield row, part
