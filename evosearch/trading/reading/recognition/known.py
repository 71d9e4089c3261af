"""Exceptions: layouts that have a name, and the few that mean something no content shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from evosearch.trading.reading.layout import SEPARATORS
from evosearch.trading.reading.recognition.grid import Grid
from evosearch.trading.reading.recognition.names import normalise

_NANO = 1e9


@dataclass(frozen=True)
class Facts:
    """What is known of a file when its exceptions are looked up.

    Attributes
    ----------
    grid : Grid
    names : frozenset of str
        Normalised column names.
    times : tuple of int
    prices : tuple of int
        Open, high, low, close.
    n_times : int
        Columns that look like times.
    has_volume : bool
        There is one, and it is not 0 throughout.
    """

    grid: Grid
    names: frozenset[str]
    times: tuple[int, ...]
    prices: tuple[int, int, int, int]
    n_times: int = 1
    has_volume: bool = True

    @property
    def is_bare(self) -> bool:
        """Whether it has no names."""
        return not self.grid.headers

    def matches(self, pattern: str, place: int = 0) -> bool:
        """Whether all cells of a time column are written so."""
        cells = self.grid.columns[self.times[place]] if place < len(self.times) else []
        return bool(cells) and all(re.fullmatch(pattern, cell.strip()) for cell in cells)

    def has_whole_prices(self) -> bool:
        """Whether all prices are whole numbers of at least a million."""
        cells = [cell.strip() for place in self.prices for cell in self.grid.columns[place]]
        return bool(cells) and all(cell.isdigit() and len(cell) > 6 for cell in cells)

    def is_in_order(self, *steps: int) -> bool:
        """Whether open, high, low and close stand so many columns behind the time."""
        return self.prices == tuple(self.times[0] + step for step in steps)


@dataclass(frozen=True)
class Known:
    """One layout that has a name.

    Attributes
    ----------
    name : str
    fits : callable
    zone : str or None
        In which its times are, if they say none.
    divisor : callable or None
        By what its prices are divided.
    """

    name: str
    fits: Callable[[Facts], bool]
    zone: str | None = None
    divisor: Callable[[Facts], float] | None = None


_EPOCH = r"\d{9,19}(\.\d+)?"
KNOWN = (
    Known(
        "Binance klines",
        lambda f: (
            {"open time", "close time"} <= f.names
            or (
                f.is_bare and f.grid.n_columns >= 12 and f.n_times > 1 and f.is_in_order(1, 2, 3, 4)
            )
        ),
    ),
    # Eastern Standard Time all year, without summer time, as its pages say. Its volume is 0
    # throughout, unlike in an export of NinjaTrader, which looks the same.
    Known(
        "HistData",
        lambda f: f.is_bare and f.matches(r"\d{8} \d{6}") and not f.has_volume,
        zone="UTC-5",
    ),
    Known("MetaTrader 5", lambda f: "tickvol" in f.names and "spread" in f.names),
    Known(
        "MetaTrader 4",
        lambda f: f.is_bare and len(f.times) == 2 and f.matches(r"\d{4}\.\d{2}\.\d{2}"),
    ),
    Known(
        "Databento",
        lambda f: "ts event" in f.names,
        divisor=lambda f: _NANO if f.has_whole_prices() else 1.0,
    ),
    Known("yfinance download", lambda f: len(f.grid.headers) > 1),
    Known(
        "CryptoDataDownload",
        lambda f: any("cryptodatadownload" in line.lower() for line in f.grid.above),
    ),
    Known(
        "Kraken OHLCVT",
        lambda f: (
            f.is_bare
            and f.grid.n_columns in (7, 8)
            and f.matches(_EPOCH)
            and f.times == (0,)
            and f.is_in_order(1, 2, 3, 4)
        ),
    ),
    Known("Coinbase candles", lambda f: f.matches(_EPOCH) and f.is_in_order(3, 2, 1, 4)),
    Known("Polygon flat file", lambda f: "window start" in f.names),
    Known("Stooq", lambda f: {"per", "openint"} <= f.names or {"per", "open interest"} <= f.names),
    Known("Investing.com", lambda f: {"price", "vol", "change"} <= f.names),
)


def find_known(facts: Facts) -> Known | None:
    """The layout with a name that fits; None if none does."""
    return next((known for known in KNOWN if known.fits(facts)), None)


def name_layout(known: Known | None, grid: Grid) -> str:
    """What a layout is called, for people."""
    if known is None and not grid.separator:
        return "columns by name"
    name = f"{known.name if known else 'CSV'} {'without' if not grid.headers else 'with'} a header"
    if known or grid.separator == ",":
        return name
    return f"{name}, separated by {SEPARATORS[grid.separator]}s"


def name_all(grid: Grid) -> frozenset[str]:
    """The normalised names of all columns."""
    return frozenset(normalise(cell) for row in grid.headers for cell in row)
