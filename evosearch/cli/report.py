"""``evosearch top`` and ``evosearch show``: read rankings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import app, command


@app.command()
@command
def top(
    paths: options.Paths = None,
    number: options.Number = 10,
    results: options.Results = None,
    as_json: options.Json = False,
) -> None:
    """Show the best strategies of shards or of a merged file."""
    from evosearch import report
    from evosearch.cli import console
    from evosearch.cli.tables import print_leaderboard

    result = _load(paths, results)
    if as_json:
        rows = report.list_rows(result, None if number < 0 else number)
        console.print_json("top", rows, [f"{item.path}: {item.reason}" for item in result.skipped])
    else:
        counts = report.count_ranked(result)
        console.print_lines([f"{counts['distinct']:,} ranked, {counts['feasible']:,} feasible", ""])
        print_leaderboard(result, number)
        for item in result.skipped:
            console.print_warning(f"skipped {item.path}: {item.reason}")
    if result.skipped:
        raise typer.Exit(3)


@app.command()
@command
def show(
    wanted: Annotated[
        str, typer.Argument(metavar="RANK|ID", help="Rank, or start of a genome id.")
    ],
    paths: options.Paths = None,
    results: options.Results = None,
    as_json: options.Json = False,
) -> None:
    """Show one strategy in words, with all its metrics and where it was found."""
    from evosearch import report
    from evosearch.cli import console
    from evosearch.problems.words import describe_row

    result = _load(paths, results)
    row = report.find_row(result, wanted)
    metrics, params = report.split_row(row, report.names_of_metrics(result))
    problem = result.metadata["problem"]
    sentences, doubts = describe_row(problem, params, metrics)
    if as_json:
        console.print_json("show", {**row, "words": sentences, "doubts": doubts})
        return
    _print_strategy(row, metrics, params, sentences, doubts, result.metadata)


def _load(paths: list[str] | None, results: Path | None) -> Any:
    from evosearch import assemble

    return assemble.merge(paths or [str(find_newest(results or Path("results")))])


def find_newest(folder: Path) -> Path:
    """The newest merged file of a folder if it is newer than every shard, else all shards."""
    merged = sorted((folder / "merged").glob("*.parquet"), key=lambda path: path.stat().st_mtime)
    shards = [path.stat().st_mtime for path in folder.glob("*.parquet")]
    if merged and merged[-1].stat().st_mtime >= max(shards, default=0.0):
        return merged[-1]
    return folder / "*.parquet"


def _print_strategy(
    row: dict[str, Any],
    metrics: dict[str, Any],
    params: dict[str, Any],
    sentences: list[str],
    doubts: list[str],
    metadata: dict[str, Any],
) -> None:
    import json

    from evosearch.cli import console

    state = "feasible" if row["feasible"] else f"infeasible by {row['violation']:.4g}"
    state = state if row["status"] == "ok" else f"{row['status']}: {row['error']}"
    console.print_lines([f"#{row['rank']}  {row['genome_id']}  {state}", "", *sentences, ""])
    inside = {name: value for name, value in metrics.items() if not name.endswith("_oos")}
    has_oos = any(metrics.get(f"{name}_oos") is not None for name in inside)
    headers = ["metric", "in sample", "hold-out"] if has_oos else ["metric", "value"]
    cells = []
    for name, value in inside.items():
        cell = [name, console.format_value(name, value)]
        if has_oos:
            cell.append(console.format_value(name, metrics.get(f"{name}_oos")))
        cells.append(cell)
    console.print_table(headers, cells, texts=("metric",))
    console.print_lines([""])
    for run_id in row["found_by"]:
        run = metadata["sources"].get(run_id, {})
        where = f"profile {run.get('profile_name', '?')}, seed {run.get('seed', '?')}"
        console.print_lines([f"found by {run_id} ({where})"])
    console.print_lines([f"         generation {row['generation']}, index {row['index']}"])
    console.print_lines(f"doubt    {text}" for text in doubts)
    active = {name: value for name, value in params.items() if value is not None}
    console.print_lines(["", f"params   {json.dumps(active)}"])
