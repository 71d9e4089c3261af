"""How good the best of a run was after each of its tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

    from evosearch.shards.reading.checked import Checked

_BATCH_ROWS = 1 << 16
_COLUMNS = ["generation", "index", "fitness", "feasible"]


class Course:
    """One run, from all of its shards.

    Attributes
    ----------
    run_id : str
    items : list of Checked
        Its shards; add them before `read`.
    profile : str
    best : ndarray of float64, shape (n_tries,)
        The best so far, larger is better; -inf before anything was feasible.
    """

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.items: list[Checked] = []
        self.profile = ""
        self.best: NDArray[np.float64] = np.empty(0)

    def read(self, shown: str = "", sign: int = 1) -> str:
        """Fill in the rest; why that is not possible, else an empty text.

        Parameters
        ----------
        shown : str
            A metric that says the same as the fitness, to be told in its place.
        sign : int
            -1 if less of that is better.
        """
        from evosearch.shards.reading.rows import UnusableInput, read_rows

        parts: list[Any] = []
        for item in self.items:
            assert item.metadata is not None
            run = item.metadata.sources[self.run_id]
            self.profile = run.profile_name
            parts += run.parts.values()
        if not any(part.plain.get("is_last", True) for part in parts):
            return "its last shard is not here: it goes on elsewhere, or was not copied whole"
        names = [*_COLUMNS, shown] if shown else _COLUMNS
        try:
            tables = [t for item in self.items for t in read_rows(item, _BATCH_ROWS, names)]
        except UnusableInput as error:
            return str(error)
        generation, index, fitness, feasible = (_join(tables, name) for name in _COLUMNS)
        places, first = np.unique(np.stack([generation, index], 1), axis=0, return_index=True)
        if len(np.unique(places[:, 0])) != places[-1, 0] + 1:
            return "some of its shards are not here"
        is_good = (feasible[first] > 0) & np.isfinite(fitness[first])
        self.best = np.maximum.accumulate(np.where(is_good, fitness[first], -np.inf))
        if shown:
            value = sign * _join(tables, shown)[first]
            # A row is the best so far where the fitness rises.
            is_rise = np.append(True, self.best[1:] > self.best[:-1])
            place = np.maximum.accumulate(np.where(is_rise, np.arange(len(value)), 0))
            self.best = np.where(self.best > -np.inf, value[place], -np.inf)
        return ""


def _join(tables: list[pa.Table], name: str) -> NDArray[np.float64]:
    """A column of several tables; NaN for null."""
    from evosearch.shards.format.arrays import one_chunk, to_floats

    return np.concatenate([to_floats(one_chunk(table[name])) for table in tables])
