"""Finished windows in the user's cache folder: ``candles/SOURCE/PRODUCT/STEP/START.parquet``.

A window is written once it can change no more. What lies there is believed only if the file says
that it is this window, and if its rows have the hash that it states; else it is fetched again.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evosearch.trading.fetching.candles import Answer, Candles
from evosearch.trading.fetching.tables import read_table, write_table
from evosearch.trading.fetching.windows import Step, Window
from evosearch.trading.window import us_to_instant

# A folder, the name of a file in it, and what fills it: written whole or not at all.
Writer = Callable[[Path, str, Callable[[Any], object]], object]
# Names that Windows keeps for devices, with any ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
_DAY_S = 86_400
_PLAIN = re.compile(r"[A-Z0-9]{1,20}(/[A-Z0-9]{1,20})?", re.ASCII)


@dataclass(frozen=True)
class Kept:
    """A window of the cache.

    Attributes
    ----------
    candles : Candles
    fetched_at : str
        When, as ISO 8601.
    checksum : str
        Of the file at the source then; empty if it was none.
    """

    candles: Candles
    fetched_at: str
    checksum: str


class Store:
    """The finished windows of one product in one step.

    Parameters
    ----------
    folder : Path
        The user's cache folder.
    source, product : str
    step : Step
    write : callable
        Writes a file whole or not at all.
    """

    def __init__(self, folder: Path, source: str, product: str, step: Step, write: Writer) -> None:
        names = (name_folder(source), name_folder(product), step.word)
        self.folder = folder.joinpath("candles", *names)
        self._facts = {"source": source, "product": product, "step": step.word}
        self._write = write

    def read(self, window: Window) -> Kept | None:
        """A window as it was kept; None if it must be fetched."""
        found = None
        with contextlib.suppress(OSError):
            found = read_table(self._place(window))
        if found is None:
            return None
        candles, facts = found
        is_this = facts.items() >= {**self._facts, **_describe(window)}.items()
        if not is_this or len(candles.within(window.begin_us, window.end_us)) != len(candles):
            return None
        return Kept(candles, facts.get("fetched_at", ""), facts.get("checksum", ""))

    def keep(self, window: Window, answer: Answer, fetched_at: str) -> None:
        """Write a window.

        Raises
        ------
        EnvironmentFailed
            Disk full, no permission.
        """
        facts = {**self._facts, **_describe(window), "fetched_at": fetched_at}
        if answer.checksum:
            facts["checksum"] = answer.checksum
        place = self._place(window)
        self._write(place.parent, place.name, lambda sink: write_table(answer.candles, facts, sink))

    def sweep(self, now_s: float) -> None:
        """Remove unfinished files that a killed process left more than a day ago."""
        with contextlib.suppress(OSError):
            for path in self.folder.glob(".tmp-*"):
                if path.stat().st_mtime < now_s - _DAY_S:
                    path.unlink()

    def _place(self, window: Window) -> Path:
        return self.folder / f"{window.name}.parquet"


def name_folder(text: str) -> str:
    """A name that every system takes, different for different texts.

    Examples
    --------
    >>> name_folder("BTC/USD"), name_folder("coinbase"), name_folder("CON")
    ('BTC-USD', 'coinbase', 'CON-a3dbc4b6')
    """
    is_plain = _PLAIN.fullmatch(text) or re.fullmatch(r"[a-z0-9]{1,40}(-[a-z0-9]{1,20})?", text)
    plain = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:40]
    if is_plain and not _DEVICES.fullmatch(plain):
        return plain
    # Also: two products whose names differ in their case alone, or in a mark.
    return f"{plain or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _describe(window: Window) -> dict[str, str]:
    return {"begin": us_to_instant(window.begin_us), "end": us_to_instant(window.end_us)}
