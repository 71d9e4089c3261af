"""Why a text or a number is no time, and what to type so that it is read."""

from __future__ import annotations

import re

import numpy as np

from evosearch.trading.reading.instants.calendar import FIRST_YEAR, describe_bounds
from evosearch.trading.reading.instants.epochs import explain_number, read_numbers
from evosearch.trading.reading.instants.forms import SHORT_YEARS, Form, list_patterns
from evosearch.trading.reading.instants.texts import TextReader

# Where most people live whose clocks are called so.
_EXAMPLES = {
    "CET": "Europe/Berlin", "CEST": "Europe/Berlin", "BST": "Europe/London", "WET": "Europe/Lisbon",
    "EET": "Europe/Athens", "EEST": "Europe/Athens", "MSK": "Europe/Moscow", "JST": "Asia/Tokyo",
    "HKT": "Asia/Hong_Kong", "SGT": "Asia/Singapore", "IST": "Asia/Kolkata", "KST": "Asia/Seoul",
    "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "CST": "America/Chicago",
    "CDT": "America/Chicago", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
}  # fmt: skip
_CLOCK = re.compile(rb"([T ,]{1,2})\d{1,2}:(\d\d)(:\d\d)?(( ?)[AaPp]\.?[Mm]\.?)?")
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
        return "is missing"
    form = reader.find_form(plain)
    if form is True:
        return _explain_digits(text.strip(), reader.format.serials)
    if isinstance(form, Form):
        if "Y" in form.parts:
            begin, end = form.parts["Y"]
            year = plain[begin:end].decode()
            if not f"{FIRST_YEAR}" <= year <= describe_bounds()[-10:-6]:
                return f"is of the year {year}: outside {describe_bounds()}"
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
    for pattern in list_patterns():
        match = pattern.fullmatch(plain)
        name = match and match.groupdict().get("abbr")
        if name:
            shown = name.decode()
            if zone is not None:
                return f"ends in {shown}, which is no name that {zone} gives its times"
            example = _EXAMPLES.get(shown.upper(), "America/New_York")
            return (
                f"ends in {shown}, which is the name of several zones. Say which: "
                f"--set problem.layout.timezone={example}"
            )
    found = SHORT_YEARS.match(plain)
    if found:
        options = " or ".join(
            f'--set "problem.layout.time_format={each}"' for each in _guess_formats(plain)
        )
        return f"has a year of two digits. Say how it is written: {options}"
    return (
        "is no time that is known. Say how it is written: "
        '--set "problem.layout.time_format=%d.%m.%Y %H:%M"'
    )


def _guess_formats(text: bytes) -> list[str]:
    """How a text with a year of two digits may be written, as formats."""
    match = SHORT_YEARS.match(text)
    assert match is not None
    mark, middle = match[1].decode(), match[2]
    found = _CLOCK.fullmatch(text[match.end() :])
    # Nothing else of the text: the option is to be typed into a shell.
    clock = ""
    if found is not None:
        seconds, half = "%S" if found[3] else "", " %p" if found[4] else ""
        hours = "%I" if half else "%H"
        clock = f"{found[1].decode()}{hours}:%M{':' * bool(seconds)}{seconds}"
        clock += half if found[5] or not half else half.strip()
    if middle.isalpha():
        return [f"%d{mark}%b{mark}%y{clock}"]
    first, second = int(match[0].split(match[1])[0]), int(middle)
    day, month = f"%d{mark}%m{mark}%y{clock}", f"%m{mark}%d{mark}%y{clock}"
    return [day] if first > 12 else [month] if second > 12 else [day, month]
