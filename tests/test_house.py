"""The house rules that no other tool checks."""

import ast
import re
import subprocess

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "evosearch"
# Files that hold one idea in more than 300 lines, each with its reason.
LONG = {
    "evosearch/problems/trading/backtest.py": (
        "numba's cache does not notice edits in helpers of another file"
    ),
}


def sources(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", sources("evosearch"), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_stay_short_and_open_with_what_they_are_for(path):
    text = path.read_text(encoding="utf-8")
    n_lines = len(text.splitlines())
    assert n_lines <= 300 or path.relative_to(ROOT).as_posix() in LONG, f"{n_lines} lines"
    assert ast.get_docstring(ast.parse(text)), "no module docstring"


def test_nothing_below_the_command_line_prints():
    for path in sources("evosearch"):
        if "cli" not in path.parts and path.name != "make_samples.py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
            names = {func.id for func in calls if isinstance(func, ast.Name)}
            assert "print" not in names, path


def test_every_kind_of_thing_has_one_word():
    words = re.compile(r"\b(chromosome|candidate solution|fitnesses)\b", re.IGNORECASE)
    for path in sources("evosearch"):
        assert not words.search(path.read_text(encoding="utf-8")), path


def test_nothing_names_a_place_that_users_do_not_have():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    for name in tracked:
        if name.startswith(("evosearch/", "README", "profiles/", "deploy/")):
            path = ROOT / name
            if path.suffix in (".py", ".md", ".toml", ".yaml", ".sh"):
                assert "../shared" not in path.read_text(encoding="utf-8"), name
