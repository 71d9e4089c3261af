"""Merge any mixture of shards and merged files into one ranking.

Inputs are never changed. An unusable input is left out and named with the reason; inputs that
cannot be compared are refused. The result does not depend on the order or repetition of inputs.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from evosearch.errors import EvosearchError, PartialResult, ShardConflict
from evosearch.ranking import FEASIBLE, NOT_OK
from evosearch.shards.disk.spill import open_spill
from evosearch.shards.format.arrays import one_chunk, to_arrow
from evosearch.shards.format.conflicts import describe_conflicts, list_conflicts
from evosearch.shards.format.metadata import ShardMetadata, count_rows
from evosearch.shards.format.schema import (
    BASE_FIELDS,
    MERGED_NAMES,
    list_measured,
    merged_schema,
    unify_schemas,
)
from evosearch.shards.format.trials import TrialCount
from evosearch.shards.merging.blocks import Block
from evosearch.shards.merging.engine import Engine
from evosearch.shards.merging.groups import check_inputs, group_by_fingerprint, refuse_mixture
from evosearch.shards.merging.job import Crew, Job, plain_memory, run_ahead
from evosearch.shards.merging.look import Notes
from evosearch.shards.merging.result import KEPT_ROWS, PLAIN, Listener, MergeOptions, MergeResult
from evosearch.shards.merging.runs import make_working_schema
from evosearch.shards.reading.checked import Checked, describe_unusable, list_metadata
from evosearch.shards.reading.rows import UnusableInput
from evosearch.shards.reading.union import merge_metadata
from evosearch.shards.writing.excess import refuse_merge
from evosearch.shards.writing.store import sort_dictionaries, write_table

__all__ = [
    "Listener",
    "MergeOptions",
    "MergeResult",
    "check_inputs",
    "group_by_fingerprint",
    "merge_checked",
    "refuse_mixture",
]

# Below these, one thread is faster: rows to merge, files to find a top in.
ALONE_ROWS, ALONE_TOPS = 20_000, 8
# The share of the memory allowed that is planned with: allocators and the program need the rest.
_PLANNED = 0.6


def merge_checked(
    used: Sequence[Checked],
    skipped: Sequence[Checked] = (),
    options: MergeOptions = PLAIN,
    path: Path | None = None,
) -> MergeResult:
    """Merge inputs of one fingerprint that passed their check.

    Parameters
    ----------
    used, skipped : sequence of Checked
    options : MergeOptions
    path : Path, optional
        Where to write the merged file, whole or not at all; replaced if it exists. Without it all
        rows are kept in memory.

    Raises
    ------
    ShardConflict
        Under `strict`, if copies of a genome are in conflict.
    PartialResult
        Under `strict`, if an input cannot be used after all.
    NothingLeft
        No input can be used.
    EnvironmentFailed
        Disk full, no permission; nothing is left behind.
    ShardError
        The merged file would exceed the limits of readers.
    """
    left, out = list(used), list(skipped)
    while left:
        try:
            place = path.parent if path else Path(tempfile.gettempdir())
            with open_spill(place) as folder, plain_memory():
                return _Merge(left, out, options, path, folder).run()
        except UnusableInput as error:
            # Their rows may be in the result so far: begin again without them.
            for fault in (error, *error.others):
                left.remove(fault.item)
                out.append(fault.checked)
            if options.strict:
                raise PartialResult(describe_unusable(out[len(skipped) :])) from error
    raise NothingLeft(out[len(skipped) :])


class NothingLeft(EvosearchError):
    """No input could be used.

    Parameters
    ----------
    skipped : sequence of Checked
        All of them, each with the reason.
    """

    def __init__(self, skipped: Sequence[Checked]) -> None:
        super().__init__(f"No input is left. {describe_unusable(skipped)}")
        self.skipped = tuple(skipped)


class _Merge:
    """One attempt at a merge."""

    def __init__(
        self,
        items: Sequence[Checked],
        skipped: Sequence[Checked],
        options: MergeOptions,
        path: Path | None,
        folder: Path,
    ) -> None:
        self._items, self._skipped, self._options = items, skipped, options
        self._path, self._folder = path, folder
        self._metadata = merge_metadata(list_metadata(items), options.find_evidence)
        plain = unify_schemas(
            [_without_merged(item.schema) for item in items if item.schema is not None],
            self._metadata.spaces,
        )
        self._plain, self._schema = plain, merged_schema(plain)
        refuse_merge(items, self._metadata, self._schema, is_written=path is not None)
        self._job = Job(
            items,
            make_working_schema(plain),
            list_measured(plain, self._metadata.problem.objective),
            int(options.memory_bytes * _PLANNED),
            folder,
            self._tell,
        )
        self._engine = Engine(self._job)
        self._notes = Notes()
        evidence: Mapping[str, str] | None = self._metadata.problem.evidence
        if evidence is None and options.find_evidence is not None:
            evidence = options.find_evidence(self._metadata.problem.plain)
        self._trials = TrialCount(evidence, plain)
        self._n_rows = self._n_feasible = self._n_not_ok = self._n_conflicts = 0
        self._stage, self._n_done = "keys", 0
        self._n_total = sum(item.n_rows for item in items)
        self._lock = threading.Lock()
        self._kept: list[pa.Table] = []
        self._metadata = self._metadata.with_skipped(
            {item.path.name: item.reason for item in skipped}
        )

    def run(self) -> MergeResult:
        """The whole merge."""
        top = self._options.top
        is_alone = self._n_total <= ALONE_ROWS or (
            top is not None and len(self._items) <= ALONE_TOPS
        )
        with Crew(1 if is_alone else self._options.n_threads) as crew:
            if top is None:
                look = self._engine.scan(crew)
                self._metadata = replace(self._metadata, measured=look.memory)
                self._notes = look.notes
                if self._options.strict and look.n_conflicts:
                    conflicts = list_conflicts(look.memory)
                    raise ShardConflict(describe_conflicts(conflicts, look.n_conflicts))
            self._stage, self._n_done = "merge", 0
            path, rows_sha256, before = self._path, "", _list_names(self._path)
            if path is None:
                for _ in self._tables(crew):
                    pass
                self._metadata = self._with_looks(self._metadata)
            else:
                path, rows_sha256 = write_table(
                    path.parent, path.name, self._schema, self._tables(crew), self._finish,
                    self._folder, self._options.summarised, self._options.is_once,
                )  # fmt: skip
        is_unchanged = self._options.is_once and path is not None and path.name in before
        return replace(self._describe(path, rows_sha256), is_unchanged=is_unchanged)

    def _tables(self, crew: Crew) -> Generator[pa.Table]:
        """The ranking piece by piece, as it is written."""
        top = self._options.top
        if top is not None:
            best, memory = self._engine.best(top, crew)
            self._metadata = replace(self._metadata, measured=memory)
            blocks: Iterator[Block] = iter([best])
        else:
            blocks = self._engine.blocks(crew)
        tables = (self._number(block) for block in blocks)
        with closing(tables if crew.pool is None else run_ahead(tables)) as ready:
            n_wanted = self._n_total if self._path is None else KEPT_ROWS
            for table in ready:
                if n_wanted > 0:
                    self._kept.append(table.slice(0, n_wanted))
                    n_wanted -= len(table)
                yield table
        if top is None and self._metadata.complete:
            sums, behaviours = self._trials.sums, self._trials.behaviours
            self._metadata = replace(self._metadata, trials=sums, behaviours=behaviours)

    def _number(self, block: Block) -> pa.Table:
        """Rows with their rank and who found them, counted."""
        first = self._n_rows + 1
        self._n_rows += len(block.keys)
        is_feasible = block.keys.tier == FEASIBLE
        self._n_feasible += int(np.count_nonzero(is_feasible))
        self._trials.add(block.rows, is_feasible)
        self._n_not_ok += int(np.count_nonzero(block.keys.tier == NOT_OK))
        self._n_conflicts += int(np.count_nonzero(block.finders.conflict))
        pairs = zip(self._plain, block.rows.columns, strict=True)
        columns = [one_chunk(column).cast(field.type) for field, column in pairs]
        columns.insert(len(BASE_FIELDS), to_arrow(block.finders.conflict, pa.bool_()))
        columns.append(to_arrow(np.arange(first, first + len(block.keys)), pa.int64()))
        columns.append(block.finders.to_texts(self._job.names))
        return pa.Table.from_arrays(columns, schema=self._schema)

    def _finish(self, rows_sha256: str, n_rows: int) -> dict[str, Any]:
        is_complete = self._metadata.complete and self._options.top is None
        metadata = replace(
            self._metadata, rows_sha256=rows_sha256, n_rows=n_rows, complete=is_complete
        )
        self._metadata = self._with_looks(metadata)
        return self._metadata.to_plain()

    def _with_looks(self, metadata: ShardMetadata) -> ShardMetadata:
        """Metadata with the looks that are known and those that this merge makes itself."""
        if self._options.find_looks is None:
            return metadata
        return replace(metadata, looks=self._options.find_looks(self._top, metadata))

    @cached_property
    def _top(self) -> pa.Table:
        """The first rows, when all are there."""
        if not self._kept:
            return self._schema.empty_table()
        return sort_dictionaries(pa.concat_tables(self._kept).unify_dictionaries().combine_chunks())

    def _describe(self, path: Path | None, rows_sha256: str) -> MergeResult:
        return MergeResult(
            schema=self._schema,
            metadata=self._metadata,
            skipped=tuple(self._skipped),
            used=tuple(self._items),
            n_rows_in=count_rows(self._metadata),
            n_rows=self._n_rows,
            n_feasible=self._n_feasible,
            n_not_ok=self._n_not_ok,
            conflicts=list_conflicts(self._metadata.measured),
            n_conflicts=self._n_conflicts,
            notes=self._notes,
            is_complete=self._options.top is None and self._metadata.complete,
            top=self._top,
            path=path,
            rows_sha256=rows_sha256,
        )

    def _tell(self, n_rows: int) -> None:
        # Called from several threads.
        with self._lock:
            self._n_done += n_rows
        if self._options.listen:
            self._options.listen(self._stage, min(self._n_done, self._n_total), self._n_total)


def _list_names(path: Path | None) -> frozenset[str]:
    """The names of the files beside one that is to be written."""
    if path is None or not path.parent.is_dir():
        return frozenset()
    return frozenset(each.name for each in path.parent.iterdir())


def _without_merged(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field for field in schema if field.name not in MERGED_NAMES])
