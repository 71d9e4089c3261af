"""The one catalogue of sentences in English and Spanish, and how numbers look in each.

Every entry is a whole sentence, or a whole clause that stands on its own, with named placeholders.
A placeholder takes a number, a counted noun such as ``2 machines``, a name or a command. A
sentence is never put together from pieces of grammar.

A placeholder may say how its number is shown: ``{x:.2}`` with so many decimals, ``{x:%2}`` as
percent, ``{x:=}`` and ``{x:%}`` exactly, ``{x:$}`` as money, ``{x:time}`` as a length of time in
seconds, ``{x:utc}`` as a moment of microseconds since 1970, ``{n:machine}`` as a counted noun.
"""

from __future__ import annotations

import functools
import math
import re
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from evosearch.report.catalogue import find_sentence
from evosearch.report.catalogue.common import COUNTED, LABELS
from evosearch.statements import Statement, Told
from evosearch.texts import make_visible

LANGUAGES = ("en", "es")
# Genes of blocks that repeat: one name for all of them, with the number of the block.
_NUMBERED = re.compile(r"rule(\d+)_(\w+)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def choose_language(wanted: str | None, environ: Mapping[str, str]) -> str:
    """The language asked for; else Spanish if the environment begins with ``es``, else English.

    Examples
    --------
    >>> choose_language(None, {"LC_ALL": "", "LANG": "es_MX.UTF-8"})
    'es'
    """
    if wanted is not None:
        return wanted
    names = (environ.get(key) for key in ("LC_ALL", "LC_MESSAGES", "LANG"))
    found = next(filter(None, names), "")
    return "es" if found.lower().startswith("es") else "en"


def say(key: str, language: str, **values: Told) -> str:
    """A sentence of the catalogue with its placeholders filled in.

    Raises
    ------
    KeyError
        The catalogue lacks it.
    """
    entry = find_sentence(key)
    if entry is None:
        raise KeyError(key)
    return _Filled(language).vformat(entry[language], (), values)


def word(statement: Statement, language: str) -> str:
    """A statement in words, with its numbers as the language writes them.

    Examples
    --------
    >>> word(Statement("common.and", {"first": 1234.5, "last": "more"}), "es")
    '1.234,5 y more'
    """
    return say(statement.key, language, **statement.values)


def name_metric(name: str, language: str, label: str = "") -> str:
    """The short word for a metric; its label, or its name, if the catalogue lacks it.

    Parameters
    ----------
    name : str
        The column; a twin over what the search never sees ends in ``_oos``.
    language : str
    label : str
        Of the metric's record.
    """
    plain = name.removesuffix("_oos")
    found = find_sentence(f"metric.{plain}")
    text = found[language] if found else label or plain
    return text if plain == name else say("common.unseen", language, name=text)


def name_gene(name: str, language: str) -> str:
    """A parameter as people call it; its own name with blanks if the catalogue lacks it."""
    numbered = _NUMBERED.fullmatch(name)
    plain, n = (name, "") if numbered is None else (f"rule_{numbered[2]}", numbered[1])
    if find_sentence(f"gene.{plain}") is None:
        return make_visible(name).removesuffix("_frac").replace("_", " ")
    return say(f"gene.{plain}", language, n=n)


def name_label(key: str, language: str) -> str:
    """The word with which a line of the box begins."""
    return LABELS[key][language]


def lead(key: str, text: str, language: str) -> str:
    """A line that begins with a label."""
    return f"{name_label(key, language):<8} {text}"


def name_check(name: str, language: str) -> str:
    """A check of an audit in words; its own name if it is not known."""
    from evosearch.report.catalogue.audit import CHECKS

    return CHECKS.get(name, {}).get(language, name)


def count(noun: str, n: int, language: str) -> str:
    """A counted noun: ``1 machine``, ``2 machines``."""
    one, many = COUNTED[noun][language]
    return (one if n == 1 else many).format(n=show_integer(n, language))


def show_integer(n: int, language: str) -> str:
    """A whole number with a separator between thousands."""
    return _localise(f"{n:,}", language)


def show_decimal(value: float | None, language: str, digits: int = 1) -> str:
    """A number with a fixed count of decimals; a dash if undefined.

    Examples
    --------
    >>> show_decimal(-1234.56, "es"), show_decimal(-0.01, "en"), show_decimal(None, "en")
    ('-1.234,6', '0.0', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    text = f"{value:,.{digits}f}" if abs(value) < 1e9 else f"{value:.3g}"
    # What rounds to zero has no sign.
    return _localise(text if text.strip("-0.") else text.removeprefix("-"), language)


def show_percent(value: float | None, language: str, digits: int = 1) -> str:
    """A fraction as percent."""
    shown = show_decimal(None if value is None else 100 * value, language, digits)
    return shown if shown == "-" else f"{shown} %"


def show_value(value: float | None, language: str) -> str:
    """A number of any size, such as an objective or a price.

    Examples
    --------
    >>> show_value(0.000001586, "en"), show_value(2267243.6, "en"), show_value(1e15, "en")
    ('1.586e-06', '2,267,244', '1e+15')
    """
    if value is None or not math.isfinite(value):
        return "-"
    is_long = 999_999.5 <= abs(value) < 1e12
    return _localise(f"{value:,.0f}" if is_long else f"{value:,.6g}", language)


def show_small(value: float, language: str) -> str:
    """A number below one with two digits that tell: 0.35, 0.0083."""
    return _localise(f"{value:.2g}", language)


def show_money(value: float | None, language: str) -> str:
    """An amount: whole if it is, else with two decimals."""
    is_whole = value is not None and math.isfinite(value) and value == int(value)
    return show_decimal(value, language, 0 if is_whole else 2)


def show_time(seconds: float, language: str) -> str:
    """A length of time, exactly: ``70 minutes``, ``8 hours 20 minutes``, ``14 days``.

    Examples
    --------
    >>> show_time(4200, "en"), show_time(30000, "es")
    ('70 minutes', '8 horas 20 minutos')
    """
    left = round(seconds)
    parts: list[str] = []
    for noun, size, least in (
        ("day", 86400, 172800),
        ("hour", 3600, 7200),
        ("minute", 60, 60),
        ("second", 1, 1),
    ):
        if parts or left >= least or left == size:
            n, left = divmod(left, size)
            parts += [count(noun, n, language)] if n else []
        if not left and parts:
            break
    return " ".join(parts) or count("second", 0, language)


class _Filled(string.Formatter):
    """Fills in a statement's values in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Told, format_spec: str) -> str:
        """One value, shown as its placeholder wants it."""
        language = self.language
        if isinstance(value, Statement):
            return word(value, language)
        if isinstance(value, (list, tuple)):
            return functools.reduce(
                lambda first, last: say("common.and", language, first=first, last=last),
                [word(each, language) for each in value],
            )
        if isinstance(value, str):
            return value
        return _show(value, format_spec, language)


def _show(value: float | None, form: str, language: str) -> str:
    """A number as a placeholder wants it."""
    if value is None:
        return "-"
    if form == "time":
        return show_time(value, language)
    if form == "utc":
        return f"{_EPOCH + timedelta(microseconds=int(value)):%Y-%m-%d %H:%M}"
    if form == "$":
        return show_money(value, language)
    if form == "=":
        return _show_exactly(value, language)
    if form == "%":
        return f"{_show_exactly(100 * value, language)} %"
    if form.startswith("%"):
        return show_percent(value, language, int(form[1:]))
    if form.startswith("."):
        return show_decimal(value, language, int(form[1:]))
    if form:
        return count(form, int(value), language)
    return show_integer(value, language) if isinstance(value, int) else show_value(value, language)


def _show_exactly(value: float, language: str) -> str:
    return _localise(f"{value:,.10f}".rstrip("0").rstrip("."), language)


def _localise(text: str, language: str) -> str:
    if language != "es":
        return text
    return text.translate(str.maketrans(",.", ".,"))
