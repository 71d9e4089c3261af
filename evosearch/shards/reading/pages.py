"""What a Parquet file would become in memory, and whether its parts agree, before any is decoded.

Sizes in a footer prove nothing: 2.7 kB with an honest footer were seen to decode to 10 GB. What a
page takes is stated in the header before its bytes, and readers allocate no more than that. And a
checksum covers a page's bytes only: its header is compared with the footer here, so that reading
the first pages is safe without hashing the file.

References
----------
Apache Parquet format 2.11, ``PageHeader``.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from typing import NamedTuple

from evosearch.shards.reading.footer import EXTREMES, Column, RowGroup, read_row_groups
from evosearch.shards.reading.sortedness import Claim, are_sorted
from evosearch.shards.reading.thrift import (
    INTEGER,
    STRUCT,
    VARINT,
    BadThrift,
    Compact,
    decode_number,
)

# Our own pages are about 128 kB, those of other writers about 1 MB.
MAX_PAGE_BYTES = 16 * 2**20
# A row holds random bytes and times; even copies of one genome take more than this.
MIN_BYTES_PER_ROW = 1
MAX_FINDERS_PER_BYTE = 64
# Field of the header of a page -> its kind: data page, dictionary page, data page of version 2.
_PAGE_KINDS = {5: 0, 7: 2, 8: 3}
_DATA, _DICTIONARY = 5, 7


# Pages as nearly all are written, found by one expression instead of some forty calls: kind, sizes,
# checksum; then of data the number of values, encoding, levels and perhaps extremes, and of a
# dictionary the number of values and the encoding.
_USUAL = re.compile(
    rb"\x15(?:\x00|(\x04))\x15%(n)s\x15%(n)s\x15%(n)s(?(1)\x3c|\x1c)\x15%(n)s\x15%(n)s"
    rb"(?(1)[\x11\x12]|\x15\x06\x15\x06(?:\x1c\x00|\x1c%(x)s)?)\x00\x00"
    % {b"n": rb"(%s)" % VARINT, b"x": EXTREMES},
    re.DOTALL,
)


class BadPages(ValueError):
    """Pages that contradict the footer, or would take more memory than any honest ones."""


class Survey(NamedTuple):
    """What was seen of a file without decoding it.

    Attributes
    ----------
    page_bytes : int
        The largest page when decompressed.
    is_sorted : bool
        It says that it is in the order of ranking, and its footer agrees.
    has_checksums : bool
        On every page.
    unread : tuple of RowGroup
        Those behind the first whose pages are still to be looked at.
    """

    page_bytes: int
    is_sorted: bool
    has_checksums: bool
    unread: tuple[RowGroup, ...] = ()


def survey_pages(
    data: mmap.mmap | bytes, n_rows: int, n_columns: int, is_light: bool = False
) -> Survey:
    """Walk over the footer and the pages of a file.

    Parameters
    ----------
    data : mmap or bytes
        The whole file.
    n_rows, n_columns : int
        As pyarrow, which reads the rows, understands the footer.
    is_light : bool
        Look at the pages of the first row group only.

    Raises
    ------
    BadPages
    """
    size = len(data)
    if n_rows > size // MIN_BYTES_PER_ROW:
        raise BadPages(f"{n_rows:,} rows in {size:,} bytes")
    largest = n_values = n_found = 0
    has_checksums = True
    claims: list[Claim] = []
    unread: list[RowGroup] = []
    try:
        for group in read_row_groups(data):
            if len(group.columns) != n_columns:
                raise BadPages("other numbers of columns in a row group than in all")
            if is_light and claims:
                unread.append(group)
            else:
                most, is_checked = survey_group(data, group)
                largest, has_checksums = max(largest, most), has_checksums and is_checked
            n_values += sum(column.n_values for column in group.columns)
            n_found += group.n_rows
            claims.append(Claim.of(group))
    except (BadThrift, IndexError) as error:
        raise BadPages(f"its structure is broken: {error}") from error
    if n_found != n_rows:
        raise BadPages("other numbers of rows in its row groups than in all")
    if n_values - n_rows * (n_columns - 1) > MAX_FINDERS_PER_BYTE * size:
        raise BadPages(f"{n_values:,} values in {size:,} bytes")
    return Survey(largest, are_sorted(claims), has_checksums, tuple(unread))


def survey_group(data: mmap.mmap | bytes, group: RowGroup) -> tuple[int, bool]:
    """The largest page of a row group when decompressed, and whether all have checksums.

    Raises
    ------
    BadPages
    """
    largest, has_checksums = 0, True
    for column in group.columns:
        for page in _check_pages(data, column):
            largest = max(largest, page.unpacked)
            has_checksums = has_checksums and page.has_checksum
    return largest, has_checksums


def _check_pages(data: mmap.mmap | bytes, column: Column) -> Iterator[Page]:
    """The pages of a column, each of which agrees with the footer."""
    if not column.n_values and not column.n_bytes:
        return  # a row group without rows has no pages
    start, stop = column.start, column.start + column.n_bytes
    if not 4 <= start <= stop <= len(data):
        raise BadPages("a column lies outside the file")
    n_values = 0
    while start < stop:
        try:
            page = read_page_header(data, start)
        except (BadThrift, IndexError) as error:
            raise BadPages(f"the header of a page is broken: {error}") from error
        start = page.start + page.packed
        if page.packed < 0 or page.unpacked < 0 or page.n_values < 0 or start > stop:
            raise BadPages("a page lies outside its column")
        if page.unpacked > MAX_PAGE_BYTES:
            raise BadPages(f"a page of {page.unpacked:,} bytes")
        if page.kind != _PAGE_KINDS.get(page.header):
            raise BadPages("a page of another kind than its header")  # readers pass it over
        if page.header == _DATA and page.encoding not in column.encodings:
            raise BadPages("a page in another encoding than its column")
        n_values += 0 if page.header == _DICTIONARY else page.n_values
        yield page
    if n_values != column.n_values:
        raise BadPages("a column has other numbers of values in its pages than in the footer")


class Page(NamedTuple):
    """Where the bytes of a page start, what they take, and what its header says of it."""

    start: int
    unpacked: int
    packed: int
    kind: int
    header: int
    n_values: int
    encoding: int
    has_checksum: bool


def read_page_header(data: mmap.mmap | bytes, at: int) -> Page:
    """The header that begins somewhere.

    Raises
    ------
    BadThrift, IndexError
    """
    usual = _USUAL.match(data, at)
    if usual:
        unpacked, packed, _, n_values, encoding = map(decode_number, usual.group(2, 3, 4, 5, 6))
        header = _DICTIONARY if usual[1] else _DATA
        kind = _PAGE_KINDS[header]
        return Page(usual.end(), unpacked, packed, kind, header, n_values, encoding, True)
    return _read_header_by_field(data, at)


def _read_header_by_field(data: mmap.mmap | bytes, at: int) -> Page:
    reader = Compact(data, at)
    # The first two numbers of a page's own header: how many values and, of old, the encoding.
    counts = {(field, INTEGER): reader.number for field in (1, 2)}
    found = reader.structure(
        {
            **{(field, INTEGER): reader.number for field in (1, 2, 3, 4)},
            **{(field, STRUCT): lambda: reader.structure(counts) for field in _PAGE_KINDS},
        }
    )
    header = max(found.keys() & _PAGE_KINDS.keys(), default=0)
    kind, unpacked, packed = (found.get(field, -1) for field in (1, 2, 3))
    n_values, encoding = (found.get(header, {}).get(field, -1) for field in (1, 2))
    return Page(reader.at, unpacked, packed, kind, header, n_values, encoding, 4 in found)
