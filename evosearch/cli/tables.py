"""The leaderboard, in every format it can be printed in."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evosearch.cli.console import (
    format_value,
    print_lines,
    print_markdown,
    print_table,
)

_SHORT = {"genome_id": "id", "found_by": "found by", "rank": "#"}
_ID_DIGITS = 8


def print_leaderboard(ranked: Any, tables: Iterable[Any], columns: Sequence[str], kind: str) -> int:
    """Rows of a ranking as a table, CSV or Markdown; how many there were.

    Parameters
    ----------
    ranked : Ranked
    tables : iterable of pyarrow.Table
        The rows to show, in their order.
    columns : sequence of str
        Columns of the ranking; those that matter most when empty, all of them in a CSV.
    kind : str
        ``table``, ``csv`` or ``md``.
    """
    from evosearch.problems.words import list_leading
    from evosearch.shards.viewing.exports import plain_rows, write_csv

    if kind == "csv":
        names = columns or ranked.schema.names
        n_rows = write_csv(tables, names, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return n_rows
    rows = [row for table in tables for row in plain_rows(table)]
    names = columns or _choose_columns(ranked)
    sources = ranked.metadata.sources
    objective = None if columns else ranked.metadata.problem.objective
    cells = [[_cell(name, row, sources, name == objective) for name in names] for row in rows]
    headers = [_header(name) for name in names]
    if kind == "md":
        print_markdown(headers, cells)
    elif rows:
        first = rows[0]
        texts = [
            header
            for name, header in zip(names, headers, strict=True)
            if isinstance(first[name], (str, list)) or name == "error"
        ]
        # What a narrow terminal shows without, the first one first.
        spare = [_header(metric.name) for metric in reversed(list_leading("in_table"))]
        print_table(headers, cells, texts, is_wide=bool(columns), spare=spare)
        if not columns and any(row["status"] == "ok" and not row["feasible"] for row in rows):
            print_lines(["(in brackets: infeasible, ranked by how far it is off)"])
    return len(rows)


def print_doubts(ranked: Any) -> None:
    """What speaks against the best row; a ranking always has a first, good or not."""
    from evosearch import report
    from evosearch.problems.words import describe_row
    from evosearch.shards.format.schema import metric_names

    for row in report.list_rows(ranked, 1):
        metrics, params = report.split_row(row, metric_names(ranked.schema))
        _, doubts = describe_row(ranked.metadata.problem.plain, params, metrics)
        print_lines(f"doubt    #1: {text}" for text in doubts)


def _choose_columns(ranked: Any) -> list[str]:
    from evosearch.problems.words import list_leading
    from evosearch.shards.format.schema import metric_names

    names = metric_names(ranked.schema)
    objective = ranked.metadata.problem.objective
    leading = [metric.name for metric in list_leading("in_table")]
    shown = [name for name in (objective, f"{objective}_oos", *leading) if name in names]
    if len(shown) < 3:
        shown += [name for name in names if name not in shown][: 4 - len(shown)]
    return ["rank", "genome_id", *shown, "found_by"]


def _cell(name: str, row: Mapping[str, Any], sources: Mapping[str, Any], is_objective: bool) -> str:
    value = row[name]
    if is_objective and row["status"] != "ok":
        return str(row["status"])
    if is_objective and not row["feasible"]:
        return f"({format_value(name, value)})"
    if name == "genome_id":
        return str(value)[:_ID_DIGITS]
    if name == "found_by":
        profiles = {sources[run].profile_name or run if run in sources else run for run in value}
        return "+".join(sorted(profiles))
    if name in ("rank", "generation", "index"):
        return str(value)
    return format_value(name, value)


def _header(name: str) -> str:
    from evosearch.problems.words import find_metric

    base = name.removesuffix("_oos").removeprefix("param_")
    label = _SHORT.get(base) or find_metric(base).label or base
    return label + (" oos" if name.endswith("_oos") else "")
