"""What an audit found, in lines for people: the summary of a strategy first, then its checks."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from evosearch.report.catalogue.audit import MARKS, SENTENCES
from evosearch.report.sentences import (
    name_check,
    say,
    show_decimal,
    show_integer,
    show_percent,
    show_small,
    show_value,
)

_SHOWN = ("limit", "best", "triple", "confidence")
_COUNTS = ("many", "n_cuts")
# Which numbers of a check are shares; all others are daily values, shown for a year.
_PERCENT = {
    "costs": ("value", "limit", "triple"),
    "concentration": ("value", "limit"),
    "random_entries": ("value", "limit"),
    "walk_forward": ("confidence",),
}
_WHYS = {"no_sharpe": "no_value"}
_WIDTH = 80
# A strategy that never trades passes these too.
_EASY = ("same_numbers", "lookahead")


class Found(Protocol):
    """One check, as an audit's file has it."""

    @property
    def name(self) -> str:
        """Its key."""

    @property
    def passed(self) -> bool | None:
        """None where it cannot tell."""

    @property
    def value(self) -> float | None:
        """The number that decided."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Further numbers."""


class Audited(Protocol):
    """One strategy, as an audit's file has it."""

    @property
    def rank(self) -> int:
        """In the ranking."""

    @property
    def genome_id(self) -> str:
        """32 hexadecimal digits."""

    @property
    def checks(self) -> Sequence[Found]:
        """Its own, in their order."""


def summarise(checks: Sequence[Found], language: str, ranking: Sequence[Found] = ()) -> str:
    """What a strategy does not survive, in one sentence.

    Parameters
    ----------
    checks : sequence of Found
        Its own.
    language : {"en", "es"}
    ranking : sequence of Found
        Of the searches as a whole: what they do not survive is no strategy's merit.
    """
    failed = [name_check(check.name, language) for check in checks if check.passed is False]
    if failed:
        return say("audit.survives_not", language, names=", ".join(failed))
    told = [check.name for check in checks if check.passed]
    if not told or (len(told) < len(checks) and {*told} <= {*_EASY}):
        return say("audit.unknown", language)
    has_failed = any(check.passed is False for check in ranking)
    return say("audit.survives_own" if has_failed else "audit.survives", language)


def wrap_summary(row: Audited, ranking: Sequence[Found], language: str) -> list[str]:
    """A strategy and its summary, wrapped; `ranking` are the checks of the searches."""
    head = f"#{row.rank}  {row.genome_id[:8]}  "
    return textwrap.wrap(
        head + summarise(row.checks, language, ranking), _WIDTH,
        subsequent_indent=" " * len(head), break_on_hyphens=False,
    )  # fmt: skip


def list_checks(
    checks: Sequence[Found],
    language: str,
    days_per_year: float | None = None,
    unit: str = "day",
) -> list[str]:
    """One line for each check: whether it is passed, its name and its number.

    Parameters
    ----------
    checks : sequence of Found
    language : {"en", "es"}
    days_per_year : float, optional
    unit : str
        What one return spans: ``day``, or the bar where that is longer.
    """
    marks = {True: "passed", False: "failed", None: "unknown"}
    lines = []
    for check in checks:
        mark = MARKS[marks[check.passed]][language]
        head = f"   {mark:<4}  {name_check(check.name, language):<20} "
        text = describe_check(check, language, days_per_year, unit)
        lines += textwrap.wrap(
            head + text, _WIDTH, subsequent_indent=" " * len(head), break_on_hyphens=False
        )
    return lines


def describe_check(
    check: Found, language: str, days_per_year: float | None = None, unit: str = "day"
) -> str:
    """What a check found, in one sentence with its number."""
    name, facts = check.name, check.facts
    if name == "same_numbers" and check.passed is not None:
        end = "passed" if check.passed else "failed"
        return say(f"same_numbers.{end}", language, first=str(facts.get("first")))
    if check.value is None or check.passed is None:
        return _explain(facts, language, unit)
    if f"{name}.value" not in SENTENCES:  # the check of another version
        return show_value(check.value, language)
    if name == "surrogates":
        counts = [_read(facts, key) or 0.0 for key in ("n_as_good", "n")]
        as_good, n = (show_integer(int(value), language) for value in counts)
        p = show_small(check.value, language)
        return say("surrogates.value", language, as_good=as_good, n=n, p=p)
    year = math.sqrt(days_per_year or 1.0)
    shares = _PERCENT.get(name, ())

    def show(key: str, value: float | None) -> str:
        if key in shares:
            return show_percent(value, language, 0 if key == "confidence" else 1)
        if key in _COUNTS or name == "lookahead":
            return "-" if value is None else show_integer(int(value), language)
        return show_decimal(None if value is None else value * year, language)

    numbers = {key: _read(facts, key) for key in (*_SHOWN, *_COUNTS)} | {"value": check.value}
    returns = facts.get("returns")
    if name == "costs" and isinstance(returns, list) and returns:
        numbers["triple"] = returns[-1]
    return say(f"{name}.value", language, **{key: show(key, v) for key, v in numbers.items()})


def _explain(facts: Mapping[str, Any], language: str, unit: str) -> str:
    """Why a check cannot tell."""
    why = str(facts.get("why"))
    key = f"untold.{_WHYS.get(why, why)}"
    if unit != "day" and f"{key}_bars" in SENTENCES:
        key += "_bars"
    return say(key if key in SENTENCES else "untold.unknown", language)


def _read(facts: Mapping[str, Any], key: str) -> float | None:
    value = facts.get(key)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]
