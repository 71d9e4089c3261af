"""The file of prices that is made of the candles: extended by each call, never filled."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evosearch.errors import UsageError
from evosearch.texts import quote_path
from evosearch.trading.fetching.candles import Candles, join, no_candles
from evosearch.trading.fetching.collect import Collected, count_differences
from evosearch.trading.fetching.store import Writer
from evosearch.trading.fetching.tables import read_table, write_table
from evosearch.trading.fetching.windows import Step
from evosearch.trading.window import instant_to_us, us_to_instant


@dataclass(frozen=True)
class Before:
    """What a file of prices held before.

    Attributes
    ----------
    candles : Candles
    since_us, until_us : int or None
        The stretch of time that was asked for; None if there was no file.
    """

    candles: Candles
    since_us: int | None = None
    until_us: int | None = None


def read_before(path: Path, source: str, product: str, step: Step) -> Before:
    """What a file of prices holds that this call extends.

    Raises
    ------
    UsageError
        There is something else under this name, or it was changed since.
    OSError
        It cannot be read.
    """
    if not path.exists():
        return Before(no_candles())
    remedy = f"Name another file with -o, or remove {quote_path(path)}."
    found = read_table(path) if path.is_file() else None
    if found is None or not len(found[0]):
        raise UsageError(
            f"{path} exists, and is no file of candles as it was fetched: it is not replaced. "
            f"{remedy}"
        )
    candles, facts = found
    held = tuple(facts.get(key, "") for key in ("source", "product", "step"))
    if held != (source, product, step.word):
        told = " ".join(each[:40] for each in held)
        raise UsageError(f"{path} holds {told}, not {source} {product} {step.word}. {remedy}")
    try:
        since, until = (instant_to_us(facts[key]) for key in ("since", "until"))
    except (KeyError, ValueError, TypeError):
        since, until = (int(candles.timestamp_us[place]) for place in (0, -1))
    return Before(candles, since, until)


def extend(before: Before, now: Candles, title: str) -> tuple[Candles, list[str]]:
    """Candles of before and of now; of one time the newest answer counts, and none is lost.

    Returns
    -------
    candles : Candles
    notes : list of str
        What the source says otherwise than before.
    """
    candles, old, notes = join([now, before.candles]), before.candles, []
    shared = old.take(np.isin(old.timestamp_us, now.timestamp_us))
    n_differing = count_differences(shared, now.take(np.isin(now.timestamp_us, old.timestamp_us)))
    if n_differing:
        notes.append(f"{title} says otherwise than before of {n_differing:,} candles: so it is now")
    if len(now):
        first, last = (int(now.timestamp_us[place]) for place in (0, -1))
        n_gone = len(old.within(first, last + 1)) - len(shared)
        if n_gone:
            notes.append(f"{n_gone:,} candles of the file are no longer at the source; they stay")
    return candles, notes


def write_output(
    path: Path,
    candles: Candles,
    facts: dict[str, str],
    collected: Collected,
    write: Writer,
) -> None:
    """Write a file of prices, whole or not at all.

    Parameters
    ----------
    path : Path
    candles : Candles
    facts : dict of str to str
        Source, product, step, since, until, fetched_at.
    collected : Collected
    write : callable

    Raises
    ------
    EnvironmentFailed
        Disk full, no permission.
    """
    windows = collected.windows
    ends = [min(w.begin_us for w in windows), max(w.end_us for w in windows)] if windows else []
    told = {"count": len(windows), "span": [us_to_instant(each) for each in ends]}
    whole = {**facts, "windows": json.dumps(told)}
    write(path.absolute().parent, path.name, lambda sink: write_table(candles, whole, sink))


def name_output(source: str, product: str, step: Step) -> str:
    """The usual name of a file of prices: ``coinbase-BTC-USD-5m.parquet``."""
    words = "".join(each if each.isalnum() and each.isascii() else "-" for each in product)
    return f"{source}-{words}-{step.word}.parquet"
