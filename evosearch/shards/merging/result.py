"""The options of a merge and its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from evosearch.shards.format.conflicts import Conflict
from evosearch.shards.format.looks import Looks
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.trials import Sketch, TrialSums
from evosearch.shards.merging.look import Notes
from evosearch.shards.reading.checked import Checked

# Rows that stay in memory after writing; larger rankings are read from their file.
KEPT_ROWS = 100_000


# Gets the stage ("check", "keys", "merge"), how much of it is done, and how much there is: files in
# the first stage, rows in the others.
Listener = Callable[[str, int, int], None]
FindLooks = Callable[[pa.Table, ShardMetadata], Looks]
FindEvidence = Callable[[Mapping[str, Any]], Mapping[str, str] | None]


@dataclass(frozen=True)
class MergeOptions:
    """How to merge.

    Attributes
    ----------
    strict : bool
        Refuse conflicts and unusable inputs.
    top : int or None
        Only the best so many, read from the first rows of each input.
    memory_bytes : int
    n_threads : int
    listen : callable or None
    use_cache : bool
        Use the remembered verdicts on unchanged files.
    summarised : frozenset of str
        As in `write_table`.
    is_once : bool
        Keep a merged file with the same bytes, as in `write_atomically`.
    find_looks : callable or None
        Gets the first rows, at most `KEPT_ROWS`, and the metadata without looks of this merge;
        returns the looks that the merged file carries. Called before it is written.
    find_evidence : callable or None
        Gets the ``problem`` of metadata; returns the names of its columns by role, or None. It
        has the last word over what files state.
    """

    strict: bool = False
    top: int | None = None
    memory_bytes: int = 2**30
    n_threads: int = 1
    listen: Listener | None = None
    use_cache: bool = True
    summarised: frozenset[str] = frozenset()
    is_once: bool = False
    find_looks: FindLooks | None = None
    find_evidence: FindEvidence | None = None


PLAIN = MergeOptions()


@dataclass(frozen=True)
class MergeResult:
    """One ranking.

    Attributes
    ----------
    schema : pyarrow.Schema
        A shard's columns with `conflict`, `rank` and `found_by`.
    metadata : ShardMetadata
        As written into the merged file.
    skipped : tuple of Checked
        Inputs that could not be used.
    used : tuple of Checked
    n_rows_in : int
        Rows of all distinct shards behind the inputs.
    n_rows : int
        Rows of the ranking, or of its top if only that was asked for.
    n_feasible, n_not_ok : int
        Among these.
    conflicts : tuple of Conflict
        Of the first genomes by id, at most a thousand.
    n_conflicts : int
        All genomes of the ranking that are in conflict.
    notes : Notes
        Differences that are no conflict, among the inputs' copies.
    is_complete : bool
        False for a top, where conflicts and worse duplicates are not known.
    top : pyarrow.Table
        The first `KEPT_ROWS` rows.
    path : Path or None
        The merged file, if one was written.
    rows_sha256 : str
    is_unchanged : bool
        The merged file was there already, and was left as it is.
    """

    schema: pa.Schema
    metadata: ShardMetadata
    skipped: tuple[Checked, ...]
    used: tuple[Checked, ...]
    n_rows_in: int
    n_rows: int
    n_feasible: int
    n_not_ok: int
    conflicts: tuple[Conflict, ...]
    n_conflicts: int
    notes: Notes
    is_complete: bool
    top: pa.Table
    path: Path | None = None
    rows_sha256: str = ""
    is_unchanged: bool = False

    @property
    def trials(self) -> TrialSums | None:
        """Sums over the distinct rows; None without evidence, or if not all of them are here."""
        return self.metadata.trials

    @property
    def behaviours(self) -> Sketch | None:
        """How many of the distinct rows behave differently, about; None as above."""
        return self.metadata.behaviours

    @cached_property
    def table(self) -> pa.Table:
        """All rows in memory; read from the merged file if they are many."""
        if len(self.top) == self.n_rows:
            return self.top
        assert self.path is not None
        return parquet.ParquetFile(self.path, page_checksum_verification=True).read()
