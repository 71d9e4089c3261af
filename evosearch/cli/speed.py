"""The speed of some work and the time it still takes, shown once they are reliable.

The first pieces of work say little: code is loaded, workers start, caches are cold. Until enough
is measured, a dash is shown. The time left follows from recent speed, because better genomes
often take longer to measure.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from evosearch.report.sentences import show_integer

LEAST_S = 1.0
LEAST_GENERATIONS = 3
_RECENT_S, _MARK_EVERY_S = 30.0, 0.25
_UNKNOWN = "-"


class Speed:
    """The recent speed of something that is counted.

    Parameters
    ----------
    n_stages : int
        Stages, such as generations, that must be complete before a number is given.
    least_s : float
        Seconds of measuring that must have passed.
    clock : callable
        Seconds that only grow.
    """

    def __init__(
        self,
        n_stages: int = LEAST_GENERATIONS,
        least_s: float = LEAST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._least_stages, self._least_s, self._clock = n_stages, least_s, clock
        self.begin()
        self._began = math.inf  # nothing is measured before `begin`

    def begin(self, n_done: int = 0, left_s: float | None = None) -> None:
        """Count from here.

        Parameters
        ----------
        n_done : int
            What was done before, at another speed.
        left_s : float, optional
            Seconds after which it ends in any case.
        """
        now = self._clock()
        self._began, self._left_s, self._n_stages = now, left_s, 0
        self._marks = deque([(now, n_done)])

    def update(self, n_done: int) -> None:
        """Take in how much is done."""
        now, marks = self._clock(), self._marks
        if len(marks) > 1 and now - marks[-2][0] < _MARK_EVERY_S:
            marks.pop()
        marks.append((now, n_done))
        while len(marks) > 2 and now - marks[1][0] > _RECENT_S:
            marks.popleft()

    def end_stage(self) -> None:
        """Count a completed stage, such as a generation."""
        self._n_stages += 1

    @property
    def rate(self) -> float | None:
        """Recent pieces per second; None while too little is measured."""
        (began, n_before), (now, n_done) = self._marks[0], self._marks[-1]
        is_early = self._n_stages < self._least_stages or now - self._began < self._least_s
        return None if is_early or now <= began else (n_done - n_before) / (now - began)

    def left_s(self, n_total: int) -> float | None:
        """Seconds until `n_total` are done; None while too little is measured."""
        rate, (now, n_done) = self.rate, self._marks[-1]
        if rate is None:
            return None
        seconds = max(0, n_total - n_done) / rate if rate else None
        if self._left_s is None:
            return seconds
        most = max(0.0, self._began + self._left_s - now)
        return most if seconds is None else min(most, seconds)

    def show_rate(self, unit: str = "", language: str = "en") -> str:
        """The rate for a bar."""
        rate = self.rate
        return _UNKNOWN if rate is None else f"{show_integer(round(rate), language)}{unit}/s"

    def show_left(self, n_total: int) -> str:
        """The time that is left, for a bar."""
        seconds = self.left_s(n_total)
        if seconds is None:
            return _UNKNOWN
        minutes, rest = divmod(round(min(seconds, 1e9)), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"

    def show_plain(self, n_total: int) -> str:
        """Both for a line: ``per_s=... eta_s=...``."""
        rate, seconds = self.rate, self.left_s(n_total)
        shown = (_UNKNOWN if number is None else f"{number:.0f}" for number in (rate, seconds))
        return "per_s={} eta_s={}".format(*shown)
