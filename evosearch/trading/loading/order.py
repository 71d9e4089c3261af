"""Rows in the order of their times, and what is wrong where they are not.

No advice loses a bar: sorting is named only where rows of one time repeat each other, or where a
later one completes an earlier one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.tables import MAX_KEPT, Faults, Finding, Table
from evosearch.trading.window import DAY_US, write_moment

_HOUR_US = 3_600_000_000
_SORT = (
    'With unsorted = "sort" in [problem], or --set problem.unsorted=sort, bars are sorted and '
    "the last of equal times is kept."
)
_ASK = (
    "Rows of one time contradict each other: the file may hold two markets, two bar lengths, or "
    "times of a zone that it does not name. Say which rows are meant, such as "
    "--set problem.layout.symbol=NAME or --set problem.layout.timezone=America/New_York, or keep "
    "the right ones in the file."
)
# Where clocks go back on the first or last Sunday of a month, for an example that fits.
_ZONES = {10: "Europe/Berlin", 11: "America/New_York", 4: "Australia/Sydney"}


def sort_rows(table: Table, notes: list[str]) -> Table:
    """Sort by time and keep the last of equal timestamps, saying how many of each."""
    if _is_ascending(table):
        return table
    order = np.argsort(table.timestamp_us, kind="stable")
    n_moved = int(np.count_nonzero(order != np.arange(len(order))))
    times = table.timestamp_us[order]
    is_last = np.append(times[1:] != times[:-1], True)[: len(times)]
    order = order[is_last]
    n_dropped = len(times) - len(order)
    if n_moved or n_dropped:
        notes.append(f"{n_moved} bars were out of order and {n_dropped} duplicates were dropped")
    return table.take(order)


def turn_rows(table: Table) -> Table:
    """A table that runs purely backwards, turned; what was done is said."""
    times = table.timestamp_us
    if len(times) < 2 or _is_ascending(table) or not (times[1:] <= times[:-1]).all():
        return table
    if times[0] == times[-1]:
        return table
    turned = table.take(np.arange(len(times) - 1, -1, -1))
    text = "the file runs from the newest bar to the oldest: it was turned"
    return replace(turned, findings=(*table.findings, Finding("order", text)))


def _is_ascending(table: Table) -> bool:
    times = table.timestamp_us
    return bool((times[1:] > times[:-1]).all())


def check_order(table: Table, faults: Faults) -> None:
    """Note rows out of order, and rows of one time by what they look like."""
    times = table.timestamp_us
    if not len(times) and not len(faults):
        faults.add("too short", "no bars, only column names")
    if _is_ascending(table):
        return
    backwards = np.flatnonzero(times[1:] < times[:-1]) + 1
    # Of rows that repeat another more is said.
    alone = np.setdiff1d(backwards, _check_repeats(table, faults))
    faults.add_rows("timestamp before the one above it", table, alone)


def _check_repeats(table: Table, faults: Faults) -> NDArray[np.intp]:
    """Note rows of one time; the later ones of each pair."""
    times = table.timestamp_us
    order = np.argsort(times, kind="stable")
    in_order = times[order]
    same = np.flatnonzero(in_order[1:] == in_order[:-1])
    pairs: NDArray[np.intp] = np.stack([order[same], order[same + 1]])
    later: NDArray[np.intp] = pairs[1]
    is_equal, is_grown = _compare(table, pairs)
    is_other = ~is_equal & ~is_grown
    moments = times[pairs[0]]
    if table.is_naive and is_other.any() and _is_autumn(moments[~is_equal]):
        _add(table, faults, "repeated hour", pairs, "as in line {}, in an hour that clocks repeat")
        faults.advise(_name_zone(int(moments[~is_equal][0])))
        return later
    _add(table, faults, "duplicate", pairs[:, is_equal], "an exact repeat of line {}")
    _add(table, faults, "unfinished duplicate", pairs[:, is_grown], "unfinished in line {}")
    _add(
        table,
        faults,
        "contradictory duplicate",
        pairs[:, is_other],
        "contradicts line {}",
    )
    faults.advise(_ASK if is_other.any() else _SORT)
    return later


def _compare(table: Table, pairs: NDArray[np.intp]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pairs of rows that are equal, and pairs whose second row completes the first."""
    first, second = ([column[rows] for column in table.values] for rows in pairs)
    is_equal = np.ones(pairs.shape[1], np.bool_)
    for one, other in zip(first, second, strict=True):
        is_equal &= (one == other) | (np.isnan(one) & np.isnan(other))
    # With more traded, or without any volume a wider range: else the two contradict each other.
    has_more = second[4] > first[4]
    if not table.has_volume:
        has_more = (second[1] > first[1]) | (second[2] < first[2])
    is_grown = (
        has_more & (second[0] == first[0]) & (second[1] >= first[1]) & (second[2] <= first[2])
    )
    return is_equal, is_grown


def _is_autumn(moments: NDArray[np.int64]) -> bool:
    """Whether times are an hour of a Sunday night, at most one a month, when clocks go back."""
    days = moments // DAY_US
    months = moments.astype("datetime64[us]").astype("datetime64[M]")
    hours = moments % DAY_US
    month_numbers = months.astype(np.int64) % 12 + 1
    is_night = ((days - 4) % 7 == 6) & (hours < 4 * _HOUR_US)
    if not is_night.all() or not np.isin(month_numbers, list(_ZONES)).all():
        return False
    nights = np.unique(days)
    spans = [np.ptp(moments[days == day]) for day in nights[:200]]
    return len(nights) == len(np.unique(months)) and max(spans) < _HOUR_US


def _name_zone(moment_us: int) -> str:
    month = int(np.datetime64(moment_us, "us").astype("datetime64[M]").astype(np.int64)) % 12 + 1
    zone = _ZONES[month]
    day = write_moment(moment_us, "D")
    return (
        f"The hour that stands twice on {day} looks like the end of summer time: the times are of "
        f"a local clock. Name its zone, such as --set problem.layout.timezone={zone}, and every "
        "bar is kept. Sorting would drop an hour."
    )


def _add(table: Table, faults: Faults, kind: str, pairs: NDArray[np.intp], what: str) -> None:
    for first, second in pairs[:, :MAX_KEPT].T.tolist():
        moment = write_moment(table.timestamp_us[second], "s")
        text = f"duplicate timestamp {moment}, {what.format(table.lines[first])}"
        if kind != "duplicate":
            text += f": {_list(table, first)} there, {_list(table, second)} here"
        faults.add(kind, text, int(table.lines[second]))
    faults.count(kind, pairs.shape[1] - MAX_KEPT)


def _list(table: Table, row: int) -> str:
    return " ".join(f"{float(column[row]):.8g}" for column in table.values)
