"""Files beside a problem that are called like modules of Python or of what is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

import evosearch
from evosearch.errors import UsageError
from evosearch.system.search_path import SAFE_PATH, add_folder
from tests import runs

NAMES = ("secrets", "random", "re", "signal", "select", "numpy", "queue", "socket", "pickle", "types", "evosearch")  # fmt: skip
# What Python itself needs before it can run any module by -m, and what it would run instead.
NOT_BY_MODULE = ("types", "evosearch")
SCRIPT = [str(Path(sys.executable).with_name("evosearch"))]
MODULE = [sys.executable, "-m", "evosearch"]
TOY = """
import os, sys
import helper
from evosearch import Float, Int, Problem, Space

class Toy(Problem):
    space = Space(Float("x", -5, 5), Int("k", 0, 99))
    direction = "minimize"

    def evaluate(self, params):
        assert "PYTHONSAFEPATH" not in os.environ
        return (params["x"] - 1) ** 2 + abs(params["k"] - 40) + helper.OFFSET
"""
PROFILE = """
seed = 1
[search]
population = 6
generations = 2
[problem]
name = "{name}"
[run]
workers = 1
backend = "{backend}"
"""


def make(folder, names, backend="processes", name="toy.py:Toy"):
    (folder / "profiles").mkdir(parents=True)
    (folder / "toy.py").write_text(TOY)
    (folder / "helper.py").write_text("OFFSET = 0.5\n")
    (folder / "profiles" / "p.toml").write_text(PROFILE.format(name=name, backend=backend))
    for each in names:
        (folder / f"{each}.py").write_text("KEY = 1\n")
    return folder


def search(command, folder):
    return subprocess.run(
        [*command, "run", "-p", "p", "-q"],
        cwd=folder, env=runs.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


def check(command, folder):
    done = search(command, folder)
    assert done.returncode == 0, done.stderr
    assert {row["status"] for row in runs.read_rows(folder).values()} == {"ok"}


@pytest.mark.parametrize("name", ["toy.py:Toy", pytest.param("toy:Toy", marks=pytest.mark.slow)])
def test_no_file_beside_a_problem_hides_what_workers_need(name, tmp_path):
    check(SCRIPT, make(tmp_path, NAMES, name=name))


@pytest.mark.slow
def test_nor_when_evosearch_is_run_as_a_module(tmp_path):
    check(MODULE, make(tmp_path, [name for name in NAMES if name not in NOT_BY_MODULE]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "backend"),
    [(SCRIPT, "processes"), (SCRIPT, "serial"), (MODULE, "processes")],
    ids=["script", "script-serial", "module"],
)
@pytest.mark.parametrize("name", NAMES)
def test_each_of_them_alone(name, command, backend, tmp_path):
    if command is MODULE and name in NOT_BY_MODULE:
        pytest.skip("Python itself needs it")
    check(command, make(tmp_path, [name], backend))


@pytest.mark.parametrize(
    ("line", "name", "whose"),
    [
        ("from secrets import KEY", "secrets", "Python's own module"),
        ("import secrets; secrets.KEY", "secrets", "Python's own module"),
        ("import queue.part", "queue", "Python's own module"),
        ("from typer import KEY", "typer", "the module"),
    ],
)
@pytest.mark.parametrize("spec", ["toy.py:Toy", "toy:Toy"])
def test_a_file_that_was_meant_and_is_hidden_is_named(line, name, whose, spec, workspace):
    make(workspace, [name], name=spec)
    (workspace / "toy.py").write_text(f"{line}\n{TOY}")
    sys.modules.pop("toy", None)
    with pytest.raises(UsageError, match=f"{name}.py is hidden by {whose}.* rename it"):
        evosearch.load_problem(evosearch.load_profile("p"))


def test_a_problem_in_a_module_that_is_hidden_is_named(workspace):
    make(workspace, ["queue"], name="queue:Toy")
    with pytest.raises(UsageError, match=r"queue has no 'Toy'.*queue.py is hidden by Python's"):
        evosearch.load_problem(evosearch.load_profile("p"))


def test_of_several_folders_the_last_comes_first_and_all_behind_what_is_installed(monkeypatch):
    monkeypatch.setattr("evosearch.system.search_path._behind", [])
    monkeypatch.setattr(sys, "path", ["/library", "/installed"])
    for folder in ("/a", "/b", "/installed", "/a"):
        add_folder(folder)
    assert sys.path == ["/library", "/installed", "/b", "/a"]
    assert set(SAFE_PATH) == {"PYTHONSAFEPATH"}
