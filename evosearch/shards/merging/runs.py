"""Sorted runs of rows, read piece by piece: what a merge takes in, and what it spills.

A file is believed only as far as it was checked: every piece is held against the limits again
while it is read, and a file that changed, lied or broke is named and left out.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from evosearch.shards.disk.files import is_machine_short, remove
from evosearch.shards.disk.opening import iter_batches, open_parquet
from evosearch.shards.format.arrays import one_chunk, to_arrow
from evosearch.shards.format.discretion import redact_errors
from evosearch.shards.format.keys import RankKeys
from evosearch.shards.format.limits import find_excess
from evosearch.shards.format.schema import CONFLICT, FOUND_BY, MERGED_NAMES, TEXT
from evosearch.shards.merging.blocks import Block, Part
from evosearch.shards.merging.finders import CODES, Finders, RunNames
from evosearch.shards.reading.check import Checked, Verdict, identify
from evosearch.shards.reading.pages import BadPages, survey_group
from evosearch.shards.reading.row_rules import RULED_COLUMNS, find_fault

T = TypeVar("T")
BUFFER_BYTES = 1 << 16
_CHANGED = "changed while it was read"
# Of a file that declares their order; one that does not is sorted before it is merged.
UNSORTED = "damaged: its rows are not in the order of ranking, as it says they are"


class UnusableInput(Exception):
    """An input that turned out not to be what its check had said; it never leaves the merge."""

    def __init__(self, item: Checked, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.item = item
        self.checked = Checked(item.path, verdict, reason)


class UnusableInputs(Exception):
    """Several of them, found in one pass: a merge begins again once, not once for each."""

    def __init__(self, errors: Sequence[UnusableInput]) -> None:
        super().__init__(str(errors[0]))
        self.errors = tuple(errors)


def catch_unusable(work: Callable[[T], object], item: T) -> object:
    """What some work gives, or that its input is unusable."""
    try:
        return work(item)
    except UnusableInput as error:
        return error


def raise_together(answers: Iterable[object]) -> list[Any]:
    """The answers on all inputs; those that are unusable are named at once."""
    found = list(answers)
    errors = [answer for answer in found if isinstance(answer, UnusableInput)]
    if errors:
        raise UnusableInputs(errors)
    return found


class Run(Protocol):
    """Rows in the order of ranking, to be read once, from the front."""

    n_rows: int

    def parts(self, batch_rows: int) -> Iterator[Part]:
        """The rows, about so many at a time."""


def make_working_schema(schema: pa.Schema) -> pa.Schema:
    """The columns that are merged: those of all shards, with texts as numbers."""
    fields = [
        field.with_type(TEXT) if field.type == pa.string() else field
        for field in schema
        if field.name not in MERGED_NAMES
    ]
    return pa.schema(fields)


def read_rows(
    item: Checked, batch_rows: int, columns: Sequence[str] | None = None
) -> Iterator[pa.Table]:
    """The rows of a checked file, piece by piece.

    Parameters
    ----------
    item : Checked
    batch_rows : int
    columns : sequence of str, optional

    Raises
    ------
    UnusableInput
        It changed, vanished, is damaged or exceeds the limits, or a row contradicts itself.
    """
    runs = {} if item.metadata is None else item.metadata.sources
    is_ruled = columns is None or {*RULED_COLUMNS} <= {*columns}
    try:
        # Arrow's own file: each page read through one of Python's would wait for the interpreter.
        with pa.OSFile(os.fsencode(item.path), "rb") as file:
            if identify(item.path.stat()) != item.identity:
                raise UnusableInput(item, Verdict.CHANGED, _CHANGED)
            opened = open_parquet(
                file, item.schema, item.is_hashed, pre_buffer=False, buffer_size=BUFFER_BYTES
            )
            n_left = item.n_rows
            for batch in _batches(opened, item, batch_rows, columns):
                table = pa.Table.from_batches([batch])
                fault = find_excess(table)
                if not fault and is_ruled:
                    fault = find_fault(table, runs, item.n_rows - n_left)
                n_left -= len(batch)
                if fault:
                    raise UnusableInput(item, Verdict.DAMAGED, f"damaged: {fault}")
                yield table
            if n_left:
                raise UnusableInput(item, Verdict.DAMAGED, "damaged: rows are missing")
            opened.close()
        if identify(item.path.stat()) != item.identity:
            raise UnusableInput(item, Verdict.CHANGED, _CHANGED)
    except (OSError, pa.ArrowException, KeyError, ValueError, MemoryError) as error:
        if isinstance(error, OSError) and is_machine_short(error):
            raise  # no fault of the file, whose rows must not be left out
        # pyarrow reports damage as OSError too: what the file looks like now tells them apart.
        text = str(error).partition("\n")[0][:120]
        try:
            is_same = identify(item.path.stat()) == item.identity
        except OSError:
            is_same = False
        if is_same:
            raise UnusableInput(item, Verdict.DAMAGED, f"damaged: {text}") from error
        raise UnusableInput(item, Verdict.CHANGED, f"{_CHANGED}: {text}") from error


def _batches(
    opened: parquet.ParquetFile,
    item: Checked,
    batch_rows: int,
    columns: Sequence[str] | None,
) -> Iterator[pa.RecordBatch]:
    options: dict[str, Any] = {"columns": columns, "use_threads": False}
    if not item.unread:
        yield from iter_batches(opened, batch_rows, **options)
        return
    yield from iter_batches(opened, batch_rows, [0], **options)
    for number, group in enumerate(item.unread, 1):
        with (
            item.path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            if identify(os.fstat(file.fileno())) != item.identity:
                raise UnusableInput(item, Verdict.CHANGED, _CHANGED)
            _, has_checksums = survey_group(data, group)
        if not has_checksums:
            raise BadPages("pages without checksums behind such that have them")
        yield from iter_batches(opened, batch_rows, [number], **options)


class FileRun:
    """The rows of a shard or a merged file that is sorted.

    Parameters
    ----------
    item : Checked
    schema : pyarrow.Schema
        Of `make_working_schema`.
    names : RunNames
    dropped : ndarray of uint8, optional
        One bit per row: rows that are settled elsewhere.
    """

    def __init__(
        self,
        item: Checked,
        schema: pa.Schema,
        names: RunNames,
        dropped: NDArray[np.uint8] | None = None,
    ) -> None:
        self.item, self.n_rows = item, item.n_rows
        self._schema, self._names, self._dropped = schema, names, dropped

    def parts(self, batch_rows: int) -> Iterator[Part]:
        """The rows, about so many at a time."""
        start = 0
        last: RankKeys | None = None
        for table in read_rows(self.item, batch_rows):
            keys, finders = RankKeys.of(table), Finders.of(table, self._names)
            joined = keys if last is None else RankKeys.join([last, keys])
            if not joined.is_sorted():
                raise UnusableInput(self.item, Verdict.DAMAGED, UNSORTED)
            last = keys.take(slice(len(keys) - 1, len(keys)))
            rows = conform(redact_errors(table), self._schema)
            if self._dropped is not None:
                keep = ~read_bits(self._dropped, start, len(table))
                if not keep.all():
                    rows = rows.filter(to_arrow(keep, pa.bool_()))
                    keys, finders = keys.take(np.flatnonzero(keep)), finders.take(keep)
            start += len(table)
            if len(rows):
                yield Part(rows, keys, finders)


class MemoryRun:
    """Rows in memory; ghosts when they have no content."""

    def __init__(self, part: Part) -> None:
        self.n_rows, self._part = len(part.keys), part

    def parts(self, batch_rows: int) -> Iterator[Part]:
        """The rows, about so many at a time."""
        whole = self._part
        for start in range(0, self.n_rows, batch_rows):
            piece = slice(start, min(start + batch_rows, self.n_rows))
            rows = None if whole.rows is None else whole.rows.slice(start, batch_rows)
            yield Part(rows, whole.keys.take(piece), whole.finders.take(piece))


class SpilledRun:
    """Merged rows on disk, as they were in memory, compressed lightly.

    Parameters
    ----------
    path : Path
    blocks : iterable of Block
        Written at once.
    batch_rows : int
        Rows that are read back together.
    """

    def __init__(self, path: Path, blocks: Iterable[Block], batch_rows: int, names: RunNames):
        self.n_rows, self._path, self._names = 0, path, names
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        writer = None
        with pa.OSFile(str(path), "wb") as file:
            for block in blocks:
                rows = block.rows.append_column(
                    pa.field(FOUND_BY.name, CODES), block.finders.to_codes()
                ).append_column(CONFLICT, to_arrow(block.finders.conflict, pa.bool_()))
                if writer is None:
                    writer = pa.ipc.new_stream(file, rows.schema, options=options)
                writer.write_table(rows.combine_chunks(), max_chunksize=batch_rows)
                self.n_rows += len(rows)
            if writer is not None:
                writer.close()

    def parts(self, batch_rows: int) -> Iterator[Part]:
        """The rows as they were written; the file is removed at its end."""
        if self.n_rows:
            with pa.OSFile(str(self._path), "rb") as file:
                for batch in pa.ipc.open_stream(file):
                    rows = pa.Table.from_batches([batch])
                    finders = Finders.of(rows, self._names)
                    plain = rows.drop_columns([FOUND_BY.name, CONFLICT.name])
                    yield Part(plain, RankKeys.of(plain), finders)
        remove(self._path)


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with exactly these columns; null where it has none."""
    if table.schema.equals(schema):
        return table
    columns = []
    places = {name: place for place, name in enumerate(table.column_names)}
    for field in schema:
        if field.name not in places:
            columns.append(pa.nulls(len(table), field.type))
            continue
        column = table.column(places[field.name])
        if column.type != field.type:
            if field.type == TEXT:
                column = pc.dictionary_encode(column)
            column = column.cast(field.type, safe=False)
        columns.append(one_chunk(column))
    return pa.Table.from_arrays(columns, schema=schema)


def read_bits(bits: NDArray[np.uint8], start: int, n: int) -> NDArray[np.bool_]:
    """Some of a row of packed bits, shape (n,)."""
    packed = bits[start >> 3 : start + n + 7 >> 3]
    whole = np.unpackbits(packed, bitorder="little")
    return whole[start & 7 : (start & 7) + n].astype(np.bool_)
