"""Flags and examples in the words of traders."""

from __future__ import annotations

from typing import Annotated

import typer

Least = Annotated[
    int | None, typer.Option("--min-trades", metavar="N", help="Only rows with N trades or more.")
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where",
        metavar="CONDITION",
        help='Only rows for which this holds: "n_trades >= 50 and max_drawdown_frac < 0.2".',
    ),
]


def name_floor(least: int | None) -> dict[str, int | None]:
    """What `Least` was given, under the keyword that the metric declares."""
    return {"min_trades": least}
