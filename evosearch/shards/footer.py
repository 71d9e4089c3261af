"""What a Parquet footer says of row groups and their columns: where they are and how they lie.

References
----------
Apache Parquet format 2.11, ``FileMetaData``.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import NamedTuple

from evosearch.shards.thrift import BINARY, INTEGERS, LIST, STRUCT, Compact


class Column(NamedTuple):
    """One column of one row group.

    Attributes
    ----------
    name : str
        The first part of its path.
    start, n_bytes : int
        Where its pages lie.
    n_values : int
    encodings : tuple of int
    low, high : bytes or None
        Its extremes, as they are stored.
    """

    name: str
    start: int
    n_bytes: int
    n_values: int
    encodings: tuple[int, ...]
    low: bytes | None
    high: bytes | None


class RowGroup(NamedTuple):
    """One row group; `sorted_by` numbers the columns that it says it is sorted by."""

    n_rows: int
    columns: list[Column]
    sorted_by: list[int]


def read_row_groups(data: mmap.mmap | bytes) -> Iterator[RowGroup]:
    """The row groups of a whole file, one at a time.

    Raises
    ------
    BadThrift, IndexError
        The footer is damaged.
    """
    n_bytes = int.from_bytes(data[-8:-4], "little")
    reader = Compact(data, len(data) - 8 - n_bytes)
    for field, what in reader.fields():
        if (field, what) == (4, LIST):
            for _ in reader.elements():
                yield _read_row_group(reader)
        else:
            reader.skip(what)


def _read_row_group(reader: Compact) -> RowGroup:
    n_rows = -1
    columns: list[Column] = []
    sorted_by: list[int] = []
    for field, what in reader.fields():
        if (field, what) == (1, LIST):
            columns = [_read_column(reader) for _ in reader.elements()]
        elif field == 3 and what in INTEGERS:
            n_rows = reader.number()
        elif (field, what) == (4, LIST):
            sorted_by = [_read_first_number(reader) for _ in reader.elements()]
        else:
            reader.skip(what)
    return RowGroup(n_rows, columns, sorted_by)


def _read_first_number(reader: Compact) -> int:
    found = -1
    for field, what in reader.fields():
        if field == 1 and what in INTEGERS:
            found = reader.number()
        else:
            reader.skip(what)
    return found


def _read_column(reader: Compact) -> Column:
    found = Column("", -1, -1, -1, (), None, None)
    for field, what in reader.fields():
        if (field, what) == (3, STRUCT):
            found = _read_column_metadata(reader)
        else:
            reader.skip(what)
    return found


def _read_column_metadata(reader: Compact) -> Column:
    numbers = {5: -1, 7: -1, 9: 0, 11: 0}
    encodings: tuple[int, ...] = ()
    path: list[bytes] = [b""]
    low = high = None
    for field, what in reader.fields():
        if field in numbers and what in INTEGERS:
            numbers[field] = reader.number()
        elif (field, what) == (2, LIST):
            encodings = tuple(reader.number() for _ in reader.elements())
        elif (field, what) == (3, LIST):
            path = [reader.binary() for _ in reader.elements()]
        elif (field, what) == (12, STRUCT):
            low, high = _read_extremes(reader)
        else:
            reader.skip(what)
    # An offset of zero says that there is no such page.
    starts = [numbers[field] for field in (9, 11) if numbers[field]]
    name = path[0].decode("utf-8", "replace") if path else ""
    return Column(name, min(starts, default=0), numbers[7], numbers[5], encodings, low, high)


def _read_extremes(reader: Compact) -> tuple[bytes | None, bytes | None]:
    found: dict[int, bytes] = {}
    for field, what in reader.fields():
        if field in (5, 6) and what == BINARY:
            found[field] = reader.binary()
        else:
            reader.skip(what)
    return found.get(6), found.get(5)
