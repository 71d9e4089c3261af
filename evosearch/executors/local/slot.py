"""Memory that one worker shares with the main process: genomes in, results out.

Results are written row by row, together with the number of the running row. When a worker dies,
all rows before that one are already here, and that row is the cause. Only numbers and short texts
are exchanged, so nothing can fail to unpickle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.executors.local.shared import Shared
from evosearch.population import Evaluations, Status

TEXT_BYTES = 200
NOTHING_RUNS = -1
# A row of a slot, apart from its genes and metrics.
ROW_BYTES = 8 * 4 + 8 + 1 + TEXT_BYTES
_OK, _LAST_STATUS = int(Status.OK), max(map(int, Status))
_HEADER = 4  # int64 words: row now running, rows done, two spare


class Draft:
    """Results on their way into a slot: private until a row is done.

    A copy of the process that an objective forks writes into its own draft, never into the slot.

    Attributes
    ----------
    evaluations : Evaluations
        Views into `records`, but for the texts.
    raw : ndarray of uint8, shape (n, bytes of a row)
        The same memory, a row in one piece: shared by copying it once.
    """

    def __init__(self, n: int, record: np.dtype[Any]) -> None:
        records = np.zeros(n, record)
        self.raw = records.view(np.uint8).reshape(n, record.itemsize)
        self.evaluations = _view_as_evaluations(records, np.full(n, None, object))
        self.evaluations.status[:] = int(Status.FAILED)
        self.evaluations.fitness[:] = np.nan
        self.evaluations.metrics[:] = np.nan


class Slot:
    """Views into one block of shared memory.

    Parameters
    ----------
    memory : Shared
    n_rows, n_genes, n_metrics : int
    """

    def __init__(self, memory: Shared, n_rows: int, n_genes: int, n_metrics: int) -> None:
        self.memory = memory
        self.shape = (n_rows, n_genes, n_metrics)
        self.record = _make_record(n_metrics)
        self._offset = 0
        self.header = self._view(np.int64, n_rows=_HEADER)
        self.genomes = self._view(np.float64, n_rows, n_genes)
        self._raw = self._view(np.uint8, n_rows, self.record.itemsize)
        self._text_size = self._view(np.uint8, n_rows)
        self._text = self._view(np.uint8, n_rows, TEXT_BYTES)

    @staticmethod
    def allocate(context: Any, n_rows: int, n_genes: int, n_metrics: int) -> Slot:
        """Make a slot; the memory goes away with the last process that holds it."""
        per_row = ROW_BYTES + 8 * (n_genes + n_metrics)
        size = 8 * _HEADER + n_rows * per_row + 16 * 8
        return Slot(Shared.allocate(context, size), n_rows, n_genes, n_metrics)

    def __reduce__(self) -> tuple[Any, ...]:
        return Slot, (self.memory, *self.shape)

    def _view(self, dtype: Any, n_rows: int, *more: int) -> NDArray[Any]:
        count = int(np.prod((n_rows, *more)))
        view = np.frombuffer(self.memory.buffer, dtype, count, self._offset).reshape(n_rows, *more)
        self._offset += -(-view.nbytes // 8) * 8
        return view

    def open_for(self, n: int) -> Draft:
        """A draft of n results, and no texts of those before."""
        self._text_size[:n] = 0
        return Draft(n, self.record)

    def put(self, begin: int, end: int, draft: Draft) -> None:
        """Share rows of a draft with the other side, errors cut to what fits."""
        self._raw[begin:end] = draft.raw[begin:end]
        error = draft.evaluations.error
        if end - begin == 1 and error[begin] is None and not self._text_size[begin]:
            return
        self._text_size[begin:end] = 0
        for row in begin + np.flatnonzero(error[begin:end].astype(np.bool_)):
            raw = error[row].encode("utf-8", "replace")[:TEXT_BYTES]
            self._text[row, : len(raw)] = np.frombuffer(raw, np.uint8)
            self._text_size[row] = len(raw)

    def find_running(self, n: int) -> int:
        """The row of n that runs now, or NOTHING_RUNS."""
        row = int(self.header[0])
        return row if 0 <= row < n else NOTHING_RUNS

    def read_done(self, n: int) -> Evaluations:
        """Those of n rows that are done, copied out; none from the first that is no row on.

        An objective that writes where it likes in the memory of its process may spoil rows.
        """
        found = self._read(min(max(int(self.header[1]), 0), n))
        is_row = (found.status <= _LAST_STATUS) & (found.violation >= 0)
        is_row &= found.feasible.view(np.uint8) <= 1
        is_row &= (found.status != _OK) | (found.error == None)  # noqa: E711 (each of them)
        return found if is_row.all() else found.take(slice(0, int(np.argmin(is_row))))

    def _read(self, n: int) -> Evaluations:
        error = np.full(n, None, object)
        for row in np.flatnonzero(self._text_size[:n]):
            raw = self._text[row, : self._text_size[row]].tobytes()
            error[row] = raw.decode("utf-8", "replace")
        # One copy of whole rows, so that nothing changes while columns are looked at.
        return _view_as_evaluations(self._raw[:n].copy().view(self.record)[:, 0], error)


def _make_record(n_metrics: int) -> np.dtype[Any]:
    """A row of results in one piece; its largest fields first, so that none is misaligned."""
    return np.dtype(
        [
            ("fitness", np.float64),
            ("violation", np.float64),
            ("evaluated_at_us", np.int64),
            ("evaluation_s", np.float64),
            ("metrics", np.float64, (n_metrics,)),
            ("status", np.uint8),
            ("feasible", np.bool_),
        ],
        align=True,
    )


def _view_as_evaluations(records: NDArray[Any], error: NDArray[Any]) -> Evaluations:
    return Evaluations(error=error, **{name: records[name] for name in records.dtype.names or ()})
