"""The rows of a dead worker: kept, handed out again, or charged.

A charged row gets a status and a reason in place of a result. A row is charged only when it is
certainly the cause: twice it ran when the worker died, or wrote into the pipe. All others are
measured again, so that no row depends on which others shared its worker.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import WorkerLost
from evosearch.executors.base import Evaluator, Part
from evosearch.executors.local.handle import WorkerHandle
from evosearch.executors.todo import Todo
from evosearch.population import Evaluations, Status

_MAX_DEATHS = 2  # of one row: a first death may be the machine's fault, a second is its own
_MAX_UNEXPLAINED = 6  # of one row, before it had begun
_GARBLED = "wrote into the pipes of its worker"


class Losses:
    """Decides about the rows of dead workers.

    Parameters
    ----------
    evaluator : Evaluator
    n_workers : int

    Attributes
    ----------
    n_failed_starts : int
        Workers that died before they were ready, since the last one that was.
    """

    def __init__(self, evaluator: Evaluator, n_workers: int) -> None:
        self._n_workers, self._is_batched = n_workers, evaluator.is_batched
        self._n_metrics = evaluator.n_metrics
        self.n_failed_starts = 0

    def settle(
        self, worker: WorkerHandle, todo: Todo, status: Status, reason: str
    ) -> Iterator[Part]:
        """Keep what a dead worker had finished, blame the row that ran, redo the rest."""
        if worker.rows is None:
            self.give_back(worker, todo, reason)
            return
        _give_back_behind(worker, todo)
        rows, slot = worker.rows, worker.slot
        done = slot.read_done(len(rows))
        n_done = len(done)
        is_known = slot.find_running(len(rows)) == n_done
        if self._is_batched and n_done < len(rows):
            n_done, is_known = 0, len(rows) == 1
        if n_done:
            todo.close(n_done)
            yield rows[:n_done], done
        rest = rows[n_done:]
        if is_known or len(rest) == 1:
            todo.again(rest[1:])
            most = 1 if status is not Status.CRASHED else _MAX_DEATHS
            most = most if is_known else _MAX_UNEXPLAINED
            yield from self._blame(worker, rest[:1], todo, status, reason, most)
        else:
            # A whole batch went down, or nothing had begun: halves find the culprit.
            for half in np.array_split(rest, 2):
                todo.again(half)

    def settle_garbled(self, worker: WorkerHandle, todo: Todo) -> Iterator[Part]:
        """Find the row that wrote into the pipe, which may be any of its chunk.

        The row that runs when that is noticed may be a later one. Alone in its chunk, the culprit
        has written before the chunk is said to be done; so each is measured alone.
        """
        rows = worker.rows
        if rows is not None and len(rows) == 1:
            _give_back_behind(worker, todo)
            # Not begun, it may be that another one read away what this worker was sent.
            most = _MAX_DEATHS if worker.has_begun() else _MAX_UNEXPLAINED
            yield from self._blame(worker, rows, todo, Status.CRASHED, _GARBLED, most)
            return
        worker.rows = None
        for row in () if rows is None else rows:
            todo.again(np.array([row]))
        self.give_back(worker, todo, f"the problem {_GARBLED}")

    def give_back(self, worker: WorkerHandle, todo: Todo, reason: str) -> None:
        """Hand out again what a worker was given, with no fault of any row.

        Raises
        ------
        WorkerLost
            It was one of many that never became ready.
        """
        _give_back_behind(worker, todo)
        if worker.rows is not None:
            todo.again(worker.rows)
        if worker.is_ready:
            return
        self.n_failed_starts += 1
        if self.n_failed_starts > 2 * self._n_workers:
            # What Python says of a script that starts itself without end goes to standard error.
            hint = (
                ' In a script, put the call under `if __name__ == "__main__":`.'
                if worker.process.exitcode == 1
                else ""
            )
            raise WorkerLost(f"Workers die while they start: {reason}.{hint}")

    def _blame(
        self,
        worker: WorkerHandle,
        row: NDArray[np.intp],
        todo: Todo,
        status: Status,
        reason: str,
        most: int,
    ) -> Iterator[Part]:
        """A worker died over one row: charge it, or try once more, in a chunk of its own."""
        if todo.count_death(int(row[0])) < most:
            todo.again(row)
            return
        part = Evaluations.empty(1, self._n_metrics)
        part.status[0], part.error[0] = int(status), reason
        part.evaluated_at_us[0] = time.time_ns() // 1000
        part.evaluation_s[0] = time.monotonic() - worker.row_since
        todo.close(1)
        yield row, part


def _give_back_behind(worker: WorkerHandle, todo: Todo) -> None:
    if worker.behind is not None:
        todo.again(worker.behind[1])
        worker.behind = None
