"""Counts the trials of a merge while its distinct rows pass, in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.shards.format.arrays import is_null, one_chunk, to_floats, to_numpy
from evosearch.shards.format.trials.benchmark import BEHAVIOUR, ROLES
from evosearch.shards.format.trials.sketch import Sketch, Smallest
from evosearch.shards.format.trials.sums import TrialSums


class TrialCount:
    """The sums over distinct rows, and how many of those that have a ratio behave differently.

    Parameters
    ----------
    evidence : mapping of str to str, or None
        Names of columns by role.
    schema : pyarrow.Schema
        Of the rows; a column that it lacks is not counted.

    Attributes
    ----------
    sums : TrialSums or None
        Of the rows added so far.
    """

    def __init__(self, evidence: Mapping[str, str] | None, schema: pa.Schema) -> None:
        stated = evidence or {}
        self._main = schema.get_field_index(stated.get(ROLES[0], ""))
        self._behaviour = schema.get_field_index(stated.get(BEHAVIOUR, ""))
        if self._behaviour >= 0 and schema.field(self._behaviour).type != pa.int64():
            self._behaviour = -1
        self.sums = TrialSums() if self._main >= 0 else None
        is_known = self.sums is not None and self._behaviour >= 0
        self._smallest = Smallest() if is_known else None

    def add(self, rows: pa.Table, is_feasible: NDArray[np.bool_]) -> None:
        """Count rows, each of another genome than all others."""
        if self.sums is None:
            return
        values = to_floats(one_chunk(rows.column(self._main)))
        self.sums += TrialSums.of(values, is_feasible)
        if self._smallest is not None:
            column = one_chunk(rows.column(self._behaviour))
            missing = is_null(column)
            is_counted = np.isfinite(values)
            if missing is not None:
                is_counted &= ~missing
            ids = np.asarray(to_numpy(column))
            self._smallest.add(ids if is_counted.all() else ids[is_counted])

    @property
    def behaviours(self) -> Sketch | None:
        """Of the rows added so far; None without such a column."""
        return None if self._smallest is None else self._smallest.sketch()
