"""Row 8: merge 50 shards of 100,000 rows into one ranking."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.harness import Row, format_s, run_row
from benchmarks.mergers import compare, merge_duckdb, merge_pandas, merge_polars
from benchmarks.shards import write_shards
from evosearch import merge


def measure(quick: bool) -> Row:
    """The whole merge against the same query in three engines."""
    n_shards, n_rows = (5, 10_000) if quick else (50, 100_000)
    row = Row(
        "row08",
        "Merge shards into one ranking",
        f"{n_shards} shards x {n_rows:,} rows x 26 columns, 20 % duplicates, the full ranking "
        "written. Ours also hashes and checks every input first, names who found each genome, "
        "finds genomes measured differently, writes checksums and flushes to the disk.",
    )
    folder = Path(tempfile.mkdtemp(prefix="evosearch-row08-"))
    try:
        paths = write_shards(folder / "shards", n_shards, n_rows)
        engines: dict[str, Callable[[], object]] = {
            "evosearch": partial(_merge, paths, folder / "merged.parquet"),
            "DuckDB": partial(merge_duckdb, paths, folder / "duckdb.parquet"),
            "polars": partial(merge_polars, paths, folder / "polars.parquet"),
            "pandas": partial(merge_pandas, paths, folder / "pandas.parquet"),
        }
        turns, fastest = compare(row, engines, budget_s=240)
        if fastest:
            row.claim(
                f"evosearch {format_s(turns.median('evosearch'))}",
                f"{fastest}, the fastest, {format_s(turns.median(fastest))}",
                turns.ratio("evosearch", fastest),
                "<= 0.7 x",
                at_most=0.7,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return row


def _merge(paths: list[Path], output: Path) -> None:
    # As if the files were never seen before.
    merge(paths, output=output, use_cache=False)


if __name__ == "__main__":
    run_row(measure)
