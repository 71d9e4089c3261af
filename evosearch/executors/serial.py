"""Evaluation in this process: the reference that every other executor must equal.

What an objective changes in the process is restored, as in workers. What cannot be restored
(another user, another root folder, a closed output) stays: no fresh worker can take over here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.executors.base import Evaluator, Executor, Pace, Part
from evosearch.executors.state import ProcessState
from evosearch.population import Evaluations

_MOST = 65_536


class Serial(Executor):
    """One evaluation after another, here.

    A crash of the objective takes this process along; problems that are not trusted belong in
    worker processes.
    """

    kind = "serial"
    keeps_limits = False

    def __init__(self, evaluator: Evaluator, n_workers: int = 1, *others: Any, **more: Any) -> None:
        super().__init__(evaluator, 1, *others, **more)
        self.pace = Pace(first=256 if evaluator.is_batched else 1)
        evaluator.setup()

    def evaluate(self, genomes: NDArray[np.float64]) -> Iterator[Part]:
        """As in the base class; pieces come in order."""
        start = 0
        while start < len(genomes):
            size = self.pace.chunk_size(len(genomes) - start, 1, _MOST)
            rows = np.arange(start, start + size)
            began = time.perf_counter()
            part = self._measure(genomes[start : start + size])
            self.pace.learn(size, time.perf_counter() - began)
            yield rows, part
            start += size

    def _measure(self, genomes: NDArray[np.float64]) -> Evaluations:
        if self.evaluator.is_trusted:
            return self.evaluator.evaluate(genomes)
        # Anew for each chunk: between two of them the process belongs to its user, who may take
        # another folder, handle a signal or show what happens.
        state = ProcessState()

        def before(row: int) -> None:
            if row:
                state.restore()

        try:
            return self.evaluator.evaluate(genomes, before=before)
        finally:
            state.restore()
