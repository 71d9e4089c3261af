"""The greatest value of each metric over the first rows of a ranking, or of a run's own shards."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from evosearch.shards.disk.opening import iter_batches, open_parquet

# The best rows come first: what lies below so many changes no greatest value that matters.
_MAX_ROWS = 262_144
_BATCH_ROWS = 65_536


def find_greatest(
    tables: Iterable[pa.Table], names: Sequence[str], max_rows: int = _MAX_ROWS
) -> dict[str, float]:
    """The greatest value of each column; those that are undefined in all rows are left out.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        Rows, best first; read only as far as needed.
    names : sequence of str
        Columns of numbers; those that a table lacks are passed over.
    max_rows : int
        No more rows are looked at.
    """
    found: dict[str, float] = {}
    n_left = max_rows
    for table in tables:
        part = table.slice(0, n_left)
        n_left -= len(part)
        for name in names:
            if name in part.schema.names and _is_number(part.schema.field(name).type):
                value = pc.max(part[name]).as_py()
                if value is not None and not math.isnan(value):
                    found[name] = max(found.get(name, value), value)
        if n_left <= 0:
            break
    return found


def read_first(paths: Sequence[Path], names: Sequence[str]) -> Iterator[pa.Table]:
    """The first rows of shards of this machine, some columns only; nothing of damaged ones."""
    for path in paths:
        with contextlib.suppress(OSError, pa.ArrowException), path.open("rb") as file:
            opened = open_parquet(file)
            known = [name for name in names if name in opened.schema_arrow.names]
            for batch in iter_batches(opened, _BATCH_ROWS, [0], columns=known):
                yield pa.Table.from_batches([batch])


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
