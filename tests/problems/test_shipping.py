import os
import pickle

import pytest

from evosearch.errors import ProblemError
from evosearch.problems import shipping
from evosearch.problems.code import importing
from evosearch.problems.loading import load_problem
from evosearch.problems.shipping import collect_sources
from tests.fakes import Plain

MINE = """
import near
from evosearch import Int, Problem, Space

class Mine(Problem):
    space = Space(Int("k", 0, 9))
    direction = "maximize"

    def evaluate(self, params):
        from parts.inner import one
        import numpy
        return one() + near.two()
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    # Here one process is both machines: it must forget afterwards what arrived.
    monkeypatch.setattr(importing, "_ARRIVED", {})
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "near.py").write_text("import far\ndef two():\n    return 2\n")
    (tmp_path / "far.py").write_text("")
    (tmp_path / "unrelated.py").write_text("raise RuntimeError\n")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "__init__.py").write_text("")
    (tmp_path / "parts" / "inner.py").write_text("def one():\n    return 1\n")
    return tmp_path


def test_a_file_takes_along_what_it_imports_from_beside_it_and_nothing_else(home):
    problem = load_problem("mine.py:Mine", {}, (home,))
    sources = collect_sources(problem, "mine.py:Mine", (home,))
    names = [name for name, _ in sources.files]
    assert names == ["far.py", "mine.py", "near.py", "parts/__init__.py", "parts/inner.py"]
    assert sources.main == "mine.py"


def test_a_loaded_problem_given_as_an_object_takes_along_the_same(home):
    problem = load_problem("mine.py:Mine", {}, (home,))
    given, named = (collect_sources(problem, name, (home,)) for name in (None, "mine.py:Mine"))
    assert given == named


def test_unpacked_twice_it_is_one_module_under_its_own_name(home):
    problem = load_problem("mine.py:Mine", {}, (home,))
    sources = pickle.loads(pickle.dumps(collect_sources(problem, "mine.py:Mine", (home,))))
    module = sources.unpack()
    assert module.__name__ == type(problem).__module__
    assert sources.unpack() is module


def test_files_that_somebody_changed_on_the_way_are_refused(home):
    problem = load_problem("mine.py:Mine", {}, (home,))
    sources = collect_sources(problem, "mine.py:Mine", (home,))
    sources.unpack()
    digest_folders = [
        path
        for path in shipping.Path(shipping.tempfile.gettempdir()).glob("evosearch-problem-*")
        if (path / "mine.py").is_file() and (path / "mine.py").read_text() == MINE
    ]
    for folder in digest_folders:
        (folder / "near.py").write_text("import os\n")
    with pytest.raises(ProblemError, match="was changed"):
        sources.unpack()
    for folder in digest_folders:
        shipping.shutil.rmtree(folder)
    assert os.path.exists(home / "near.py")


def test_a_package_that_merely_lies_here_travels_whole():
    sources = collect_sources(Plain(), "tests.fakes:Plain", ())
    names = {name for name, _ in sources.files}
    assert {"tests/__init__.py", "tests/fakes.py"} <= names
    assert sources.module == "tests.fakes"


@pytest.mark.parametrize("name", ["sphere", "evosearch.problems.analytic:Sphere"])
def test_what_is_installed_or_built_in_stays_here(name):
    assert collect_sources(load_problem(name, {}), name, ()) is None


def test_sources_that_are_too_large_are_refused(home, monkeypatch):
    monkeypatch.setattr(shipping, "_MOST_BYTES", 10)
    problem = load_problem("mine.py:Mine", {}, (home,))
    with pytest.raises(ProblemError, match="Install it on its machines"):
        collect_sources(problem, "mine.py:Mine", (home,))
