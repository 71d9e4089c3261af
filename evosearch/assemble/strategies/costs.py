"""What the rows of a table would have earned at other costs, recomputed from their bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.strategies.opened import Missing, Opened, open_bars
from evosearch.errors import SpaceError
from evosearch.report.rows import list_params
from evosearch.trading.replay.fees import Costs, compare_costs

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked


def recompute(
    ranked: Ranked,
    rows: Sequence[Mapping[str, Any]],
    results: str | Path = "results",
    data: str | None = None,
) -> list[Costs] | Missing:
    """Return without costs and break-even fee of some rows.

    Parameters
    ----------
    ranked : Ranked
    rows : sequence of mapping
        Plain rows with their ``param_`` columns.
    results, data
        As in `open_bars`.

    Returns
    -------
    list of Costs, or Missing
        One for each row.
    """
    opened = open_bars(ranked.metadata, results, data)
    return opened if isinstance(opened, Missing) else recompute_on(opened, rows)


def recompute_on(opened: Opened, rows: Sequence[Mapping[str, Any]]) -> list[Costs] | Missing:
    """The same on bars that are open."""
    if not rows:
        return []
    try:
        problem, genomes = opened.encode([list_params(row) for row in rows])
    except SpaceError as error:  # a table is shown in any case
        return Missing(f"A row is no strategy of this ranking: {error}")
    return compare_costs(problem, genomes)
