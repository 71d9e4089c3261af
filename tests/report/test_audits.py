"""Audits in words: each case has its sentence in both languages, within 80 columns."""

import re
from dataclasses import replace

import pytest

from evosearch.assemble.audit_records import Check
from evosearch.evidence.moments import Moments
from evosearch.evidence.rules import judge
from evosearch.evidence.verdict import Case
from evosearch.report.audits.checks import describe_check, list_checks, summarise
from evosearch.report.audits.facts import Forward, ForwardRow
from evosearch.report.audits.forward import list_forward

IN = Moments(0.3, 0.1, 3.5, 800, 1.5, 0.4)
OUT = Moments(0.25, 0.1, 3.5, 400, 0.6, 0.4)
HOLD = Moments(0.01, 0.0, 3.0, 400, 0.1)
CASE = Case(IN, OUT, HOLD, HOLD, True, 1200, False, 1, False, 365.0)
FORWARD = Forward("newer.csv", 9600, 400, "2026-01-22", "2027-02-26", 0, "", 365.0, HOLD)
LANGUAGES = ["en", "es"]


def row(rank, **more):
    earned = replace(OUT, **more)
    return ForwardRow(rank, f"{rank:032x}", IN, earned, judge(replace(CASE, unseen=earned)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_newer_bars_are_told_with_each_strategy_that_was_tested(language):
    found = replace(FORWARD, rows=(row(1), row(2, sharpe=-0.1)), n_looks=2)
    lines = list_forward(found, language)
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "2026-01-22" in text and "2027-02-26" in text
    assert [line.split()[0] for line in lines if line.startswith("#")] == ["#1", "#2"]
    passes = {"en": ("passes:", "does not pass:"), "es": ("pasa:", "no pasa:")}[language]
    assert passes[0] in lines[3] and passes[1] in text
    assert lines[-1].startswith({"en": "the strategies below", "es": "las siguientes"}[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_too_few_newer_days_say_nothing(language):
    short = list_forward(replace(FORWARD, n_days=29), language)
    none = list_forward(replace(FORWARD, n_days=0, n_bars=0), language)
    assert "29" in short[0] and "30" in " ".join(short)
    assert len(none) == 1 and "newer.csv" in none[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_prices_that_changed_are_told(language):
    lines = list_forward(
        replace(FORWARD, n_changed=1234, first_changed="2025-10-11 03:05"), language
    )
    shown = {"en": "1,234", "es": "1.234"}[language]
    assert shown in " ".join(lines) and "2025-10-11 03:05" in " ".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_check_that_cannot_tell_says_why(language):
    whys = ["no_trades", "no_sharpe", "no_profit", "too_short", "too_few", "infeasible"]
    said = {describe_check(Check("noise", None, None, {"why": why}), language) for why in whys}
    assert len(said) == len(whys)
    foreign = Check("noise", None, None, {"why": "{0.__class__}"})
    unknown = describe_check(Check("noise", None), language)
    assert describe_check(foreign, language) == unknown not in said


@pytest.mark.parametrize(("language", "word"), [("en", "weeks"), ("es", "semanas")])
def test_an_audit_of_weekly_bars_counts_weeks(language, word):
    short = " ".join(list_forward(replace(FORWARD, n_days=29, unit="week"), language))
    assert f"29 {word}" in short and not re.search("days|días", short)
    untold = Check("noise", None, None, {"why": "too_short"})
    said = describe_check(untold, language, unit="week")
    assert said != describe_check(untold, language) and not re.search("days|días", said)
    other = Check("noise", None, None, {"why": "no_trades"})
    assert describe_check(other, language, unit="week") == describe_check(other, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_check_of_a_newer_version_has_its_name_and_its_mark(language):
    (line,) = list_checks([Check("crystal_ball", True, 0.5)], language)
    assert "crystal_ball" in line


@pytest.mark.parametrize("name", ["surrogates", "costs", "lookahead", "same_numbers", "noise"])
def test_facts_of_any_kind_are_told(name):
    keys = ("n", "n_as_good", "limit", "returns", "n_cuts", "many", "first", "why")
    for value in ("x", "", None, True, -(2**53), 1e300, [], [None], [1e300]):
        for passed in (True, False, None):
            assert list_checks(
                [Check(name, passed, -1e300, dict.fromkeys(keys, value))], "es", 365.0
            )


def test_a_summary_names_what_is_not_survived():
    checks = [Check("costs", True, 0.1), Check("noise", None)]
    assert summarise(checks, "en") == "survives every check that could tell"
    assert (
        summarise([*checks, Check("lookahead", False, 2.0)], "en") == "does not survive: lookahead"
    )
    assert summarise([Check("noise", None)], "es") == "ninguna prueba dice nada"
    easy = [Check("same_numbers", True, 0.0), Check("lookahead", True, 0.0)]
    assert summarise([*easy, Check("costs", None)], "en") == "no check could tell anything"
    assert summarise(easy[:1], "en") == "survives every check that could tell"


def test_what_the_searches_do_not_survive_is_no_merit_of_a_strategy():
    own, failed = [Check("costs", True, 0.1)], [Check("walk_forward", False, 0.0)]
    assert summarise(own, "en", failed).endswith("but the searches as a whole fail")
    assert summarise(own, "en", [Check("walk_forward", None)]) == summarise(own, "en")
    own = [Check("costs", False, -0.1)]
    assert summarise(own, "en", failed) == summarise(own, "en")
