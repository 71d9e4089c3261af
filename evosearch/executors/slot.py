"""Memory that one worker shares with the main process: genomes in, results out.

Results are written row by row as they arise, together with the row now running. When a worker
dies, everything before that row is already here, and that row is the one to blame. Nothing but
numbers and short texts ever crosses, so nothing can fail to unpickle.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.population import Evaluations

TEXT_BYTES = 200
NOTHING_RUNS = -1
# A row of a slot, apart from its genes and metrics.
ROW_BYTES = 8 * 4 + 3 + TEXT_BYTES
_HEADER = 4  # int64 words: row now running, rows done, two spare


class Slot:
    """Views into one block of shared memory.

    Parameters
    ----------
    memory : ctypes array of char, made by `Slot.allocate`
    n_rows, n_genes, n_metrics : int
    """

    def __init__(self, memory: Any, n_rows: int, n_genes: int, n_metrics: int) -> None:
        self.memory = memory
        self.shape = (n_rows, n_genes, n_metrics)
        self._offset = 0
        self.header = self._view(np.int64, _HEADER)
        self.genomes = self._view(np.float64, n_rows, n_genes)
        self._fitness = self._view(np.float64, n_rows)
        self._violation = self._view(np.float64, n_rows)
        self._metrics = self._view(np.float64, n_rows, n_metrics)
        self._at_us = self._view(np.int64, n_rows)
        self._seconds = self._view(np.float64, n_rows)
        self._status = self._view(np.uint8, n_rows)
        self._feasible = self._view(np.bool_, n_rows)
        self._text_size = self._view(np.uint8, n_rows)
        self._text = self._view(np.uint8, n_rows, TEXT_BYTES)

    @staticmethod
    def allocate(context: Any, n_rows: int, n_genes: int, n_metrics: int) -> Slot:
        """Make a slot; the memory goes away with the last process that holds it."""
        per_row = ROW_BYTES + 8 * (n_genes + n_metrics)
        size = 8 * _HEADER + n_rows * per_row + 16 * 8
        return Slot(context.RawArray(ctypes.c_char, size), n_rows, n_genes, n_metrics)

    def _view(self, dtype: Any, *shape: int) -> NDArray[Any]:
        count = int(np.prod(shape))
        view = np.frombuffer(self.memory, dtype, count, self._offset).reshape(shape)
        self._offset += -(-view.nbytes // 8) * 8
        return view

    def put(self, begin: int, end: int, found: Evaluations) -> None:
        """Share rows of a record with the other side, errors cut to what fits."""
        rows = slice(begin, end)
        self._status[rows] = found.status[rows]
        self._fitness[rows] = found.fitness[rows]
        self._feasible[rows] = found.feasible[rows]
        self._violation[rows] = found.violation[rows]
        self._metrics[rows] = found.metrics[rows]
        self._at_us[rows] = found.evaluated_at_us[rows]
        self._seconds[rows] = found.evaluation_s[rows]
        self._text_size[rows] = 0
        for row in begin + np.flatnonzero(found.error[rows].astype(np.bool_)):
            raw = found.error[row].encode("utf-8", "replace")[:TEXT_BYTES]
            self._text[row, : len(raw)] = np.frombuffer(raw, np.uint8)
            self._text_size[row] = len(raw)

    def read(self, n: int) -> Evaluations:
        """The first n rows, copied out."""
        error = np.full(n, None, object)
        for row in np.flatnonzero(self._text_size[:n]):
            raw = self._text[row, : self._text_size[row]].tobytes()
            error[row] = raw.decode("utf-8", "replace")
        return Evaluations(
            status=self._status[:n].copy(),
            fitness=self._fitness[:n].copy(),
            feasible=self._feasible[:n].copy(),
            violation=self._violation[:n].copy(),
            metrics=self._metrics[:n].copy(),
            error=error,
            evaluated_at_us=self._at_us[:n].copy(),
            evaluation_s=self._seconds[:n].copy(),
        )
