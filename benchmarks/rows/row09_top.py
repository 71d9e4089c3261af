"""Row 9: the best 1,000 rows of 50 shards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.harness import Row, format_s, run_row
from benchmarks.mergers import compare, find_top_duckdb, find_top_pandas, find_top_polars
from benchmarks.shards import write_shards
from evosearch import merge

N_TOP = 1000


def measure(quick: bool) -> Row:
    """The top of shards against the same engines' top."""
    n_shards, n_rows = (5, 20_000) if quick else (50, 100_000)
    row = Row(
        "row09",
        "The best rows without reading whole files",
        f"The best {N_TOP:,} distinct rows of {n_shards} shards x {n_rows:,} rows x 26 columns. "
        "Ours reads the first pages of each shard, each against its checksum. Row 10 has the "
        "same of 100 million rows.",
    )
    folder = Path(tempfile.mkdtemp(prefix="evosearch-row09-"))
    try:
        paths = write_shards(folder, n_shards, n_rows)
        engines: dict[str, Callable[[], object]] = {
            "evosearch": partial(_top, paths),
            "DuckDB": partial(find_top_duckdb, paths, N_TOP),
            "polars": partial(find_top_polars, paths, N_TOP),
            "pandas": partial(find_top_pandas, paths, N_TOP),
        }
        turns, fastest = compare(row, engines, budget_s=180)
        if fastest:
            row.claim(
                f"evosearch {format_s(turns.median('evosearch'))}",
                f"{fastest}, the fastest, {format_s(turns.median(fastest))}",
                turns.ratio(fastest, "evosearch"),
                ">= 20 x",
                at_least=20,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return row


def _top(paths: list[Path]) -> None:
    # As if the files were never seen before.
    merge(paths, top=N_TOP, use_cache=False)


if __name__ == "__main__":
    run_row(measure)
