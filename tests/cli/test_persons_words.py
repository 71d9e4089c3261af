"""What a trader reads has none of the program's own words, in English and in Spanish.

Lines that are pasted into a shell keep the names of columns and parameters: they are left out.
"""

import html
import json
import re

import pytest
from typer.testing import CliRunner

from evosearch.cli.commands import app

pytestmark = pytest.mark.slow

# Each was printed once, and was not understood.
WORDS = {
    "feasible": r"\b(in)?feasible\b|\bfactibles?\b",
    "not ok": r"\bnot ok\b",
    "genomes": r"\bgenomes?\b|\bgenomas?\b",
    "sharpe/day": r"sharpe/day|\bsharpe_(daily|annual)\b",
    "oos": r"oos\b",
    "new inside across best #": r"\binside\b.*\bacross\b|\bbest #|\bper s\b",
    "common 25 %": r"\bcommon\b",
    "fingerprint": r"\bfingerprint\b",
    "frac": r"frac\b",
    "kurtosis": r"\bkurtosis|\bcurtosis",
    "ambiguous bars": r"n_ambiguous|\bn_[a-z]+\b",
    "violation": r"\bviolation\b",
    "types": r"<(list|str|int|path|float)\b",
}
COMMANDS = (
    "run",
    "seeds",
    "merge",
    "top",
    "ideas",
    "show",
    "status",
    "report",
    "trades",
    "compare",
)
# A command, or the parameters of a strategy: to be copied, not to be read.
PASTED = re.compile(r"evosearch |^params|\{\".*\}|--[a-z]|(^| )\S+\.parquet|\S+\.html")
LANGUAGES = ("en", "es")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """What each command prints, by command and language; run once."""
    folder = tmp_path_factory.mktemp("words")
    said = {}
    for language in LANGUAGES:
        more = {"LANG": f"{language}_XX.UTF-8", "LC_ALL": "", "LANGUAGE": "", "COLUMNS": "100"}
        place = folder / language

        def ask(*words, place=place, more=more):
            typed = [*words, "--results", str(place)]
            done = CliRunner().invoke(app, typed, env=more, catch_exceptions=False)
            assert done.exit_code in (0, 1), (words, done.stderr)
            return done.stdout + done.stderr

        search = ("--data", "sample:ibm-daily", "--set", "search.generations=4", "--seed", "1")
        said["run", language] = ask("run", "-p", "pro", *search) + ask("run", "-p", "air", *search)
        said["seeds", language] = ask("run", "-p", "pro", "--seeds", "2", *search[:-2])
        for command in ("merge", "top", "status"):
            said[command, language] = ask(command)
        said["show", language] = ask("show", "1") + ask("show", "150")
        said["ideas", language] = ask("top", "--ideas", "3")
        said["trades", language] = ask("trades", "1")
        said["compare", language] = ask("compare", "pro", "air")
        page = place / "page.html"
        said["report", language] = ask("report", "-o", str(page)) + read_text(page)
    return said


def read_text(page):
    """The text of a page: its words and those of its pictures, without tags and scripts."""
    text = page.read_text(encoding="utf-8")
    data = r'<script[^>]*type="application/json"[^>]*>(.*?)</script>'
    drawn = [json.loads(found) for found in re.findall(data, text, re.DOTALL)]
    assert drawn, "no pictures"
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
    said = [html.unescape(re.sub(r"<[^>]+>", "\n", text)), *list_texts(drawn)]
    return "\n".join(said)


def list_texts(value):
    """Every text in the data of pictures."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in list_texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in list_texts(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_word_of_the_program_is_printed(outputs, command, language):
    found = {}
    for line in outputs[command, language].splitlines():
        if not PASTED.search(line):
            for name, pattern in WORDS.items():
                if re.search(pattern, line, re.IGNORECASE):
                    found.setdefault(name, line.strip()[:120])
    assert found == {}


def test_the_words_are_recognised_where_they_stand():
    lines = ["676 feasible, 0 not ok", "return_frac -31 %", "best  sharpe/day 0.05  oos 0.04"]
    for line in lines:
        assert not PASTED.search(line)
        assert any(re.search(pattern, line) for pattern in WORDS.values())
