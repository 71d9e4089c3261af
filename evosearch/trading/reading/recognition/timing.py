"""Which column, or which two, hold the time: by content first, by name among several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evosearch.texts import make_visible
from evosearch.trading.reading.missing import is_missing
from evosearch.trading.reading.recognition.cells import (
    SERIAL_DATES,
    find_epoch_seconds,
    find_order,
    find_time_kind,
    fits_format,
    is_clock,
)
from evosearch.trading.reading.recognition.grid import Grid
from evosearch.trading.reading.recognition.names import rank_zone, read_name

_LEAST_SHARE = 0.8
_END = 3  # the rank of a time at which a bar ends
_LAST_SECOND = 59
_NO_NAME = 4  # the rank of a column whose name says nothing of time
_KINDS = ("epoch", "moment", "date")


@dataclass(frozen=True)
class TimeColumns:
    """The time columns of a file.

    Attributes
    ----------
    chosen : tuple of int
        Positions from 0: one, or a date and a time; empty for none.
    others : tuple of int
        Columns that look like times and are no prices.
    order : int
        1 where the rows run forwards, -1 backwards, 0 unknown.
    is_end : bool
        The name says that a bar ends then.
    rivals : tuple of int
        Columns that may as well be the time, and say another.
    """

    chosen: tuple[int, ...]
    others: tuple[int, ...] = ()
    order: int = 0
    is_end: bool = False
    rivals: tuple[int, ...] = ()


def find_times(
    grid: Grid, given: tuple[int, ...] | None = None, how: str | None = None
) -> TimeColumns:
    """The time columns of a grid.

    Parameters
    ----------
    grid : Grid
    given : tuple of int, optional
        Those that a person named.
    how : str, optional
        How they are written.
    """
    kinds = {place: _find_kind(grid, place) for place in range(grid.n_columns)}
    ranks = {place: _find_rank(grid, place) for place in kinds}
    if given:
        others = tuple(p for p, kind in kinds.items() if kind and p not in given)
        return TimeColumns(given, _keep_named(others, ranks, grid), _find_order(grid, given))
    found = [p for p in kinds if kinds[p] in _KINDS and not _is_price(grid, p)]
    # A number of the size of an epoch may be a volume: times have an order, or a name.
    orders = {place: _find_order(grid, (place,)) for place in found}
    found = [p for p in found if kinds[p] != "epoch" or ranks[p] < _NO_NAME or orders[p]]
    if not found:
        return TimeColumns(_find_by_format(grid, how) or _find_by_name(grid, ranks))
    zones = {place: _find_zone(grid, place) for place in found}
    ends = {place: ranks[place] == _NO_NAME and _are_ends(grid, place) for place in found}
    found.sort(
        key=lambda p: (
            ranks[p], ends[p], _KINDS.index(kinds[p]), zones[p], orders[p] == 0, p
        )
    )  # fmt: skip
    best = found[0]
    chosen: tuple[int, ...] = (best,)
    if kinds[best] == "date":
        clock = _find_clock(grid, best, ranks)
        if clock is not None:
            chosen = (best, clock)
    others = tuple(place for place in found if place not in chosen)
    alike = (ranks[best], kinds[best], zones[best])
    rivals = tuple(
        place
        for place in others
        if kinds[best] == "moment" and (ranks[place], kinds[place], zones[place]) == alike
        and grid.columns[place] != grid.columns[best]
    )  # fmt: skip
    order = orders[best] if len(chosen) == 1 else _find_order(grid, chosen)
    return TimeColumns(chosen, others, order, ranks[best] == _END, rivals)


def list_doubts(times: TimeColumns, grid: Grid) -> list[str]:
    """What a person should know of the choice, as sentences."""
    doubts = []
    if times.rivals:
        named = ", ".join(
            f"{place + 1} ({make_visible(grid.names[place])[:40]})"
            if grid.headers
            else f"{place + 1}"
            for place in times.rivals[:3]
        )
        doubts.append(
            f"column {times.chosen[0] + 1} is the time; column {named} holds others "
            "(--set problem.layout.time_columns=N takes another)"
        )
    if times.is_end:
        doubts.append("its times are the ends of bars: there is no column of their beginnings")
    return doubts


def _find_kind(grid: Grid, place: int) -> str:
    """The kind of time that most cells of a column have."""
    cells = grid.columns[place]
    counts: dict[str, int] = {}
    for cell in cells:
        kind = find_time_kind(cell)
        counts[kind] = counts.get(kind, 0) + 1
        if not kind and len(cells) - counts[kind] < _LEAST_SHARE * len(cells):
            return ""  # most columns hold prices
    if not counts:
        return ""
    if counts.keys() == {"date", "moment"}:
        return "moment"  # midnights may be written as dates
    kind = max(counts, key=lambda each: counts[each])
    return kind if counts[kind] >= _LEAST_SHARE * len(cells) else ""


def _is_price(grid: Grid, place: int) -> bool:
    """Whether a column is called a price or a volume, and holds numbers."""
    if not any(read_name(row[place]).role for row in grid.headers):
        return False
    return all(cell.strip().replace(".", "", 1).isdigit() for cell in grid.columns[place])


def _find_rank(grid: Grid, place: int) -> int:
    if not grid.headers:
        return _NO_NAME
    ranks = [read_name(row[place]).time_rank for row in grid.headers if row[place].strip()]
    known = [rank for rank in ranks if rank is not None]
    if not any(row[place].strip() for row in grid.headers):
        return 2
    return known[-1] if known else _NO_NAME


def _are_ends(grid: Grid, place: int) -> bool:
    """Whether numbers are the last second, or a part of it, of a minute: there a bar ends."""
    seconds = [find_epoch_seconds(cell) for cell in grid.columns[place] if not is_missing(cell)]
    return all(each is not None and each % 60 >= _LAST_SECOND for each in seconds)


def _find_zone(grid: Grid, place: int) -> int:
    ranks = [rank_zone(row[place]) for row in grid.headers]
    return 0 if 0 in ranks else max(ranks, default=1)


def _find_clock(grid: Grid, date: int, ranks: dict[int, int]) -> int | None:
    """The column with the times of day that belong to a date."""
    for place in range(grid.n_columns):
        cells = grid.columns[place]
        if place == date or not cells or not all(map(is_clock, cells)):
            continue
        is_plain = all(":" in cell for cell in cells)
        is_near = place == date + 1 and _are_digits_of_a_clock(cells, grid.columns[date])
        if is_plain or (ranks[place] <= 1 and grid.headers) or (not grid.headers and is_near):
            return place
    return None


def _are_digits_of_a_clock(cells: Sequence[str], dates: Sequence[str]) -> bool:
    """Whether digits behind dates are times of day: where each date is new, they are prices."""
    lengths = {len(cell.strip()) for cell in cells}
    is_daily = len(set(dates)) == len(dates) and len(set(cells)) > 1
    return lengths in ({4}, {6}) and not is_daily


def _find_by_format(grid: Grid, how: str | None) -> tuple[int, ...]:
    """The first column whose cells are written as a person says."""
    if not how or "%" not in how:
        return ()
    for place in range(grid.n_columns):
        cells = grid.columns[place]
        if cells and fits_format(cells[0], how):
            return (place,)
    return ()


def _find_by_name(grid: Grid, ranks: dict[int, int]) -> tuple[int, ...]:
    """A column that is called a time, or an index of spreadsheet dates."""
    named = [place for place, rank in ranks.items() if rank in (0, 1)]
    if named:
        return (min(named, key=lambda place: (ranks[place], place)),)
    for place in range(grid.n_columns):
        cells = grid.columns[place]
        if cells and all(map(_is_serial, cells)) and _find_order(grid, (place,)):
            return (place,)
    unnamed = [place for place, rank in ranks.items() if rank == 2]
    return (unnamed[0],) if grid.headers and unnamed else ()


def _is_serial(cell: str) -> bool:
    try:
        return SERIAL_DATES[0] <= float(cell) <= SERIAL_DATES[1]
    except ValueError:
        return False


def _find_order(grid: Grid, places: Sequence[int]) -> int:
    rows = (row for row in grid.rows if not is_missing(row[places[0]]))
    return find_order([" ".join(row[place] for place in places) for row in rows])


def _keep_named(others: tuple[int, ...], ranks: dict[int, int], grid: Grid) -> tuple[int, ...]:
    return tuple(p for p in others if ranks[p] < _NO_NAME or _find_order(grid, (p,)))
