"""What the rows of a table would have earned at other costs, recomputed from their bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.strategies.opened import Missing, open_bars
from evosearch.errors import SpaceError
from evosearch.report.rows import split_row
from evosearch.shards.format.schema import metric_names
from evosearch.trading.replay.fees import Costs, compare_costs

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked


@dataclass(frozen=True)
class Recomputed:
    """Columns of a table that are no columns of a file.

    Attributes
    ----------
    costs : tuple of Costs
        One for each row: `without` and `break_even`, each a fraction or None.
    """

    costs: tuple[Costs, ...]


def recompute(
    ranked: Ranked,
    rows: Sequence[Mapping[str, Any]],
    results: str | Path = "results",
    data: str | None = None,
) -> Recomputed | Missing:
    """Return without costs and break-even fee of some rows.

    Parameters
    ----------
    ranked : Ranked
    rows : sequence of mapping
        Plain rows with their ``param_`` columns.
    results : path
    data : str, optional
        As in `open_bars`.

    Returns
    -------
    Recomputed or Missing
    """
    opened = open_bars(ranked.metadata, results, data)
    if isinstance(opened, Missing):
        return opened
    if not rows:
        return Recomputed(())
    try:
        problem, genomes = opened.encode([find_params(ranked, row) for row in rows])
    except SpaceError as error:  # a table is shown in any case
        return Missing(f"A row is no strategy of this ranking: {error}")
    return Recomputed(tuple(compare_costs(problem, genomes)))


def find_params(ranked: Ranked, row: Mapping[str, Any]) -> dict[str, Any]:
    """The active genes of a row, by name."""
    _, params = split_row(row, metric_names(ranked.schema))
    return {name: value for name, value in params.items() if value is not None}
