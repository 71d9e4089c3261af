"""Open a Parquet file of any origin, and read its rows in pieces."""

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
    """An opened file: page checksums are verified, texts are read as dictionaries.

    Parameters
    ----------
    file : binary file or pyarrow.NativeFile
    schema : pyarrow.Schema, optional
        Of the file, once it is known; without it, read nothing but the footer.
    is_hashed : bool
        The file's SHA-256 was verified just now, so page checksums are not.
    **options
        Of `pyarrow.parquet.ParquetFile`.
    """
    texts = []
    if schema is not None:
        # Decoded as plain texts, a few bytes that repeat could fill memory.
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        texts += ["found_by.list.element"] if "found_by" in schema.names else []
    return parquet.ParquetFile(
        file, page_checksum_verification=not is_hashed, read_dictionary=texts, **options
    )


def iter_batches(
    opened: parquet.ParquetFile, n_rows: int, groups: Iterable[int] | None = None, **options: Any
) -> Iterator[pa.RecordBatch]:
    """Rows piece by piece, never across row groups: Arrow cannot join lists of dictionary texts.

    Parameters
    ----------
    opened : pyarrow.parquet.ParquetFile
    n_rows : int
        Rows of a piece at most.
    groups : iterable of int, optional
        Row groups to read; all by default.
    **options
        Of `pyarrow.parquet.ParquetFile.iter_batches`.
    """
    for group in range(opened.metadata.num_row_groups) if groups is None else groups:
        yield from opened.iter_batches(n_rows, row_groups=[group], **options)
