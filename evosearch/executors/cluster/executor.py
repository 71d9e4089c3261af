"""Evaluation on a Ray cluster whose machines may come, go, or fall silent.

    chunks --> [ driver ] -- tasks, twice as many as CPUs --> machines 1..n
                  |   |        each: Ray worker -> the problem, or a supervised child with it
                  |   +-- a task died: again, in halves, until the culprit is alone
                  +-- a machine vanished, or a task is overdue: a copy to one that answers

Tasks hold no state: what they need lies on each machine once. The first answer for a chunk
counts, the other copies are cancelled; answers are placed by row, so neither the machines nor
the copies show in the results.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import WorkerLost
from evosearch.executors.base import Evaluator, Executor, Pace, Part
from evosearch.executors.cluster.chunk import Chunk, read_outcome
from evosearch.executors.cluster.machines import Cluster
from evosearch.executors.cluster.station import read_columns
from evosearch.executors.todo import Todo
from evosearch.population import Evaluations, Status

# A task costs Ray 1 to 2 ms, whatever is in it.
_AIM_S = 0.5
_LEAST_S = 0.02
_MOST_ROWS = 16_384
_PER_CPU = 2  # one runs, one waits: no CPU idles, and a growing cluster sees work waiting
_MOST_COPIES = 3
_MOST_DEATHS = 3  # of one row alone
_MOST_LOSSES = 20  # of one chunk, through no fault of its own
_PATIENCE_S = 5.0
_PATIENCE_UNKNOWN_S = 60.0
_AFTER_LOSS_S = 2.0
# What a copy has overtaken may still be compiling, or be stuck for good: then it is ended.
_STRAY_S = 120.0


class Ray(Executor):
    """All CPUs of a cluster.

    Parameters
    ----------
    evaluator : Evaluator
    n_workers : int
        Most tasks to run at a time; 0 for as many as the cluster has CPUs.
    address : str, optional
        ``HOST:PORT`` of the cluster's head; ``RAY_ADDRESS`` when not given.

    Raises
    ------
    UsageError, EnvironmentFailed
        The cluster cannot be joined, and why.
    """

    kind = "ray"
    is_remote = True
    takes = ("address",)

    @classmethod
    @contextlib.contextmanager
    def hold(cls, **settings: Any) -> Iterator[None]:
        """Join the cluster and leave it afterwards."""
        cluster = Cluster.join(**settings)
        try:
            yield
        finally:
            cluster.leave()

    def __init__(
        self,
        evaluator: Evaluator,
        n_workers: int = 0,
        *others: Any,
        address: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(evaluator, n_workers, *others, **more)
        self._most = n_workers
        self._cluster = Cluster.join(address)
        try:
            self._parcel = self._cluster.put(evaluator, self.limits)
        except BaseException:
            self._cluster.leave()
            raise
        self._unfit: dict[str, str] = {}  # machines that cannot measure this problem, and why
        self.n_workers = self._n_cpus()
        self._pace = Pace()
        self._took_s: deque[float] = deque(maxlen=50)
        self._strays: dict[Any, float] = {}  # tasks that a copy has overtaken
        self._is_open = True

    def evaluate(self, genomes: NDArray[np.float64]) -> Iterator[Part]:
        """As in the base class."""
        todo, returned = Todo(len(genomes)), deque[Chunk]()
        out: dict[Any, Chunk] = {}  # by task; a chunk with copies stands here more than once
        self._cluster.n_searches += 1
        try:
            while todo.n_open:
                self._look()
                while returned:
                    self._send(returned.popleft(), genomes, out)
                while todo.n_left and self._n_under_way(out) < self._window():
                    self._send(Chunk(todo.take(self._size(todo.n_left))), genomes, out)
                for task in self._wait(out):
                    if task in out:
                        yield from self._settle(task, out, returned, todo)
                self._copy_overdue(genomes, out)
        finally:
            self._cluster.n_searches -= 1
            for task in out:  # the caller broke off: what runs is of no use now
                self._cluster.ray.cancel(task, force=False)

    def close(self) -> None:
        """As in the base class."""
        if self._is_open:
            self._is_open = False
            self._parcel = None
            for task in self._strays:
                self._cluster.ray.cancel(task, force=True)
            self._strays.clear()
            self._cluster.leave()

    def _n_cpus(self) -> int:
        n_cpus = max(1, self._cluster.count_cpus(self._unfit))
        return min(n_cpus, self._most) if self._most else n_cpus

    def _window(self) -> int:
        """Tasks that may be out."""
        n_cpus = self._n_cpus()
        wanted = n_cpus if n_cpus == self._most else _PER_CPU * n_cpus
        return max(2 if not self._most else 1, -(-wanted // max(1, self._cluster.n_searches)))

    def _n_under_way(self, out: dict[Any, Chunk]) -> int:
        """Tasks that keep a CPU busy; those long overdue do not count."""
        since = time.monotonic() - self._patience_s()
        return sum(chunk.copies[task] > since for task, chunk in out.items())

    def _look(self) -> None:
        self._cluster.look()
        self._look_after_strays()
        n_cpus = self._n_cpus()
        if n_cpus != self.n_workers:
            self.n_workers = n_cpus
            self.announce(self.kind, n_cpus)

    def _look_after_strays(self) -> None:
        """Hear of machines that answer late, and end by force what never will."""
        if not self._strays:
            return
        ray, now = self._cluster.ray, time.monotonic()
        ended, _ = ray.wait(list(self._strays), num_returns=len(self._strays), timeout=0)
        for task in ended:
            del self._strays[task]
            with contextlib.suppress(ray.exceptions.RayError):
                self._cluster.hear(ray.get(task)[1])
        for task in [each for each, sent in self._strays.items() if now - sent > _STRAY_S]:
            del self._strays[task]
            ray.cancel(task, force=True)

    def _size(self, n_left: int) -> int:
        """Rows of the next chunk: half a second's work, less near the end, never a trifle."""
        cost_s = self._pace.cost_s
        if cost_s is None:
            return 1
        fair = -(-n_left // self._window())
        wanted = max(min(int(_AIM_S / cost_s), fair), int(_LEAST_S / cost_s), 1)
        return min(wanted, n_left, _MOST_ROWS)

    def _send(self, chunk: Chunk, genomes: NDArray[np.float64], out: dict[Any, Chunk]) -> None:
        is_copy = bool(chunk.copies)
        task = self._cluster.submit(self._parcel, genomes[chunk.rows], self._unfit, is_copy)
        chunk.copies[task] = time.monotonic()
        out[task] = chunk

    def _wait(self, out: dict[Any, Chunk]) -> list[Any]:
        """Tasks that ended, at least one unless nothing happens for a while."""
        ray, tasks = self._cluster.ray, list(out)
        ended, rest = ray.wait(tasks, num_returns=1, timeout=0.5)
        if ended and rest:
            more, _ = ray.wait(rest, num_returns=len(rest), timeout=0)
            ended += more
        return list(ended)

    def _settle(
        self, task: Any, out: dict[Any, Chunk], returned: deque[Chunk], todo: Todo
    ) -> Iterator[Part]:
        """Take in one task that ended, whichever way."""
        chunk = out.pop(task)
        sent = chunk.copies.pop(task)
        outcome = read_outcome(self._cluster.ray, task)
        if outcome.kind != "done":
            if outcome.kind == "unfit":
                self._unfit[outcome.node] = outcome.reason
                self._cluster.check_left(self._unfit)
            if outcome.kind == "died" and sent > self._cluster.lost_at:
                chunk.n_deaths += 1
            else:
                chunk.n_losses += 1
            yield from self._again(chunk, outcome.reason, returned, todo)
            return
        self._cluster.hear(outcome.node)
        elapsed_s, columns = outcome.answer
        if not self._took_s:  # until then the cluster was starting its workers
            self.waited_s = max(0.0, time.monotonic() - sent - elapsed_s)
        self._pace.learn(len(chunk.rows), elapsed_s)
        self._took_s.append(elapsed_s)
        if chunk.copies:
            # A node that has had it for longer and is silent since then gets no more work.
            self._cluster.suspect_silent(min(chunk.copies.values()))
        for other in chunk.copies:
            del out[other]
        self._strays |= chunk.copies
        todo.close(len(chunk.rows))
        yield chunk.rows, read_columns(columns)

    def _again(
        self, chunk: Chunk, reason: str, returned: deque[Chunk], todo: Todo
    ) -> Iterator[Part]:
        """After a death: once more, or in halves, or, for one row alone, charged to it."""
        if chunk.copies:
            return
        if chunk.n_losses > _MOST_LOSSES:
            raise WorkerLost(
                f"A piece of work was lost {chunk.n_losses} times, at last because {reason}."
            )
        if len(chunk.rows) > 1 and chunk.n_deaths:
            returned.extend(Chunk(half) for half in np.array_split(chunk.rows, 2))
            return
        if chunk.n_deaths < _MOST_DEATHS:
            returned.append(chunk)
            return
        part = Evaluations.empty(1, self.evaluator.n_metrics)
        part.status[0], part.error[0] = int(Status.CRASHED), reason
        part.evaluated_at_us[0] = time.time_ns() // 1000
        todo.close(1)
        yield chunk.rows, part

    def _copy_overdue(self, genomes: NDArray[np.float64], out: dict[Any, Chunk]) -> None:
        """Send copies of what should have been back by now."""
        now, lost_at = time.monotonic(), self._cluster.lost_at
        patience_s = self._patience_s()
        for chunk in set(out.values()):
            newest = max(chunk.copies.values())
            is_overdue = now - newest > patience_s
            may_be_lost = newest <= lost_at and now - lost_at > _AFTER_LOSS_S
            if len(chunk.copies) < _MOST_COPIES and (is_overdue or may_be_lost):
                self._send(chunk, genomes, out)

    def _patience_s(self) -> float:
        """How long a task may stay away before a copy is sent."""
        usual = statistics.median(self._took_s) if self._took_s else _PATIENCE_UNKNOWN_S / 6
        # Twice for waiting behind another one, three times for being slower than most.
        return max(_PATIENCE_S, 6 * usual) + (self.limits.timeout_s or 0.0)
