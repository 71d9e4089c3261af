"""``evosearch data check``: look at a file of prices."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.trading.data import ReadingOptions, data_app

if TYPE_CHECKING:
    from evosearch.assemble.data.checking import CheckedData, Kind

_N_SHOWN, _MAX_WIDTH = 5, 200


@command(data_app, "check", example="evosearch data check btc.csv")
def check_data(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of prices, or sample:NAME.")],
    assignments: ReadingOptions = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Say all that is odd or wrong in a file of prices, line by line.

    First what the file holds and how it was read, then what was found: missing bars, repeats,
    impossible prices, jumps, a last bar that is not finished, and more. Nothing is changed. Exit
    code 0: nothing was found; 1: something was found; 2: it cannot be read.
    """
    from evosearch.assemble.data.checking import check_data as look
    from evosearch.cli import console

    found = look(file, assignments or ())
    if as_json:
        console.print_json("data check", found.to_plain())
    else:
        console.print_lines(*list_check(found))
    if found.kinds:
        raise typer.Exit(1)


def list_check(found: CheckedData) -> list[str]:
    """The data line, then the findings: the first of each kind, and how many more."""
    from evosearch.report.data import list_data

    known = list_data(found.summary) or [f"{found.path.name}, refused as it is read now"]
    lines = [f"data     {known[0]}", *(f"         {line}" for line in known[1:])]
    lines += [f"         {text[:_MAX_WIDTH]}" for text in found.said]
    for kind in found.kinds:
        lines += _list_kind(kind, found.path.name)
    lines.append(f"result   {_describe_result(found)}")
    for text in found.advice:
        first, *more = textwrap.wrap(
            text, _MAX_WIDTH - 9, break_long_words=False, break_on_hyphens=False
        )
        lines += [f"advice   {first}", *(f"         {line}" for line in more)]
    return lines


def _list_kind(kind: Kind, name: str) -> list[str]:
    words = kind.name.replace("_", " ")
    head = f"{'fault' if kind.is_fault else 'found':8} {words}: {kind.n:,}"
    lines = []
    for each in kind.findings[:_N_SHOWN]:
        place = f"{name}:{each.line}: " if each.line is not None else ""
        lines.append(f"  {place}{each.text}"[:_MAX_WIDTH])
    n_more = kind.n - len(lines)
    return [head, *lines, *([f"  ... and {n_more:,} more"] if n_more > 0 else [])]


def _describe_result(found: CheckedData) -> str:
    if not found.kinds:
        return "nothing was found"
    n, n_kinds = found.n_findings, len(found.kinds)
    words = f"{n:,} finding{'s' * (n > 1)} of {n_kinds} kind{'s' * (n_kinds > 1)}"
    if found.is_refused:
        return f"{words}: the file is refused as it is read now"
    return f"{words}: the file can be searched, after a look at them"
