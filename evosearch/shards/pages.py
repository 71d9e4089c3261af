"""What a Parquet file would become in memory, read from its page headers before any is decoded.

Sizes in a footer prove nothing: 2.7 kB with an honest footer were seen to decode to 10 GB. What a
page takes is stated in the header before its bytes, and readers allocate no more than that.

References
----------
Apache Parquet format, ``PageHeader``; Apache Thrift compact protocol.
"""

from __future__ import annotations

import mmap
from typing import Any, NamedTuple

# Our own pages are about 128 kB, those of other writers about 1 MB.
MAX_PAGE_BYTES = 16 * 2**20
# A row holds random bytes and times; even copies of one genome take more than this.
MIN_BYTES_PER_ROW = 1
MAX_FINDERS_PER_BYTE = 64
_STRUCT, _LIST, _SET, _MAP, _BINARY, _DOUBLE, _BYTE = 12, 9, 10, 11, 8, 7, 3
# Field of the header of a page -> its kind: data page, dictionary page, data page of version 2.
_PAGE_KINDS = {5: 0, 7: 2, 8: 3}
_DATA, _DICTIONARY = 5, 7
_ENCODINGS = dict(
    enumerate(
        ["PLAIN", "", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED",
         "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"]
    )
)  # fmt: skip


class BadPages(ValueError):
    """Pages that contradict the footer, or would take more memory than any honest ones."""


def measure_pages(data: mmap.mmap | bytes, footer: Any) -> tuple[int, bool]:
    """The size of the largest page when decompressed, bytes, and whether all have checksums.

    A checksum is of a page's bytes only. What its header says is held against the footer here, so
    that who reads a few pages of a file need not hash all of it.

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
    n_values, are_checked = 0, True
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        for place in range(group.num_columns):
            column = group.column(place)
            most, is_checked = _measure_column(data, column)
            largest, are_checked = max(largest, most), are_checked and is_checked
            if column.num_values != group.num_rows:
                n_values += column.num_values
    if n_values > MAX_FINDERS_PER_BYTE * size:
        raise BadPages(f"{n_values:,} values in {size:,} bytes")
    return largest, are_checked


def _measure_column(data: mmap.mmap | bytes, column: Any) -> tuple[int, bool]:
    if not column.num_values and not column.total_compressed_size:
        return 0, True  # a row group without rows has no pages
    # An offset of zero says that there is no such page.
    start = column.data_page_offset or column.dictionary_page_offset or 0
    if column.has_dictionary_page and column.dictionary_page_offset:
        start = min(start, column.dictionary_page_offset)
    stop = start + column.total_compressed_size
    if not 4 <= start <= stop <= len(data):
        raise BadPages("a column lies outside the file")
    largest = n_values = 0
    is_checked = True
    while start < stop:
        try:
            page = _read_header(data, start)
        except IndexError as error:
            raise BadPages("a page header ends with the file") from error
        start = page.start + page.packed
        if min(page.packed, page.unpacked, page.n_values) < 0 or start > stop:
            raise BadPages("a page lies outside its column")
        if page.unpacked > MAX_PAGE_BYTES:
            raise BadPages(f"a page of {page.unpacked:,} bytes")
        if page.kind != _PAGE_KINDS.get(page.header):
            raise BadPages("a page of another kind than its header")  # readers pass it over
        if page.header == _DATA and _ENCODINGS.get(page.encoding) not in column.encodings:
            raise BadPages("a page in another encoding than its column")
        largest, is_checked = max(largest, page.unpacked), is_checked and page.has_checksum
        n_values += 0 if page.header == _DICTIONARY else page.n_values
    if n_values != column.num_values:
        raise BadPages("a column has other numbers of values in its pages than in the footer")
    return largest, is_checked


class _Page(NamedTuple):
    """Where its bytes start, what they take, and what it says of itself."""

    start: int
    unpacked: int
    packed: int
    kind: int
    header: int
    n_values: int
    encoding: int
    has_checksum: bool


def _read_header(data: mmap.mmap | bytes, at: int) -> _Page:
    numbers = {1: -1, 2: -1, 3: -1}
    header = field = 0
    n_values = encoding = -1
    while True:
        head = data[at]
        at += 1
        if not head:
            return _Page(
                at, numbers[2], numbers[3], numbers[1], header, n_values, encoding, 4 in numbers
            )
        field, at = _next_field(data, at, head, field)
        what = head & 15
        if what == _STRUCT and field in _PAGE_KINDS:
            header = field
            n_values, encoding, at = _read_counts(data, at)
        elif field in (1, 2, 3, 4) and what in (4, 5, 6):
            numbers[field], at = _read_number(data, at)
        else:
            at = _skip(data, at, what)


def _read_counts(data: mmap.mmap | bytes, at: int) -> tuple[int, int, int]:
    """The first two numbers of a page's own header: how many values, and (of old) the encoding."""
    field, numbers = 0, {1: -1, 2: -1}
    while True:
        head = data[at]
        at += 1
        if not head:
            return numbers[1], numbers[2], at
        field, at = _next_field(data, at, head, field)
        if field in numbers and head & 15 in (4, 5, 6):
            numbers[field], at = _read_number(data, at)
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
