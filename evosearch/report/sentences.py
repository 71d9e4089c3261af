"""The one catalogue of sentences in English and Spanish, and how numbers look in each.

Every entry is a whole sentence, or a whole clause that stands on its own, with named placeholders.
A placeholder takes a number, a counted noun such as ``2 machines``, a name or a command. A
sentence is never put together from pieces of grammar.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from evosearch.report.catalogue import CHECKS, COUNTED, LABELS, SENTENCES

LANGUAGES = ("en", "es")


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


def say(key: str, language: str, **values: str) -> str:
    """A sentence of the catalogue with its placeholders filled in."""
    return SENTENCES[key][language].format_map(values)


def name_label(key: str, language: str) -> str:
    """The word with which a line of the box begins."""
    return LABELS[key][language]


def name_check(name: str, language: str) -> str:
    """A check of an audit in words; its own name if it is not known."""
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
    """A number of any size, such as an objective."""
    if value is None or not math.isfinite(value):
        return "-"
    return _localise(f"{value:,.6g}", language)


def show_small(value: float, language: str) -> str:
    """A number below one with two digits that tell: 0.35, 0.0083."""
    return _localise(f"{value:.2g}", language)


def _localise(text: str, language: str) -> str:
    if language != "es":
        return text
    return text.translate(str.maketrans(",.", ".,"))
