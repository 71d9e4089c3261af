"""The box under a ranking: every sentence in both languages, and what it says of each case."""

import math
import re
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evosearch.evidence import Audited, Moments, Verdict
from evosearch.evidence.verdict import NAMES
from evosearch.report.catalogue import NAMES as FILES
from evosearch.report.catalogue import find_sentence, load_sentences
from evosearch.report.catalogue.audit import CHECKS
from evosearch.report.catalogue.common import COUNTED, LABELS
from evosearch.report.sentences import LANGUAGES, choose_language, count, show_decimal, show_percent
from evosearch.report.verdict import (
    STATES,
    BoxFacts,
    describe_box,
    describe_verdict,
    wrap_box,
)

YEAR = math.sqrt(365)
SENTENCES = {key: entry for name in FILES for key, entry in load_sentences(name).items()}
REASONS = ("no_sharpe", "infeasible", "hold_unknown", "wide_space", "no_holdout", "used_up", "new")


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_have_every_sentence_with_the_same_placeholders(key):
    entry = find_sentence(key)
    assert entry is SENTENCES[key]  # else its prefix leads to another file
    assert set(entry) == set(LANGUAGES)
    assert fields(entry["en"]) == fields(entry["es"])
    assert all(text == text.strip() and text for text in entry.values())


def test_both_languages_have_every_label_noun_and_check():
    for entry in (*LABELS.values(), *CHECKS.values(), *COUNTED.values()):
        assert set(entry) == set(LANGUAGES)
    assert all(len(text) <= 9 for entry in LABELS.values() for text in entry.values())
    assert all(fields(many) == ["n"] for entry in COUNTED.values() for _, many in entry.values())


def test_notes_under_a_table_fit_into_a_line():
    notes = [
        text for key in SENTENCES if key.startswith("table.") for text in SENTENCES[key].values()
    ]
    assert all(len(note) <= 80 for note in notes), notes


def test_every_verdict_reason_and_state_has_its_sentence():
    ends = {key.partition(".")[2] for key in SENTENCES if key.startswith("verdict.")}
    assert set(NAMES) | set(STATES) - {"judged"} <= ends


number = st.none() | st.floats(-1e6, 1e6) | st.just(0.0)
whole = st.none() | st.integers(0, 10**8)
moments = st.none() | st.builds(
    Moments, sharpe=number, skew=number, kurtosis=number, n_days=whole, return_frac=number,
    exposure=st.none() | st.floats(0, 1),
)  # fmt: skip
years = st.none() | st.floats(0, 1e7) | st.just(math.inf)
audits = st.none() | st.builds(
    Audited, n_surrogates=st.integers(0, 999), p_surrogate=st.none() | st.floats(0, 1),
    failed=st.lists(st.sampled_from([*CHECKS, "unheard_of"]), max_size=3, unique=True).map(tuple),
)  # fmt: skip
verdicts = st.none() | st.builds(
    Verdict, name=st.sampled_from(NAMES), n=st.integers(0, 10**10), n_is_bound=st.booleans(),
    luck_daily=number, years_needed=years, days_to_paper=years,
    why=st.lists(st.sampled_from(REASONS), unique=True).map(tuple),
)  # fmt: skip
names = st.text("abcdefgh-", min_size=1, max_size=12)
boxes = st.builds(
    BoxFacts, state=st.sampled_from(STATES), verdict=verdicts, n_trials=st.integers(0, 10**10),
    n_is_bound=st.booleans(), n_machines=st.integers(1, 999),
    by_profile=st.lists(st.tuples(names, st.integers(0, 10**8)), max_size=30).map(tuple),
    n_elsewhere=st.integers(0, 10**6), n_files_elsewhere=st.integers(0, 999),
    n_before=st.integers(0, 10**8), days_searched=whole, days_unseen=whole,
    days_per_year=st.none() | st.sampled_from([12.0, 52.0, 252.0, 365.0]), searched=moments, unseen=moments,
    hold=moments, hold_unseen=moments, years_here=years, years_for_one=years,
    n_looks=st.integers(0, 1100), is_look_recorded=st.booleans(), n_behaviours=whole,
    objective=names, best=number, found=st.just("") | names,
    is_deterministic=st.none() | st.booleans(), audit=audits,
    next_command=st.just("evosearch audit"), is_wide=st.booleans(), is_older=st.booleans(),
    unit=st.sampled_from(["day", "week", "month", "quarter", "year", "bar"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(boxes)
def test_any_facts_make_a_box_of_eight_lines_that_loses_nothing_when_wrapped(facts):
    for language in LANGUAGES:
        lines = describe_box(facts, language)
        assert lines[-1][1] == "evosearch audit"
        said = " ".join(f"{label} {text}" for label, text in lines)
        assert not re.search(r"[{}]|None|nan|inf\b", said), said
        assert len(wrap_box(lines, 80)) <= 8, lines
        for width in (120, 80, 60, 40, 24):
            wrapped = wrap_box(lines, width)
            assert " ".join(" ".join(wrapped).split()) == " ".join(said.split())
            longest = max(map(len, said.split()))
            margin = max(len(label) for label, _ in lines) + 1
            assert all(
                len(line) <= max(width, margin + longest, len(wrapped[-1])) for line in wrapped
            )
            if width >= 40:
                assert all(len(line) <= width or len(line.split()) <= 2 for line in wrapped)


SEARCHED = Moments(-1.0 / YEAR, 0.0, 3.0, 74, -0.091, 0.39)
UNSEEN = Moments(-1.2 / YEAR, 0.0, 3.0, 32, -0.03, 0.4)
LOSES = BoxFacts(
    "judged", Verdict("loses", 2450, False, 7.8 / YEAR, p_oos=0.6), 2450, False, 2,
    (("pro", 1200), ("air", 1250)), days_searched=74, days_unseen=32, days_per_year=365.0,
    searched=SEARCHED, unseen=UNSEEN, hold=Moments(-3.2 / YEAR, 0, 3, 74),
    hold_unseen=Moments(0.1 / YEAR, 0, 3, 32), years_here=0.2, years_for_one=12.26, n_looks=1,
    next_command="evosearch audit",
)  # fmt: skip
ENGLISH = """\
verdict  loses money after costs where it was searched (9.1 % in 74 days)
trials   2,450 distinct on 2 machines (pro 1,200, air 1,250), 74 days searched
luck     best of 2,450 by luck: Sharpe 7.8 a year; this: -1.0 (hold-out -1.2)
history  0.2 years here; 12.3 needed before a Sharpe of 1 means anything
hold     buy and hold: Sharpe -3.2 a year searched, 0.1 hold-out; exposure 39 %
hold-out looked at once (32 days); this test counts at 2.5 %
next     evosearch audit"""
SPANISH = """\
veredicto pierde dinero tras los costes donde se buscó (9,1 % en 74 días)
intentos  2.450 distintos en 2 máquinas (pro 1.200, air 1.250), 74 días de datos
suerte    mejor de 2.450 por suerte: Sharpe 7,8 al año; este -1,0, reserva -1,2
histórico 0,2 años aquí; harían falta 12,3 para que un Sharpe de 1 diga algo
mantener  comprar y mantener: Sharpe -3,2 al año, reserva 0,1; exposición 39 %
reserva   mirada una vez (32 días); esta prueba cuenta al 2,5 %
siguiente evosearch audit"""


def test_the_box_of_a_strategy_that_loses():
    assert "\n".join(wrap_box(describe_box(LOSES), 80)) == ENGLISH
    assert wrap_box([("hold", "exposure 39 %"), ("next", "x")], 16) == [
        "hold exposure", "  39 %", "next x"]  # fmt: skip
    assert "\n".join(wrap_box(describe_box(LOSES, "es"), 80)) == SPANISH


def judged(name, why=(), **facts):
    verdict = Verdict(name, 2450, False, luck_daily=7.8 / YEAR, p_oos=0.5, why=why)
    return replace(LOSES, verdict=verdict, **facts)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        (judged("luck"), "luck explains it: of 2,450 tries the best was expected at 7.8 a year"),
        (judged("contradicted"), "the hold-out contradicts it"),
        (judged("unknown", ("no_sharpe",)), "too few days, no trade, or all its days are alike"),
        (judged("unknown", ("infeasible", "no_sharpe")), "judged: too few days, no trade"),
        (judged("unknown", ("no_sharpe_unseen",)), "the hold-out has too few days, no trade"),
        (
            judged("unknown", ("hold_unknown",), is_deterministic=True),
            "`evosearch audit` computes it from the bars",
        ),
        (judged("unknown", ("hold_unknown",)), "not state what holding earned"),
        (judged("paper"), "worth paper trading, but no history would do"),
        (judged("luck", audit=Audited(19, 0.3)), "did as well (p = 0.3)"),
        (judged("fragile", audit=Audited(39, 0.02, ("costs",))), "does not survive costs x 2"),
        (judged("paper", audit=Audited(39, 0.02)), "p = 0.02; no check failed"),
        (
            judged("paper", audit=Audited(39, 0.02, is_measured=False)),
            "p = 0.02; this row was not measured again",
        ),
        (judged("paper", audit=Audited(0, None, is_measured=False)), "this row was not measured"),
        (judged("luck", ("wide_space",)), "in sample not judged: a wide space, bred"),
        (judged("luck", unseen=None, n_looks=0), "no bars were kept apart"),
        (judged("luck", n_looks=5), "has been looked at 5 times: it is nearly used up"),
        (judged("luck", n_looks=1001), "looked at more than 1,000 times: it is used up"),
        (judged("luck", is_look_recorded=False), "this look could not be recorded"),
        (judged("luck", n_elsewhere=9, n_files_elsewhere=3), "of these 9 in 3 other files"),
        (judged("luck", n_before=500), "of these 500 by --trials-before"),
        (judged("luck", is_older=True), "files of an older version count by their rows"),
        (judged("luck", n_is_bound=True), "at most 2,450 on 2 machines"),
        (judged("luck", n_behaviours=310), "about 310 trade differently"),
        (judged("luck", hold=None), "buy and hold is not recorded"),
        (judged("luck", years_for_one=math.inf), "0.2 years here; no history would do"),
        (replace(LOSES, state="chosen_by_holdout"), "it is no hold-out any more"),
        (replace(LOSES, state="unmerged"), "merge for the verdict"),
        (replace(LOSES, state="not_tested"), "not tested: a row above did not pass"),
        (replace(LOSES, state="no_evidence", is_deterministic=True), "the value is the value"),
        (replace(LOSES, state="no_evidence"), "unknown: evosearch audit measures"),
        (replace(LOSES, state="no_evidence", objective="y", best=2.5, found="a@b"), "y 2.5, found"),
    ],
)  # fmt: skip
def test_each_case_gets_its_honest_sentence(facts, line):
    assert line in " ".join(text for _, text in describe_box(facts))
    assert describe_verdict(facts, "es") != describe_verdict(facts, "en")


def test_paper_trading_for_centuries_is_no_advice():
    for days, said in ((365_000.0, "for 365,000 days"), (365_000.1, "no history would do")):
        verdict = Verdict("paper", 2450, False, days_to_paper=days)
        assert said in describe_verdict(replace(LOSES, verdict=verdict))


@pytest.mark.parametrize(
    ("unit", "english", "spanish"),
    [
        ("week", "weeks", "semanas"), ("month", "months", "meses"), ("bar", "bars", "barras"),
        ("quarter", "quarters", "trimestres"), ("year", "years", "años"),
    ],
)  # fmt: skip
def test_bars_longer_than_a_day_are_counted_as_such(unit, english, spanish):
    facts = replace(LOSES, unit=unit, days_per_year=52.0)
    for language, word in (("en", english), ("es", spanish)):
        box = "\n".join(wrap_box(describe_box(facts, language), 80))
        assert f"74 {word}" in box and f"(32 {word})" in box
        assert not re.search(r"\bdays?\b|\bdías?\b", box)
        for days, has_end in ((520.0, True), (52_000.1, False)):
            verdict = Verdict("paper", 2450, False, days_to_paper=days)
            said = describe_verdict(replace(facts, verdict=verdict), language)
            assert (f"520 {word}" in said) == has_end
        for why in ("no_sharpe", "no_sharpe_unseen"):
            verdict = Verdict("unknown", 2450, False, why=(why,))
            said = describe_verdict(replace(facts, verdict=verdict), language)
            assert re.search("bars|barras", said) and not re.search("day|día", said)


def test_a_look_without_figures_is_no_test():
    facts = judged("luck")
    untested = replace(facts, verdict=replace(facts.verdict, p_oos=None))
    said = [text for _, text in describe_box(untested)]
    assert "looked at once (32 days)" in said


def test_five_looks_are_the_first_that_warn():
    said = [text for _, text in describe_box(judged("luck", n_looks=4))]
    assert "looked at 4 times (32 days); this test counts at 0.25 %" in said


@pytest.mark.parametrize("state", ["unmerged", "chosen_by_holdout", "no_evidence", "no_rows"])
def test_without_a_verdict_no_figure_of_the_hold_out_is_said(state):
    said = " ".join(text for _, text in describe_box(replace(LOSES, state=state)))
    assert "-1.2" not in said
    assert "0.1 hold" not in said


def test_numbers_in_spanish():
    assert show_decimal(1234.56, "es") == "1.234,6"
    assert show_percent(-0.0912, "es") == "-9,1 %"
    assert count("machine", 1, "es") == "1 máquina"
    assert count("try", 12_345, "es") == "12.345 intentos"


def test_the_language_is_asked_for_or_the_environment_s():
    assert choose_language("en", {"LC_ALL": "es_ES"}) == "en"
    assert choose_language(None, {"LC_ALL": "C", "LANG": "es_ES"}) == "en"
    assert choose_language(None, {"LC_MESSAGES": "es_MX.UTF-8", "LANG": "en_US"}) == "es"
    assert choose_language(None, {}) == "en"
