"""Binance's archive of files by month and by day, each checked against its checksum.

Months come first. Where there is no file of a month yet, or none that can be trusted, its days do.
A file that changed at the source since it was kept is fetched again, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from evosearch.errors import UsageError
from evosearch.trading.fetching.archive_files import parse_checksum, read_klines
from evosearch.trading.fetching.candles import Answer
from evosearch.trading.fetching.collect import Absent
from evosearch.trading.fetching.download import Download
from evosearch.trading.fetching.patience import Patience, Untrusted, shorten
from evosearch.trading.fetching.store import Kept
from evosearch.trading.fetching.windows import (
    Step,
    Window,
    choose_step,
    list_days,
    list_months,
    to_moment,
)
from evosearch.trading.window import DAY_US

NAME = "binance-archive"
BASE = "https://data.binance.vision"
STEPS = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d")
_MOST_CHECKSUM = 4096
# A file of a month comes some days after its end.
_RECENT_US = 62 * DAY_US


class Archive:
    """One product of Binance's spot market.

    Parameters
    ----------
    product : str
        As Binance writes it: ``BTCUSDT``.
    step : Step
    patience : Patience
    now : callable
        Microseconds since 1970.

    Raises
    ------
    UsageError
        The product or the step cannot be one of the archive.
    """

    name, title, home = NAME, "The archive of Binance", "https://www.binance.com"
    hint = "Is it written as Binance does, such as BTCUSDT?"

    def __init__(
        self, product: str, step: Step, patience: Patience, now: Callable[[], int]
    ) -> None:
        typed = product.strip()
        self.product = re.sub(r"[/_-]", "", typed).upper()
        if not re.fullmatch(r"[A-Z0-9]{2,30}", self.product, re.ASCII):
            raise UsageError(f"{self.title} has no product {shorten(typed, 40)!r}. Try BTCUSDT.")
        self.step, self._now = choose_step(step, STEPS, self.title), now
        self._patience = patience
        self._download = Download(BASE, self.title, patience, now)
        self._has_begun = False  # a file of an earlier month was found
        self.notes: list[str] = []
        self._refusals: dict[int, Untrusted] = {}  # of months, by their end

    def list_windows(self, since_us: int, until_us: int, now_us: int) -> list[Window]:
        windows = []
        for month in list_months(since_us, min(until_us, now_us)):
            windows += [month] if month.end_us <= now_us else self.split(month, now_us)
        until = min(until_us, now_us)
        is_month = [each.end_us - each.begin_us > DAY_US for each in windows]
        return [
            each
            for each, whole in zip(windows, is_month, strict=True)
            if whole or (each.end_us > since_us and each.begin_us < until)
        ]

    def fetch(self, window: Window, now_us: int) -> Answer:
        name = self._name(window)
        try:
            checksum = self._ask_checksum(window)
            packed = self._download.get(self._path(window))
            if packed is None:
                raise Absent
            candles = read_klines(packed, name, checksum, window, self.step)
        except Untrusted as error:
            if window.end_us - window.begin_us <= DAY_US:
                raise
            # The days of a month have checksums of their own.
            self._refusals[window.end_us] = error
            raise Absent from error
        self._has_begun = True
        return Answer(candles, checksum=checksum)

    def confirms(self, window: Window, kept: Kept) -> bool:
        """Whether the checksum at the source still is that of the kept file."""
        try:
            is_same = self._ask_checksum(window) == kept.checksum
        except (Absent, Untrusted):
            is_same = True  # what was checked once is not lost with its checksum
        self._has_begun = self._has_begun or is_same
        return is_same

    def split(self, window: Window, now_us: int) -> list[Window]:
        """The days of a month that has no file, unless the product was not traded yet."""
        if window.end_us - window.begin_us <= DAY_US:
            return []
        refusal = self._refusals.pop(window.end_us, None)
        days = [each for each in list_days(window) if each.end_us <= now_us]
        is_recent = window.end_us > now_us - _RECENT_US
        if refusal is None and not is_recent and not self._has_begun:
            return []
        if not self._has_days(days):
            if refusal is not None:
                raise refusal
            return []
        if refusal is not None:
            self.notes.append(f"{shorten(refusal)}. Its days are used instead")
        return days

    def _has_days(self, days: list[Window]) -> bool:
        """Whether there are files of single days: of the first one, or of one of the last."""
        # A product may have come in the middle, and the newest file may not be out yet.
        probed = [*days[:1], *days[:-4:-1]]
        return any(
            self._download.get(f"{self._path(day)}.CHECKSUM", _MOST_CHECKSUM) is not None
            for day in probed
        )

    def _ask_checksum(self, window: Window) -> str:
        """SHA-256 of a file, as the archive states it.

        Raises
        ------
        Absent
            There is neither the checksum nor the file.
        Untrusted
            There is a file without a checksum, or with one that is none.
        """
        path, name = self._path(window), self._name(window)
        told = self._download.get(f"{path}.CHECKSUM", _MOST_CHECKSUM)
        if told is not None:
            return parse_checksum(told, name)
        if not self._download.exists(path):
            raise Absent
        raise Untrusted(f"{name} has no checksum at {BASE}, so it cannot be trusted.")

    def _name(self, window: Window) -> str:
        is_day = window.end_us - window.begin_us <= DAY_US
        moment = to_moment(window.begin_us)
        date = f"{moment:%Y-%m-%d}" if is_day else f"{moment:%Y-%m}"
        return f"{self.product}-{self.step.word}-{date}.zip"

    def _path(self, window: Window) -> str:
        kind = "daily" if window.end_us - window.begin_us <= DAY_US else "monthly"
        name = self._name(window)
        return f"/data/spot/{kind}/klines/{self.product}/{self.step.word}/{name}"
