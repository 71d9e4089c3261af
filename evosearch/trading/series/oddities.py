"""What is valid but odd in a series of bars: said to people, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.tables import Finding
from evosearch.trading.series.lengths import HOUR_US, LONG_US, Length
from evosearch.trading.window import DAY_US, format_instant, write_moment

# How the notes on prices that stand still, and on no volume, begin.
FLAT, SILENT = "prices never move", "volume is 0 in every bar"
DROP_LAST = "--set problem.drop_last=true"
LEAST_BARS = 30
LEAST_PRICES = 10
_MOST_LISTED = 5
_SPLITS = np.array([2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 100, 200, 500, 1000.0])
_NEAR = 0.06  # a price also moves from the close before a split to the open after it
_LOOK_BACK, _USUAL = 5_000, 3  # bars before the last one, and steps like its own among them
_LEAST_DAYS = 10
_OFF_LONG = 0.25  # share of a bar longer than a day by which the last one may begin off the grid
_AROUND = 3  # bars before and after that must confirm a split


class Series(NamedTuple):
    """Bars as the functions of this file take them.

    Attributes
    ----------
    times : ndarray of int64, shape (n,)
        Ascending, microseconds since 1970 UTC.
    columns : sequence of ndarray of float64, shape (n,)
        Open, high, low, close and volume.
    length : Length
    lines : sequence of int, optional
        The line of each bar in its file.
    has_volume : bool
    """

    times: NDArray[np.int64]
    columns: Sequence[NDArray[np.float64]]
    length: Length
    lines: Sequence[int] | NDArray[np.int64] | None = None
    has_volume: bool = True

    def find_line(self, place: int) -> int | None:
        """Where a bar stands in its file."""
        return None if self.lines is None else int(self.lines[place])

    def describe_place(self, place: int) -> str:
        """When a bar begins, and its line if that is known."""
        line = self.find_line(place)
        moment = format_instant(int(self.times[place]))
        return moment if line is None else f"{moment} (line {line:,})"


def find_oddities(series: Series) -> list[Finding]:
    """What a person should know before a search: splits, prices that stand still, a last bar."""
    if not len(series.times):
        return []
    return [
        *_find_ends(series),
        *_find_splits(series),
        *_find_flat(series),
        *find_odd_last(series),
    ]


def _find_ends(series: Series) -> list[Finding]:
    """Times that are the last second or millisecond of a bar, as columns of closing times hold."""
    times, length = series.times, series.length
    if length.is_long or not length.us or len(times) < LEAST_BARS:
        return []
    left = -times % min(length.us, DAY_US)
    if not ((left > 0) & (left <= min(1_000_000, length.us // 10))).all():
        return []
    text = (
        f"times such as {write_moment(int(times[0]), 'ms')} look like the ends of bars and are "
        "taken for their beginnings. If another column holds those, name it: "
        "--set problem.layout.time_columns=NAME"
    )
    return [Finding("ends_of_bars", text, series.find_line(0))]


def _find_splits(series: Series) -> list[Finding]:
    open_, close = series.columns[0], series.columns[3]
    if len(close) <= 2 * _AROUND:
        return []
    # A look without copies first: a jump of half shows in closes or in opens.
    ratio = close[:-1] / open_[1:]
    places = np.flatnonzero((ratio > 2 * (1 - _NEAR)) | (ratio < 0.5 / (1 - _NEAR))) + 1
    found = []
    for place in places[:1000].tolist():
        jump = float(ratio[place - 1])
        factor = max(jump, 1 / jump)
        nearest = float(_SPLITS[np.argmin(np.abs(np.log(_SPLITS / factor)))])
        if abs(factor / nearest - 1) > _NEAR or not _stays(close, place, jump):
            continue
        words = f"split of {nearest:.0f}:1" if jump > 1 else f"reverse split of 1:{nearest:.0f}"
        found.append(
            Finding(
                "split",
                f"the price goes from {close[place - 1]:.6g} to {open_[place]:.6g} at "
                f"{series.describe_place(place)}, as a {words} would make it: a search "
                "takes it for a real move. Use prices adjusted for splits",
                series.find_line(place),
            )
        )
    return _limit(found, "more jumps like splits")


def _stays(close: NDArray[np.float64], place: int, jump: float) -> bool:
    """Whether prices stay where they jumped to: a wrong price goes back at once."""
    before = float(np.median(close[max(place - _AROUND, 0) : place]))
    after = float(np.median(close[place : place + _AROUND]))
    return bool(abs(np.log(before / after / jump)) < abs(np.log(jump)) / 2)


def _find_flat(series: Series) -> list[Finding]:
    found = []
    n_prices = count_distinct(series.columns[:4]) if len(series.times) >= LEAST_BARS else None
    if n_prices == 1:
        price = float(series.columns[3][0])
        found.append(Finding("flat", f"{FLAT}: every one is {price:.10g}"))
    elif n_prices is not None and n_prices < LEAST_PRICES:
        found.append(
            Finding(
                "few_prices",
                f"there are only {n_prices} different prices in {len(series.times):,} bars: "
                "decimal places may be lost",
            )
        )
    if series.has_volume and not series.columns[4].any():
        text = f"{SILENT}: a rule on volume is never true"
        found.append(Finding("zero_volume", text))
    return found


def count_distinct(columns: Sequence[NDArray[np.float64]], most: int = LEAST_PRICES) -> int | None:
    """How many different values there are; None for at least `most`."""
    seen: set[float] = set()
    size = 1000
    for column in columns:
        begin, size = 0, 1000
        while begin < len(column):
            seen.update(np.unique(column[begin : begin + size]).tolist())
            if len(seen) >= most:
                return None
            begin, size = begin + size, min(2 * size, 100_000)
    return len(seen)


def find_odd_last(series: Series) -> list[Finding]:
    """A last bar that is off the grid, or a second one of the same day."""
    times, length = series.times, series.length
    if len(times) < 3 or not length.us:
        return []
    step, place = int(times[-1] - times[-2]), len(times) - 1
    what = ""
    if length.is_long:
        # Bars of weeks and months begin a holiday earlier or later.
        is_odd = step < (27 * DAY_US if length.months == 1 else 0.8 * length.us)
        is_odd |= abs(step / length.us - round(step / length.us)) > _OFF_LONG
    elif length.is_daily:
        is_odd, what = step < LONG_US, "belongs to the same day as the one before"
        if not is_odd and _is_at_other_time(times):
            is_odd, what = True, "begins at a time of day at which no other one does"
    else:
        is_same_day = times[-1] // DAY_US == times[-2] // DAY_US
        is_odd = step < length.us or (step % length.us != 0 and is_same_day)
    # A half bar at the end of each session is how a market closes.
    n_alike = np.count_nonzero(np.diff(times[-_LOOK_BACK:]) == step) - 1
    if not is_odd or n_alike >= _USUAL:
        return []
    what = (
        what or f"begins {_write_step(step)} after the one before, off the grid of {length.words}"
    )
    text = (
        f"the last bar, {series.describe_place(place)}, {what}: it may be unfinished. "
        f"{DROP_LAST} drops it"
    )
    return [Finding("last_bar", text, series.find_line(place))]


def _is_at_other_time(times: NDArray[np.int64]) -> bool:
    """Whether the last daily bar stands at a time of day of its own; summer time moves an hour."""
    if len(times) < _LEAST_DAYS:
        return False
    away = np.abs((times[-_LOOK_BACK:-1] - times[-1] + DAY_US // 2) % DAY_US - DAY_US // 2)
    spread = np.abs((times[-_LOOK_BACK:-1] - times[-2] + DAY_US // 2) % DAY_US - DAY_US // 2)
    return bool(away.min() > 1.5 * HOUR_US and spread.max() <= 1.5 * HOUR_US)


def _write_step(step_us: int) -> str:
    if step_us >= 2 * HOUR_US:
        return f"{step_us / HOUR_US:.3g} h"
    return f"{step_us / 1_000_000:.6g} s"


def find_rare_volume(series: Series) -> list[Finding]:
    """Whether most bars have no volume."""
    if not series.has_volume or not len(series.times):
        return []
    share = float(np.mean(series.columns[4] == 0))
    text = f"volume is 0 in {share:.0%} of the bars"
    return [Finding("zero_volume", text)] if 0.5 <= share < 1 else []


def find_off_grid(series: Series) -> list[Finding]:
    """Bars between those of the usual length."""
    times, length = series.times, series.length
    if length.is_daily or not length.us or length.share >= 1.0:
        return []
    step, day = np.diff(times), times // DAY_US
    is_off = (step % length.us != 0) & (day[1:] == day[:-1])
    places = np.flatnonzero(is_off) + 1
    # A bar off the grid makes an odd step before it and one after it.
    places = places[np.diff(places, prepend=-2) > 1]
    places = places[places < len(times) - 1]  # of the last one more is said
    if not len(places):
        return []
    text = (
        f"{_count(len(places), 'is', 'are')} off the grid of {length.words}, the first at "
        f"{series.describe_place(int(places[0]))}"
    )
    return [Finding("off_grid", text, series.find_line(int(places[0])), n=len(places))]


def find_unripe(series: Series, now_us: int | None) -> list[Finding]:
    """Bars of the future, and a last bar that is not finished.

    Parameters
    ----------
    series : Series
    now_us : int or None
        The time of the look; without it there is none.
    """
    if now_us is None or not len(series.times):
        return []
    times, found = series.times, []
    n_future = len(times) - int(np.searchsorted(times, now_us, "right"))
    if n_future:
        place = len(times) - n_future
        text = (
            f"{_count(n_future, 'lies', 'lie')} in the future, the first at "
            f"{series.describe_place(place)}: is the timezone right?"
        )
        found.append(Finding("future", text, series.find_line(place), n=n_future))
    elif now_us < times[-1] + series.length.us:
        text = (
            f"the last bar, {series.describe_place(len(times) - 1)}, is not finished before "
            f"{write_moment(int(times[-1] + series.length.us), 's')} UTC"
        )
        found.append(Finding("unfinished", text, series.find_line(len(times) - 1)))
    return found


def _count(n: int, one: str, more: str) -> str:
    return f"1 bar {one}" if n == 1 else f"{n:,} bars {more}"


def _limit(found: list[Finding], more: str) -> list[Finding]:
    """The first of a kind, and how many more there are."""
    if len(found) <= _MOST_LISTED:
        return found
    rest = found[_MOST_LISTED - 1]
    text = f"{len(found) - _MOST_LISTED + 1:,} {more}"
    return [
        *found[: _MOST_LISTED - 1],
        Finding(rest.kind, text, rest.line, n=len(found) - _MOST_LISTED + 1),
    ]
