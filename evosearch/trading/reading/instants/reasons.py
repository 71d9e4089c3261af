"""Why a text or a number is no time, and what to type so that it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from evosearch.trading.reading.instants.calendar import bound_years, describe_bounds
from evosearch.trading.reading.instants.epochs import explain_number, read_epochs
from evosearch.trading.reading.instants.forms import PATTERNS, Form
from evosearch.trading.reading.instants.guessing import ASK, advise_formats
from evosearch.trading.reading.instants.texts import TextReader
from evosearch.trading.reading.missing import is_missing

# Where most people live whose clocks are called so.
_EXAMPLES = {
    "CET": "Europe/Berlin", "CEST": "Europe/Berlin", "BST": "Europe/London", "WET": "Europe/Lisbon",
    "EET": "Europe/Athens", "EEST": "Europe/Athens", "MSK": "Europe/Moscow", "JST": "Asia/Tokyo",
    "HKT": "Asia/Hong_Kong", "SGT": "Asia/Singapore", "IST": "Asia/Kolkata", "KST": "Asia/Seoul",
    "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "CST": "America/Chicago",
    "CDT": "America/Chicago", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
}  # fmt: skip
_SHORT_YEARS = re.compile(rb"\d{1,2}([-/. ])(\d{1,2}|[A-Za-z]{3})\1\d{2}\b")
_SHORT_DATE = 6  # digits of a date such as 240131
_EXAMPLE = "%d.%m.%Y %H:%M"


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
    if is_missing(text):
        return "is missing"
    form = reader.find_form(plain)
    if form is True:
        return _explain_digits(text.strip(), reader.format.serials)
    if isinstance(form, Form):
        if "Y" in form.parts:
            begin, end = form.parts["Y"]
            year, (first, end_year) = int(plain[begin:end]), bound_years()
            if not first <= year < end_year:
                return f"is of the year {year:04d}: outside {describe_bounds()}"
        return "is no date or time that exists"
    if reader.format.pattern is not None:
        return f"does not fit the time_format {reader.format.text[:40]!r}"
    return _explain_words(plain, zone)


def _explain_digits(text: str, serials: str) -> str:
    value = float(text.replace(",", "."))
    if serials:
        return f"is no serial date of a spreadsheet from {describe_bounds()}"
    if abs(value) < 2**62 and read_epochs(np.array([value])).forms[0]:
        return (
            "has lost its last digits, as a spreadsheet shows it or 32-bit numbers hold it. "
            "Save the times as whole numbers"
        )
    told = explain_number(value)
    is_short = len(text) == _SHORT_DATE and text.isdigit() and "--set" not in told
    return f"{told}. {ASK}" if is_short else told


def _explain_words(plain: bytes, zone: str | None) -> str:
    for pattern in PATTERNS:
        match = re.fullmatch(pattern, plain)
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
    if _SHORT_YEARS.match(plain):
        return f"has a year of two digits. {ASK}"
    return f"is no time that is known. {ASK}"


def add_advice(bad: Sequence[tuple[int, str, str]], n_good: int) -> list[tuple[int, str, str]]:
    """Faults of a column with what to type: the format that all of them fit.

    Parameters
    ----------
    bad : sequence of (row, text, why)
    n_good : int
        How many rows of the column are read as they are: these no option may change.
    """
    asked = [text for _, text, why in bad if why.endswith(ASK)]
    if not asked:
        return list(bad)
    if n_good:
        tail = "Write it as the others are"
    else:
        tail = ASK + (advise_formats(asked) or f'--set "problem.layout.time_format={_EXAMPLE}"')
    return [
        (row, text, why.removesuffix(ASK) + tail if why.endswith(ASK) else why)
        for row, text, why in bad
    ]
