"""How times that are not known may be written: formats to type, found from the times themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from evosearch.trading.reading.instants.calendar import FIRST_YEAR, bound_times
from evosearch.trading.reading.instants.formats import parse_format

ASK = "Say how it is written: "
_N_TRIED = 300
_N_NAMED = 2
_CLOCKS = (
    (r"\d\d?:\d\d:\d\d\.\d{1,6}", "%H:%M:%S.%f"), (r"\d\d?:\d\d:\d\d", "%H:%M:%S"),
    (r"\d\d?:\d\d", "%H:%M"), (r"\d\d\.\d\d\.\d\d", "%H.%M.%S"), (r"\d\d\.\d\d", "%H.%M"),
    (r"\d\d-\d\d-\d\d", "%H-%M-%S"), (r"\d\d-\d\d", "%H-%M"), (r"\d{6}", "%H%M%S"),
    (r"\d{4}", "%H%M"), (r"\d\d", "%H"),
)  # fmt: skip
_DATES = (
    "%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d", "%Y{0}%m{0}%d", "%d{0}%m{0}%Y",
    "%m{0}%d{0}%Y", "%d{0}%b{0}%y", "%d{0}%b{0}%Y", "%b{0}%d{0}%y",
)  # fmt: skip
_MONTHS = ("%b{0}%Y", "%m{0}%Y", "%Y{0}%b", "%Y{0}%m")  # with no time of day
_MARKS = ("-", "/", ".", " ", "_", "")
_OTHERS = (
    "%a %b %d %Y", "%a, %d %b %Y", "%Y\u5e74%m\u6708%d\u65e5", "%Y\ub144 %m\uc6d4 %d\uc77c",
)  # fmt: skip
# A zone by its name behind the time, and nothing of a text that a shell would act upon.
_ZONE = re.compile(r"(.*\d) ([A-Z][A-Za-z]+/[A-Z][A-Za-z_]+)", re.ASCII)
_C_TIME = re.compile(r"([A-Za-z]{3} [A-Za-z]{3} +\d\d?) (\d\d:\d\d:\d\d) (\d{4})", re.ASCII)


def advise_formats(texts: Sequence[str]) -> str:
    """Options that read times that are not known; empty if none is found.

    Parameters
    ----------
    texts : sequence of str
        As they stand in the file.

    Examples
    --------
    >>> advise_formats(["24-01-30 00:00", "24-01-31 00:00"])
    '--set "problem.layout.time_format=%y-%m-%d %H:%M"'
    """
    formats, zone = guess_formats(texts)
    more = f" --set problem.layout.timezone={zone}" if zone else ""
    return " or ".join(f'--set "problem.layout.time_format={each}"{more}' for each in formats)


def guess_formats(texts: Sequence[str]) -> tuple[list[str], str]:
    """Formats that fit all of some texts, the likeliest first, and the zone they name.

    Of several, the texts should run in order, and within the shortest time.
    """
    plain = [text.strip() for text in texts[:_N_TRIED]]
    if not plain or len(plain[0]) > 60:
        return [], ""
    found = _ZONE.fullmatch(plain[0])
    zone, behind = (found[2], f" {found[2]}") if found else ("", "")
    if zone and not all(text.endswith(behind) for text in plain):
        return [], ""
    plain = [text.removesuffix(behind) for text in plain]
    ranked = []
    for place, how in enumerate(dict.fromkeys(_list_formats(plain[0]))):
        moments = _read(plain, how)
        if moments:
            is_back = moments != sorted(moments) and moments != sorted(moments, reverse=True)
            ranked.append((is_back, max(moments) - min(moments), place, how))
    if len(plain) > 1 and any(not is_back for is_back, *_ in ranked):
        ranked = [each for each in ranked if not each[0]]
    # What spreads the times far more takes a day for a year. Day and month may be either way.
    spans: dict[bool, float] = {}
    for _, span, _, how in ranked:
        is_first = how.startswith("%y")
        spans[is_first] = min(span, spans.get(is_first, span))
    least = min(spans.values(), default=0.0)
    kept = [how for *_, how in sorted(ranked) if spans[how.startswith("%y")] <= 8 * least]
    return [how + behind for how in kept[:_N_NAMED]], zone


def _list_formats(text: str) -> Iterator[str]:
    """Formats that one text fits."""
    if _C_TIME.fullmatch(text):
        yield "%a %b %d %H:%M:%S %Y"
    for date, joint, clock in _split(text):
        for form in _DATES if clock else _DATES + _MONTHS:
            for mark in _MARKS:
                how = form.format(mark)
                if (not mark or mark in date) and _fits(date, how):
                    yield how + joint + clock
        for how in _OTHERS:
            if _fits(date, how):
                yield how + joint + clock


def _split(text: str) -> Iterator[tuple[str, str, str]]:
    """A date, what stands behind it, and the format of the time of day; all that is possible."""
    yield text, "", ""
    for shape, clock in _CLOCKS:
        found = re.fullmatch(rf"(.{{4,}}?)(,? |[-_T.]|)({shape})( ?)([AaPp][Mm])?", text, re.ASCII)
        if found:
            half = f"{found[4]}%p" if found[5] else ""
            yield found[1], found[2], (clock.replace("%H", "%I") if half else clock) + half


def _fits(text: str, how: str) -> bool:
    if how.count("%") < len(how) and not how.isascii() and how[2] not in text:
        return False
    return bool(_read([text], how))


def _read(texts: Sequence[str], how: str) -> list[float]:
    """The times of all texts, in seconds; empty where one of them is none."""
    pattern = parse_format(how)
    end_us = bound_times()[1]
    moments = []
    for text in texts:
        if pattern.match(text.encode(), None) is None:
            return []
        try:
            moment = datetime.strptime(text, how)
        except ValueError:
            return []
        seconds = (moment - datetime(1970, 1, 1)).total_seconds()
        if moment.year < FIRST_YEAR or seconds * 1e6 >= end_us:
            return []
        moments.append(seconds)
    return moments
