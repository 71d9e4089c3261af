"""What a Parquet file would become in memory, read from its page headers before any is decoded.

Sizes in a footer prove nothing: 2.7 kB with an honest footer were seen to decode to 10 GB. What a
page takes is stated in the header before its bytes, and readers allocate no more than that.

References
----------
Apache Parquet format, ``PageHeader``; Apache Thrift compact protocol.
"""

from __future__ import annotations

import mmap
from typing import Any

# Our own pages are about 128 kB, those of other writers about 1 MB.
MAX_PAGE_BYTES = 16 * 2**20
# A row holds random bytes and times; even copies of one genome take more than this.
MIN_BYTES_PER_ROW = 1
MAX_FINDERS_PER_BYTE = 64
_STRUCT, _LIST, _SET, _MAP, _BINARY, _DOUBLE, _BYTE = 12, 9, 10, 11, 8, 7, 3
_PAGE_KINDS = (5, 7, 8)  # data page, dictionary page, data page of version 2
_DICTIONARY = 7


class BadPages(ValueError):
    """Pages that contradict the footer, or would take more memory than any honest ones."""


def measure_pages(data: mmap.mmap | bytes, footer: Any) -> int:
    """The size of the largest page when decompressed, bytes.

    Parameters
    ----------
    data : mmap or bytes
        The whole file.
    footer : pyarrow.parquet.FileMetaData

    Raises
    ------
    BadPages
    """
    size, largest = len(data), 0
    if footer.num_rows > size // MIN_BYTES_PER_ROW:
        raise BadPages(f"{footer.num_rows:,} rows in {size:,} bytes")
    n_values = 0
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        for place in range(group.num_columns):
            column = group.column(place)
            largest = max(largest, _measure_column(data, column))
            if column.num_values != group.num_rows:
                n_values += column.num_values
    if n_values > MAX_FINDERS_PER_BYTE * size:
        raise BadPages(f"{n_values:,} values in {size:,} bytes")
    return largest


def _measure_column(data: mmap.mmap | bytes, column: Any) -> int:
    if not column.num_values and not column.total_compressed_size:
        return 0  # a row group without rows has no pages
    # An offset of zero says that there is no such page.
    start = column.data_page_offset or column.dictionary_page_offset or 0
    if column.has_dictionary_page and column.dictionary_page_offset:
        start = min(start, column.dictionary_page_offset)
    stop = start + column.total_compressed_size
    if not 4 <= start <= stop <= len(data):
        raise BadPages("a column lies outside the file")
    largest = n_values = 0
    while start < stop:
        try:
            start, unpacked, packed, kind, n = _read_header(data, start)
        except IndexError as error:
            raise BadPages("a page header ends with the file") from error
        if packed < 0 or unpacked < 0 or n < 0 or start + packed > stop:
            raise BadPages("a page lies outside its column")
        if unpacked > MAX_PAGE_BYTES:
            raise BadPages(f"a page of {unpacked:,} bytes")
        largest = max(largest, unpacked)
        n_values += 0 if kind == _DICTIONARY else n
        start += packed
    if n_values != column.num_values:
        raise BadPages("a column has other numbers of values in its pages than in the footer")
    return largest


def _read_header(data: mmap.mmap | bytes, at: int) -> tuple[int, int, int, int, int]:
    """Where the page begins, its size unpacked and packed, its kind, and its number of values."""
    unpacked = packed = -1
    kind = n_values = field = 0
    while True:
        head = data[at]
        at += 1
        if not head:
            return at, unpacked, packed, kind, n_values
        field, at = _next_field(data, at, head, field)
        what = head & 15
        if what == _STRUCT and field in _PAGE_KINDS:
            kind = field
            n_values, at = _read_count(data, at)
        elif field in (2, 3) and what in (4, 5, 6):
            number, at = _read_number(data, at)
            if field == 2:
                unpacked = number
            else:
                packed = number
        else:
            at = _skip(data, at, what)


def _read_count(data: mmap.mmap | bytes, at: int) -> tuple[int, int]:
    """The first number of a page's own header, which is how many values it has."""
    field, count = 0, -1
    while True:
        head = data[at]
        at += 1
        if not head:
            return count, at
        field, at = _next_field(data, at, head, field)
        if field == 1 and head & 15 in (4, 5, 6):
            count, at = _read_number(data, at)
        else:
            at = _skip(data, at, head & 15)


def _next_field(data: mmap.mmap | bytes, at: int, head: int, field: int) -> tuple[int, int]:
    return (field + (head >> 4), at) if head >> 4 else _read_number(data, at)


def _read_plain(data: mmap.mmap | bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise BadPages("a number in a page header has no end")


def _read_number(data: mmap.mmap | bytes, at: int) -> tuple[int, int]:
    value, at = _read_plain(data, at)
    return (value >> 1) ^ -(value & 1), at


def _skip(data: mmap.mmap | bytes, at: int, what: int, depth: int = 0) -> int:
    if depth > 8:
        raise BadPages("a page header is nested too deeply")
    if what in (1, 2):  # a boolean lies in the field's type
        return at
    if what == _BYTE:
        return at + 1
    if what in (4, 5, 6):
        return _read_plain(data, at)[1]
    if what == _DOUBLE:
        return at + 8
    if what == _BINARY:
        n, at = _read_plain(data, at)
        return at + n
    if what in (_LIST, _SET):
        head, at = data[at], at + 1
        n, at = (head >> 4, at) if head >> 4 != 15 else _read_plain(data, at)
        for _ in range(min(n, len(data))):
            at = at + 1 if head & 15 in (1, 2) else _skip(data, at, head & 15, depth + 1)
        return at
    if what == _STRUCT:
        while data[at]:
            head, at = data[at], at + 1
            if not head >> 4:
                at = _read_plain(data, at)[1]
            at = _skip(data, at, head & 15, depth + 1)
        return at + 1
    raise BadPages("a page header of an unknown kind")
