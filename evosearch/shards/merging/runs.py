"""Sorted runs of rows, read piece by piece: the inputs of a merge, and what it spills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evosearch.shards.disk.files import remove
from evosearch.shards.format.arrays import one_chunk, to_arrow
from evosearch.shards.format.discretion import redact_errors
from evosearch.shards.format.keys import OrderCheck, RankKeys
from evosearch.shards.format.schema import CONFLICT, FOUND_BY, TEXT
from evosearch.shards.merging.blocks import Block, Part
from evosearch.shards.merging.finders import CODES, Finders
from evosearch.shards.merging.job import Job
from evosearch.shards.reading.checked import Checked, Verdict
from evosearch.shards.reading.rows import UNSORTED, UnusableInput, read_rows

# Rows that are spilled, and later read back, together: so few that hundreds of runs can be open.
SPILLED_ROWS = 4096


class Run(Protocol):
    """Rows in the order of ranking, to be read once, from the front."""

    n_rows: int

    def parts(self, batch_rows: int) -> Iterator[Part]:
        """The rows, about so many at a time."""


def make_working_schema(schema: pa.Schema) -> pa.Schema:
    """The columns of shards as they are merged: with texts as numbers."""
    is_text = pa.types.is_string
    return pa.schema([field.with_type(TEXT) if is_text(field.type) else field for field in schema])


class FileRun:
    """The rows of one input, without those that are dropped.

    Parameters
    ----------
    item : Checked
    job : Job
    dropped : ndarray of uint8, optional
        One bit per row: another copy was chosen for the row's genome.
    is_sorted : bool
        Raise if the rows are not in the order of ranking.
    """

    def __init__(
        self,
        item: Checked,
        job: Job,
        dropped: NDArray[np.uint8] | None = None,
        is_sorted: bool = True,
    ) -> None:
        self.item, self.n_rows = item, item.n_rows
        self._job, self._dropped, self._is_sorted = job, dropped, is_sorted

    def parts(self, batch_rows: int) -> Iterator[Part]:
        """The rows, about so many at a time."""
        start, order = 0, OrderCheck()
        for table in read_rows(self.item, batch_rows):
            keys, finders = RankKeys.of(table), Finders.of(table, self._job.names)
            if self._is_sorted and order.find_unsorted(keys) is not None:
                raise UnusableInput(self.item, Verdict.DAMAGED, UNSORTED)
            part = Part(conform(redact_errors(table), self._job.schema), keys, finders)
            if self._dropped is not None:
                keep = ~read_bits(self._dropped, start, len(table))
                part = part if keep.all() else part.keep(keep)
            start += len(table)
            if len(part.keys):
                yield part


class MemoryRun:
    """Rows in memory; ghosts if they have no content."""

    def __init__(self, part: Part) -> None:
        self.n_rows, self._part = len(part.keys), part

    def parts(self, batch_rows: int) -> Iterator[Part]:
        """The rows, about so many at a time."""
        for start in range(0, self.n_rows, batch_rows):
            yield self._part.cut(start, min(start + batch_rows, self.n_rows))


class SpilledRun:
    """Merged rows on disk in Arrow's stream format, lightly compressed.

    Parameters
    ----------
    path : Path
    blocks : iterable of Block
        Written at once.
    job : Job
    """

    def __init__(self, path: Path, blocks: Iterable[Block], job: Job) -> None:
        self.n_rows, self._path, self._names = 0, path, job.names
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        schema = job.schema.append(pa.field(FOUND_BY.name, CODES)).append(CONFLICT)
        with (
            pa.OSFile(str(path), "wb") as file,
            pa.ipc.new_stream(file, schema, options=options) as writer,
        ):
            for block in blocks:
                conflict = to_arrow(block.finders.conflict, pa.bool_())
                columns = [*block.rows.columns, block.finders.to_codes(), conflict]
                rows = pa.Table.from_arrays(columns, schema=schema)
                writer.write_table(rows.combine_chunks(), max_chunksize=SPILLED_ROWS)
                self.n_rows += len(rows)

    def parts(self, batch_rows: int) -> Iterator[Part]:
        """The rows in pieces as they were written; then the file is removed."""
        if self.n_rows:
            with pa.OSFile(str(self._path), "rb") as file:
                for batch in pa.ipc.open_stream(file):
                    rows = pa.Table.from_batches([batch])
                    finders = Finders.of(rows, self._names)
                    plain = rows.drop_columns([FOUND_BY.name, CONFLICT.name])
                    yield Part(plain, RankKeys.of(plain), finders)
        remove(self._path)


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with exactly these columns; a column that it lacks is null."""
    if table.schema.equals(schema):
        return table
    columns = []
    for field in schema:
        place = table.schema.get_field_index(field.name)
        if place < 0:
            column = pa.chunked_array([pa.nulls(len(table), field.type)])
        else:
            column = table.column(place)
        if column.type != field.type:
            if field.type == TEXT:
                column = pc.dictionary_encode(column)
            column = column.cast(field.type, safe=False)
        columns.append(one_chunk(column))
    return pa.Table.from_arrays(columns, schema=schema)


def read_bits(bits: NDArray[np.uint8], start: int, n: int) -> NDArray[np.bool_]:
    """Some of a sequence of packed bits, shape (n,)."""
    packed = bits[start >> 3 : start + n + 7 >> 3]
    whole = np.unpackbits(packed, bitorder="little")
    return whole[start & 7 : (start & 7) + n].astype(np.bool_)


def set_bits(bits: NDArray[np.uint8], places: NDArray[np.int64]) -> None:
    """Set some of a sequence of packed bits."""
    np.bitwise_or.at(bits, places >> 3, np.uint8(1) << (places & 7).astype(np.uint8))
