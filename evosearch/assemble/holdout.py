"""What of a ranking's hold-out may be seen.

Only rows that are open show figures of their hold-out: it says something only while nobody chooses
by it. Columns of a hold-out are metrics whose names end in ``_oos``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evosearch.days import Days
from evosearch.problems.base import Problem
from evosearch.problems.identity.fingerprint import Identity
from evosearch.problems.metric import TWIN
from evosearch.provenance import compute_fingerprint
from evosearch.shards.format.arrays import one_chunk, to_arrow, to_numpy
from evosearch.shards.format.schema import metric_names
from evosearch.shards.format.trials.benchmark import DAYS, HOLD, parse_days


def is_holdout(name: str) -> bool:
    """Whether a metric of this name is a figure of a hold-out."""
    return name.endswith(TWIN)


def list_holdout(schema: pa.Schema) -> list[str]:
    """The columns that hold figures of a hold-out."""
    return [name for name in metric_names(schema) if is_holdout(name)]


def find_holdouts(problem: Problem, identity: Identity | None) -> tuple[Days, ...]:
    """The days by which looks at a problem's hold-out are counted; empty if there is none."""
    if identity is None or not any(is_holdout(name) for name in problem.metric_names):
        return ()
    own = Days.of_text(compute_fingerprint(identity.parts))
    known = parse_days(problem.measure_data())
    if known is None:
        return (own,)
    return () if known.unseen is None else (known.unseen, own)


def show_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured on, as people are shown it.

    Buy and hold would tell of the hold-out, and the days of the bars are thousands of letters.
    """
    return {key: value for key, value in data.items() if key not in (HOLD, DAYS)}


def hide_figures(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Take the figures of a hold-out out of the ``metrics`` of some rows; whether any had one."""
    taken = [
        row["metrics"].pop(name) is not None
        for row in rows
        for name in [*row["metrics"]]
        if is_holdout(name)
    ]
    return any(taken)


def hide_holdout(table: pa.Table, n_open: int) -> pa.Table:
    """The rows without the hold-out of those that rank below the first `n_open`."""
    # Plain numbers as arguments of pyarrow's functions would load pandas.
    is_below = to_numpy(one_chunk(table["rank"])) > n_open
    if not is_below.any():
        return table
    is_hidden = to_arrow(is_below, pa.bool_())
    for name in list_holdout(table.schema):
        place = table.schema.get_field_index(name)
        field = table.schema.field(name)
        blank = pa.nulls(len(table), field.type)
        table = table.set_column(place, field, pc.if_else(is_hidden, blank, table[name]))
    return table
