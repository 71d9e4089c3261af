"""``evosearch export``: rankings for spreadsheets, scripts and Optuna."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.ranking.filters import with_filters
from evosearch.cli.typed import completion
from evosearch.cli.typed.help import READ
from evosearch.texts import quote_path


@command(section=READ, example="evosearch export --output best.csv --number 1000")
@with_filters
def export(
    paths: options.Paths = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE|-", help="Where to; - for stdout.")
    ] = "-",
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="KIND",
            autocompletion=completion.among("csv", "json", "jsonl", "optuna"),
            help="csv, json, jsonl or optuna. Default: from the file's name.",
        ),
    ] = None,
    number: Annotated[
        int, typer.Option("--number", "-n", metavar="N", help="How many rows; -1 for all.")
    ] = -1,
    *,
    columns: options.Columns = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    results: options.Results = None,
    as_json: options.Json = False,
    **filters: Any,
) -> None:
    """Export a ranking as CSV, JSON or an Optuna journal.

    Rows come in order of rank, within bounded memory. In a CSV, text that a spreadsheet would
    take for a formula gets an apostrophe in front; numbers stay numbers. An Optuna journal opens
    with: optuna-dashboard FILE
    """
    from evosearch.assemble.ranking import exporting
    from evosearch.cli import console
    from evosearch.errors import UsageError

    if as_json and output == "-":
        raise UsageError("--json reports on a file: give one with -o, or --format json for rows.")
    done = exporting.export(
        paths,
        output,
        format=form,
        columns=options.split_names(columns),
        force=force,
        results=results or "results",
        n=None if number < 0 else number,
        **filters,
    )
    warnings = [f"{item.path}: {item.reason}" for item in done.skipped]
    if as_json:
        data = {"path": str(done.path), "rows": done.n_rows}
        console.print_json("export", data, [*warnings, *done.notes])
    else:
        if done.path is not None:
            console.print_lines(f"{done.n_rows:,} rows", f"export   {done.path}")
            if form == "optuna" or (form is None and output.endswith(".log")):
                console.print_lines(f"next     optuna-dashboard {quote_path(done.path)}")
        console.print_skipped(warnings, done.notes)
    if done.skipped:
        raise typer.Exit(3)
