"""Evaluation in threads, for trusted problems whose evaluation frees the interpreter lock.

All threads share the global random generators, the folder, the environment and the rest of the
process. So whatever an objective draws or changes there would depend on the other threads.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import UsageError
from evosearch.executors.base import Evaluator, Executor, Limits, Pace, Part
from evosearch.population import Evaluations

_MOST = 16_384
# Less work than this is done sooner than handed to another thread.
_WORTH_A_THREAD_S = 0.002


class Threads(Executor):
    """Several threads over one problem: nothing is copied and nothing has to start."""

    kind = "threads"
    keeps_limits = False

    @classmethod
    def refuse(cls, is_trusted: bool, limits: Limits) -> None:
        """As in the base class; problems that are not trusted are refused."""
        super().refuse(is_trusted, limits)
        if not is_trusted:
            raise UsageError(
                'This problem cannot be measured by backend = "threads": all threads share the '
                "generators of random and numpy.random, the folder and the environment, so its "
                "rows would depend on their timing. Choose --backend processes, auto or serial. "
                "If no evaluation draws from those generators, changes anything in its process, "
                "hangs or crashes, its class may say so: is_trusted = True (and "
                "releases_gil = True where evaluations run in parallel in threads)."
            )

    def __init__(self, evaluator: Evaluator, n_workers: int = 1, *others: Any, **more: Any) -> None:
        super().__init__(evaluator, n_workers, *others, **more)
        self._pace = Pace(first=256 if evaluator.is_batched else 1)
        evaluator.setup()
        self._pool = ThreadPoolExecutor(n_workers, thread_name_prefix="evosearch")

    def evaluate(self, genomes: NDArray[np.float64]) -> Iterator[Part]:
        """As in the base class."""
        running: dict[Future[tuple[Evaluations, float]], NDArray[np.intp]] = {}
        start, n = 0, len(genomes)
        try:
            while start < n or running:
                while start < n and len(running) < 2 * self.n_workers:
                    rows = np.arange(start, start + self._size(n - start))
                    start += len(rows)
                    if len(rows) == n:
                        yield rows, self._take(self._measure(genomes), n)
                    else:
                        running[self._pool.submit(self._measure, genomes[rows])] = rows
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    rows = running.pop(future)
                    yield rows, self._take(future.result(), len(rows))
        finally:
            for future in running:
                future.cancel()

    def close(self) -> None:
        """As in the base class."""
        self._pool.shutdown(cancel_futures=True)

    def _size(self, n_left: int) -> int:
        size = self._pace.chunk_size(n_left, self.n_workers, _MOST)
        if self._pace.cost_s is not None:
            size = max(size, int(_WORTH_A_THREAD_S / self._pace.cost_s))
        return min(size, n_left)

    def _take(self, measured: tuple[Evaluations, float], n: int) -> Evaluations:
        part, elapsed_s = measured
        self._pace.learn(n, elapsed_s)
        return part

    def _measure(self, genomes: NDArray[np.float64]) -> tuple[Evaluations, float]:
        began = time.perf_counter()
        return self.evaluator.evaluate(genomes), time.perf_counter() - began
