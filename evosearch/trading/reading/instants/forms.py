"""Where the year, the hour and so on stand in a text: recognised from one text, good for all alike.

Regular expressions find the `Form` of one text. By it, thousands of texts are read that have
digits and letters in the same places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Span = tuple[int, int]

_NAMES = {
    1: "january jan enero ene januar jän jänner",
    2: "february feb febrero februar",
    3: "march mar marzo märz mär mrz",
    4: "april apr abril abr",
    5: "may mayo mai",
    6: "june jun junio juni",
    7: "july jul julio juli",
    8: "august aug agosto ago",
    9: "september sep sept septiembre setiembre set",
    10: "october oct octubre oktober okt",
    11: "november nov noviembre",
    12: "december dec diciembre dic dezember dez",
}
MONTHS = {name.encode(): month for month, names in _NAMES.items() for name in names.split()}
_DAYS = (
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat "
    "sunday sun lunes lun martes mar miércoles mié mie jueves jue viernes vie sábado sáb sab "
    "domingo dom montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sa sonntag so"
)
_DAY = "|".join(sorted(_DAYS.split(), key=len, reverse=True)).encode()
_LETTERS = rb"[A-Za-z\x80-\xff]"


@dataclass(frozen=True)
class Form:
    """Where the parts of a time stand in a text, in bytes.

    Attributes
    ----------
    parts : mapping of str to (start, end)
        Y y m d a b H M S f oh om os: numbers (a, b: day and month, or the reverse); s: the sign
        of the offset; p: the A or P of AM and PM; n: a month's name.
    free : frozenset of int
        Places whose letters may differ from text to text, beside those of `parts`.
    fixed_offset_s : int or None
        Of a text that names its zone (Z, UTC); None where it has none, or one in numbers.
    day_first : bool or None
        For a and b: None where the column decides.
    """

    parts: Mapping[str, Span]
    free: frozenset[int] = frozenset()
    fixed_offset_s: int | None = None
    day_first: bool | None = None

    @property
    def is_exact(self) -> bool:
        """Whether a text of this form names an instant."""
        return self.fixed_offset_s is not None or "oh" in self.parts

    @property
    def is_date(self) -> bool:
        """Whether there is no time of day."""
        return "H" not in self.parts

    @property
    def is_open(self) -> bool:
        """Whether the column must decide which is the day and which the month."""
        return "a" in self.parts and self.day_first is None


_CLOCKS = (
    rb"(?P<H>\d{1,2}):(?P<M>\d\d)(?::(?P<S>\d\d)(?:[.,:](?P<f>\d{1,9}))?)?",
    rb"(?P<H>\d\d)(?P<M>\d\d)(?:(?P<S>\d\d)(?:[.,]?(?P<f>\d{1,9}))?)?",
    rb"(?P<H>\d{1,2})",
)
_HALF = rb"(?:(?: |-|\xe2\x80\xaf)?(?P<p>[AaPp])\.?[Mm]\.?)?"
_ZONE = (
    rb"(?: ?(?:(?P<z>[Zz]|UTC|GMT|utc|gmt)"
    rb"|(?:UTC|GMT)(?P<s1>[-+])(?P<oh1>\d{1,2})(?::?(?P<om1>\d\d))?"
    rb"|(?P<s>[-+])(?P<oh>\d\d)(?::?(?P<om>\d\d)(?::?(?P<os>\d\d))?)?"
    rb"|(?P<abbr>[A-Za-z]{2,5}))(?:\[[^\]]*\]| \([^)]*\))?)?"
)
_MARK = rb"(?:[Tt]|,? {1,2}| at |[_:;,])"
_WEEKDAY = rb"(?:(?P<w>(?i:" + _DAY + rb"))[.,]{0,2} )?"
_NAME = rb"(?P<n>" + _LETTERS + rb"{3,12})"
_ORDINAL = rb"(?i:st|nd|rd|th)?"
_DATES = (
    rb"(?P<Y>\d{4})(?P<q>[-/. ])(?P<m>\d{1,2})(?P=q)(?P<d>\d{1,2})",
    rb"(?P<Y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
    rb"(?P<a>\d{1,2})(?P<q>[-/. ])(?P<b>\d{1,2})(?P=q)(?P<Y>\d{4})",
    rb"(?P<d>\d{1,2})" + _ORDINAL + rb"\.?(?:[ /-]|)(?:de )?" + _NAME
    + rb"\.?,?(?:[ /-]|)(?:del? )?(?P<Y>\d{4})",
    _NAME + rb"\.?[ /-](?P<d>\d{1,2})" + _ORDINAL + rb",?[ /-](?P<Y>\d{4})",
    rb"(?P<Y>\d{4})(?P<q>[-/. ])" + _NAME + rb"(?P=q)(?P<d>\d{1,2})",
)  # fmt: skip
_SHORT_DATE = rb"(?P<a>\d{1,2})(?P<q>[-/. ])(?P<b>\d{1,2})(?P=q)(?P<y>\d\d)"


def _write_patterns(date: bytes) -> list[bytes]:
    found = [_WEEKDAY + date + rb"(?: ?(?P<z>[Zz]|UTC|GMT))?"]
    for place, clock in enumerate(_CLOCKS):
        # Digits may follow one another: 20240102093000Z.
        mark = rb"(?:" + _MARK + rb")?" if date is _DATES[1] and place == 1 else _MARK
        found.append(_WEEKDAY + date + mark + clock + _HALF + _ZONE)
    return found


# As text: `re` compiles a pattern when it is first tried, and hardly a file needs the third.
PATTERNS = [pattern for date in _DATES for pattern in _write_patterns(date)]
PATTERNS.append(rb"(?P<Y>\d{4})-(?P<m>\d\d)")
_SHORT_PATTERNS = _write_patterns(_SHORT_DATE)


def match_form(
    text: bytes, day_first: bool | None = None, abbreviations: Mapping[str, int] | None = None
) -> Form | None:
    """The form of a text; None if the text is not a time.

    Parameters
    ----------
    text : bytes
        UTF-8, without blanks around it.
    day_first : bool, optional
        For dates such as 01/02/2024; None leaves it to the column.
    abbreviations : mapping of str to int, optional
        Offsets in seconds of the names that a zone gives its times: {"EST": -18000}.
    """
    for pattern in (*PATTERNS, *(_SHORT_PATTERNS if day_first is not None else ())):
        match = re.fullmatch(pattern, text)
        form = make_form(match, day_first, abbreviations) if match else None
        if form is not None:
            return form
    return None


def make_form(
    match: re.Match[bytes], day_first: bool | None, abbreviations: Mapping[str, int] | None
) -> Form | None:
    """The form that a match shows; None if a name in it is not known."""
    groups: dict[str, Any] = match.groupdict()
    parts: dict[str, Span] = {}
    for name, found in groups.items():
        if found is not None and name not in {"q", "w", "z", "abbr"}:
            parts[name.rstrip("1")] = match.span(name)
    if "n" in parts and groups["n"].lower() not in MONTHS:
        return None
    free: set[int] = set()
    for name in ("w", "n"):
        if groups.get(name) is not None:
            free.update(range(*match.span(name)))
    offset = 0 if groups.get("z") else None
    if groups.get("abbr"):
        offset = (abbreviations or {}).get(groups["abbr"].decode().upper())
        if offset is None:
            return None
    return Form(parts, frozenset(free), offset, day_first)
