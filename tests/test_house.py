"""The house rules that no other tool checks."""

import ast
import importlib
import re
import subprocess

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "evosearch"
MOST_LINES, MOST_FILES = 300, 15
# Files that hold one idea in more lines, each with its reason.
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
    assert n_lines <= MOST_LINES or path.relative_to(ROOT).as_posix() in LONG, (
        f"{n_lines} lines: split it where a reader would, into files that each hold one idea"
    )
    assert ast.get_docstring(ast.parse(text)), "no module docstring"


ROOMS = sorted(path.parent for path in PACKAGE.rglob("__init__.py"))


def name_room(folder):
    return folder.relative_to(PACKAGE).as_posix()


def list_names(folder):
    """Folders and modules of a room, as a map or a docstring writes them."""
    rooms = {path.name for path in folder.iterdir() if (path / "__init__.py").is_file()}
    return rooms | {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}


@pytest.mark.parametrize("folder", ROOMS, ids=name_room)
def test_rooms_stay_small(folder):
    files = list(folder.glob("*.py"))
    assert len(files) <= MOST_FILES, f"{len(files)} files: give some a room of their own"


@pytest.mark.parametrize("folder", ROOMS, ids=name_room)
def test_names_in_the_docstring_of_a_room_exist(folder):
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    module = importlib.import_module(".".join(folder.relative_to(ROOT).parts))
    for name in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text):
        place, _, attribute = name.rpartition(".")
        path = folder / (place or attribute).replace(".", "/")
        is_file = path.is_dir() or path.with_suffix(".py").is_file()
        if place and is_file:
            inner = importlib.import_module(f"{module.__name__}.{place.replace('/', '.')}")
            assert hasattr(inner, attribute), name
        else:
            assert is_file or hasattr(module, name), name


def read_map():
    """Rooms and loose modules that the README's map shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.search(r"```\nevosearch/\n(.*?)```", text, re.DOTALL)[1].splitlines()
    found, room = [], ""
    for line in lines:
        indent, names = len(line) - len(line.lstrip()), re.split(r"\s{2,}", line.strip())[0]
        for name in re.findall(r"[\w/]+(?:\.py|/)", names):
            room = name if indent == 2 else room
            is_whole = indent == 2 or "/" in name[:-1]
            found.append(name if is_whole else room + name)
    return found


def test_the_map_in_the_readme_is_the_house():
    rooms = [f"{name_room(folder)}/" for folder in ROOMS if folder != PACKAGE]
    files = [f"{name}.py" for name in list_names(PACKAGE) if not (PACKAGE / name).is_dir()]
    assert sorted(read_map()) == sorted([*rooms, *files])


def test_what_the_architecture_names_exists():
    """Rows `file` | `function`, as the tables of docs/architecture.md have them."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"\| `(evosearch/[\w/]+)\.py` \| `([\w.]+)` \|", text)
    assert len(rows) > 15
    for place, name in rows:
        found = importlib.import_module(place.replace("/", "."))
        for word in name.split("."):
            assert hasattr(found, word), f"{place}.py has no {name}"
            found = getattr(found, word)
    places = set(re.findall(r"`((?:evosearch|docs|tests|benchmarks)/[\w/.-]*)`", text))
    assert not [place for place in places if not (ROOT / place).exists()]


def test_what_only_other_systems_use_is_where_the_document_says():
    text = (ROOT / "docs" / "SYSTEMS.md").read_text(encoding="utf-8")
    found = 0
    for line in re.findall(r"^\| .*$", text, re.MULTILINE):
        source = None
        for name in re.findall(r"`([^`]+)`", line):
            if name.endswith(".py"):
                source = (PACKAGE / name).read_text(encoding="utf-8")
            elif source is not None:
                assert re.search(rf"(def|class) {name.rpartition('.')[2]}\b", source), name
                found += 1
    assert found > 10


def test_nothing_below_the_command_line_prints():
    # A strategy's own file has no command line but its own.
    own = PACKAGE / "trading" / "standalone" / "strategy.py"
    for path in sources("evosearch"):
        if "cli" not in path.parts and path != own:
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
    homes = (
        "trading",
        "profiles",
        "cli/trading",
        "evidence",
        "assemble/judging",
        "assemble/pages",
        "assemble/strategies",
        "shards/format/trials",
    )
    told = (
        "problems/evidence.py",
        "report/verdict.py",
        "report/sentences.py",
        "report/audits/",
        "assemble/auditing/",
        "cli/words.py",
        "cli/commands.py",
        "assemble/pages/gathering/replayed.py",
        "report/box_",
        "report/catalogue",
    )
    found = {}
    for path in sources("evosearch"):
        place = path.relative_to(PACKAGE).as_posix()
        if not place.startswith((*(f"{home}/" for home in homes), *told)):
            text = path.read_text(encoding="utf-8").replace("SharpeEvidence", "")
            found[place] = [each[0] for each in words.finditer(text)]
    assert {place: texts for place, texts in found.items() if texts} == {}
