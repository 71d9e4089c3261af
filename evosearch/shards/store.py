"""Write shards: sorted, compressed, checksummed, and named by the hash of their bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from evosearch.shards.digest import RowsDigest
from evosearch.shards.files import HashingFile, write_atomically
from evosearch.shards.metadata import encode_metadata

ROW_GROUP_ROWS = 131_072
SHA_DIGITS = 16


def writer_options(schema: pa.Schema) -> dict[str, Any]:
    """The one set of Parquet options: equal rows give equal bytes.

    Bytes of floats are split into streams, which compress better side by side; columns with few
    distinct values keep a dictionary; ids are random and only copied.
    """
    floats = [field.name for field in schema if pa.types.is_floating(field.type)]
    distinct = [
        field.name
        for field in schema
        if not pa.types.is_floating(field.type) and not pa.types.is_fixed_size_binary(field.type)
    ]
    # Parquet names the values inside a list by their path.
    distinct = ["found_by.list.element" if name == "found_by" else name for name in distinct]
    sorting = [parquet.SortingColumn(schema.get_field_index("feasible"), descending=True)]
    if "rank" in schema.names:
        sorting = [parquet.SortingColumn(schema.get_field_index("rank"))]
        distinct.remove("rank")
    return {
        "version": "2.6",
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": distinct,
        "use_byte_stream_split": floats,
        "write_page_checksum": True,
        "sorting_columns": sorting,
        "write_statistics": True,
    }


def write_table(
    folder: Path,
    name: str,
    schema: pa.Schema,
    tables: Iterable[pa.Table],
    finish: Any,
    scratch: Path | None = None,
) -> tuple[Path, str]:
    """Write one Parquet file, its metadata last, when its rows are known.

    Parameters
    ----------
    folder : Path
    name : str
        File name; ``{sha}`` in it becomes the first 16 digits of the file's SHA-256.
    schema : pyarrow.Schema
    tables : iterable of pyarrow.Table
        Pieces in their final order; memory holds one row group.
    finish : callable
        Given the digest and the number of the rows, the file's metadata.
    scratch : Path, optional
        Where the file stands until it is whole.

    Returns
    -------
    path : Path
    rows_sha256 : str

    Raises
    ------
    EnvironmentFailed
        Disk full, no permission; nothing is left behind.
    """
    digest = RowsDigest()

    def fill(file: HashingFile) -> None:
        n_rows = 0
        with parquet.ParquetWriter(file, schema, **writer_options(schema)) as writer:
            for table in _regroup(tables, ROW_GROUP_ROWS):
                digest.update(table)
                writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
                n_rows += len(table)
            metadata: Mapping[str, Any] = finish(digest.hexdigest(), n_rows)
            writer.add_key_value_metadata(encode_metadata(metadata))

    path = write_atomically(
        folder, lambda file: name.replace("{sha}", file.hexdigest()[:SHA_DIGITS]), fill, scratch
    )
    return path, digest.hexdigest()


def _regroup(tables: Iterable[pa.Table], size: int) -> Iterable[pa.Table]:
    """The same rows in pieces of exactly `size`, but for the last."""
    held: list[pa.Table] = []
    n_held = 0
    for table in tables:
        start = 0
        while start < len(table):
            take = min(size - n_held, len(table) - start)
            held.append(table.slice(start, take))
            n_held += take
            start += take
            if n_held == size:
                yield pa.concat_tables(held)
                held, n_held = [], 0
    if held:
        yield pa.concat_tables(held)
