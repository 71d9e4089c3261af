"""``evosearch merge``: shards of all machines into one ranking."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import app, command


@app.command()
@command
def merge(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS]...",
            help="Shards, merged files, folders or patterns. Default: the results folder.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Merged file. Default: results/merged/<UTC>.parquet."),
    ] = None,
    top: Annotated[int, typer.Option("--top", help="How many rows to show.")] = 10,
    only_top: Annotated[
        bool, typer.Option("--only-top", help="Write only the rows shown, not all.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse unusable files and conflicts.")
    ] = False,
    by_fingerprint: Annotated[
        bool, typer.Option("--by-fingerprint", help="Rank incomparable shards apart.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing output.")] = False,
    from_file: Annotated[
        str | None,
        typer.Option("--from-file", metavar="FILE", help="Read paths from FILE, - for stdin."),
    ] = None,
    results: options.Results = None,
    as_json: options.Json = False,
) -> None:
    """Merge shards of all machines into one deduplicated ranking.

    Inputs are never changed. Any order and any repetition gives the same ranking, and a merged
    file may be merged again.
    """
    from evosearch import assemble, report
    from evosearch.cli import console
    from evosearch.errors import UsageError
    from evosearch.shards.inputs import read_list

    folder = results or Path("results")
    patterns = [*(paths or []), *(read_list(from_file) if from_file else [])]
    patterns = patterns or [str(folder / "*.parquet")]
    target = output or folder / "merged" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.parquet"
    if target.exists() and not force and output is not None:
        raise UsageError(f"{target} exists already. Choose another name or add --force.")
    merged = assemble.merge(
        patterns,
        output=target,
        top=top if only_top else None,
        strict=strict,
        by_fingerprint=by_fingerprint,
    )
    listed = merged if isinstance(merged, list) else [merged]
    if as_json:
        data = [_plain(result, top) for result in listed]
        console.print_json("merge", data if by_fingerprint else data[0], _warnings(listed[0]))
    else:
        for result in listed:
            print_merge(result, top)
    if listed[0].skipped:
        raise typer.Exit(3)
    if not any(report.count_ranked(result)["feasible"] for result in listed):
        console.print_warning("no genome is feasible: the ranking shows how far each one is off.")


def _plain(result: Any, top: int) -> dict[str, Any]:
    from evosearch import report

    return {
        "path": str(result.path),
        "rows_sha256": result.rows_sha256,
        "fingerprint": result.metadata["problem"]["fingerprint"],
        "counts": report.count_ranked(result),
        "runs": report.list_contributions(result),
        "top": report.list_rows(result, top),
        "conflicts": result.conflicts,
        "skipped": [
            {"path": str(item.path), "verdict": item.verdict.value, "reason": item.reason}
            for item in result.skipped
        ],
    }


def _warnings(result: Any) -> list[str]:
    return [f"{item.path}: {item.reason}" for item in result.skipped]


def print_merge(result: Any, top: int) -> None:
    """Everything a person wants to know of a merge, in the order they ask."""
    from evosearch import report
    from evosearch.cli import console
    from evosearch.cli.tables import print_contributions, print_doubts, print_leaderboard
    from evosearch.shards.merge import describe_conflicts

    counts = report.count_ranked(result)
    console.print_lines(
        [
            f"{counts['rows_in']:,} rows in, {counts['duplicates']:,} duplicates, "
            f"{counts['distinct']:,} ranked ({counts['feasible']:,} feasible, "
            f"{counts['not_ok']:,} not ok)",
            "",
        ]
    )
    print_contributions(report.list_contributions(result))
    console.print_lines([""])
    print_leaderboard(result, top)
    print_doubts(result)
    for item in result.skipped:
        console.print_warning(f"skipped {item.path}: {item.reason}")
    for item in result.used:
        if item.reason:
            console.print_warning(f"{item.path}: {item.reason}")
    if result.conflicts:
        console.print_warning(describe_conflicts(result.conflicts))
    console.print_lines(["", f"merged   {result.path}", "next     evosearch show 1"])
