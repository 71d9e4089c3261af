"""Rows in the order of their times."""

from __future__ import annotations

import numpy as np

from evosearch.trading.reading.tables import Table


def sort_rows(table: Table, notes: list[str]) -> Table:
    """Sort by time and keep the last of equal timestamps, saying how many of each."""
    order = np.argsort(table.timestamp_us, kind="stable")
    n_moved = int(np.count_nonzero(order != np.arange(len(order))))
    times = table.timestamp_us[order]
    is_last = np.append(times[1:] != times[:-1], True)[: len(times)]
    order = order[is_last]
    n_dropped = len(times) - len(order)
    if n_moved or n_dropped:
        notes.append(f"{n_moved} bars were out of order and {n_dropped} duplicates were dropped")
    return table.take(order)
