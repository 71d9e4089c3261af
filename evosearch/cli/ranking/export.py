"""``evosearch export``: rankings for spreadsheets, scripts and Optuna."""

from __future__ import annotations

from pathlib import Path
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
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RANK|PATH",
            help="Shards, merged files, folders or patterns. Default: the results folder. "
            "For python first the rank or id of the strategy.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE|-", help="Where to; - for stdout.")
    ] = "-",
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="KIND",
            autocompletion=completion.among("csv", "json", "jsonl", "optuna", "python"),
            help="csv, json, jsonl, optuna or python. Default: from the file's name.",
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
    """Export a ranking as CSV or JSON, or one strategy as Python.

    Rows come in order of rank, within bounded memory. In a CSV, text that a spreadsheet would
    take for a formula gets an apostrophe in front; numbers stay numbers. An Optuna journal opens
    with: optuna-dashboard FILE

    --format python RANK writes that strategy as a file that needs numpy and pandas alone. It prints
    what the strategy does on a CSV file of prices, in the hold-out too: that counts as a look.
    """
    from evosearch.assemble.ranking import exporting
    from evosearch.cli import console
    from evosearch.errors import UsageError

    if as_json and output == "-":
        raise UsageError("--json reports on a file: give one with -o, or --format json for rows.")
    if exporting.is_python(form, output):
        given = {"columns": columns, **filters, "number": None if number < 0 else number}
        for name, value in given.items():
            if value is not None:
                raise UsageError(f"--{name.replace('_', '-')}: --format python has one strategy.")
        _export_strategy(paths or [], output, force, results, as_json)
        return
    for name in paths or []:
        if name.isdigit() and not Path(name).exists():
            raise UsageError(f"{name!r} is no file. A rank goes with --format python.")
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


def _export_strategy(
    named: list[str], output: str, force: bool, results: Path | None, as_json: bool
) -> None:
    """Write one strategy; the first of what was named is its rank or id."""
    from evosearch.assemble.strategies import python_file, showing
    from evosearch.cli import console
    from evosearch.cli.ranking.box import Asking
    from evosearch.errors import UsageError

    if not named:
        raise UsageError(
            "--format python writes one strategy: name its rank or the beginning of its id, as in "
            "evosearch export --format python 1 -o strategy.py"
        )
    wanted, paths = named[0], named[1:]
    path = python_file.choose_target(output, force=force)
    found = showing.show(wanted, paths, results=results or "results", is_judged=False)
    facts, genome_id = found["ranked"].metadata.problem, found["row"]["genome_id"]
    text = python_file.render_strategy(facts, found["params"], genome_id)
    asking = Asking.of(paths, results, False, None, 0)
    judgement, is_hidden = asking.judge_row(found["ranked"], found["row"])
    if is_hidden:
        raise UsageError(
            "The file would show the hold-out of runs that are not merged, uncounted. Merge first:"
            "  evosearch merge"
        )
    python_file.write_strategy(text, path)
    warnings = [f"{item.path}: {item.reason}" for item in found["skipped"]]
    if as_json:
        data = {"path": str(path), "rows": 1, "verdict": asking.plain(judgement)}
        console.print_json("export", data, [*warnings, *found["notes"]])
    else:
        if path is not None:
            place = found["place"]
            is_plain = place.is_here and place.data.endswith(".csv")
            prices = quote_path(place.data) if is_plain else "prices.csv"
            following = f"python {quote_path(path)} {prices}"
            console.print_lines(f"export   {path}")
            asking.print_verdict(judgement, "")
            console.print_lines(f"next     {following}")
        elif not judgement.box.is_look_recorded:
            console.print_warning(asking.say("holdout.unrecorded"))
        console.print_skipped(warnings, found["notes"])
    if found["skipped"]:
        raise typer.Exit(3)
