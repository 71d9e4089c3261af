"""``evosearch check``: whether files can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    from evosearch.assemble.ranking.checks import Checked


@command(section=READ)
def check(
    paths: options.Paths = None,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Decode every value, verify pages, digest and order too."),
    ] = False,
    results: options.Results = None,
    as_json: options.Json = False,
) -> None:
    """Check whether shards and merged files are whole.

    Every file is hashed and compared with its name, its metadata and its columns. Exit code 0
    when all are good, 3 when some are not, 2 when there is nothing to check.
    """
    from evosearch.assemble.ranking import checks
    from evosearch.cli import console
    from evosearch.report.merged import describe_file

    checked = checks.check(paths, deep=deep, results=results or "results")
    bad = [item for item in checked if not item.is_usable]
    if as_json:
        data = [describe_file(item) for item in checked]
        console.print_json("check", data, [f"{item.path}: {item.reason}" for item in bad])
    else:
        print_verdicts(checked)
        n_rows = sum(item.n_rows for item in checked if item.is_usable)
        how = "good, every value read" if deep else "good"
        console.print_lines(
            "", f"{len(checked) - len(bad):,} of {len(checked):,} {how}: {n_rows:,} rows"
        )
    if bad:
        raise typer.Exit(3)


def print_verdicts(checked: Sequence[Checked]) -> None:
    """Print one line for each file, and remarks on stderr."""
    from evosearch.cli import console

    width = console.make_console().width
    rows = []
    for item in checked:
        kind, n_runs = "-", "-"
        if item.metadata is not None:
            kind, n_runs = item.metadata.kind, f"{len(item.metadata.sources):,}"
        n_rows = f"{item.n_rows:,}" if item.is_usable else "-"
        rows.append([item.verdict.value, kind, n_rows, n_runs, str(item.path)])
    headers = ["verdict", "kind", "rows", "runs", "file"]
    taken = [max(len(row[k]) for row in [headers, *rows]) for k in range(4)]
    room = max(24, width - sum(taken) - 2 * len(taken))
    console.print_table(
        headers,
        [[*row[:4], console.shorten_middle(row[4], room)] for row in rows],
        texts=("verdict", "kind", "file"),
    )
    for item in checked:
        unknown = item.metadata.explain_unknown() if item.metadata is not None else ""
        texts = filter(None, [item.reason, unknown])
        console.print_warning(*(f"{item.path}: {text}" for text in texts))
