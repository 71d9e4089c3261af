"""The catalogue: both languages say everything, and numbers look as each language writes them."""

import re

import pytest

from evosearch.report.catalogue import FILES, NAMES, find_sentence, load_sentences
from evosearch.report.sentences import LANGUAGES, name_metric, say, show_time, word
from evosearch.statements import Statement
from evosearch.trading.metrics import LEGACY
from evosearch.trading.metrics import NAMES as METRICS

COMMANDS = r"\{.*?\}|evosearch \w+|--[\w-]+"  # and placeholders: they are no words
SENTENCES = {key: entry for name in NAMES for key, entry in load_sentences(name).items()}


def test_a_sentence_of_more_than_three_words_is_not_the_same_in_spanish():
    same = [
        key
        for key, entry in SENTENCES.items()
        if entry["en"] == entry["es"]
        and len(re.findall(r"[^\W\d_]+", re.sub(COMMANDS, "", entry["en"]))) > 3
    ]
    assert same == []


def test_every_prefix_leads_to_the_file_that_has_it():
    assert all(find_sentence(key) is entry for key, entry in SENTENCES.items())
    prefixes = {key.partition(".")[0] for key in SENTENCES}
    assert {*FILES} <= prefixes, {*FILES} - prefixes
    assert find_sentence("nothing.here") is find_sentence("verdict.nothing_here") is None
    with pytest.raises(KeyError):
        say("nothing.here", "en")


@pytest.mark.parametrize("name", [*METRICS, LEGACY])
def test_every_metric_has_a_word_and_a_line_of_meaning(name):
    for language in LANGUAGES:
        assert name_metric(name, language) != name
        assert len(name_metric(name, language)) <= 20
        assert say(f"metric_means.{name}", language)
    assert name_metric(f"{name}_oos", "es") == f"{name_metric(name, 'es')}, reserva"


def test_an_unknown_metric_is_called_by_its_label_or_its_name():
    assert name_metric("weight", "es") == "weight"
    assert name_metric("weight", "es", "kg") == "kg"


@pytest.mark.parametrize(
    ("form", "value", "english", "spanish"),
    [
        ("", 1234, "1,234", "1.234"),
        ("", 1234.5, "1,234.5", "1.234,5"),
        (":.2", -1234.567, "-1,234.57", "-1.234,57"),
        (":.2", -0.001, "0.00", "0,00"),
        (":%2", 0.0226, "2.26 %", "2,26 %"),
        (":%", 0.00075, "0.075 %", "0,075 %"),
        (":%", 0.004, "0.4 %", "0,4 %"),
        (":=", 27.5, "27.5", "27,5"),
        (":=", 1e15, "1,000,000,000,000,000", "1.000.000.000.000.000"),
        (":time", 4200, "70 minutes", "70 minutos"),
        (":utc", 1_700_000_000_000_000, "2023-11-14 22:13", "2023-11-14 22:13"),
        (":trade", 1, "1 trade", "1 operación"),
        (":.2", None, "-", "-"),
    ],
)
def test_a_placeholder_says_how_its_number_looks(monkeypatch, form, value, english, spanish):
    entry = {language: f"{{x{form}}}" for language in LANGUAGES}
    monkeypatch.setattr("evosearch.report.sentences.find_sentence", lambda key: entry)
    assert word(Statement("a.key", {"x": value}), "en") == english
    assert word(Statement("a.key", {"x": value}), "es") == spanish


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 seconds"), (1, "1 second"), (90, "1 minute 30 seconds"), (3600, "1 hour"),
        (5400, "90 minutes"), (7200, "2 hours"), (60_000, "16 hours 40 minutes"),
        (86_400, "1 day"), (90_000, "25 hours"), (176_400, "2 days 1 hour"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_told_exactly(seconds, text):
    assert show_time(seconds, "en") == text


def test_statements_are_filled_into_statements_and_joined():
    rules = tuple(
        Statement("rule.rsi_level_below", {"bars": Statement("bars.only", {"n": n}), "level": 30.0})
        for n in (10, 14, 20)
    )
    said = word(Statement("strategy.buy_next_open", {"rules": rules}), "es")
    assert said.count(" y el RSI de ") == 2
    assert said.endswith("el RSI de 20 barras está por debajo de 30.")
