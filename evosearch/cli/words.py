"""Options and examples in the words of traders."""

from __future__ import annotations

from typing import Annotated

import typer

Where = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="CONDITION",
        help='Only rows for which this holds: "n_trades >= 50 and max_drawdown_frac < 0.2".',
    ),
]
# By the keyword that a metric declares for its least value.
FLOORS = {
    "min_trades": Annotated[
        int | None,
        typer.Option("--min-trades", metavar="N", help="Only rows with N trades or more."),
    ]
}
