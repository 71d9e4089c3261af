"""Load a file once while several profiles are checked on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from evosearch.errors import DataError
from evosearch.trading.bars import Bars
from evosearch.trading.loading.load import load_bars
from evosearch.trading.reading.settings import Reading

# What was asked for last, and what came of it: a second file takes the place of the first.
_Last = dict[tuple[str, tuple[Path, ...], str], Bars | DataError]
_last: ContextVar[_Last | None] = ContextVar("last", default=None)


@contextlib.contextmanager
def keep_last() -> Iterator[None]:
    """Meanwhile a file that is asked for again, read in the same way, is not loaded again."""
    token = _last.set({})
    try:
        yield
    finally:
        _last.reset(token)


def load_once(reference: str, folders: tuple[Path, ...], reading: Reading) -> Bars:
    """As `load_bars`, which see; inside `keep_last` the last file is not loaded again."""
    last = _last.get()
    if last is None:
        return load_bars(reference, folders, reading)
    key = (reference, folders, repr(reading.to_plain()))
    if key not in last:
        last.clear()
        try:
            last[key] = load_bars(reference, folders, reading)
        except DataError as error:
            last[key] = error
    found = last[key]
    if isinstance(found, DataError):
        raise found
    return found
