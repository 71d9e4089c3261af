"""Pace and patience: how often a source is asked, and how long one waits until it answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

from evosearch.errors import DataError, EnvironmentFailed
from evosearch.texts import make_visible
from evosearch.trading.fetching.candles import BadAnswer

T = TypeVar("T")
TRIES = 8
LONGEST_S = 30.0
MOST_PER_S = 8.0
# A source that asks for a longer wait is asked again by the user, not by us.
LONGEST_ASKED_S = 600.0


class Busy(Exception):
    """A source that did not answer this time: 429, 5xx, a timeout, a broken connection.

    Attributes
    ----------
    wait_s : float or None
        How long it asks to wait.
    """

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Silent(EnvironmentFailed):
    """A source that did not answer in any of the tries."""


class Refused(DataError):
    """A source that says no: asking again is of no use."""


class Untrusted(Refused):
    """A file of a source that is not what it should be."""


class Patience:
    """Asks no faster than allowed, and asks again, later and later.

    Parameters
    ----------
    pause : callable
        Waits so many seconds.
    clock : callable
        Seconds that only grow.
    tell : callable
        Told in words that a source did not answer, and what is waited for.
    """

    def __init__(
        self,
        pause: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[str], object] = lambda text: None,
    ) -> None:
        self._pause, self._clock, self._tell = pause, clock, tell
        self._free_at = clock()

    def keep_pace(self, least_s: float = 0.0) -> None:
        """Wait until the next request may be sent.

        Parameters
        ----------
        least_s : float
            What the source itself asks for between two requests.
        """
        now = self._clock()
        if now < self._free_at:
            self._pause(self._free_at - now)
        self._free_at = max(now, self._free_at) + max(least_s, 1 / MOST_PER_S)

    def ask(self, name: str, question: Callable[[], T]) -> T:
        """The answer to a question, asked up to 8 times.

        Raises
        ------
        Silent
            No try was answered; with the last reason.
        """
        for attempt in range(TRIES):
            try:
                return question()
            except (Busy, BadAnswer) as error:
                reason, wait_s = str(error), getattr(error, "wait_s", None)
            if wait_s is not None and wait_s > LONGEST_ASKED_S:
                raise Silent(f"{name} asks to wait for {wait_s:,.0f} s: {shorten(reason)}.")
            if attempt < TRIES - 1:
                planned_s = max(plan_wait(attempt), wait_s or 0.0)
                self._tell(
                    f"{name}: {shorten(reason)}; try {attempt + 2} of {TRIES} in {planned_s:.0f} s"
                )
                self._pause(planned_s)
        raise Silent(f"{name} did not answer in {TRIES} tries: {shorten(reason)}.")


def plan_wait(attempt: int) -> float:
    """Seconds after a failed try, from 0: 1, 2, 4 and so on, up to 30."""
    return min(LONGEST_S, 2.0 ** min(attempt, 10))


def read_retry_after(text: object, now_s: float) -> float | None:
    """Seconds of a header ``Retry-After``, also of a date; None when it is missing or nonsense.

    Parameters
    ----------
    text : object
    now_s : float
        Seconds since 1970.
    """
    if not isinstance(text, str) or not text.isascii() or len(text) > 60:
        return None
    if text.strip().isdigit() and len(text.strip()) <= 9:
        return float(text)
    moment_s = read_http_date(text)
    return None if moment_s is None else max(0.0, moment_s - now_s)


def read_http_date(text: object) -> float | None:
    """Seconds since 1970 of a header such as ``Date``; None when it is none."""
    try:
        return parsedate_to_datetime(text).timestamp() if isinstance(text, str) else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def find_reason(error: BaseException) -> str:
    """What lies behind an error of a client, such as "Name or service not known"."""
    for _ in range(20):
        cause = error.__cause__ or error.__context__
        if cause is None:
            break
        error = cause
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def shorten(text: object, most: int = 200) -> str:
    """A stranger's words, harmless, in one line."""
    shown = make_visible(" ".join(str(text)[: 4 * most].split()))
    return (shown if len(shown) <= most else f"{shown[: most - 3]}...").rstrip(". ")
