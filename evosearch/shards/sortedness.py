"""Whether a file's rows are sorted, judged by its footer alone.

Only who reads a few first rows needs to ask; a merge looks at every row. Our writer declares the
order, and what the footer says of each row group must agree with it.
"""

from __future__ import annotations

from typing import Any

from evosearch.shards.schema import BASE_NAMES

_FITNESS, _FEASIBLE = BASE_NAMES.index("fitness"), BASE_NAMES.index("feasible")


def is_declared_sorted(footer: Any) -> bool:
    """Whether a file says that it is sorted and nothing in its footer contradicts.

    Parameters
    ----------
    footer : pyarrow.parquet.FileMetaData
    """
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    worst = float("inf")
    are_all_feasible = True
    for group in groups:
        if not _is_declared(group):
            return False
        feasible = group.column(_FEASIBLE).statistics
        fitness = group.column(_FITNESS).statistics
        if feasible is None or not feasible.has_min_max:
            return False
        if feasible.max and not are_all_feasible:
            return False  # a feasible row behind an infeasible one
        if feasible.min:
            if fitness is None or not fitness.has_min_max or fitness.max > worst:
                return False
            worst = fitness.min
        are_all_feasible = are_all_feasible and bool(feasible.min)
    return True


def _is_declared(group: Any) -> bool:
    names = [column.column_index for column in group.sorting_columns]
    # Ours declare `feasible` in a shard and `rank` in a merged file.
    return bool(names) and (names == [_FEASIBLE] or _is_rank(group, names[0]))


def _is_rank(group: Any, column: int) -> bool:
    return bool(group.column(column).path_in_schema == "rank")
