"""Steps of candles, and the windows of time in which they are fetched. Pure arithmetic in UTC."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evosearch.errors import UsageError
from evosearch.trading.window import DAY_US, instant_to_us, us_to_instant

SECOND_US = 1_000_000
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
# 1970-01-05 was the first Monday: weeks begin there, all other steps at 1970-01-01.
_MONDAY_US = 4 * DAY_US
# Before any exchange of candles, and after every date that this program will see.
FIRST_US, LAST_US = instant_to_us("1980-01-01T00:00:00Z"), instant_to_us("2200-01-01T00:00:00Z")


@dataclass(frozen=True)
class Step:
    """How long a candle is.

    Attributes
    ----------
    word : str
        As exchanges write it, such as ``5m``.
    us : int
        Microseconds.
    """

    word: str
    us: int

    @property
    def origin_us(self) -> int:
        """Where candles of this length begin to be counted, microseconds since 1970."""
        return _MONDAY_US if self.us % (7 * DAY_US) == 0 else 0

    def holds(self, moment_us: int) -> bool:
        """Whether a candle begins at this instant."""
        return (moment_us - self.origin_us) % self.us == 0


@dataclass(frozen=True)
class Window:
    """A stretch of time that is fetched as a whole: its begin is in it, its end is not.

    Attributes
    ----------
    begin_us, end_us : int
        Microseconds since 1970 UTC.
    """

    begin_us: int
    end_us: int

    @property
    def name(self) -> str:
        """Its begin, as a file's name has it: ``20250101T000000Z``."""
        return us_to_instant(self.begin_us).replace("-", "").replace(":", "")

    def cut(self, since_us: int, until_us: int) -> Window:
        """What of it lies in a stretch of time."""
        return Window(max(self.begin_us, since_us), min(self.end_us, until_us))

    def is_past(self, step: Step, now_us: int) -> bool:
        """Whether its end is past by at least one step: nothing in it changes any more."""
        return self.end_us + step.us <= now_us


def parse_step(text: str) -> Step:
    """The length of a candle from ``5m``, ``1h``, ``1d`` or ``1w``.

    Raises
    ------
    UsageError
        It is none.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,3})([smhdw])", text.strip(), re.ASCII)
    if match is None:
        shown = text[:20]
        raise UsageError(
            f"The step {shown!r} is no length of a candle. Write a number and s, m, h, d or w, "
            "such as 5m or 1h."
        )
    return Step(match[0], int(match[1]) * _UNITS[match[2]] * SECOND_US)


def choose_step(step: Step, words: Iterable[str], title: str) -> Step:
    """A length as a source writes it: 60m is its 1h.

    Raises
    ------
    UsageError
        It has no candles of that length.
    """
    words = list(words)
    for word in words:
        with contextlib.suppress(UsageError):  # months have no length
            if parse_step(word).us == step.us:
                return Step(word, step.us)
    raise UsageError(f"{title} has no candles of {step.word}. Its steps: {', '.join(words)[:200]}.")


def list_slots(step: Step, n_slots: int, since_us: int, until_us: int) -> list[Window]:
    """Windows of `n_slots` candles, aligned to 1970, that cover a stretch of time."""
    size = step.us * n_slots
    begin = (since_us - step.origin_us) // size * size + step.origin_us
    return [Window(each, each + size) for each in range(begin, until_us, size)]


def list_months(since_us: int, until_us: int) -> list[Window]:
    """The months of UTC that cover a stretch of time."""
    windows = []
    begin = to_moment(since_us).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while to_us(begin) < until_us:
        end = (begin + timedelta(days=31)).replace(day=1)
        windows.append(Window(to_us(begin), to_us(end)))
        begin = end
    return windows


def list_days(window: Window) -> list[Window]:
    """The days of UTC of a window."""
    return [Window(each, each + DAY_US) for each in range(window.begin_us, window.end_us, DAY_US)]


def to_moment(moment_us: int) -> datetime:
    """An instant as a datetime in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment_us)


def to_us(moment: datetime) -> int:
    """The reverse of `to_moment`."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
