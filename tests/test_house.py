"""The house rules that no other tool checks."""

import ast
import re
import subprocess

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "evosearch"
# Files that hold one idea in more than 300 lines, each with its reason.
LONG = {
    "evosearch/trading/backtest.py": (
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


# What is not there on Windows, or is refused to an ordinary user, as links are.
POSIX = re.compile(
    r"os\.(kill|killpg|fork|geteuid|getuid|setsid|setpgid|umask|nice|readlink|mkfifo|openpty)\("
    r"|signal\.(SIGKILL|SIGALRM|SIGHUP|SIGSTOP|SIGCONT|SIGUSR1|SIGPIPE|setitimer)\b"
    r"|import (fcntl|pty|pwd|resource|termios)\b|/proc/|/dev/(full|zero)\b|PIPESTATUS"
    r"|\.(chmod|symlink_to|send_signal)\(|\bkill_tree\b|\[\"(bash|sh)\", "
)


def says(node, mark):
    return any(mark in ast.unparse(each) for each in getattr(node, "decorator_list", []))


def find_unmarked(text):
    """Tests of a file that use what only POSIX has, or what does so in this file, without a mark."""
    if not POSIX.search(text):
        return []
    body, lines = ast.parse(text).body, text.splitlines()
    if any(
        ast.unparse(node).startswith("pytestmark") and "posix" in ast.unparse(node) for node in body
    ):
        return []
    uses = {}  # what is defined at the top of the file, with the names that it uses
    tainted = set()
    for node in body:
        names = {each.name for each in [node] if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        if isinstance(node, ast.Assign):
            names = {
                each.id
                for each in ast.walk(node)
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
        if not names:
            continue
        used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        used |= {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}  # fixtures
        begin = min(each.lineno for each in [node, *getattr(node, "decorator_list", [])])
        own = lines[begin - 1 : node.end_lineno]
        if any(POSIX.search(line) and "hasattr(os" not in line for line in own):
            tainted |= names
        uses |= dict.fromkeys(names, (node, used))
    while more := {name for name, (_, used) in uses.items() if used & tainted} - tainted:
        tainted |= more
    tests = {name: node for name, (node, _) in uses.items() if name.startswith("test_")}
    return sorted(name for name in tainted & set(tests) if not says(tests[name], "posix"))


def test_tests_of_posix_are_marked():
    found = {}
    for path in sources("tests"):
        text = path.read_text(encoding="utf-8")
        is_ray = "pytest.mark.ray" in text  # of Linux alone
        if path.name.startswith("test_") and path.name != "test_house.py" and not is_ray:
            found[path.name] = find_unmarked(text)
    assert {name: tests for name, tests in found.items() if tests} == {}


def test_a_test_that_uses_posix_through_others_is_found():
    text = """
import os
import pytest

def stop(pid):
    os.kill(pid, 2)

@pytest.fixture
def stopped():
    stop(1)

def test_a(stopped):
    pass

@pytest.mark.posix
def test_b():
    stop(2)

def test_c():
    pass
"""
    assert find_unmarked(text) == ["test_a"]


def test_metrics_of_trading_are_named_in_its_rooms_alone():
    from evosearch.trading.metrics import METRICS

    names = {word for metric in METRICS for word in (metric.name, metric.floor) if word}
    listed = "|".join(sorted({*names, "trades"}))
    # Names and texts alike; as words of their own, or as parts of a longer name.
    words = re.compile(rf"(?<![a-z])({listed})(?![a-z])|sharpe|drawdown", re.IGNORECASE)
    homes = ("trading", "profiles", "cli/trading")
    found = {}
    for path in sources("evosearch"):
        place = path.relative_to(PACKAGE).as_posix()
        if not place.startswith(tuple(f"{home}/" for home in homes)):
            found[place] = [each[0] for each in words.finditer(path.read_text(encoding="utf-8"))]
    assert {place: told for place, told in found.items() if told} == {}
