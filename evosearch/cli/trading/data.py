"""``evosearch data``: the prices of this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import add_group, command
from evosearch.cli.typed.help import PRICES

data_app = add_group("data", "Files of prices: set one, check, resample, fetch.", PRICES)


ReadingOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="How the file is read, such as problem.layout.timezone=UTC. Repeatable.",
        show_default=False,
    ),
]


@data_app.callback()
def _group() -> None:
    """Files of prices: set one, check, resample, fetch."""


@command(data_app, example="evosearch data use btc.csv")
def use(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="File of prices (CSV, Parquet, Feather, .gz, .zip). Without it: what is set now.",
            show_default=False,
        ),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Let no file be set.")] = False,
    *,
    assignments: ReadingOptions = None,
    as_json: options.Json = False,
) -> None:
    """Set the file of prices that this machine searches from now on.

    Any profile that names no prices of its own is then measured on it, until --data or
    EVOSEARCH_DATA names other prices. The file is read once now, to see that it can be used; it
    stays where it is. How it is read, as --set says it, is kept with it.
    """
    from evosearch.assemble.settings.defaults import use_data
    from evosearch.assemble.settings.reading import quote_assignments
    from evosearch.cli import console
    from evosearch.cli.progress import describe_data, list_data_warnings
    from evosearch.errors import UsageError
    from evosearch.profiles import known_data

    if remove and (file is not None or assignments):
        raise UsageError("Give a file or --remove, not both.")
    if remove:
        was_set = known_data.remove_setting()
        found, summary = None, dict[str, Any]()
        lines = ["Now no file of prices is set for this machine." if was_set else _NONE]
    else:
        found, summary = use_data(file, assignments or ())
        lines = [_NONE]
        if found is not None:
            options = quote_assignments(found.reading)
            lines = [f"set      {found.data}", *([f"options  {options}"] if options else [])]
            lines += [*describe_data(summary, ()), f"remove   {known_data.REMOVE_COMMAND}"]
    if as_json:
        plain: dict[str, Any] = {"data": found and found.data}
        if found is not None and found.reading:
            plain["reading"] = found.reading
        console.print_json("data use", plain, list_data_warnings(summary))
    else:
        console.print_lines(*lines)


_NONE = "No file of prices is set for this machine. Set one:  evosearch data use FILE"
