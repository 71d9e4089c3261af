"""Candles of over 100 exchanges, through ccxt.

ccxt knows how each exchange is asked. Paging, pace, patience and checks are ours. ccxt itself
takes a cut answer for an empty one, and cuts what it reads to the limit that was asked for: a
candle behind a repeated one would be lost. Hence the hooks.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from evosearch.errors import EnvironmentFailed, EvosearchError, UsageError, did_you_mean
from evosearch.texts import list_names
from evosearch.trading.fetching.candles import Answer, BadAnswer, Misplaced, join, parse_rows
from evosearch.trading.fetching.collect import Absent
from evosearch.trading.fetching.limits import limit_answers, parse_json, read_words
from evosearch.trading.fetching.patience import (
    Busy,
    Patience,
    Refused,
    find_reason,
    read_http_date,
    read_retry_after,
    shorten,
)
from evosearch.trading.fetching.store import Kept
from evosearch.trading.fetching.windows import (
    LAST_US,
    SECOND_US,
    Step,
    Window,
    choose_step,
    list_slots,
)

T = TypeVar("T")
ARCHIVE = "binance-archive"
# What people call it, and ccxt's name of the interface that has public candles.
_IDS = {"coinbase": "coinbaseexchange"}
# Exchanges that know only so many of their newest candles, whatever is asked for.
_REACH = {"kraken": 720}
_REACH_SLOTS, _USUAL_SLOTS, _MOST_SLOTS = 60, 300, 1000
_TIMEOUT_MS, _MOST_AHEAD_MIN = 30_000, 2
_BUSY = frozenset({408, 418, 425, 429, 500, 501, 502, 503, 504})


class Exchange:
    """One product of an exchange.

    Parameters
    ----------
    name : str
        Of the exchange, as ccxt calls it; ``coinbase`` is its Exchange.
    product : str
        Such as ``BTC/USD``.
    step : Step
    patience : Patience
    now : callable
        Microseconds since 1970.

    Raises
    ------
    UsageError
        There is no such exchange, product or step.
    EnvironmentFailed
        ccxt is not installed, or the exchange does not answer.
    """

    hint = "Was it traded then?"

    def __init__(
        self, name: str, product: str, step: Step, patience: Patience, now: Callable[[], int]
    ) -> None:
        self._ccxt, self.name = _import_ccxt(), name.strip().lower()
        self._patience, self._now = patience, now
        self._client = self._open()
        self.title = str(self._client.name)
        self.step = choose_step(step, self._client.timeframes or (), self.title)
        self._status, self._body, self._date_us, self._ahead_us = 0, "", LAST_US, 0
        patience.ask(self.title, lambda: self._call(self._client.load_markets))
        self.product = self._choose_product(product.strip())
        self._reach = _REACH.get(self._client.id)
        self._n_slots = _REACH_SLOTS if self._reach else self._find_limit()

    @property
    def notes(self) -> list[str]:
        """What a person must know of this exchange."""
        notes = []
        if self._reach is not None:
            notes.append(
                f"{self.title} gives its newest {self._reach} candles only, older ones never. "
                "Fetch again before they are gone: the file grows."
            )
        ahead_min = self._ahead_us // (60 * SECOND_US)
        if ahead_min >= _MOST_AHEAD_MIN:
            notes.append(
                f"the clock of this machine is {ahead_min:,} minutes ahead of {self.title}; "
                "candles that are unfinished there were left out"
            )
        return notes

    @property
    def home(self) -> str:
        """The address of the exchange."""
        return shorten(self._client.urls.get("www") or self.title)

    def list_windows(self, since_us: int, until_us: int, now_us: int) -> list[Window]:
        return list_slots(self.step, self._n_slots, since_us, min(until_us, now_us))

    def fetch(self, window: Window, now_us: int) -> Answer:
        oldest_us = now_us - self.step.us * ((self._reach or 0) - 1)
        if self._reach and window.end_us <= oldest_us:
            raise Absent
        answers: list[Answer] = []
        stretches = [window.cut(window.begin_us, now_us)]
        while stretches:
            asked = stretches.pop()
            if asked.end_us - asked.begin_us < self.step.us:
                continue
            self._date_us = LAST_US
            answer = self._ask(asked)
            if not len(answer.candles) and not answers:
                # Nothing where there should be candles is believed when it is said twice.
                answer = self._ask(asked)
            answers.append(replace(answer, as_of_us=self._date_us))
            times = answer.candles.timestamp_us
            if len(times):
                # Fewer than there are, if an exchange has a smaller limit than it says: of some
                # the oldest are missing then, of others the newest.
                first_us, next_us = int(times[0]), int(times[-1]) + self.step.us
                stretches += [Window(asked.begin_us, first_us), Window(next_us, asked.end_us)]
        if not answers:
            return Answer(join([]))
        return Answer(
            join([each.candles for each in answers]),
            answers[0].is_complete and (not self._reach or window.begin_us >= oldest_us),
            sum(each.n_empty for each in answers),
            as_of_us=min(each.as_of_us for each in answers),
        )

    def confirms(self, window: Window, kept: Kept) -> bool:
        return True

    def split(self, window: Window, now_us: int) -> list[Window]:
        return []

    def _ask(self, asked: Window) -> Answer:
        n_slots = (asked.end_us - asked.begin_us) // self.step.us

        n_misplaced = 0

        def question() -> Answer:
            nonlocal n_misplaced
            told = (self.product, self.step.word, asked.begin_us // 1000, n_slots)
            rows = self._call(lambda: self._client.fetch_ohlcv(*told))
            if not rows and self._body.strip() == "{}":
                raise BadAnswer("the answer is no list of candles")
            try:
                return parse_rows(rows, asked, self.step)
            except Misplaced as error:
                n_misplaced += 1
                if n_misplaced == 1:
                    raise
                raise Refused(
                    f"{self.title} counts its candles otherwise: {error}. Fetch those of another "
                    "step, such as 1h, and form longer ones with: evosearch data resample"
                ) from error

        return self._patience.ask(self.title, question)

    def _call(self, function: Callable[[], T]) -> T:
        """Call ccxt; every error of it becomes one of ours."""
        self._status, self._body = 0, ""
        try:
            return function()
        except (Busy, BadAnswer, EvosearchError):
            raise
        except Exception as error:
            raise self._translate(error) from error

    def _translate(self, error: Exception) -> Exception:
        ccxt, words = self._ccxt, shorten(self._body or find_reason(error))
        waits = (ccxt.RateLimitExceeded, ccxt.DDoSProtection, ccxt.OnMaintenance)
        if not isinstance(error, ccxt.BaseError):
            return BadAnswer(f"the answer cannot be read ({type(error).__name__}: {words})")
        if isinstance(error, (*waits, ccxt.RequestTimeout, ccxt.BadResponse)):
            return Busy(words)
        if 400 <= self._status < 500:
            return Refused(f"{self.title} refuses: HTTP {self._status}, {read_words(self._body)}.")
        if isinstance(error, ccxt.OperationFailed) or isinstance(error.__cause__, OSError):
            return Busy(words)
        return Refused(f"{self.title} refuses: {read_words(self._body) or words}.")

    def _open(self) -> Any:
        name, exchanges = self.name, self._ccxt.exchanges
        if name not in exchanges:
            advice = did_you_mean(name, [*exchanges, ARCHIVE])
            raise UsageError(f"The exchange {shorten(name, 40)!r} is unknown. {_bound(advice)}")
        client = getattr(self._ccxt, _IDS.get(name, name))({"timeout": _TIMEOUT_MS})
        if client.has.get("fetchOHLCV") is not True:
            raise UsageError(f"{client.name} gives no candles. Name another exchange.")
        client.on_rest_response = self._take_response
        client.parse_json = self._parse
        client.throttle = self._keep_pace
        client.filter_by_since_limit = _keep_all
        limit_answers(client.session)
        return client

    def _choose_product(self, typed: str) -> str:
        markets = self._client.markets
        for each in (typed, typed.upper(), typed.upper().replace("-", "/").replace("_", "/")):
            if each in markets:
                return each
            found = (self._client.markets_by_id or {}).get(each)
            if found:
                return str((found[0] if isinstance(found, list) else found)["symbol"])
        near = shorten(did_you_mean(typed.upper(), [str(each)[:40] for each in markets]))
        if not near.startswith("Did"):
            near = f"Some of them: {shorten(list_names(sorted(map(str, markets)), 8))}."
        raise UsageError(f"{self.title} has no product {shorten(typed, 40)!r}. {near}")

    def _find_limit(self) -> int:
        """How many candles the exchange sends at once; older versions of ccxt do not know it."""
        market = self._client.markets[self.product]
        found: Any = getattr(self._client, "features", None)
        for key in (market.get("type"), market.get("subType"), "fetchOHLCV", "limit"):
            if key is not None:
                found = found.get(key) if isinstance(found, dict) else None
        return min(found, _MOST_SLOTS) if isinstance(found, int) and found > 0 else _USUAL_SLOTS

    def _keep_pace(self, cost: float | None = None) -> None:
        self._patience.keep_pace(float(self._client.rateLimit) * (cost or 1) / 1000)

    def _take_response(
        self, code: int, reason: str, url: str, method: str, headers: Any, body: str, *asked: object
    ) -> str:
        """Called with every response before ccxt reads it."""
        self._status, self._body = code, body
        date_s = read_http_date(headers.get("Date"))
        if date_s is not None:
            date_us = int(date_s) * SECOND_US
            self._date_us, self._ahead_us = min(self._date_us, date_us), self._now() - date_us
        if code in _BUSY or code >= 500:
            wait_s = read_retry_after(headers.get("Retry-After"), self._now() / SECOND_US)
            raise Busy(f"HTTP {code} {shorten(reason, 40)}", wait_s)
        return body.strip()

    def _parse(self, body: str) -> Any:
        """In place of ccxt's own, which takes a cut answer for a text without candles."""
        found = parse_json(body)
        if found is None and self._status < 400:
            raise BadAnswer(f"the answer is no JSON: {shorten(body, 60) or 'it is empty'}")
        return found


def _import_ccxt() -> Any:
    if importlib.util.find_spec("ccxt") is None:
        raise EnvironmentFailed(
            "Fetching from an exchange needs ccxt, which is not installed here. Install it with: "
            "uv tool install 'evosearch[data]'   (or: pip install 'evosearch[data]'). The archive "
            f"of Binance needs nothing more: {ARCHIVE}:BTCUSDT"
        )
    import ccxt

    return ccxt


def _keep_all(array: Any, *limits: object, **others: object) -> Any:
    """In place of ccxt's cut to what was asked for: we look at all that came."""
    return array


def _bound(advice: str) -> str:
    """A list of all exchanges is too long to be read."""
    return advice if len(advice) < 100 else "Such as coinbase, kraken, bitstamp or binance."
