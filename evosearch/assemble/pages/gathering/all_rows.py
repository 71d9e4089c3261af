"""What all rows of a ranking show together: searched against unseen, and the best of so many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.judging.ratio import Ratio
from evosearch.assemble.pages.gathering.columns import Columns
from evosearch.problems.metric import TWIN
from evosearch.report.page.rows_data import Cloud, Histogram

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata

MAX_DOTS = 4_000
N_BINS = 60
_MAX_NAMES = 6
# Finer than what a screen shows: no dot can be told from its neighbours by its last digits.
_N_PIXELS = 400
_FAR = 1e3


def name_finders(
    metadata: ShardMetadata, run_ids: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """``profile@machine`` of each run: the names in their order, and the place of each run's."""
    found = [metadata.sources[each].name_finder(each) for each in run_ids]
    names = sorted(set(found))
    places = {name: place for place, name in enumerate(names)}
    return tuple(names), np.array([places[name] for name in found], np.int64)


def make_cloud(
    columns: Columns,
    ratio: Ratio,
    metadata: ShardMetadata,
    focus: tuple[float, float] | None,
    hold: tuple[float, float] | None,
) -> Cloud | None:
    """Searched against unseen; None without a row that has both.

    Parameters
    ----------
    columns : Columns
    ratio : Ratio
    metadata : ShardMetadata
    focus, hold : tuple of float, optional
        The row that is shown, and holding.
    """
    twin = columns.figures.get(ratio.column + TWIN)
    if twin is None:
        return None
    x, y = columns.figures[ratio.column] * ratio.to_year, twin * ratio.to_year
    rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not len(rows):
        return None
    dots = rows[find_first_alike(columns, ratio)[rows]]
    x, y, ids, runs = x[dots], y[dots], columns.ids[dots], columns.runs[dots]
    names, places = name_finders(metadata, columns.run_ids)
    names, finders = _gather_rest(names, places[runs])
    kept = np.argsort(ids, kind="stable")[:MAX_DOTS]
    seen_x, seen_y = _blur(x, focus, 0)[kept], _blur(y, focus, 1)[kept]
    # By value, so that their order tells nothing of rank or id either.
    order = np.lexsort((finders[kept], seen_y, seen_x))
    return Cloud(
        names=names,
        finders=finders[kept][order],
        x=seen_x[order],
        y=seen_y[order],
        focus=focus,
        n_rows=len(rows),
        n_dots=len(dots),
        correlation=correlate_ranks(x, y),
        quadrants=(
            int(np.sum((x > 0) & (y > 0))),
            int(np.sum((x > 0) & (y <= 0))),
            int(np.sum((x <= 0) & (y > 0))),
            int(np.sum((x <= 0) & (y <= 0))),
        ),
        hold=hold,
    )


def find_first_alike(columns: Columns, ratio: Ratio) -> NDArray[np.bool_]:
    """Which rows are the best of those that behave like them."""
    behaviour = columns.figures.get(ratio.behaviour)
    if behaviour is None:
        return np.ones(len(columns), np.bool_)
    is_first = np.isnan(behaviour)  # of an older version: nothing is known of them
    known = np.flatnonzero(~is_first)
    _, first = np.unique(behaviour[known], return_index=True)
    is_first[known[first]] = True
    return is_first


def correlate_ranks(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Spearman's correlation, ties at their mean rank; nan if one of both does not vary.

    Examples
    --------
    >>> correlate_ranks(np.array([1.0, 2.0, 3.0]), np.array([5.0, 9.0, 7.0]))
    0.5
    """
    a, b = (rank_values(each) - (len(each) - 1) / 2 for each in (x, y))
    size = math.sqrt(float(a @ a) * float(b @ b)) if len(a) else 0.0
    return float(a @ b) / size if size > 0 else math.nan


def rank_values(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank of each value from 0, the mean one for equal values."""
    order = np.argsort(values, kind="stable")
    sorted_values = values[order]
    starts = np.flatnonzero(np.append(True, sorted_values[1:] != sorted_values[:-1])[: len(values)])
    sizes = np.diff(np.append(starts, len(values)))
    found = np.empty(len(values))
    found[order] = np.repeat(starts + (sizes - 1) / 2, sizes)
    return found


def make_histogram(
    values: NDArray[np.float64],
    *,
    is_ratio: bool,
    is_minimised: bool,
    focus: float | None,
    lucky: tuple[float, float, float] | None = None,
    hold: float | None = None,
) -> Histogram | None:
    """All values, counted; None without any.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        nan where undefined.
    is_ratio, is_minimised : bool
    focus, hold : float, optional
    lucky : tuple of float, optional
    """
    defined = values[np.isfinite(values)]
    if not len(defined):
        return None
    low, high = float(defined.min()), float(defined.max())
    is_log = not is_ratio and low > 0 and high > _FAR * low
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.geomspace(low, high, N_BINS + 1) if is_log else np.linspace(low, high, N_BINS + 1)
    edges[0], edges[-1] = low, high
    places = np.searchsorted(edges, defined, side="right") - 1
    counts = np.bincount(np.clip(places, 0, N_BINS - 1), minlength=N_BINS)
    return Histogram(
        edges=edges,
        counts=counts.astype(np.int64),
        is_ratio=is_ratio,
        is_log=is_log,
        focus=focus,
        lucky=lucky,
        hold=hold,
        median=float(np.median(defined)),
        best=float(defined.min() if is_minimised else defined.max()),
        n_without=len(values) - len(defined),
    )


def _gather_rest(
    names: tuple[str, ...], finders: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The names of those with most dots; the rest of them under one that is empty."""
    if len(names) <= _MAX_NAMES:
        return names, finders
    counts = np.bincount(finders, minlength=len(names))
    kept = np.sort(np.argsort(-counts, kind="stable")[: _MAX_NAMES - 1])
    lookup = np.full(len(names), _MAX_NAMES - 1, np.int64)
    lookup[kept] = np.arange(len(kept))
    return (*(names[place] for place in kept.tolist()), ""), lookup[finders]


def _blur(
    values: NDArray[np.float64], focus: tuple[float, float] | None, side: int
) -> NDArray[np.float64]:
    """Values to the nearest pixel of a picture that shows all of them."""
    ends = [float(values.min()), float(values.max()), *([] if focus is None else [focus[side]])]
    size = (max(ends) - min(ends)) / _N_PIXELS
    rounded: NDArray[np.float64] = np.rint(values / size) * size if size > 0 else values
    return rounded
