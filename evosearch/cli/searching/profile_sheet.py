"""The values of a profile for a person: key, value and origin in three columns."""

from __future__ import annotations

import itertools
import os
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from evosearch.plain import write_readable
from evosearch.report.sentences import word
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.assemble.settings.listing import Setting, Settings

_FILE = re.compile(r"(.+\.toml)(:\d+)?")
# A longer key has a line of its own.
_MAX_KEY = 32
_MIN_VALUE = 12


def describe_settings(settings: Settings, width: int, language: str = "en") -> Iterator[str]:
    """Lines that fit a terminal of so many columns: what decides the figures, then every value.

    Parameters
    ----------
    settings : Settings
    width : int
    language : str
        Of the words.

    Yields
    ------
    str
    """
    head = f"{settings.name}: {settings.description}" if settings.description else settings.name
    yield from textwrap.wrap(make_visible(head), width)
    for place, file in enumerate(_list_files(settings)):
        yield f"{'' if place else 'files':<6} {make_visible(file)}"
    if settings.words:
        yield ""
        for statement in settings.words:
            yield from textwrap.wrap(word(statement, language), width, subsequent_indent="  ")
    rows = [row for row in settings.rows if row.key not in ("name", "description")]
    key_width = max(len(row.key) for row in rows if len(row.key) <= _MAX_KEY)
    origin_width = max(len(_shorten(row.origin)) for row in rows)
    value_width = max(_MIN_VALUE, width - key_width - origin_width - 4)
    origin_width = max(_MIN_VALUE, width - key_width - value_width - 4)
    widths = (key_width, value_width, origin_width)
    table = None
    for row in rows:
        if row.key.partition(".")[0] != table:
            table = row.key.partition(".")[0]
            yield ""
        key = make_visible(row.key)
        if len(key) > key_width:
            yield key
            key = ""
        value = textwrap.wrap(make_visible(_show_value(row)), value_width, break_on_hyphens=False)
        # A name of a file stays whole.
        origin = textwrap.wrap(
            _shorten(row.origin), origin_width, break_long_words=False, break_on_hyphens=False
        )
        for cells in itertools.zip_longest([key], value or [""], origin, fillvalue=""):
            line = "  ".join(f"{cell:<{n}}" for cell, n in zip(cells, widths, strict=True))
            yield line.rstrip()


def _show_value(row: Setting) -> str:
    return (row.note or "not set") if row.value is None else write_readable(row.value)


def _list_files(settings: Settings) -> list[str]:
    """The profile's file, then those that it extends."""
    found = [settings.origins["name"]]
    for origin in settings.origins.values():
        match = _FILE.fullmatch(origin)
        found += [match[1]] if match else []
    return [_relative(file) for file in dict.fromkeys(found)]


def _shorten(origin: str) -> str:
    match = _FILE.fullmatch(origin)
    if match is None or origin.startswith("--"):
        return make_visible(origin)
    file = _relative(match[1])
    # Elsewhere is said once, at the head.
    return make_visible((Path(file).name if file == match[1] else file) + (match[2] or ""))


def _relative(file: str) -> str:
    """A path below this folder from here on, any other as it is."""
    here = Path(os.path.abspath("."))  # noqa: PTH100 (also where the folder was deleted)
    path = Path(file)
    return str(path.relative_to(here)) if path.is_relative_to(here) else file
