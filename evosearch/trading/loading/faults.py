"""What is refused: rows that cannot be true, and rows in no order."""

from __future__ import annotations

import numpy as np

from evosearch.trading.bars import COLUMNS
from evosearch.trading.reading.tables import Faults, Table


def check_rows(table: Table, faults: Faults) -> None:
    """Note every fault of a table's rows."""
    times = table.timestamp_us
    prices = dict(zip(COLUMNS[1:], table.values, strict=True))
    if not len(times):
        faults.add("too short", "no bars, only column names")
    step = np.diff(times)
    faults.add_rows("duplicate timestamp", table, np.flatnonzero(step == 0) + 1)
    faults.add_rows("timestamp before the one above it", table, np.flatnonzero(step < 0) + 1)
    if (step <= 0).any():
        faults.advice.append(
            'With unsorted = "sort" in [problem], or --set problem.unsorted=sort, bars are '
            "sorted and the last of equal times is kept."
        )
    for name, column in prices.items():
        is_finite = np.isfinite(column)
        faults.add_rows(f"{name} is not a finite number", table, np.flatnonzero(~is_finite))
        if name == "volume":
            faults.add_rows("negative volume", table, np.flatnonzero(column < 0))
        else:
            faults.add_rows(f"{name} is not above 0", table, np.flatnonzero(column <= 0))
    top = np.maximum(prices["open"], prices["close"])
    bottom = np.minimum(prices["open"], prices["close"])
    faults.add_rows("high below open or close", table, np.flatnonzero(prices["high"] < top))
    faults.add_rows("low above open or close", table, np.flatnonzero(prices["low"] > bottom))
