"""Through the windows of a source: what is kept is read, the rest is fetched and kept.

    windows of the source -> kept? -> still so at the source? -> rows
                              no ->  fetch -> past by one step? -> keep -> rows

Killed at any instant, the same call goes on where it was: a window is kept whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.fetching.candles import Answer, Candles, join
from evosearch.trading.fetching.store import Kept, Store
from evosearch.trading.fetching.windows import Step, Window
from evosearch.trading.window import format_instant, us_to_instant, write_moment

_MOST_SHOWN = 4


class Absent(Exception):
    """A source that has no file of a window."""


class Source(Protocol):
    """Where candles come from.

    Attributes
    ----------
    name, product : str
        As the cache names them.
    title : str
        For people.
    step : Step
    """

    name: str
    product: str
    title: str
    step: Step

    def list_windows(self, since_us: int, until_us: int, now_us: int) -> list[Window]:
        """Windows that cover a stretch of time, as far as the source reaches."""

    def fetch(self, window: Window, now_us: int) -> Answer:
        """Ask for a window.

        Raises
        ------
        Absent
            There is no file of it; `split` says what to try instead.
        EnvironmentFailed
            The source does not answer.
        DataError
            The source refuses, or its file cannot be trusted.
        """

    def confirms(self, window: Window, kept: Kept) -> bool:
        """Whether a kept window still is what the source has."""

    def split(self, window: Window, now_us: int) -> list[Window]:
        """Smaller windows in place of one of which there is no file."""


@dataclass(frozen=True)
class Collected:
    """All candles of a stretch of time.

    Attributes
    ----------
    candles : Candles
        Finished ones.
    windows : tuple of Window
        Of which the source answered, or had answered before.
    n_fetched : int
        How many of them were fetched now.
    notes : tuple of str
    """

    candles: Candles
    windows: tuple[Window, ...]
    n_fetched: int
    notes: tuple[str, ...]


class Collector:
    """Collects the windows of a source.

    Parameters
    ----------
    source : Source
    store : Store
    now : callable
        Microseconds since 1970.
    report : callable
        Told how many windows are done, and how many there are.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        now: Callable[[], int],
        report: Callable[[int, int], object],
    ) -> None:
        self._source, self._store, self._now, self._report = source, store, now, report
        self._windows: list[Window] = []
        self._absent: list[Window] = []
        self._notes: list[str] = []
        self._n_fetched = self._n_empty = 0
        self._asked = 0, 0

    def collect(self, since_us: int, until_us: int) -> Collected:
        """The finished candles from one instant until another.

        Raises
        ------
        EnvironmentFailed, DataError
            As `Source.fetch`; what was kept until then stays.
        """
        self._asked = since_us, until_us
        windows = self._source.list_windows(since_us, until_us, self._now())
        parts = []
        for place, window in enumerate(windows):
            self._report(place, len(windows))
            parts.append(self._take(window))
        self._report(len(windows), len(windows))
        candles = join(parts).within(since_us, until_us)
        return Collected(candles, tuple(self._windows), self._n_fetched, tuple(self._list_notes()))

    def _take(self, window: Window) -> Candles:
        kept = self._store.read(window)
        if kept is not None and self._source.confirms(window, kept):
            self._windows.append(window)
            return kept.candles
        now_us = self._now()  # before the question: what is finished by then is so in the answer
        try:
            answer = self._source.fetch(window, now_us)
        except Absent:
            parts = self._source.split(window, now_us)
            if not parts:
                self._absent.append(window)
            return join([self._take(part) for part in parts])
        self._n_fetched += 1
        self._n_empty += answer.n_empty
        step, now_us = self._source.step, min(now_us, answer.as_of_us)
        if kept is not None:
            self._tell_change(window, kept, answer)
        if answer.is_complete:
            self._windows.append(window)
            # An empty one is asked for again each time: a hole by mistake must not stay for ever.
            if window.is_past(step, now_us) and len(answer.candles):
                self._store.keep(window, answer, us_to_instant(now_us // 10**6 * 10**6))
        return answer.candles.within(window.begin_us, now_us - step.us + 1)

    def _tell_change(self, window: Window, kept: Kept, answer: Answer) -> None:
        n_differing = count_differences(kept.candles, answer.candles)
        self._notes.append(
            f"{self._source.title} changed its file of {write_moment(window.begin_us, 'D')} since "
            f"{kept.fetched_at[:10] or 'it was kept'}: {n_differing:,} candles differ; the new "
            "file is used"
        )

    def _list_notes(self) -> list[str]:
        notes = list(self._notes)
        if self._n_empty:
            notes.append(f"{self._n_empty:,} candles without any price were left out")
        if self._absent:
            notes += [f"{self._source.title} has nothing of {each}" for each in self._list_absent()]
        return notes

    def _list_absent(self) -> list[str]:
        """Stretches of time of which the source has nothing, a few of them in words."""
        stretches: list[list[int]] = []
        for window in (each.cut(*self._asked) for each in self._absent):
            if stretches and stretches[-1][1] == window.begin_us:
                stretches[-1][1] = window.end_us
            else:
                stretches.append([window.begin_us, window.end_us])
        shown = [" until ".join(map(format_instant, each)) for each in stretches[:_MOST_SHOWN]]
        n_more = len(stretches) - len(shown)
        return [*shown, *[f"{n_more:,} more stretches"] * (n_more > 0)]


def count_differences(one: Candles, other: Candles) -> int:
    """How many times have another candle in the other, or none."""
    both, here, there = np.intersect1d(one.timestamp_us, other.timestamp_us, return_indices=True)
    n_equal = int((one.values[here] == other.values[there]).all(axis=1).sum())
    return len(one) + len(other) - len(both) - n_equal


def list_gaps(times: NDArray[np.int64], step: Step) -> list[tuple[int, int]]:
    """Each gap between candles: the first missing one, and how many are missing."""
    missing = np.diff(times) // step.us - 1
    places = np.flatnonzero(missing > 0)
    return [(int(times[place]) + step.us, int(missing[place])) for place in places]
