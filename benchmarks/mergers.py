"""The same merge and the same top of it, as one would write them with other engines.

Each keeps one row per genome, the best in the whole order of ranking, and ranks them. None of them
checks its inputs, says who found a genome, or finds genomes that were measured differently.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.apart import Apart
from benchmarks.harness import Row, Turns, format_s, take_turns

_TIER = "case when status <> 'ok' then 2 when feasible then 0 else 1 end"
_KEY = "case when status <> 'ok' then 0 when feasible then -fitness else violation end"


def _duckdb_query(paths: Sequence[Path]) -> str:
    # The whole order in one key: with several, DuckDB takes three times as long.
    return f"""
        select *, {_TIER} as tier, {_KEY} as key from read_parquet({[str(p) for p in paths]!r})
        qualify row_number() over (
            partition by genome_id order by row({_TIER}, {_KEY}, run_id, generation, "index")) = 1
    """


def merge_duckdb(paths: Sequence[Path], output: Path, memory: str | None = None) -> None:
    """DuckDB, one window query."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false")
        if memory:
            connection.execute(f"set memory_limit = '{memory}'")
            connection.execute(f"set temp_directory = '{output.parent}/duckdb-spill'")
        connection.execute(
            f"""copy (select *, row_number() over (order by tier, key, genome_id) as rank
                from ({_duckdb_query(paths)}) order by tier, key, genome_id)
                to '{output}' (format parquet, compression snappy)"""
        )


def find_top_duckdb(paths: Sequence[Path], n_rows: int, memory: str | None = None) -> int:
    """DuckDB, the best rows of one window query."""
    import duckdb

    with duckdb.connect() as connection:
        if memory:
            connection.execute(f"set memory_limit = '{memory}'")
            connection.execute(f"set temp_directory = '{paths[0].parent}/duckdb-spill'")
        query = f"{_duckdb_query(paths)} order by tier, key, genome_id limit {n_rows}"
        return len(connection.sql(query).to_arrow_table())


def _polars_rows(paths: Sequence[Path]):  # type: ignore[no-untyped-def]
    import polars as pl

    is_ok = pl.col("status").cast(pl.String) == "ok"
    measure = pl.when(pl.col("feasible")).then(-pl.col("fitness")).otherwise(pl.col("violation"))
    return pl.scan_parquet(paths).with_columns(
        tier=pl.when(~is_ok).then(2).when(pl.col("feasible")).then(0).otherwise(1),
        key=pl.when(~is_ok).then(0.0).otherwise(measure),
    )


_ORDER = ["tier", "key", "genome_id", "run_id", "generation", "index"]


def merge_polars(paths: Sequence[Path], output: Path) -> None:
    """Polars, sort and unique."""
    frame = _polars_rows(paths).sort(_ORDER).unique("genome_id", keep="first", maintain_order=True)
    # As ours is compressed, and a quarter of a second quicker than zstd at its first level.
    frame.with_row_index("rank", 1).collect().write_parquet(output, compression="lz4")


def find_top_polars(paths: Sequence[Path], n_rows: int) -> int:
    """Polars, unique over the columns that decide, then the best rows of all."""
    best = _polars_rows(paths).sort(_ORDER).unique("genome_id", keep="first", maintain_order=True)
    return len(best.head(n_rows).collect())


def merge_pandas(paths: Sequence[Path], output: Path) -> None:
    """pandas, sort_values and drop_duplicates."""
    _pandas_best(paths).to_parquet(output, compression="snappy")


def find_top_pandas(paths: Sequence[Path], n_rows: int) -> int:
    """pandas, the first of all ranked rows."""
    return len(_pandas_best(paths).head(n_rows))


def _pandas_best(paths: Sequence[Path]):  # type: ignore[no-untyped-def]
    import numpy as np
    import pandas as pd

    rows = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
    is_ok = (rows["status"] == "ok").to_numpy()
    feasible = rows["feasible"].to_numpy()
    rows["tier"] = np.where(~is_ok, 2, np.where(feasible, 0, 1))
    measure = np.where(feasible, -rows["fitness"], rows["violation"])
    rows["key"] = np.where(~is_ok, 0.0, measure)
    rows["run_id"] = rows["run_id"].astype(str)
    rows = rows.sort_values(_ORDER, ignore_index=True).drop_duplicates("genome_id")
    rows["rank"] = np.arange(1, len(rows) + 1)
    return rows


def compare(
    row: Row, engines: Mapping[str, Callable[[], object]], budget_s: float
) -> tuple[Turns, str | None]:
    """Time the first engine against the others in turn, each in its own process, a line each.

    Returns
    -------
    Turns
    str or None
        The fastest of the others.
    """
    with contextlib.ExitStack() as stack:
        apart = {name: stack.enter_context(Apart(work)) for name, work in engines.items()}
        turns = take_turns(apart, n_turns=5, budget_s=budget_s)
    row.failures |= turns.failures
    ours, *others = engines
    row.columns = ["engine", "seconds", f"/ {ours}"]
    for name in engines:
        ratio = turns.ratio(name, ours)
        row.add(name, format_s(turns.median(name)), "" if ratio is None else f"{ratio:.2f}")
    ended = [name for name in others if turns.median(name)]
    return turns, min(ended, key=lambda name: turns.median(name) or 0.0, default=None)
