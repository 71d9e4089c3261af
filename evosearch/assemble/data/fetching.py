"""From the candles of an exchange to a file of prices on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evosearch.errors import DataError, EnvironmentFailed, EvosearchError, UsageError
from evosearch.shards.disk.files import explain_os_errors, write_atomically
from evosearch.system.user_folders import find_cache_folder
from evosearch.texts import quote, quote_path
from evosearch.trading.fetching import archive, windows
from evosearch.trading.fetching.archive import Archive
from evosearch.trading.fetching.candles import Candles
from evosearch.trading.fetching.collect import Collector, list_gaps
from evosearch.trading.fetching.exchanges import Exchange
from evosearch.trading.fetching.output import (
    Before,
    extend,
    name_output,
    read_before,
    write_output,
)
from evosearch.trading.fetching.patience import Patience
from evosearch.trading.fetching.store import Store
from evosearch.trading.loading.load import load_bars
from evosearch.trading.window import format_instant, instant_to_us, settle_instant, us_to_instant

NOW = "now"
_MOST_WINDOWS, _MOST_GAPS, _MOST_LARGEST = 200_000, 1000, 5


def read_clock() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


@dataclass(frozen=True)
class FetchRequest:
    """What is to be fetched.

    Attributes
    ----------
    reference : str
        ``coinbase:BTC/USD`` or ``binance-archive:BTCUSDT``.
    step : str
        Such as ``5m``.
    since : str, optional
        A date or an instant. None: as the file that is extended.
    until : str
        The same, or ``now``.
    output : Path, optional
        None: a name that says what it holds, in the current folder.
    """

    reference: str
    step: str
    since: str | None = None
    until: str = NOW
    output: Path | None = None

    @property
    def command(self) -> str:
        """The command that asks for the same."""
        words = [f"evosearch data fetch {quote(self.reference)} {quote(self.step)}"]
        words += [f"--since {quote(self.since)}"] if self.since is not None else []
        words += [f"--until {quote(self.until)}"] if self.until != NOW else []
        words += [f"-o {quote_path(self.output)}"] if self.output is not None else []
        return " ".join(words)


class Fetch:
    """One call of `data fetch`.

    Parameters
    ----------
    request : FetchRequest
    report : callable
        Told how many windows are done, and how many there are.
    tell : callable
        Told in words that the source did not answer, and what is waited for.
    patience : Patience, optional
        Its pace, for tests.
    now : callable
        Microseconds since 1970.
    """

    def __init__(
        self,
        request: FetchRequest,
        report: Callable[[int, int], object],
        tell: Callable[[str], object] = lambda text: None,
        patience: Patience | None = None,
        now: Callable[[], int] = read_clock,
    ) -> None:
        self._request, self._report, self._now = request, report, now
        self._patience = patience or Patience(tell=tell)
        self._done = (0, 0)

    def run(self) -> dict[str, Any]:
        """Fetch, and write the file.

        Returns
        -------
        dict
            What was written, in plain facts.

        Raises
        ------
        UsageError, DataError
            It cannot be asked for so, or the source refuses.
        EnvironmentFailed
            The source does not answer, or the disk refuses.
        """
        try:
            return self._run()
        except (DataError, EnvironmentFailed) as error:
            raise type(error)("\n".join([str(error), *self.describe_kept()])) from error

    def describe_kept(self) -> list[str]:
        """What an ended call leaves, and how to go on."""
        n_done, n_windows = self._done
        kept = f"{n_done:,} of {n_windows:,} windows were done; finished ones are kept."
        return [*[kept] * (n_windows > 0), f"Go on with:  {self._request.command}"]

    def _run(self) -> dict[str, Any]:
        started_us = self._now()
        since_us, until_us = _read_stretch(self._request, started_us)
        _refuse_name(self._request.output)
        source = self._open()
        path = self._request.output
        path = path or Path(name_output(source.name, source.product, source.step))
        before = _read_file(path, source)
        since_us = _choose_since(since_us, before.since_us, path)
        until_us = max(until_us, before.until_us or until_us)
        if since_us >= until_us:
            raise UsageError("--since must lie before --until, and before now.")
        if (until_us - since_us) // source.step.us > _MOST_WINDOWS * 300:
            raise UsageError(
                f"That is more than {_MOST_WINDOWS:,} requests. Choose a later --since, or longer "
                "candles."
            )
        store = Store(_find_folder(), source.name, source.product, source.step, write_atomically)
        store.sweep(started_us / 10**6)
        collected = Collector(source, store, self._now, self._take_report).collect(
            since_us, until_us
        )
        candles, notes = extend(before, collected.candles, source.title)
        if not len(candles):
            raise DataError(
                f"{source.title} has no finished candles of {source.product} {source.step.word} "
                f"from {format_instant(since_us)} to {format_instant(until_us)}. {source.hint}"
            )
        facts = {
            "source": source.name,
            "product": source.product,
            "step": source.step.word,
            "since": us_to_instant(since_us),
            "until": us_to_instant(until_us // 10**6 * 10**6),
            "fetched_at": us_to_instant(started_us // 10**6 * 10**6),
        }
        if _read_file(path, source).candles.compute_hash() != before.candles.compute_hash():
            raise DataError(f"{path} was changed by another program meanwhile: it is not replaced.")
        write_output(path, candles, facts, collected, write_atomically)
        notes = [*source.notes, *collected.notes, *notes, *_note_ends(candles, since_us, until_us)]
        return {
            "file": str(path),
            **facts,
            **_describe(candles, path, source.step, notes),
            "n_windows": len(collected.windows),
            "n_windows_fetched": collected.n_fetched,
            "terms": f"{source.title}, {source.home}: for your own use; see the exchange's terms",
        }

    def _open(self) -> Exchange | Archive:
        name, colon, product = self._request.reference.partition(":")
        step = windows.parse_step(self._request.step)
        if not colon or not name.strip() or not product.strip():
            raise UsageError(
                f"{self._request.reference[:60]!r} names no product of an exchange. Write "
                f"EXCHANGE:PRODUCT, such as coinbase:BTC/USD or {archive.NAME}:BTCUSDT."
            )
        if name.strip().lower() == archive.NAME:
            return Archive(product, step, self._patience, self._now)
        return Exchange(name, product, step, self._patience, self._now)

    def _take_report(self, n_done: int, n_windows: int) -> None:
        self._done = n_done, n_windows
        self._report(n_done, n_windows)


def _read_instant(option: str, text: str) -> int:
    try:
        moment_us = instant_to_us(settle_instant(text))
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None
    if not windows.FIRST_US <= moment_us < windows.LAST_US:
        raise UsageError(f"{option} {text[:40]}: no exchange has candles of that time.")
    return moment_us


def _read_stretch(asked: FetchRequest, now_us: int) -> tuple[int | None, int]:
    """From when until when is asked for, before any server is."""
    since_us = None if asked.since is None else _read_instant("--since", asked.since)
    until_us = now_us
    if asked.until != NOW:
        until_us = min(now_us, _read_instant("--until", asked.until))
    if since_us is not None and since_us >= until_us:
        raise UsageError("--since must lie before --until, and before now.")
    return since_us, until_us


def _refuse_name(output: Path | None) -> None:
    if output is not None and output.suffix.lower() != ".parquet":
        raise UsageError(
            f"-o {output}: let the name end in .parquet, so that it says what is written."
        )


def _read_file(path: Path, source: Exchange | Archive) -> Before:
    with explain_os_errors(path):
        return read_before(path, source.name, source.product, source.step)


def _choose_since(asked_us: int | None, before_us: int | None, path: Path) -> int:
    known = [each for each in (asked_us, before_us) if each is not None]
    if not known:
        raise UsageError(
            f"Say from when, such as --since 2025-01-01: there is no {path} yet that could be "
            "extended."
        )
    return min(known)


def _find_folder() -> Path:
    try:
        return find_cache_folder()
    except RuntimeError as error:
        raise EnvironmentFailed(
            f"The folder for candles cannot be found: {error} Name one with XDG_CACHE_HOME."
        ) from error


def _describe(candles: Candles, path: Path, step: windows.Step, notes: list[str]) -> dict[str, Any]:
    """The bars of the file as a run reads them, and where some are missing."""
    gaps: list[dict[str, Any]] = [
        {"first_missing_utc": us_to_instant(first), "n_missing": missing}
        for first, missing in list_gaps(candles.timestamp_us, step)
    ]
    largest = sorted(gaps, key=lambda gap: -gap["n_missing"])
    summary: dict[str, Any] | None = None
    try:
        summary = load_bars(str(path.absolute()), (Path(),)).summarise()
    except EvosearchError as error:
        notes = [*notes, f"This file cannot be searched as it is: {str(error)[:1000]}"]
    return {
        "n_bars": len(candles),
        "rows_sha256": candles.compute_hash(),
        "n_gaps": len(gaps),
        "n_missing": sum(gap["n_missing"] for gap in gaps),
        "largest_gaps": largest[:_MOST_LARGEST],
        "gaps": gaps[:_MOST_GAPS],
        "bars": summary,
        "notes": notes,
    }


def _note_ends(candles: Candles, since_us: int, until_us: int) -> list[str]:
    first_us, last_us = (int(candles.timestamp_us[place]) for place in (0, -1))
    step_us = int(candles.timestamp_us[1]) - first_us if len(candles) > 1 else 0
    notes = []
    if first_us - since_us > max(step_us, 1):
        notes.append(f"its first candle is of {format_instant(first_us)}, later than asked for")
    if until_us - last_us > 2 * max(step_us, 1):
        notes.append(f"its last candle is of {format_instant(last_us)}, earlier than asked for")
    return notes
