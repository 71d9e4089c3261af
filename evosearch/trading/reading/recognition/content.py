"""Prices and volume by their values: for files without names, and to check the names of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]  # (rows, columns), NaN where there is no number

_MAX_COLUMNS = 40
_LEAST_FILLED = 0.5
_LEAST_ROWS = 0.9  # of the steps of a number of rows
_LEAST_WITHIN = 0.98
_MAX_RATIO = 2.0  # of high and low of one bar
# Orders that people write, by the places of high and low among the four: (open, close).
_ORDERS = {(1, 2): (0, 3), (0, 1): (2, 3), (1, 0): (2, 3), (2, 3): (0, 1), (3, 2): (0, 1)}
_CLEAR, _VERY_CLEAR = 0.5, 0.25
_MANY = 10
_STEADY = 1e-3  # of a ratio, from row to row


@dataclass(frozen=True)
class Found:
    """Columns by content.

    Attributes
    ----------
    high, low : int
    between : tuple of int
        The two others, open and close, in the order of the file.
    inner : tuple of int
        Every column that lies between high and low, such as an average.
    """

    high: int
    low: int
    between: tuple[int, int]
    inner: tuple[int, ...]


def find_prices(numbers: Values, skipped: Sequence[int]) -> Found | None:
    """Four columns of which one is never below and one never above the others.

    Of several such fours the tightest: bands around prices are no prices.
    """
    places = [
        place
        for place in range(min(numbers.shape[1], _MAX_COLUMNS))
        if place not in skipped and _is_price_like(numbers[:, place])
    ]
    candidates: list[tuple[float, Found]] = []
    for high in places:
        for low in places:
            if high == low or not _is_above(numbers[:, high], numbers[:, low]):
                continue
            others = (place for place in places if place not in (high, low))
            inner = tuple(place for place in others if _is_within(numbers, place, high, low))
            if len(inner) >= 2:
                pair = min(combinations(inner, 2), key=lambda two: _measure_span(*two, high, low))
                width = _measure_width(numbers[:, high], numbers[:, low])
                candidates.append((width, Found(high, low, pair, inner)))
    if not candidates:
        return None
    # Where hardly anything was traded several fit: the usual order of columns is taken.
    limit = min(width for width, _ in candidates) * (1 + 1e-12)
    return min((found for width, found in candidates if width <= limit), key=_rank_order)


def _measure_span(*places: int) -> tuple[int, tuple[int, ...]]:
    return max(places) - min(places), places


def _find_order(found: Found) -> tuple[int, int]:
    """Where high and low stand among the four."""
    four = sorted((found.high, found.low, *found.between))
    return four.index(found.high), four.index(found.low)


def _rank_order(found: Found) -> int:
    order = _find_order(found)
    return list(_ORDERS).index(order) if order in _ORDERS else len(_ORDERS)


def choose_open(numbers: Values, found: Found, order: int) -> tuple[int, int] | None:
    """Open and close: bars begin where the one before ended; None if it cannot be told.

    The usual orders of columns count where prices do not contradict them.
    """
    a, b = found.between
    four = sorted((found.high, found.low, a, b))
    usual = _ORDERS.get(_find_order(found))
    by_order = (four[usual[0]], four[usual[1]]) if usual else None
    rows = numbers[np.isfinite(numbers[:, [a, b]]).all(axis=1)]
    rows = rows[::-1] if order < 0 else rows
    if len(rows) > 1:
        a_opens = _measure_step(rows[1:, a], rows[:-1, b])
        b_opens = _measure_step(rows[1:, b], rows[:-1, a])
        limit = _CLEAR if len(rows) >= _MANY else _VERY_CLEAR
        if a_opens < limit * b_opens:
            by_prices: tuple[int, int] | None = (a, b)
        elif b_opens < limit * a_opens:
            by_prices = (b, a)
        else:
            by_prices = None
        is_sure = len(rows) >= _MANY and order != 0
        if by_prices and (is_sure or by_order is None):
            return by_prices
    # Two orders are written with the close before or behind the open alike.
    is_told = usual is not None and _find_order(found) != (2, 3)
    return by_order if is_told else (by_order if _agrees(rows, by_order) else None)


def guess_places(
    numbers: Values,
    missing: Sequence[str],
    known: Mapping[str, int],
    taken: Sequence[int],
    order: int,
) -> dict[str, int]:
    """Where the missing of the four prices may be: by content, else the next free columns."""
    found = find_prices(numbers, taken)
    if found is not None:
        open_, close = choose_open(numbers, found, order) or found.between
        places = {"open": open_, "high": found.high, "low": found.low, "close": close}
        if all(places.get(role, place) == place for role, place in known.items()):
            return {role: places[role] for role in missing}
    free = [
        place
        for place in range(numbers.shape[1])
        if place not in (*taken, *known.values()) and np.isfinite(numbers[:, place]).any()
    ]
    return dict(zip(missing, free, strict=False))


def find_volume(numbers: Values, prices: Sequence[int], taken: Sequence[int]) -> int | None:
    """The first number behind the prices that is neither price, nor average, nor count of rows.

    Where one column times the price is another one, the first of the two is the volume.
    """
    low, high = numbers[:, prices[2]], numbers[:, prices[1]]
    last = max(prices)
    behind = [place for place in range(last + 1, numbers.shape[1]) if place not in taken]
    places = behind + [place for place in range(last) if place not in (*taken, *prices)]
    places = [
        place
        for place in places
        if _is_amount(numbers[:, place]) and not _follows(numbers[:, place], numbers[:, prices[3]])
    ]
    for place in places:
        for other in places:
            if is_turnover(numbers[:, place], numbers[:, other], low, high):
                return place
    plain = [place for place in places if not _is_constant(numbers[:, place])]
    return next(iter([*plain, *places]), None)


def is_turnover(amount: Values, other: Values, low: Values, high: Values) -> bool:
    """Whether a column is another one times the price."""
    rows = np.isfinite(amount) & np.isfinite(other) & (amount > 0) & np.isfinite(low + high)
    if amount is other or rows.sum() < 2:
        return False
    price = other[rows] / amount[rows]
    is_near = (price >= low[rows] * 0.999) & (price <= high[rows] * 1.001)
    # Prices near 1 would let any two amounts fit.
    return bool(is_near.mean() >= _LEAST_WITHIN) and not np.allclose(amount[rows], other[rows])


def count_contradictions(numbers: Values, prices: Sequence[int]) -> tuple[int, int]:
    """Rows in which the high is not the highest or the low not the lowest, and all rows."""
    four = numbers[:, list(prices)]
    four = four[np.isfinite(four).all(axis=1) & (four > 0).all(axis=1)]
    slack = 1 + 1e-6
    is_wrong = (four[:, 1] * slack < four.max(axis=1)) | (four[:, 2] > four.min(axis=1) * slack)
    return int(is_wrong.sum()), len(four)


def _is_price_like(column: Values) -> bool:
    is_filled = np.isfinite(column)
    return bool(
        len(column) and is_filled.mean() >= _LEAST_FILLED and (column[is_filled] > 0).mean() >= 0.9
    )


def _is_amount(column: Values) -> bool:
    filled = column[np.isfinite(column)]
    if len(filled) < _LEAST_FILLED * len(column) or not len(filled) or (filled < 0).any():
        return False
    steps = np.diff(filled)
    # Numbers of rows: 0, 1, 2, ...; the end of the file follows upon its beginning.
    usual = float(np.median(steps)) if len(steps) > 1 else 0.0
    return not (abs(usual) == 1 and (steps == usual).mean() >= _LEAST_ROWS)


def _follows(column: Values, close: Values) -> bool:
    """Whether a column moves with the close, as one that is adjusted for dividends does."""
    rows = np.isfinite(column) & np.isfinite(close) & (column > 0) & (close > 0)
    if rows.sum() < 2:
        return False
    ratio = np.log(column[rows] / close[rows])
    return bool(np.median(np.abs(np.diff(ratio))) < _STEADY and np.ptp(ratio) < 1) and not (
        _is_constant(column)
    )


def _is_constant(column: Values) -> bool:
    """Whether a column says the same in every row; a volume of 0 throughout is no such column."""
    values = np.unique(column[np.isfinite(column)])
    return len(values) == 1 and values[0] != 0


def _is_above(high: Values, low: Values) -> bool:
    rows = np.isfinite(high) & np.isfinite(low) & (high != low)
    if not rows.any():
        return False
    above = (high[rows] > low[rows]) & (high[rows] <= _MAX_RATIO * low[rows])
    return bool(above.mean() >= _LEAST_WITHIN)


def _is_within(numbers: Values, place: int, high: int, low: int) -> bool:
    three = numbers[:, [low, place, high]]
    # Bars in which nothing moved tell nothing.
    three = three[np.isfinite(three).all(axis=1) & (three[:, 0] != three[:, 2])]
    if not len(three):
        return False
    slack = 1e-9 * np.abs(three[:, 2])
    inside = (three[:, 1] >= three[:, 0] - slack) & (three[:, 1] <= three[:, 2] + slack)
    return bool(inside.mean() >= _LEAST_WITHIN)


def _measure_width(high: Values, low: Values) -> float:
    rows = np.isfinite(high) & np.isfinite(low) & (low > 0)
    return float(np.mean(high[rows] / low[rows])) if rows.any() else np.inf


def _measure_step(after: Values, before: Values) -> float:
    return float(np.mean(np.abs(after - before)))


def _agrees(rows: Values, order: tuple[int, int] | None) -> bool:
    """Whether an order is clearly the nearer one, though there are few rows."""
    if order is None or len(rows) < 2:
        return False
    right = _measure_step(rows[1:, order[0]], rows[:-1, order[1]])
    return right < _VERY_CLEAR * _measure_step(rows[1:, order[1]], rows[:-1, order[0]])
