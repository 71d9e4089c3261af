"""``evosearch data``: the prices of this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from evosearch.cli import options
from evosearch.cli.app import app, command

data_app = typer.Typer(help="Say whose prices this machine searches.", no_args_is_help=True)
app.add_typer(data_app, name="data")


@data_app.callback()
def _group() -> None:
    """Say whose prices this machine searches."""


@command(data_app)
def use(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="CSV or Parquet file of bars. Without it: what is set now.",
            show_default=False,
        ),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Let no file be set.")] = False,
    as_json: options.Json = False,
) -> None:
    """Set the file of prices that this machine searches from now on.

    Any profile that names no prices of its own is then measured on it, until --data or
    EVOSEARCH_DATA names other prices. The file is read once now, to see that it can be used; it
    stays where it is.
    """
    from evosearch.assemble.settings.defaults import use_data
    from evosearch.cli import console
    from evosearch.cli.progress import describe_data
    from evosearch.errors import UsageError
    from evosearch.profiles import known_data

    if file is not None and remove:
        raise UsageError("Give a file or --remove, not both.")
    if remove:
        was_set = known_data.remove_setting()
        data = None
        lines = ["Now no file of prices is set for this machine." if was_set else _NONE]
    else:
        data, summary = use_data(file)
        lines = [f"set      {data}", *describe_data(summary, ())] if data else [_NONE]
        lines += [f"remove   {known_data.REMOVE_COMMAND}"] if data else []
    if as_json:
        console.print_json("data use", {"data": data})
    else:
        console.print_lines(*lines)


_NONE = "No file of prices is set for this machine. Set one:  evosearch data use FILE"
