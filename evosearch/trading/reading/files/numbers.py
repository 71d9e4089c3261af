"""Numbers as people write them, a column at a time.

A number is read exactly: "53.68K" is the number that 53680 is. Every mark is taken away from the
text, never from a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.trading.reading.buffers import (
    as_floats,
    as_mask,
    as_numbers,
    make_texts,
    parse_numbers,
)
from evosearch.trading.reading.missing import MISSING

_BLANKS = ("'", "\u2019", " ", "\u00a0", "\u202f")
_MONEY = "(?:[$\u20ac\u00a3\u00a5\u20b9\u20bd\u20a9]|USD|EUR|GBP|USDT)"
_COMMA_TO_POINT = bytes.maketrans(b",.", b".?")
_OF_NUMBERS = {*"0123456789.+-eE"}
_OF_MONEY = {*"$%UDSGPR", *map(chr, range(128, 256))}
_SCALES = {
    "k": "e3", "K": "e3", "m": "e6", "M": "e6", "b": "e9", "B": "e9", "t": "e12", "T": "e12",
}  # fmt: skip
_PLAIN = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity)$"


@dataclass(frozen=True)
class Numbers:
    """A column of numbers.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        NaN where there is none.
    bad : ndarray of int, shape (n_bad,)
        Rows whose text is no number; an empty cell is not among them.
    example : tuple of (str, float) or None
        A text that was read without its marks.
    """

    values: NDArray[np.float64]
    bad: NDArray[np.intp]
    example: tuple[str, float] | None = None


_NONE = np.empty(0, np.intp)


def read_numbers(texts: Any, decimal: str = ".", thousands: str = "") -> Numbers:
    """A column of texts as numbers.

    Parameters
    ----------
    texts : pyarrow.StringArray, shape (n,)
    decimal : "." or ","
    thousands : str
        The mark between thousands; empty: whichever divides digits by threes.
    """
    import pyarrow as pa

    plain = texts if decimal == "." else _exchange_marks(texts)
    found = parse_numbers(plain, pa.float64())
    if found is not None:
        return Numbers(as_floats(found), _NONE)
    return _read_carefully(texts, decimal, thousands)


def _read_carefully(texts: Any, decimal: str, thousands: str) -> Numbers:
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(texts)
    is_missing = pc.or_kleene(
        pc.is_null(trimmed),
        pc.is_in(pc.utf8_lower(trimmed), value_set=make_texts([*MISSING]), skip_nulls=True),
    )
    no_text = pa.nulls(1, pa.string())[0]
    known = pc.if_else(is_missing, no_text, trimmed)
    if decimal == "." and _find_characters(known) <= _OF_NUMBERS:
        found = parse_numbers(known, pa.float64())
        if found is not None:
            return Numbers(as_floats(found), _NONE)
    plain = _take_marks_away(known, decimal, thousands)
    is_number = pc.is_valid(plain)
    found = parse_numbers(plain, pa.float64())
    if found is None:
        is_number = pc.match_substring_regex(plain, _PLAIN)
        found = pc.if_else(is_number, plain, no_text).cast(pa.float64())
    values = as_floats(found)
    bad = np.flatnonzero(~as_mask(is_number) & ~as_mask(is_missing))
    changed = np.flatnonzero(as_mask(pc.not_equal(known, plain)) & as_mask(is_number))
    example = None
    if len(changed):
        first = int(changed[0])
        example = known[first].as_py(), float(values[first])
    return Numbers(values, bad, example)


def _take_marks_away(texts: Any, decimal: str, thousands: str) -> Any:
    import pyarrow.compute as pc

    found = _find_characters(texts)
    if found & _OF_MONEY:
        texts = pc.replace_substring_regex(texts, rf"^([+-]?)\s*{_MONEY}\s*([+-]?)", r"\1\2")
        texts = pc.replace_substring_regex(texts, rf"\s*(?:{_MONEY}|%)$", "")
    other = "," if decimal == "." else "."
    for mark in (thousands,) if thousands else (other, *_BLANKS):
        if chr(mark.encode()[0]) not in found:
            continue
        point, between = rf"\{decimal}", rf"\{mark}" if mark in ".," else mark
        groups = rf"(?:{between}\d{{{'2,3' if mark == ',' else 3}}})*"  # 12,34,567 in India
        pattern = rf"^[+-]?\d{{1,3}}{groups}{between}\d{{3}}(?:{point}\d*)?\s*[a-zA-Z]?$"
        is_grouped = pc.match_substring_regex(texts, pattern)
        texts = pc.if_else(is_grouped, pc.replace_substring(texts, mark, ""), texts)
    texts = texts if decimal == "." else _exchange_marks(texts)
    for letter, exponent in _SCALES.items():
        if letter in found:
            if " " in found:
                texts = pc.replace_substring(texts, f" {letter}", letter)
            texts = pc.replace_substring(texts, letter, exponent)
    return texts


def _exchange_marks(texts: Any) -> Any:
    """A comma becomes a point, and a point, which may divide thousands, what no number holds."""
    import pyarrow as pa

    validity, offsets, data = texts.buffers()
    exchanged = b"" if data is None else data.to_pybytes().translate(_COMMA_TO_POINT)
    buffers = [validity, offsets, pa.py_buffer(exchanged)]
    return pa.Array.from_buffers(texts.type, len(texts), buffers, offset=texts.offset)


def _find_characters(texts: Any) -> set[str]:
    """Which ones stand anywhere; of those that are not ASCII, their first byte."""
    offsets = as_numbers(texts, np.int32)
    end = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset + len(texts)]
    raw = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[offsets[0] if len(texts) else 0 : end]
    return {chr(byte) for byte in np.flatnonzero(np.bincount(raw, minlength=256))}
