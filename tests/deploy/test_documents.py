"""What the documents say can be found and typed, as far as that is told without typing it."""

import re
import shlex

import pytest
import typer

from evosearch.cli.commands import app
from tests.blocks import read_blocks
from tests.conftest import ROOT
from tests.deploy.test_readme import BEFORE, ENGLISH, INSTEAD, LEFT_OUT, SPANISH

DOCUMENTS = sorted(
    path
    for folder in (".", "docs", "deploy", "benchmarks", "evosearch/trading/samples")
    for path in (ROOT / folder).glob("*.md")
)
TYPED = [ROOT / name for name in [*ENGLISH, *SPANISH]]
LANGUAGES = {"", "console", "python", "sh", "sql", "toml"}  # "": a listing, which nobody types


def anchors_of(path):
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def commands_of(path):
    """All lines that begin with our word, in blocks and in the text."""
    text = path.read_text(encoding="utf-8")
    lines = [line for block in read_blocks(path) for _, line in block.commands()]
    lines += re.findall(
        r"`(evosearch [a-z][^`]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    )
    lines = [line.removeprefix("uv run ").removeprefix("nohup ") for line in lines]
    return [line for line in lines if line.startswith("evosearch ")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


@pytest.mark.parametrize("path", TYPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_their_options_exist(path):
    lines = commands_of(path)
    for line in lines:
        command = typer.main.get_command(app)
        for word in shlex.split(line.replace("\\|", " "))[1:]:
            if word in getattr(command, "commands", {}):
                command = command.commands[word]
            elif word.startswith("-"):
                known = {name for option in command.params for name in option.opts} | {
                    "--help",
                    "-h",
                }
                assert word.partition("=")[0] in known, line
            else:
                assert not hasattr(command, "commands") or line.startswith("evosearch profiles"), (
                    line
                )
    assert lines or path.parent.name == "docs"


@pytest.mark.parametrize("path", TYPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_lines_to_paste_hold_no_comments(path):
    # The zsh of a Mac, as people type in it, and cmd of Windows take them for arguments.
    assert not [block.line for block in read_blocks(path)
                if block.language == "sh" and "#" in block.text]  # fmt: skip


def test_every_block_is_of_a_kind_that_is_typed():
    kinds = {block.language for path in TYPED for block in read_blocks(path)}
    assert kinds <= LANGUAGES


def test_nothing_is_left_out_that_is_not_there():
    typed = {line for path in TYPED for block in read_blocks(path) for _, line in block.commands()}
    assert set(LEFT_OUT) | set(INSTEAD) | set(BEFORE) <= typed
