"""Options that choose rows of a ranking, the same for every command that has them."""

from __future__ import annotations

from typing import Annotated

import typer

from evosearch.cli.options import with_options
from evosearch.cli.typed import completion
from evosearch.cli.words import FLOORS, Where

# A command gets their values as ``**filters``, None for those that are not given.
with_filters = with_options(
    {
        "where": Where,
        **FLOORS,
        "profile": Annotated[
            list[str] | None,
            typer.Option(
                "--profile",
                autocompletion=completion.complete_profiles,
                metavar="NAME",
                help="Only rows that this profile found. Repeatable.",
            ),
        ],
        "host": Annotated[
            list[str] | None,
            typer.Option(
                "--host",
                autocompletion=completion.complete_hosts,
                metavar="NAME",
                help="Only rows that this machine found. Repeatable.",
            ),
        ],
        "sort": Annotated[
            str | None,
            typer.Option(
                "--sort",
                autocompletion=completion.complete_column,
                metavar="COLUMN",
                help="Largest first; COLUMN:asc for smallest first.",
            ),
        ],
    }
)
