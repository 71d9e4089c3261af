"""Row 10: merge 100 million rows within 2 GB, from few files and from many.

It writes 10 GB of shards twice, one after the other, and removes them: about a quarter of an hour
on two cores, and 25 GB of disk while it runs. ``BENCH_MILLIONS=10`` does less.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.harness import Row, format_s, run_row, take_turns
from benchmarks.mergers import find_top_duckdb
from benchmarks.shards import write_shards
from evosearch import merge

MEMORY_BYTES = 2 * 10**9
N_TOP = 1000
# A process of its own, so that its peak is its own.
MERGE = """
import json, sys, time
from benchmarks.memory import read_peak_bytes
from evosearch import merge
began = time.perf_counter()
result = merge(sys.argv[1], output=sys.argv[2], memory_bytes=int(sys.argv[3]), use_cache=False)
print(json.dumps([time.perf_counter() - began, read_peak_bytes(), result.n_rows_in, result.n_rows]))
"""


def measure(quick: bool) -> Row:
    """Peak memory of merges of 100 million rows, and the top of them."""
    n_rows = 10**6 * int(os.environ.get("BENCH_MILLIONS", "1" if quick else "100"))
    row = Row(
        "row10",
        "Merge more rows than memory holds",
        f"{n_rows:,} rows x 26 columns, 20 % duplicates, written as few and as many shards; merged "
        f"with 2 GB allowed, in a process of its own. Then the best {N_TOP:,} of them.",
        columns=["files", "rows in", "rows out", "seconds", "million rows/s", "peak memory"],
    )
    for n_shards in (50, 500 if quick else 5000):
        folder = Path(tempfile.mkdtemp(prefix="evosearch-row10-"))
        try:
            _measure_one(row, folder, n_shards, n_rows, with_top=n_shards == 50)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return row


def _measure_one(row: Row, folder: Path, n_shards: int, n_rows: int, with_top: bool) -> None:
    paths = write_shards(folder / "shards", n_shards, n_rows // n_shards)
    output = folder / "merged.parquet"
    done = subprocess.run(
        [sys.executable, "-c", MERGE, str(folder / "shards"), str(output), str(MEMORY_BYTES)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        row.fail(f"{n_shards:,} files", done.stderr[-300:] or f"ended with {done.returncode}")
        return
    seconds, peak, n_in, n_out = json.loads(done.stdout)
    row.add(
        f"{n_shards:,}", f"{n_in:,}", f"{n_out:,}", f"{seconds:.0f}", f"{n_in / seconds / 1e6:.2f}",
        f"{peak / 1e9:.2f} GB",
    )  # fmt: skip
    row.claim(
        f"{n_shards:,} files: peak {peak / 1e9:.2f} GB", "2 GB", peak / 2e9, "<= 2 GB", at_most=1.0
    )
    output.unlink()
    if with_top:
        _measure_top(row, paths)


def _measure_top(row: Row, paths: list[Path]) -> None:
    turns = take_turns({"evosearch": lambda: _top(paths)}, n_turns=3)
    began = time.perf_counter()
    try:
        find_top_duckdb(paths, N_TOP, memory="8GB")
    except Exception as error:
        row.fail("DuckDB, top", error)
        return
    theirs, ours = time.perf_counter() - began, turns.median("evosearch")
    if ours:
        row.claim(
            f"best {N_TOP:,}: evosearch {format_s(ours)}",
            f"DuckDB {format_s(theirs)}",
            theirs / ours,
            ">= 20 x",
            at_least=20,
        )


def _top(paths: list[Path]) -> None:
    merge(paths, top=N_TOP, use_cache=False)


if __name__ == "__main__":
    run_row(measure)
