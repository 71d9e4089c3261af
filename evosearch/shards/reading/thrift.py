"""Thrift's compact protocol, as far as Parquet's footers and page headers are written in it.

Read here because the bytes may be of any origin: a footer that contradicts itself ends the whole
process inside of Arrow (26.0) as soon as Python asks it for a column.

References
----------
Apache Thrift, "Thrift compact protocol encoding".
"""

from __future__ import annotations

import functools
import mmap
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

BYTE, DOUBLE, BINARY, LIST, SET, STRUCT = 3, 7, 8, 9, 10, 12
BOOLEANS = (1, 2)
INTEGER, INTEGERS = 6, (4, 5, 6)
# The bytes of a whole number, as a regular expression.
VARINT = rb"[\x80-\xff]{0,9}[\x00-\x7f]"
_MAX_DEPTH = 8
_MAX_FIELD = 2**15 - 1


class BadThrift(ValueError):
    """Bytes that are not valid Thrift compact protocol."""


class Compact:
    """Reads values one after another.

    Parameters
    ----------
    data : bytes or mmap
    at : int
        Where to begin.

    Attributes
    ----------
    at : int
        Where the next value begins.

    Raises
    ------
    BadThrift, IndexError
        By every method: the latter where the data end.
    """

    def __init__(self, data: mmap.mmap | bytes, at: int) -> None:
        self._data, self.at = data, at

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """The match of an expression at this place, or None; the place does not move."""
        return pattern.match(self._data, self.at)

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and type of each field of a structure; the caller reads or skips each one.

        Numbers rise: a field that stood there twice, or one beyond 16 bits, which others cut off,
        would be another field to another reader.
        """
        field = 0
        while True:
            head = self._data[self.at]
            self.at += 1
            if not head:
                return
            before = field
            field = field + (head >> 4) if head >> 4 else self.number()
            if not before < field <= _MAX_FIELD:
                raise BadThrift("its fields are out of order")
            yield field, head & 15

    def structure(self, readers: Mapping[tuple[int, int], Callable[[], Any]]) -> dict[int, Any]:
        """The fields of a structure by number, of those numbers and types that have a reader.

        Whole numbers of any width are of type `INTEGER`.
        """
        found = {}
        for field, what in self.fields():
            read = readers.get((field, INTEGER if what in INTEGERS else what))
            if read is None:
                self.skip(what)
            else:
                found[field] = read()
        return found

    def elements(self) -> Iterator[int]:
        """The type of the elements of a list, once for each element."""
        head = self._data[self.at]
        self.at += 1
        n = head >> 4 if head >> 4 != 15 else self._plain()
        for _ in range(n):
            yield head & 15

    def number(self) -> int:
        """A whole number."""
        return _unfold(self._plain())

    def binary(self) -> bytes:
        """A string of bytes."""
        n = self._plain()
        start, self.at = self.at, self.at + n
        if self.at > len(self._data):
            raise IndexError
        return self._data[start : self.at]

    def skip(self, what: int, depth: int = 0) -> None:
        """Skip a value of some type."""
        if depth > _MAX_DEPTH:
            raise BadThrift("nested too deeply")
        if what in INTEGERS:
            self._plain()
        elif what == STRUCT:
            for _, kind in self.fields():
                self.skip(kind, depth + 1)
        elif what == BINARY:
            self.binary()
        elif what in (LIST, SET):
            for kind in self.elements():
                if kind in BOOLEANS:
                    self.at += 1
                    self._data[self.at - 1]  # or the data end here
                else:
                    self.skip(kind, depth + 1)
        elif what == BYTE:
            self.at += 1
        elif what == DOUBLE:
            self.at += 8
        elif what not in BOOLEANS:  # whose value lies in the field's type
            raise BadThrift("a value of an unknown kind")

    def _plain(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise BadThrift("a number without end")


@functools.lru_cache(4096)
def decode_number(stored: bytes) -> int:
    """A whole number from exactly its bytes; sizes and counts are the same again and again."""
    value = 0
    for byte in reversed(stored):
        value = value << 7 | byte & 127
    return _unfold(value)


def _unfold(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
