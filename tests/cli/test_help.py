"""Every help speaks a person's words, fits any terminal and shows lines that work."""

import re
import shlex

import pytest
import typer

from evosearch.cli.commands import app
from evosearch.cli.typed.help import SECTIONS


def walk(command=None, names=()):
    """Every command and group as its words and itself."""
    command = typer.main.get_command(app) if command is None else command
    yield names, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, (*names, name))


ALL = {" ".join(names): command for names, command in walk()}
# What stands for a value in the help of an option.
WORDS = {
    "A,B,...", "COLUMN", "CONDITION", "DATE", "EXCHANGE:PRODUCT", "FILE", "FILE|-", "FOLDER", "HOST",
    "HOST:PORT", "JSON|FILE", "KEY=VALUE", "KIND", "N", "NAME", "NUMBER", "N|auto", "PATH",
    "RANK|ID", "RANK|PATH", "RUN", "SIZE", "STEP", "TIME", "TIMEFRAME", "en|es", "keep|drop",
}  # fmt: skip


def ask(words, width=80):
    command = ALL[words]
    name = f"evosearch {words}".strip()
    with command.make_context(
        name, [], resilient_parsing=True, terminal_width=width - 2
    ) as context:
        return command.get_help(context)


@pytest.mark.parametrize("words", ALL)
def test_what_stands_for_a_value_is_a_persons_word(words):
    text = ask(words, 120)
    # Neither <list[str]>, <int range>, INTEGER, [x>=1] nor [env var: X].
    assert not re.search(r"<[a-z]|\bTEXT\b|\bINTEGER\b|\[\[|x[<>]=|env var", text)
    named = re.findall(r"^  (?:-\w, )?--[\w-]+ (\S+)(?:  |$)", text, re.MULTILINE)
    arguments = re.search(r"^Arguments:\n((?:  .*\n)*)", text, re.MULTILINE)
    named += re.findall(r"^  (\S+)", arguments[1], re.MULTILINE) if arguments else []
    assert set(named) <= WORDS
    assert len(named) == sum(not getattr(param, "is_flag", False) for param in ALL[words].params)


@pytest.mark.parametrize("words", ALL)
def test_a_help_fits_and_breaks_no_word(words):
    wide = set(ask(words, 120).split())
    for width in (60, 80):
        text = ask(words, width)
        lines = text.split("Example:")[0].splitlines()
        assert max(map(len, lines)) <= width
        assert set(text.split()) == wide
        assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    "words", [words for words, command in ALL.items() if getattr(command, "example", "")]
)
def test_an_example_is_a_line_that_works(words):
    command = ALL[words]
    program, *typed = shlex.split(command.example)
    assert program == "evosearch"
    assert " ".join(typed).startswith(words)
    assert command.example in ask(words, 60).splitlines()[-1]
    command.make_context(words, typed[len(words.split()) :]).close()


def test_all_commands_stand_in_a_section():
    text = ask("")
    found = [line[:-1] for line in text.splitlines() if re.fullmatch(r"[A-Z][\w ]*:", line)]
    assert found == ["Options", *SECTIONS]
    for words in ALL:
        if words and " " not in words:
            assert len(re.findall(rf"^  {words} ", text, re.MULTILINE)) == 1
