"""Why a text or a number is no time, and what to type so that it is read."""

from __future__ import annotations

import numpy as np

from evosearch.trading.reading.instants.calendar import FIRST_YEAR, describe_bounds
from evosearch.trading.reading.instants.epochs import explain_number, read_numbers
from evosearch.trading.reading.instants.forms import PATTERNS, SHORT_YEARS, Form
from evosearch.trading.reading.instants.texts import TextReader

_MISSING = {b"", b"nan", b"nat", b"na", b"n/a", b"null", b"none", b"-"}


def explain(text: str, reader: TextReader, zone: str | None) -> str:
    """Why a text is no time although others may be, and what to do.

    Parameters
    ----------
    text : str
        What stands in the file.
    reader : TextReader
    zone : str or None
        The zone of times without one.
    """
    plain = text.strip().encode()
    if plain.lower() in _MISSING:
        return "the time is missing"
    form = reader.find_form(plain)
    if form is True:
        return _explain_digits(text.strip(), reader.format.serials)
    if isinstance(form, Form):
        if "Y" in form.parts:
            begin, end = form.parts["Y"]
            year = plain[begin:end].decode()
            if not f"{FIRST_YEAR}" <= year <= describe_bounds()[-10:-6]:
                return f"the year {year} lies outside {describe_bounds()}"
        return "is no date or time that exists"
    if reader.format.pattern is not None:
        return f"does not fit the time_format {reader.format.text[:40]!r}"
    return _explain_words(plain, zone)


def _explain_digits(text: str, serials: str) -> str:
    value = float(text.replace(",", "."))
    if serials:
        return f"is no serial date of a spreadsheet from {describe_bounds()}"
    if abs(value) < 2**62 and read_numbers(np.array([value])).forms[0]:
        return (
            "has lost its last digits, as a spreadsheet shows it or 32-bit numbers hold it. "
            "Save the times as whole numbers"
        )
    return explain_number(value)


def _explain_words(plain: bytes, zone: str | None) -> str:
    for pattern in PATTERNS:
        match = pattern.fullmatch(plain)
        name = match and match.groupdict().get("abbr")
        if name:
            shown = name.decode()
            if zone is not None:
                return f"{shown} is no name that {zone} gives its times"
            return (
                f"{shown} names no zone for certain. Name it: "
                "--set problem.layout.timezone=America/New_York"
            )
    if SHORT_YEARS.match(plain):
        return (
            "the year has two digits. Say how it is written: "
            "--set problem.layout.time_format=%d/%m/%y"
        )
    return (
        "is no time that is known. Say how it is written: "
        '--set "problem.layout.time_format=%d.%m.%Y %H:%M"'
    )
