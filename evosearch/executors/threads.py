"""Evaluation in threads, for problems whose evaluation frees the interpreter lock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.executors.base import Evaluator, Executor, Pace, Part
from evosearch.population import Evaluations

_MOST = 16_384


class Threads(Executor):
    """Several threads over one problem: nothing is copied and nothing has to start."""

    kind = "threads"

    def __init__(self, evaluator: Evaluator, n_workers: int = 1, *others: Any, **more: Any) -> None:
        super().__init__(evaluator, n_workers, *others, **more)
        self._pace = Pace(first=256 if evaluator.is_batched else 1)
        evaluator.setup()
        self._pool = ThreadPoolExecutor(n_workers, thread_name_prefix="evosearch")

    def evaluate(self, genomes: NDArray[np.float64]) -> Iterator[Part]:
        """As in the base class."""
        running: dict[Future[tuple[Evaluations, float]], NDArray[np.intp]] = {}
        start = 0
        try:
            while start < len(genomes) or running:
                while start < len(genomes) and len(running) < 2 * self.n_workers:
                    size = self._pace.chunk_size(len(genomes) - start, self.n_workers, _MOST)
                    rows = np.arange(start, start + size)
                    running[self._pool.submit(self._measure, genomes[rows])] = rows
                    start += size
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    rows = running.pop(future)
                    part, elapsed_s = future.result()
                    self._pace.learn(len(rows), elapsed_s)
                    yield rows, part
        finally:
            for future in running:
                future.cancel()

    def close(self) -> None:
        """As in the base class."""
        self._pool.shutdown(cancel_futures=True)

    def _measure(self, genomes: NDArray[np.float64]) -> tuple[Evaluations, float]:
        began = time.perf_counter()
        return self.evaluator.evaluate(genomes), time.perf_counter() - began
