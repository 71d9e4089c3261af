"""Text that comes from data, made harmless for terminals and for spreadsheets.

Names, errors and categories of a shard are a stranger's: they may hold terminal escapes, marks
that turn the direction of writing, line breaks that forge a line of ours, or formulas.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# Marks that reorder, hide or break lines of text, beside the C0 and C1 controls.
_INVISIBLE = frozenset(
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)
# What makes a spreadsheet take a cell for a formula (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")

# Characters of a machine's name.
MAX_SLUG = 24

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
# Lengths of bars: the least and most days from one bar to the next; calendars make some differ.
_CALENDAR = (
    (1, 1, "daily", "day"), (7, 7, "weekly", "week"), (27.5, 31.5, "monthly", "month"),
    (89, 93, "quarterly", "quarter"), (360, 370, "yearly", "year"),
)  # fmt: skip


def make_visible(text: object, keep: str = "") -> str:
    r"""Text with control and direction characters written out as ``\xNN``.

    Parameters
    ----------
    text : object
        Whatever is to be shown; its ``str``.
    keep : str
        Control characters that are ours and may stay, such as a line break.

    Examples
    --------
    >>> print(make_visible("\x1b[31mred"))
    \x1b[31mred
    """
    return "".join(
        char if char in keep or not _is_harmful(char) else f"\\x{ord(char):02x}"
        for char in str(text)
    )


def neutralise_formula(text: str) -> str:
    """Text that no spreadsheet takes for a formula: with an apostrophe in front if it could.

    Examples
    --------
    >>> neutralise_formula("=1+1")
    "'=1+1"
    """
    return "'" + text if text.startswith(_FORMULA) else text


def quote(word: object) -> str:
    """A word as it can be pasted into a command."""
    text = str(word)
    if sys.platform != "win32":
        return shlex.quote(text)
    return f'"{text}"' if not text or re.search(r"[^\w.:\\/+*-]", text) else text


def quote_path(path: object) -> str:
    """A path as it can be pasted into a command: no option, and no home folder either."""
    text = str(path)
    return quote(f".{os.sep}{text}" if text.startswith(("-", "~")) else text)


def quote_shards(folder: object) -> str:
    """A pattern for all shards of a folder, as it can be pasted into a command."""
    if sys.platform == "win32":  # where no shell expands it, and some end a word at a quote
        return quote_path(f"{folder}/*.parquet")
    return f"{quote_path(folder)}/*.parquet"


def name_results(folder: object) -> str:
    """The option that names a folder of results, with a blank before it; empty for the usual."""
    text = str(folder)
    return "" if text == "results" else f" --results {quote_path(text)}"


def list_names(names: Sequence[str], most: int) -> str:
    """Some names, at most so many of them, and how many more there are.

    Examples
    --------
    >>> list_names(["ann", "bob", "cyd"], 2)
    'ann, bob and 1 more'
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def describe_resume(run_id: str, results: Path | str) -> str:
    """The command that continues a run."""
    return f"evosearch resume {quote(run_id)}{name_results(Path(results))}"


def format_bytes(n_bytes: float) -> str:
    """An amount of bytes in two digits or three: ``160 MB``, ``1.2 TB``.

    Examples
    --------
    >>> format_bytes(1_234_567), format_bytes(160e6)
    ('1.2 MB', '160 MB')
    """
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if n_bytes < 1000 or unit == "TB":
            break
        n_bytes /= 1000
    return f"{n_bytes:.1f} {unit}" if n_bytes < 10 and unit != "bytes" else f"{n_bytes:,.0f} {unit}"


def slugify(text: str, limit: int = MAX_SLUG, default: str = "host") -> str:
    """Lower-case letters, digits and dashes: what every file system takes in a name.

    Examples
    --------
    >>> slugify("Ana's MacBook Pro")
    'ana-s-macbook-pro'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:limit].strip("-")
    return slug or default


def _is_harmful(char: str) -> bool:
    code = ord(char)
    # Lone surrogates stand for bytes of a file name that are no text; no terminal can show them.
    return code < 32 or 127 <= code < 160 or char in _INVISIBLE or 0xD800 <= code < 0xE000


def describe_bar_length(interval_s: object) -> str:
    """The length of a bar in words: ``5-minute bars``, ``daily bars``; ``bars`` if unknown."""
    word, n = measure_bar_length(interval_s)
    if not word:
        return "bars"
    if n is None:
        return f"{word} bars"
    return f"bars of {n:,.6g} s" if word == "odd" else f"{n:,.0f}-{word} bars"


def measure_bar_length(interval_s: object) -> tuple[str, float | None]:
    """The length of a bar as a word, and how many of it.

    Returns
    -------
    word : str
        A calendar's, such as ``daily``; else ``day``, ``hour``, ``minute``, ``second``, or
        ``odd`` for other seconds. Empty if unknown.
    n : float or None
        None beside a calendar's word.
    """
    length = _read_length(interval_s)
    if length is None:
        return "", None
    for low, high, word, _ in _CALENDAR:
        if low <= length / _DAY <= high:
            return word, None
    for unit_s, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"), (1, "second")):
        if length >= unit_s and length % unit_s == 0:
            return word, length / unit_s
    return "odd", length


def find_unit(data: object) -> str:
    """What one return spans: a day, or one bar where bars are longer than a day.

    Parameters
    ----------
    data : mapping
        `Problem.data_summary`, as a shard of any evosearch holds it.

    Returns
    -------
    str
        ``day``, ``week``, ``month``, ``quarter``, ``year``, or ``bar`` for any other length.

    Examples
    --------
    >>> find_unit({"interval_s": 300.0}), find_unit({"interval_s": 604_800.0}), find_unit(None)
    ('day', 'week', 'day')
    """
    length = _read_length(data.get("interval_s")) if isinstance(data, Mapping) else None
    if length is None or length <= _DAY + _HOUR:  # summer time makes a day of 25 hours
        return "day"
    found = (unit for low, high, _, unit in _CALENDAR if low <= length / _DAY <= high)
    return next(found, "bar")


def _read_length(interval_s: object) -> float | None:
    """A length in seconds; None for anything else."""
    if isinstance(interval_s, bool) or not isinstance(interval_s, (int, float)):
        return None
    return interval_s if 0 < interval_s < 1e12 else None
