"""The rows that a run has on disk, read back and counted."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from evosearch.population import STATUS_NAMES, Evaluations, Population
from evosearch.shards.format.arrays import one_chunk, to_floats, to_numpy
from evosearch.shards.format.schema import ids_from_arrow
from evosearch.tally import Tally

_COLUMNS = ["generation", "index", "genome_id", "status", "fitness", "feasible", "violation",
            "evaluation_s"]  # fmt: skip
_UNREADABLE = (OSError, pa.ArrowException, KeyError, ValueError)


def count_files(tally: Tally, published: Sequence[Path], committed: Sequence[Path]) -> int:
    """Add the rows of one run to a tally, each once; returns how many are only committed.

    A file that cannot be read is left out.
    """
    seen = np.empty(0, np.int64)
    best: tuple[Path, int] | None = None
    n_published = 0
    for paths in (published, committed):
        n_published = tally.n_evaluated
        for path in paths:
            try:
                rows = to_population(read_rows(path, _COLUMNS))
            except _UNREADABLE:
                continue
            places = _join(rows.generation, rows.index)
            fresh = np.flatnonzero(~np.isin(places, seen))
            seen = np.concatenate([seen, places])
            place = tally.take(rows if len(fresh) == len(rows) else rows.take(fresh))
            best = best if place is None else (path, int(fresh[place]))
    if best is not None and tally.best is not None:
        metrics = _read_metrics(*best, tally.metrics)
        found = replace(tally.best.evaluations, metrics=metrics[np.newaxis])
        tally.best = replace(tally.best, evaluations=found)
    return tally.n_evaluated - n_published


def read_places(path: Path) -> NDArray[np.int64]:
    """Generation and index of each row of a file, as one number."""
    table = read_rows(path, ["generation", "index"])
    return _join(*(to_numpy(one_chunk(column)) for column in table.columns))


def read_first(path: Path) -> tuple[bool, float] | None:
    """Whether a shard's first row is feasible, and its fitness; None when it cannot be read."""
    with contextlib.suppress(*_UNREADABLE):
        file = parquet.ParquetFile(path)
        for batch in file.iter_batches(batch_size=1, columns=["feasible", "fitness"]):
            (row,) = batch.to_pylist()
            return bool(row["feasible"]), float("nan" if row["fitness"] is None else row["fitness"])
    return None


def read_values(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Some columns of a file's first row, as far as it has them and can be read."""
    with contextlib.suppress(*_UNREADABLE):
        file = parquet.ParquetFile(path)
        known = [name for name in names if file.schema_arrow.get_field_index(name) >= 0]
        for batch in file.iter_batches(batch_size=1, columns=known):
            found: dict[str, Any] = batch.to_pylist()[0]
            return found
    return {}


def _join(generation: NDArray[np.int32], index: NDArray[np.int32]) -> NDArray[np.int64]:
    places: NDArray[np.int64] = generation.astype(np.int64) << 32 | index
    return places


def read_rows(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a file, all columns or some; page checksums are verified."""
    return parquet.ParquetFile(path, page_checksum_verification=True).read(columns)


def to_population(table: pa.Table, metrics: Sequence[str] = ()) -> Population:
    """Rows of a shard without their genes; columns that are not read are blank.

    Parameters
    ----------
    table : pyarrow.Table
        With generation, index, genome_id, status, fitness, feasible, violation and evaluation_s.
    metrics : sequence of str
        Columns to read as metrics.
    """
    columns = {name: one_chunk(table.column(name)) for name in table.column_names}
    codes = [STATUS_NAMES.index(text) for text in columns["status"].dictionary.to_pylist()]
    n = len(table)
    measured = np.full((n, max(1, len(metrics))), np.nan, order="F")
    for place, name in enumerate(metrics):
        measured[:, place] = to_floats(columns[name])
    errors, moments = np.full(n, None, object), columns.get("evaluated_at_utc")
    if "error" in columns:
        errors[:] = columns["error"].to_pylist()
    return Population(
        genomes=np.broadcast_to(np.nan, (n, 1)),
        genome_ids=ids_from_arrow(columns["genome_id"]),
        generation=to_numpy(columns["generation"]),
        index=to_numpy(columns["index"]),
        evaluations=Evaluations(
            status=np.array(codes, np.uint8)[to_numpy(columns["status"].indices)],
            fitness=to_floats(columns["fitness"]),
            feasible=to_numpy(columns["feasible"]),
            violation=to_floats(columns["violation"]),
            metrics=measured,
            error=errors,
            evaluated_at_us=np.zeros(n, np.int64)
            if moments is None
            else to_numpy(moments.cast(pa.timestamp("us", "UTC"))),
            evaluation_s=to_floats(columns["evaluation_s"]),
        ),
    )


def _read_metrics(path: Path, row: int, metrics: Sequence[str]) -> NDArray[np.float64]:
    """The metrics of one row."""
    file = parquet.ParquetFile(path)
    for group in range(file.num_row_groups):
        n_rows = file.metadata.row_group(group).num_rows
        if row < n_rows:
            table = file.read_row_group(group, columns=list(metrics)).slice(row, 1)
            return np.array([to_floats(one_chunk(table.column(name)))[0] for name in metrics])
        row -= n_rows
    raise IndexError(row)
