"""What the supervisor checks four times a second: time limits, memory, dead workers.

All limits count on the monotonic clock. A look that comes seconds late means that the machine
slept or that this process was stopped; that time is charged to no worker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evosearch.executors import memory
from evosearch.executors.base import Limits
from evosearch.executors.local.handle import WorkerHandle
from evosearch.executors.local.slot import NOTHING_RUNS
from evosearch.executors.output import log_path, trim_log
from evosearch.population import Status

_POLL_S = 0.25
_SLEPT_S = 5.0
_START_S = 600.0  # a problem may load much data
BEGINS_WITHIN_S = 30.0  # a worker that is told what to do does so in milliseconds
# Share of this process's time for the table of all processes, whose cost grows with their number.
_TABLE_SHARE = 0.02


class Watch:
    """Looks at workers now and then.

    Parameters
    ----------
    limits : Limits
    n_workers : int
    is_batched : bool
        Chunks are measured as a whole, so their time is counted as a whole.

    Attributes
    ----------
    shared_bytes : int
        Size of the arrays that all workers share.
    """

    def __init__(self, limits: Limits, n_workers: int, is_batched: bool) -> None:
        self._limits, self._n_workers, self._is_batched = limits, n_workers, is_batched
        self.shared_bytes = 0
        self._looked = time.monotonic()
        self._below: dict[int, list[Any]] = {}
        self._table_due = self._looked

    def begin(self) -> None:
        """Count from now: nothing ran before."""
        self._looked = time.monotonic()

    def is_due(self) -> bool:
        """Whether it is time to look."""
        return time.monotonic() - self._looked >= _POLL_S

    def look(
        self, workers: Sequence[WorkerHandle], tell_slow: Callable[[int, float], None]
    ) -> Iterator[tuple[WorkerHandle, Status | None, str]]:
        """Which workers have to go.

        Yields
        ------
        worker : WorkerHandle
        status : Status or None
            The status of the row that runs; None when that row is not at fault.
        reason : str
        """
        now = time.monotonic()
        gap, self._looked = now - self._looked, now
        if gap > _POLL_S + _SLEPT_S:
            for worker in workers:
                worker.postpone(gap)
        judged = set()
        for worker in list(workers):
            verdict = self._judge(worker, now, tell_slow)
            if verdict is not None:
                judged.add(worker.place)
                yield worker, *verdict
        yield from self._judge_memory([w for w in workers if w.place not in judged])

    def _judge(
        self, worker: WorkerHandle, now: float, tell_slow: Callable[[int, float], None]
    ) -> tuple[Status | None, str] | None:
        # What the objective forked may hold pipe and sentinel open, so that neither tells.
        if worker.has_ended():
            return None, worker.describe_exit()
        is_cut_off = worker.inbox.has_ended and worker.is_deaf()
        if is_cut_off and (worker.rows is None or not worker.is_ready):
            return None, "the worker closed its pipe"
        if not worker.is_ready:
            if now - worker.began > _START_S:
                return Status.CRASHED, f"not ready after {_START_S:.0f} s"
            return None
        if worker.rows is None:
            return None
        if self._limits.log_folder is not None:
            trim_log(log_path(self._limits.log_folder, worker.place))
        worker.see_row(worker.slot.find_running(len(worker.rows)), now)
        if not worker.has_begun():
            # What it was sent is gone: an objective reads from whatever it finds open.
            is_late = now - worker.began > BEGINS_WITHIN_S
            return (None, "the worker did not begin") if is_late else None
        runs_s, limit_s = now - worker.row_since, self._limits.timeout_s
        n_together = len(worker.rows) if self._is_batched else 1
        if limit_s is not None and runs_s > limit_s * n_together:
            return Status.TIMEOUT, f"longer than {limit_s:g} s"
        if runs_s > worker.told_after_s:
            worker.told_after_s *= 2
            if worker.is_stopped():
                return Status.CRASHED, "stopped by a signal, and nobody continued it"
            row = 0 if worker.row_seen == NOTHING_RUNS else worker.row_seen
            tell_slow(int(worker.rows[row]), runs_s)
        return None

    def _judge_memory(
        self, workers: Sequence[WorkerHandle]
    ) -> Iterator[tuple[WorkerHandle, Status | None, str]]:
        # A worker that grows from evaluation to evaluation ends here too. The row that ran then
        # is tried once more, in a fresh one, so a leak costs no row its result.
        limit = self._limits.memory_bytes
        if limit is not None:
            for worker, held in zip(workers, self._read_held(workers, limit), strict=True):
                if held > limit:
                    yield worker, Status.CRASHED, f"more than {limit / 2**30:.2f} GiB of memory"
            return
        total, left = memory.read_memory()
        if not memory.is_short(total, left):
            return
        resident = self._read_held(workers, 0)
        hog = memory.find_hog(resident, self._n_workers, total, left)
        if hog is not None:
            reason = f"held {resident[hog] / 2**30:.2f} GiB when the machine ran out of memory"
            yield workers[hog], Status.CRASHED, reason

    def _read_held(self, workers: Sequence[WorkerHandle], most: int) -> list[int]:
        """Bytes that each worker holds together with what it has started."""
        began = time.monotonic()
        if began >= self._table_due:
            self._below = memory.find_descendants([worker.process.pid for worker in workers])
            self._table_due = began + (time.monotonic() - began) / _TABLE_SHARE
        held = []
        for worker in workers:
            own = memory.read_resident(worker.facts, self.shared_bytes)
            below = self._below.get(worker.process.pid, ())
            held.append(own + memory.read_resident_of_all(below, max(0, most - own)))
        return held
