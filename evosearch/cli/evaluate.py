"""``evosearch evaluate``: measure strategies that somebody names."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import app, command


@app.command()
@command
def evaluate(
    profile: options.Profile,
    params: Annotated[
        str,
        typer.Option(
            "--params",
            metavar="JSON|FILE",
            help="One genome as a JSON object, a list of them, a file of either, or - for stdin.",
        ),
    ],
    assignments: options.Assignments = None,
    data: options.Data = None,
    as_json: options.Json = False,
) -> None:
    """Measure strategies that you name by their parameters.

    They may lie outside the ranges that the profile searches; it is said where they do. Rows of a
    shard can be given as they are: genes may be called stop_loss_frac or param_stop_loss_frac.
    """
    from evosearch import assemble
    from evosearch.cli import console

    rows = read_params(params)
    loaded = assemble.load_profile(profile, assignments or (), data=data)
    found = assemble.evaluate(loaded, rows)
    notes = [
        f"genome {number}: outside the ranges of profile {loaded.name}: {text}"
        for number, row in enumerate(found, start=1)
        for text in row["outside"]
    ]
    if as_json:
        console.print_json("evaluate", found, notes)
        return
    for row in found:
        state = "feasible" if row["feasible"] else f"infeasible by {row['violation']:.4g}"
        state = state if row["status"] == "ok" else f"{row['status']}: {row['error']}"
        console.print_lines([f"{row['genome_id']}  {state}", *row["words"], ""])
        console.print_table(
            ["metric", "value"],
            [[name, console.format_value(name, value)] for name, value in row["metrics"].items()],
            texts=("metric",),
        )
        console.print_lines([""])
    for note in notes:
        console.print_warning(note)


def read_params(text: str) -> list[dict[str, Any]]:
    """Genomes from JSON, from a file of JSON, or from standard input.

    Raises
    ------
    UsageError
        No such file, no JSON, or no objects in it.
    """
    from evosearch.errors import UsageError

    origin, raw = "--params", text
    if text == "-":
        origin, raw = "standard input", sys.stdin.read()
    elif not text.lstrip().startswith(("{", "[")):
        path = Path(text.removeprefix("@"))
        origin = str(path)
        try:
            raw = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"--params {text[:80]}: neither JSON nor a file that can be read ({error})."
            ) from error
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{origin}: no valid JSON: {error}.") from error
    rows = found if isinstance(found, list) else [found]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{origin}: expected a JSON object of genes, or a list of such objects.")
    return rows
