"""Times of a zone become instants; the order of the rows tells the two hours of autumn apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.instants.zones import Zone, list_changes


@dataclass(frozen=True)
class Instants:
    """Times without a zone, once their zone is known.

    Attributes
    ----------
    us : ndarray of int64, shape (n,)
        Microseconds since 1970 UTC.
    missing : ndarray of intp
        Rows whose time does not exist: clocks were turned forward over it.
    unclear : ndarray of intp
        Rows of an hour that came twice, when nothing tells which of the two it is.
    n_twice : int
        Rows of such hours that were told apart.
    """

    us: NDArray[np.int64]
    missing: NDArray[np.intp]
    unclear: NDArray[np.intp]
    n_twice: int = 0


_CHUNK = 131_072  # rows at a time: little memory beside the result
_NEAR = 2_000  # rows before and after an autumn that show the bar's length and the order
_LEAST_STEPS = 5  # equal steps; fewer show no length of a bar
_NONE = np.empty(0, np.intp)


def to_utc(
    naive_us: NDArray[np.int64], zone: Zone, is_date: NDArray[np.bool_] | None = None
) -> Instants:
    """Instants of times of a zone.

    Parameters
    ----------
    naive_us : ndarray of int64, shape (n,)
        In the order of the file, which tells apart the two hours of autumn.
    zone : Zone
    is_date : ndarray of bool, shape (n,), optional
        Dates without a time: their first instant is meant, if there is no midnight too.
    """
    changes = list_changes(zone)
    starts, offsets = changes.starts_us, changes.offsets_us
    if len(starts) == 1:
        return Instants(naive_us - offsets[0], _NONE, _NONE)
    ends = np.append(starts[1:], np.iinfo(np.int64).max)
    us = np.empty_like(naive_us)
    all_missing, all_twice = [], []
    for begin in range(0, len(us), _CHUNK):
        cut = slice(begin, begin + _CHUNK)
        labels = naive_us[cut]
        places = np.maximum(np.searchsorted(starts + offsets, labels, "right") - 1, 0)
        found = labels - offsets[places]
        missing = np.flatnonzero(found >= ends[places])
        earlier = np.maximum(places - 1, 0)
        twice = np.flatnonzero((labels - offsets[earlier] < starts[places]) & (places > 0))
        if is_date is not None:
            dates = missing[is_date[cut][missing]]
            found[dates] = ends[places[dates]]
            missing = missing[~is_date[cut][missing]]
            dates = twice[is_date[cut][twice]]
            found[dates] = labels[dates] - offsets[earlier[dates]]
            twice = twice[~is_date[cut][twice]]
        us[cut] = found
        all_missing.append(missing + begin)
        all_twice.append(twice + begin)
    twice = np.concatenate([_NONE, *all_twice])
    unclear: list[NDArray[np.intp]] = []
    places = np.searchsorted(starts + offsets, naive_us[twice], "right") - 1
    for place in np.unique(places).tolist():
        rows = twice[places == place]
        before, after = int(offsets[place - 1]), int(offsets[place])
        window = int(starts[place]) + after, int(starts[place]) + before
        is_first = _Autumn(naive_us, us, rows).find_first(rows, before, after, window)
        if is_first is None:
            unclear.append(rows)
        else:
            us[rows[is_first]] = naive_us[rows[is_first]] - before
    lost = np.sort(np.concatenate([_NONE, *unclear]))
    return Instants(us, np.concatenate([_NONE, *all_missing]), lost, len(twice) - len(lost))


class _Autumn:
    """Tells apart the two hours that have the same labels, by the order of the rows."""

    def __init__(
        self, naive_us: NDArray[np.int64], us: NDArray[np.int64], rows: NDArray[np.intp]
    ) -> None:
        self.naive_us, self.us = naive_us, us
        near = naive_us[max(int(rows[0]) - _NEAR, 0) : int(rows[-1]) + _NEAR]
        steps = np.diff(near)
        self.sign = -1 if np.count_nonzero(steps < 0) > np.count_nonzero(steps > 0) else 1
        values, counts = np.unique(np.abs(steps[steps != 0]), return_counts=True)
        is_known = len(values) and counts.max() >= _LEAST_STEPS
        self.step = int(values[np.argmax(counts)]) if is_known else 0

    def find_first(
        self, rows: NDArray[np.intp], before: int, after: int, window: tuple[int, int]
    ) -> NDArray[np.bool_] | None:
        """Which of the rows of one autumn belong to its first hour; None if that is not clear.

        Parameters
        ----------
        rows : ndarray of intp
            All rows of the hours in question, in the order of the file.
        before, after : int
            The offsets, in microseconds.
        window : (int, int)
            The first label that comes twice, and the end of those.
        """
        ordered = rows[:: self.sign]
        turns = np.flatnonzero(np.diff(self.naive_us[ordered]) <= 0)
        is_first = np.zeros(len(rows), np.bool_)
        if len(turns) == 1:
            if not self._is_between(ordered, before, after):
                return None
            is_first[: turns[0] + 1] = True
        elif len(turns) > 1:
            return None
        else:
            found = self._ask_neighbours(ordered, before, after, window)
            if found is None:
                return None
            is_first[:] = found
        return is_first[:: self.sign]

    def _is_between(self, ordered: NDArray[np.intp], before: int, after: int) -> bool:
        """Whether the rows stand together, after earlier and before later ones."""
        ahead = self._look_at(int(ordered[0]) - self.sign)
        behind = self._look_at(int(ordered[-1]) + self.sign)
        return (
            bool((np.diff(ordered) == self.sign).all())
            and (ahead is None or ahead < int(self.naive_us[ordered[0]]) - before)
            and (behind is None or behind > int(self.naive_us[ordered[-1]]) - after)
        )

    def _ask_neighbours(
        self, ordered: NDArray[np.intp], before: int, after: int, window: tuple[int, int]
    ) -> bool | None:
        """Whether a single run of labels is the first hour: the rows beside it tell.

        They do if the run lies on their grid in one of the two hours alone. They also do if it
        follows on from one of them and breaks off inside the hour. A run over the whole hour does
        neither: one of the two hours is missing, and nothing says which.
        """
        if not self.step:
            return None
        labels = self.naive_us[ordered]
        first, last = int(labels[0]), int(labels[-1])
        ahead = self._look_at(int(ordered[0]) - self.sign)
        behind = self._look_at(int(ordered[-1]) + self.sign)
        scores = []
        for offset in (before, after):
            gaps = [first - offset - ahead] if ahead is not None else []
            gaps += [behind - last + offset] if behind is not None else []
            scores.append(sum(gap % self.step == 0 for gap in gaps))
        if scores[0] != scores[1]:
            return scores[0] > scores[1]
        if self.step > before - after:
            # Bars longer than the hour, by the clock on the wall: they begin in its first hour.
            return True if len(ordered) == 1 and scores[0] else None
        if (np.diff(labels) != self.step).any():
            return None
        is_first = ahead is not None and first - before - ahead == self.step
        is_second = behind is not None and behind - last + after == self.step
        if is_first and not is_second and last + self.step < window[1]:
            return True
        if is_second and not is_first and first - self.step >= window[0]:
            return False
        return None

    def _look_at(self, row: int) -> int | None:
        return int(self.us[row]) if 0 <= row < len(self.us) else None
