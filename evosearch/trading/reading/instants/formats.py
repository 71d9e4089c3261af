"""What the option `time_format` may say: a format as Python's strptime has it, or a word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from evosearch.trading.reading.instants.forms import Form, make_form

_LETTERS = r"[A-Za-z\x80-\xff]+"
_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d\d)",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "b": rf"(?P<n>{_LETTERS})",
    "a": rf"(?P<w>{_LETTERS})",
    "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
    "z": r"(?:(?P<z>[Zz]|UTC|GMT)|(?P<s>[-+])(?P<oh>\d\d)(?::?(?P<om>\d\d)(?::?(?P<os>\d\d))?)?)",
    "Z": r"(?:(?P<z>[Zz]|UTC|GMT)|(?P<abbr>[A-Za-z]{2,5}))",
}
_LONG = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y"}
_SAME = {"e": "d", "k": "H", "l": "I", "B": "b", "h": "b", "A": "a"}
_WORDS = ("day first", "month first", "excel", "excel 1904")
_NUMBERS = "YymdHIMSf"


@dataclass(frozen=True)
class Format:
    """A time format, understood.

    Attributes
    ----------
    text : str
        As written.
    pattern : re.Pattern of bytes, or None
        What a text must look like; None for a word, or for no format.
    day_first : bool or None
        For dates such as 01/02/2024.
    serials : str
        "excel" or "excel 1904" for the serial dates of a spreadsheet.
    width : int
        How many digits it has when it has nothing else, as %Y%m%d; 0 otherwise.
    """

    text: str = ""
    pattern: re.Pattern[bytes] | None = None
    day_first: bool | None = None
    serials: str = ""
    width: int = 0

    def match(self, text: bytes, abbreviations: Mapping[str, int] | None) -> Form | None:
        """The form of a text that fits; None if it does not."""
        found = self.pattern.fullmatch(text) if self.pattern else None
        return None if found is None else make_form(found, self.day_first, abbreviations)


def parse_format(text: str | None) -> Format:
    """Understand a time format.

    Raises
    ------
    ValueError
        It is none; the message says what is expected.

    Examples
    --------
    >>> parse_format("%d/%m/%y %H:%M").pattern is not None, parse_format("Excel").serials
    (True, 'excel')
    """
    if text is None:
        return Format()
    word = " ".join(text.lower().replace("-", " ").replace("_", " ").split())
    if word in _WORDS:
        if word.startswith("excel"):
            return Format(text, serials=word)
        return Format(text, day_first=word == "day first")
    if "%" not in text:
        raise ValueError(
            f"expected a format such as '%d.%m.%Y %H:%M', or one of: {', '.join(_WORDS)}; "
            f"got {text[:60]!r}."
        )
    return _parse_directives(text)


def _parse_directives(text: str) -> Format:
    long = re.sub(r"%([FTRD])", lambda found: _LONG[found[1]], text.strip())
    pieces = re.findall(r"%[-#]?.|[^%]+|%$", long, re.DOTALL)
    names = [_SAME.get(piece[-1], piece[-1]) if piece[0] == "%" else "" for piece in pieces]
    unknown = [
        piece
        for piece, name in zip(pieces, names, strict=True)
        if name and name != "%" and name not in _DIRECTIVES
    ]
    if unknown or "%" in pieces:
        known = " ".join(f"%{name}" for name in [*_DIRECTIVES, "B", "A", "F", "T"])
        shown = ", ".join(unknown) or "%"
        raise ValueError(f"{shown} of {text[:60]!r} is not known; known are {known}.")
    given = {"I": "H", "b": "m", "y": "Y"}
    plain = [given.get(name, name) for name in names if name not in {"", "%"}]
    twice = sorted({f"%{name}" for name in plain if plain.count(name) > 1})
    if twice:
        raise ValueError(f"{text[:60]!r} gives {', '.join(twice)} twice.")
    if not {"Y", "m"} <= set(plain):
        raise ValueError(f"{text[:60]!r} must give the year (%Y) and the month (%m).")
    pattern, width = "", 0
    for place, (piece, name) in enumerate(zip(pieces, names, strict=True)):
        if name in ("", "%"):
            words = piece.replace("%%", "%").split(" ")
            # As bytes of UTF-8, which is what texts are compared with.
            pattern += r" +".join(re.escape(word).encode().decode("latin-1") for word in words)
            continue
        expected = _DIRECTIVES[name]
        near = [*names[max(place - 1, 0) : place], *names[place + 1 : place + 2]]
        if any(other and other in _NUMBERS for other in near):
            # Digits beside digits: only a fixed width tells where one number ends.
            expected = expected.replace(r"\d{1,2}", r"\d\d")
        pattern += expected
    if all(name and name in _NUMBERS[:-1] for name in names):
        width = sum(4 if name == "Y" else 2 for name in names)
    return Format(text, re.compile(pattern.encode("latin-1", "replace")), width=width)
