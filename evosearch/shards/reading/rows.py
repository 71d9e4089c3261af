"""The rows of a checked file, read piece by piece.

A file is trusted only as far as it was checked: every piece is held against the limits again
while it is read, and a file that changed or is damaged is named and left out.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyarrow import parquet

from evosearch.shards.disk.files import is_machine_short
from evosearch.shards.disk.opening import iter_batches, open_parquet
from evosearch.shards.format.limits import find_excess
from evosearch.shards.reading.checked import Checked, Verdict, identify
from evosearch.shards.reading.pages import BadPages, survey_group
from evosearch.shards.reading.row_rules import RULED_COLUMNS, find_fault

BUFFER_BYTES = 1 << 16
_CHANGED = "changed while it was read"
# Only for a file that declares their order; a merge sorts the others.
UNSORTED = "damaged: its rows are not in the order of ranking, as it says they are"


class UnusableInput(Exception):
    """An input that its check accepted but that cannot be read; never leaves the merge.

    Attributes
    ----------
    others : tuple of UnusableInput
        More of them, found in the same pass.
    """

    def __init__(self, item: Checked, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.item = item
        self.checked = Checked(item.path, verdict, reason)
        self.others: tuple[UnusableInput, ...] = ()


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
        It changed, vanished, is damaged, exceeds the limits, or a row breaks the rules.
    """
    runs = {} if item.metadata is None else item.metadata.sources
    is_ruled = columns is None or {*RULED_COLUMNS} <= {*columns}
    try:
        # Arrow's own file: reads through a Python file would wait for the interpreter lock.
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
            raise  # not the file's fault: its rows must not be left out
        # pyarrow reports damage as OSError too: a changed identity tells the two apart.
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
    n_known = 1 if item.unread else opened.metadata.num_row_groups
    for number, group in enumerate([*[None] * n_known, *item.unread]):
        if group is not None:
            with (
                item.path.open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
            ):
                if identify(os.fstat(file.fileno())) != item.identity:
                    raise UnusableInput(item, Verdict.CHANGED, _CHANGED)
                _, has_checksums = survey_group(data, group)
            if not has_checksums:
                raise BadPages("pages without checksums behind such that have them")
        yield from iter_batches(opened, batch_rows, [number], columns=columns, use_threads=False)
