"""Open a Parquet file that may be anybody's, and read its rows in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet


def open_parquet(
    file: BinaryIO | pa.NativeFile,
    schema: pa.Schema | None = None,
    is_hashed: bool = False,
    **options: Any,
) -> parquet.ParquetFile:
    """A file ready to be read: every page against its checksum, texts that may repeat as numbers.

    Parameters
    ----------
    file : binary file or pyarrow.NativeFile
    schema : pyarrow.Schema, optional
        Of the file, once it is known; without it only the footer may be read.
    is_hashed : bool
        All bytes were found right just now: the checksums of pages would say it again.
    **options
        Of `pyarrow.parquet.ParquetFile`.
    """
    texts = []
    if schema is not None:
        # As plain texts, a few bytes that repeat would fill memory.
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        texts += ["found_by.list.element"] if "found_by" in schema.names else []
    return parquet.ParquetFile(
        file, page_checksum_verification=not is_hashed, read_dictionary=texts, **options
    )


def iter_batches(
    opened: parquet.ParquetFile, n_rows: int, groups: Iterable[int] | None = None, **options: Any
) -> Iterator[pa.RecordBatch]:
    """Rows piece by piece, never across row groups: Arrow cannot join lists of encoded texts.

    Parameters
    ----------
    opened : pyarrow.parquet.ParquetFile
    n_rows : int
        At most so many together.
    groups : iterable of int, optional
        Which row groups; all of them.
    **options
        Of its method of this name.
    """
    for group in range(opened.metadata.num_row_groups) if groups is None else groups:
        yield from opened.iter_batches(n_rows, row_groups=[group], **options)
