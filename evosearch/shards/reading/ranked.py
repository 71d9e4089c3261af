"""The rows of one ranking, read piece by piece in the order of their rank.

They are in memory or in a merged file, behind one interface. A merged file of any size
is read one row group at a time, and only the columns asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from evosearch.errors import EnvironmentFailed, PartialResult
from evosearch.shards.format.discretion import redact_errors
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.reading.checked import Checked, identify
from evosearch.shards.reading.row_rules import find_fault
from evosearch.texts import quote_path

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Piece:
    """Neighbouring rows: place of the first, how many, and a way to read some columns of them."""

    start: int
    n_rows: int
    read: Callable[[Sequence[str] | None], Iterator[pa.Table]]


@dataclass(frozen=True)
class Ranked:
    """The rows of one ranking with what is known of them.

    Attributes
    ----------
    schema : pyarrow.Schema
        A shard's columns, then `rank` and `found_by`.
    metadata : ShardMetadata
    n_rows : int
    table : pyarrow.Table or None
        All rows, when they are in memory.
    path : Path or None
        The merged file that holds them otherwise.
    identity : tuple
        Of the file, when it was checked; a file that changed since is not read.
    inputs : tuple of Path
        The files that were merged, if this process merged them.
    """

    schema: pa.Schema
    metadata: ShardMetadata
    n_rows: int
    table: pa.Table | None = None
    path: Path | None = None
    identity: tuple[int, ...] = ()
    inputs: tuple[Path, ...] = ()

    @classmethod
    def of_table(cls, table: pa.Table, metadata: ShardMetadata) -> Ranked:
        """A ranking in memory."""
        return cls(table.schema, metadata, len(table), table=table)

    @classmethod
    def of_file(cls, checked: Checked) -> Ranked:
        """The ranking in a merged file that passed its check."""
        assert checked.schema is not None
        assert checked.metadata is not None
        return cls(
            checked.schema,
            checked.metadata,
            checked.n_rows,
            path=checked.path,
            identity=checked.identity,
        )

    @classmethod
    def of_written(cls, path: Path, metadata: ShardMetadata) -> Ranked:
        """The ranking in a merged file that this process wrote."""
        with _explained(path), parquet.ParquetFile(path) as opened:
            schema = opened.schema_arrow.remove_metadata()
            return cls(schema, metadata, opened.metadata.num_rows, path=path)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """All rows in order of rank, at most `BATCH_ROWS` at a time.

        Raises
        ------
        EnvironmentFailed
            The file changed, vanished, or cannot be decoded.
        """
        for piece in self.pieces():
            yield from piece.read(columns)

    def pieces(self) -> Iterator[Piece]:
        """The rows in pieces that can each be read or skipped on their own."""
        if self.table is not None:
            for start in range(0, self.n_rows, BATCH_ROWS):
                part = self.table.slice(start, BATCH_ROWS)
                yield Piece(start, len(part), partial(_read_memory, part))
            return
        assert self.path is not None
        with _explained(self.path), self.path.open("rb") as file:
            if self.identity and identify(os.fstat(file.fileno())) != self.identity:
                raise OSError("it changed while it was read")
            opened = parquet.ParquetFile(file, page_checksum_verification=True)
            start = 0
            for group in range(opened.metadata.num_row_groups):
                n_rows = opened.metadata.row_group(group).num_rows
                yield Piece(start, n_rows, partial(self._read_group, opened, group, start))
                start += n_rows

    def _read_group(
        self, opened: parquet.ParquetFile, group: int, start: int, columns: Sequence[str] | None
    ) -> Iterator[pa.Table]:
        assert self.path is not None
        names = None if columns is None else list(columns)
        n_left = opened.metadata.row_group(group).num_rows
        with _explained(self.path):
            for batch in opened.iter_batches(BATCH_ROWS, row_groups=[group], columns=names):
                batch.validate(full=True)  # damaged pages decode to codes that point at no text
                n_left -= len(batch)
                table = pa.Table.from_batches([batch])
                # Whole rows are what is shown or handed on; they obey the rule of every reader.
                fault = find_fault(table, self.metadata.sources, start) if names is None else None
                if fault:
                    raise PartialResult(
                        f"{self.path}: damaged: {fault}. Nothing of it is used; leave it out."
                    )
                start += len(batch)
                # Parquet keeps the file's order of columns; the caller's is wanted.
                table = redact_errors(table)
                yield table if names is None else table.select(names)
            if n_left:
                raise OSError("rows are missing")  # a page that calls itself an index is skipped

    def rows(self, start: int, n: int) -> pa.Table:
        """Some rows in full, from a place counted from 0."""
        found: list[pa.Table] = []
        first = start
        for piece in self.pieces():
            if piece.start < start + n and start < piece.start + piece.n_rows:
                first = min(first, piece.start)
                found += piece.read(None)
        return join(found, self.schema).slice(start - first, n)


def join(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """Pieces of one table put together; the empty table of the schema if there are none."""
    if not tables:
        return schema.empty_table()
    return pa.concat_tables(tables).unify_dictionaries()


def _read_memory(part: pa.Table, columns: Sequence[str] | None) -> Iterator[pa.Table]:
    yield part if columns is None else part.select(list(columns))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn an error of reading a file into a message that says what to do."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        text = str(error).partition("\n")[0][:120]
        raise EnvironmentFailed(
            f"{path} cannot be read ({text}). See: evosearch check --deep {quote_path(path)}"
        ) from error
