"""Bars that are missing: counted and reported, never filled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.window import DAY_US, write_moment


def describe_gaps(times: NDArray[np.int64], days_per_year: int) -> list[str]:
    """Missing bars in words: counted and reported, never filled."""
    step = np.diff(times)
    if not len(step):
        return []
    steps, counts = np.unique(step, return_counts=True)
    interval = int(steps[np.argmax(counts)])
    day, is_weekly = times // DAY_US, days_per_year == 252
    expected = np.rint(step / interval).astype(np.int64)
    if is_weekly and interval == DAY_US:
        dates = day.astype("datetime64[D]")
        expected = np.busday_count(dates[:-1], dates[1:])
    missing = np.maximum(expected - 1, 0)
    if is_weekly and interval < DAY_US:  # nights and weekends are no gaps
        missing = np.where(day[1:] == day[:-1], missing, 0)
    gaps = np.flatnonzero(missing)
    if not len(gaps):
        return []
    largest = gaps[np.argmax(missing[gaps])]
    return [
        f"{int(missing.sum())} bars are missing in {len(gaps)} gaps, the largest "
        f"({int(missing[largest])} bars) after {write_moment(times[largest], 'm')} UTC"
    ]
