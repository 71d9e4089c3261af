"""Choose between this process, threads and worker processes by what is fastest.

A problem that is not trusted uses worker processes at once: it might crash. So does any problem
with a limit of time or memory, which only a separate process can be held to. One whose evaluation
frees the interpreter lock uses threads, which start at no cost. Any other starts here and moves to
processes when the work left, as measured, is worth their start.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.executors.base import Evaluator, Executor, Part
from evosearch.executors.local.processes import Processes
from evosearch.executors.serial import Serial
from evosearch.executors.threads import Threads

# Processes must load numpy, numba and the problem before they earn anything.
_WORTH_PROCESSES_S = 3.0


class Auto(Executor):
    """Starts small, grows when that pays, to at most `n_workers`; results are the same."""

    @classmethod
    def has_workers(cls, is_limited: bool, can_use_threads: bool) -> bool:
        """As in the base class."""
        return is_limited or not can_use_threads

    def __init__(self, evaluator: Evaluator, n_workers: int = 1, *others: Any, **more: Any) -> None:
        super().__init__(evaluator, n_workers, *others, **more)
        self._most, self._n_left = n_workers, self.n_expected
        has_limit = self.limits.timeout_s is not None or self.limits.memory_bytes is not None
        if has_limit or not evaluator.is_trusted:
            self._inner: Executor = Processes(evaluator, n_workers, self.limits)
        elif evaluator.releases_gil and n_workers > 1:
            self._inner = Threads(evaluator, n_workers, self.limits)
        else:
            self._inner = Serial(evaluator, 1, self.limits)
        self.n_workers, self.kind = self._inner.n_workers, self._inner.kind

    def prepare(self, n: int) -> Iterator[None]:
        """As in the base class."""
        for _ in self._inner.prepare(n):
            self.waited_s = self._inner.waited_s
            yield

    def evaluate(self, genomes: NDArray[np.float64]) -> Iterator[Part]:
        """As in the base class."""
        start = 0
        while start < len(genomes):
            self._inner.tell_slow = functools.partial(self._tell_slow, start)
            for rows, part in self._inner.evaluate(genomes[start:]):
                self._n_left -= len(rows)
                yield rows + start, part
                if self._should_move():
                    # Serial pieces come in order, so what is left is what comes after.
                    start += int(rows[-1]) + 1
                    for _ in self._move(len(genomes) - start):
                        yield rows[:0], part.take(slice(0, 0))
                    break
            else:
                return

    def close(self) -> None:
        """As in the base class."""
        self._inner.close()

    def _tell_slow(self, start: int, row: int, elapsed_s: float) -> None:
        self.tell_slow(start + row, elapsed_s)

    def _should_move(self) -> bool:
        if not isinstance(self._inner, Serial) or self._most < 2:
            return False
        return self._n_left * (self._inner.pace.cost_s or 0.0) > _WORTH_PROCESSES_S

    def _move(self, n_left: int) -> Iterator[None]:
        self._inner.close()
        self._inner = Processes(self.evaluator, self._most, self.limits)
        yield from self.prepare(n_left)
        self.n_workers, self.kind = self._most, self._inner.kind
        self.announce(self.kind, self.n_workers)
