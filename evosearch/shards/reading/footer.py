"""What a Parquet footer says of row groups and their columns: where they are and how they lie.

References
----------
Apache Parquet format 2.11, ``FileMetaData``.
"""

from __future__ import annotations

import functools
import mmap
import re
from collections.abc import Iterator
from typing import NamedTuple

from evosearch.shards.reading.thrift import (
    BINARY,
    INTEGER,
    LIST,
    STRUCT,
    VARINT,
    Compact,
    decode_number,
)

# Columns as Arrow writes nearly all, found by one expression instead of a hundred calls. Whatever
# is not exactly so is read field by field. First what the schema says of one: type, repetition,
# name, and perhaps that it is text.
_NAME = rb"\x18([\x00-\x7f])([\w.]+)"
_USUAL_FIELD = re.compile(
    rb"(?:\x15%(v)s\x25%(v)s|(?:\x15%(v)s){3})%(n)s(?:\x25\x00\x4c\x1c\x00\x00)?\x00"
    % {b"v": VARINT, b"n": _NAME},
)
_BYTE = rb"[\x00-\x7f]"
_EXTREME = rb"(?:\x08.{8}|\x04.{4}|\x01.)"
EXTREMES = rb"\x18%(b)s\x18%(b)s\x16%(v)s\x28(%(b)s)\x18(%(b)s)[\x11\x12]{2}\x00" % {
    b"b": _EXTREME,
    b"v": VARINT,
}
_USE = rb"\x15%s\x15%s\x15%s\x00" % (_BYTE, _BYTE, VARINT)
_USES = rb"(?:\x1c%s|\x2c(?:%s){2}|\x3c(?:%s){3})" % (_USE, _USE, _USE)
_LEVELS = rb"(?:\x06|\x16%s|\x26(?:%s){2})" % (VARINT, VARINT)
_USUAL = re.compile(
    # Offset, type, encodings, name, codec,
    rb"\x26%(v)s\x1c\x15%(v)s\x19(\x15%(c)s|\x25%(c)s{2}|\x35%(c)s{3})"
    rb"\x19\x18(%(c)s)([\x20-\x7e]+)\x15%(v)s"
    # numbers of values and bytes, where its data and its dictionary are,
    rb"\x16(%(v)s)\x16%(v)s\x16(%(v)s)\x26(%(v)s)(?:\x26(%(v)s))?"
    # extremes and uses of encodings, whose field numbers count on from the last there was,
    rb"(?:(?(7)\x1c|\x3c)%(x)s\x19|(?(7)\x29|\x49))%(u)s"
    # and sizes.
    rb"(?:\x3c(?:\x16%(v)s\x19|\x29)%(l)s\x19%(l)s\x00)?\x00\x00"
    % {b"v": VARINT, b"c": _BYTE, b"x": EXTREMES, b"u": _USES, b"l": _LEVELS},
    re.DOTALL,
)


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
        elif (field, what) == (2, LIST):
            for kind in reader.elements():
                _skip_schema_field(reader, kind)
        else:
            reader.skip(what)


def _skip_schema_field(reader: Compact, kind: int) -> None:
    usual = reader.match(_USUAL_FIELD) if kind == STRUCT else None
    if usual and usual[1][0] == len(usual[2]):
        reader.at = usual.end()
    else:
        reader.skip(kind)


def _read_row_group(reader: Compact) -> RowGroup:
    def read_place() -> int:
        place: int = reader.structure({(1, INTEGER): reader.number}).get(1, -1)
        return place

    found = reader.structure(
        {
            (1, LIST): lambda: [_read_column(reader) for _ in reader.elements()],
            (3, INTEGER): reader.number,
            (4, LIST): lambda: [read_place() for _ in reader.elements()],
        }
    )
    return RowGroup(found.get(3, -1), found.get(1, []), found.get(4, []))


def _read_column(reader: Compact) -> Column:
    usual = reader.match(_USUAL)
    if usual:
        encodings, size, name, n_values, n_bytes, first, second, high, low = usual.groups()
        if size[0] == len(name):
            reader.at = usual.end()
            # An offset of zero says that there is no such page.
            start = decode_number(first)
            if second:
                other = decode_number(second)
                start = min(start, other) if start and other else start or other
            return Column(
                name.decode("ascii"),
                start,
                decode_number(n_bytes),
                decode_number(n_values),
                _decode_encodings(encodings),
                low and low[1:],
                high and high[1:],
            )
    return _read_column_by_field(reader)


@functools.lru_cache(64)
def _decode_encodings(stored: bytes) -> tuple[int, ...]:
    return tuple((byte >> 1) ^ -(byte & 1) for byte in stored[1:])


def _read_column_by_field(reader: Compact) -> Column:
    found = reader.structure({(3, STRUCT): lambda: _read_column_metadata(reader)})
    column: Column = found.get(3, Column("", -1, -1, -1, (), None, None))
    return column


def _read_column_metadata(reader: Compact) -> Column:
    extremes = {(field, BINARY): reader.binary for field in (5, 6)}
    found = reader.structure(
        {
            **{(field, INTEGER): reader.number for field in (5, 7, 9, 11)},
            (2, LIST): lambda: tuple(reader.number() for _ in reader.elements()),
            (3, LIST): lambda: [reader.binary() for _ in reader.elements()],
            (12, STRUCT): lambda: reader.structure(extremes),
        }
    )
    # An offset of zero says that there is no such page.
    start = min((found[field] for field in (9, 11) if found.get(field)), default=0)
    name = b"".join(found.get(3, [])[:1]).decode("utf-8", "replace")
    low, high = (found.get(12, {}).get(field) for field in (6, 5))
    return Column(name, start, found.get(7, -1), found.get(5, -1), found.get(2, ()), low, high)
