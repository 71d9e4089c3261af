"""What was measured in a row, as numbers that can be compared with those of other copies.

NaN, null and a missing column are the same blank; 1 and 1.0 are one value, and so are -0.0 and 0.0.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.population import STATUS_NAMES
from evosearch.shards.format.arrays import one_chunk, to_floats
from evosearch.shards.format.keys import read_texts

# Texts of status as numbers in alphabetical order.
STATUSES = tuple(sorted(STATUS_NAMES))
OK = float(STATUSES.index("ok"))


def read_column(rows: pa.Table, name: str) -> NDArray[np.float64] | None:
    """One measured column as numbers, NaN where it is blank; None if the column is missing."""
    place = rows.schema.get_field_index(name)  # `in column_names` builds a list for each column
    if place < 0:
        return None
    column = rows.column(place)
    if name != "status":
        return to_floats(one_chunk(column))
    texts = read_texts(column)
    known = [STATUSES.index(text) if text in STATUSES else len(STATUSES) for text in texts.names]
    return np.array([*known, np.nan])[texts.codes]


def read_measured(rows: pa.Table, names: Sequence[str]) -> NDArray[np.float64]:
    """Measured columns as numbers, NaN where blank, shape (number of names, n)."""
    values = np.full((len(names), len(rows)), np.nan)
    for place, name in enumerate(names):
        column = read_column(rows, name)
        if column is not None:
            values[place] = column
    return values


class Digester:
    """A hash of 64 bits of all that was measured in a row.

    Different values have equal digests with a chance of 2**-64. Every merge draws new random
    factors, so that no file can be made to collide.

    Parameters
    ----------
    names : sequence of str
        Of `schema.list_measured`, for all inputs together.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._salts = [np.uint64(secrets.randbits(64)) for _ in self.names]
        self._factors = [np.uint64(secrets.randbits(64) | 1) for _ in self.names]

    def digest(self, rows: pa.Table) -> NDArray[np.uint64]:
        """One digest per row, shape (n,); a blank and a missing column add nothing."""
        found = np.zeros(len(rows), np.uint64)
        for name, salt, factor in zip(self.names, self._salts, self._factors, strict=True):
            values = read_column(rows, name)
            if values is None:
                continue
            values += 0.0  # no -0.0
            is_blank = np.isnan(values)
            bits = values.view(np.uint64)
            # Integers wrap around on purpose.
            bits ^= salt
            bits *= factor
            bits ^= bits >> np.uint64(32)
            bits *= factor
            if is_blank.any():
                bits[is_blank] = 0
            found += bits
        return found
