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

    def open_for(self, n: int) -> Evaluations:
        """The first n rows as a record to write into; its texts are not shared yet."""
        self._text_size[:n] = 0
        self._status[:n] = 1
        self._fitness[:n] = np.nan
        self._feasible[:n] = False
        self._violation[:n] = 0.0
        self._metrics[:n] = np.nan
        return Evaluations(
            status=self._status[:n],
            fitness=self._fitness[:n],
            feasible=self._feasible[:n],
            violation=self._violation[:n],
            metrics=self._metrics[:n],
            error=np.full(n, None, object),
            evaluated_at_us=self._at_us[:n],
            evaluation_s=self._seconds[:n],
        )

    def share_text(self, row: int, text: str | None) -> None:
        """Put a row's error text where the other side can read it."""
        if text:
            raw = np.frombuffer(text.encode("utf-8", "replace")[:TEXT_BYTES], np.uint8)
            self._text[row, : len(raw)] = raw
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
