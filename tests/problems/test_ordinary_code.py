"""Code as people write it: identified from its source, alike in a script and in a module."""

import ast
import pickle
import runpy
import textwrap

import pandas as pd
import pytest

from evosearch.errors import ProblemError
from evosearch.problems import load_problem
from evosearch.problems.code.definitions import locate
from evosearch.problems.evaluator import Evaluator
from evosearch.problems.identity.fingerprint import identify
from evosearch.problems.identity.state import Encoder

HEAD = "from evosearch import Float, Problem, Space\n"
MINE = """
class Mine(Problem):
    direction = "minimize"
    def __init__(self, high=1.0):
        self.space = Space(Float("x", 0, high))
    def evaluate(self, p):
        return {}
"""


@pytest.fixture
def load(tmp_path):
    """Identity of a problem in a file of its own."""

    def identity(text, result, file="mine.py", **options):
        path = tmp_path / file
        path.write_text(HEAD + textwrap.dedent(text) + MINE.format(result))
        return identify(load_problem(f"{path}:Mine", options))

    return identity


DATACLASS = """
import dataclasses
@dataclasses.dataclass(frozen=True, order=True)
class Settings:
    depth: int = 3
"""
JITCLASS = """
import numba
from numba.experimental import jitclass
@jitclass([("a", numba.f8)])
class Settings:
    def __init__(self):
        self.a = 3
"""


def test_a_dataclass_counts_by_its_source(load):
    found = load(DATACLASS, "Settings().depth")
    assert not found.notes
    assert {*found.parts["code"]} == {"class Mine", "class Settings"}
    assert load(DATACLASS.replace("= 3", "= 4"), "Settings().depth", "b.py").parts != found.parts


def test_the_annotations_that_a_script_has_from_the_start_do_not_count(load):
    as_script = "__annotations__ = {}\n" + DATACLASS
    found = load(DATACLASS, "Settings().depth")
    assert load(as_script, "Settings().depth", "b.py").parts == found.parts


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (JITCLASS, "Settings().a"),
        ("import typing\nMetres = typing.NewType('Metres', float)", "Metres(1)"),
        ("import typing\nT = typing.TypeVar('T')\nclass Box(typing.Generic[T]): x = 1", "Box.x"),
    ],
    ids=["jitclass", "NewType", "TypeVar"],
)
def test_what_knows_the_name_of_its_module_is_the_same_in_another_file(load, text, result):
    assert load(text, result, "a.py").parts == load(text, result, "b.py").parts


def test_moments_with_a_zone_count_by_moment_and_zone():
    def series(first, zone):
        index = pd.date_range(first, periods=3, tz=zone)
        known = Tables()
        return known.encode(pd.Series(1, index)), known.encode(pd.Series(index))

    class Tables(Encoder):
        def refer_class(self, kind):
            return kind.__name__.encode()

    utc = series("2020", "UTC")
    assert utc == series("2020", "UTC")
    for other in (series("2021", "UTC"), series("2020-01-01 01:00", "Europe/Madrid")):
        assert all(a != b for a, b in zip(utc, other, strict=True))


def test_bounds_count_where_a_helper_measures_by_them(load):
    text = "def width(problem): return problem.space['x'].high"
    narrow, wide = (load(text, "width(self)", high=high) for high in (1.0, 2.0))
    assert narrow.parts != wide.parts
    narrow, wide = (load(text, "1", high=high) for high in (1.0, 2.0))
    assert narrow.parts == wide.parts


def test_subclasses_that_are_looked_up_count(load):
    text = "class A: pass\nclass B(A): x = 1\n"
    found = load(text, "A.__subclasses__()[0].x")
    edited = load(text.replace("x = 1", "x = 2"), "A.__subclasses__()[0].x", "b.py")
    assert found.parts != edited.parts


def test_what_a_script_defines_in_its_own_part_is_found(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("if __name__ == '__main__':\n    f = lambda x: x + 1\n")
    names = runpy.run_path(str(path), run_name="__main__")
    located = locate(names["f"].__code__, None)
    assert located is not None
    assert isinstance(located[1], ast.Lambda)


def test_a_worker_whose_code_is_not_that_of_the_run_does_not_start(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(HEAD + "K = 1\n" + MINE.format("K"))
    problem = load_problem(f"{path}:Mine", {})
    names = problem.evaluate.__func__.__globals__

    def pack():
        return pickle.dumps(Evaluator(problem, code=identify(problem).parts["code"]))

    pickle.loads(pack())
    names["K"] = 2  # as a script does under its guard
    packed = pack()
    names["K"] = 1  # as a worker imports it
    with pytest.raises(ProblemError, match=r"another one in a worker.*global K: 2 \| 1"):
        pickle.loads(packed)


def test_calls_may_lead_deeper_than_python_recurses(load):
    calls = "\n".join(f"def f{k}(): return f{k + 1}()" for k in range(200))
    found = load(f"{calls}\ndef f200(): return 1\n", "f0()")
    edited = load(f"{calls}\ndef f200(): return 2\n", "f0()", "b.py")
    assert edited.parts != found.parts
