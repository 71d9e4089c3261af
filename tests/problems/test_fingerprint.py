"""Each source of identity changed alone is another problem; what decides no number is none."""

import sys
import textwrap
from pathlib import Path

import pytest

from evosearch.errors import ProblemError
from evosearch.problems import load_problem
from evosearch.problems.identity.fingerprint import identify

BASE = """
    import math
    import sim
    from evosearch import Float, Int, Problem, Space

    noise = 0.1
    table = {"a": 1, "b": 2}
    unrelated = 1

    def scale(x, by=2.0):
        return x * by

    def make_cost(k):
        def cost(x):
            return x * k
        return cost

    cost = make_cost(3)

    class Config:
        depth = 4

    class Base(Problem):
        direction = "minimize"
        def common(self, p):
            return p["x"] + 1

    class Mine(Base):
        '''What it is.'''
        space = Space(Float("x", 0, 30))
        factor = 7

        def __init__(self, target=3.0, words=()):
            self.target, self.words = target, words

        def evaluate(self, p):
            '''Measure.'''
            total = scale(p["x"]) + noise + table["a"] + cost(1) + Config.depth
            return total + sim.cost(p["x"]) + self.factor + self.common(p) + math.sqrt(2)

    class Other:
        pass

    if __name__ == "__main__":
        print("by hand")
"""
SIM = """
    import deeper
    SCALE = 3
    def cost(x):
        return abs(x - SCALE) + deeper.one()
"""
DEEPER = "def one():\n    return 1\n"


class Project:
    """A folder with a problem and its helpers, loaded anew each time."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.patch, self.n = folder, monkeypatch, 0

    def identity(self, text=BASE, options=None, file="mine.py", name="Mine", edit=None, **files):
        self.n += 1
        folder = self.folder / str(self.n)
        files = {"sim.py": SIM, "deeper.py": DEEPER} | {f"{k}.py": v for k, v in files.items()}
        if edit is not None:
            assert text.count(edit[0]) == 1, edit
            text = text.replace(*edit)
        for place, content in {file: text, **files}.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content))
        forget(*[Path(place).parts[0].removesuffix(".py") for place in files])
        self.patch.setattr(sys, "path", [str(folder), *sys.path])
        problem = load_problem(f"{file}:{name}", options or {}, (folder,))
        return identify(problem, (folder,))


def forget(*names):
    for name in [n for n in sys.modules if n.partition(".")[0] in names]:
        del sys.modules[name]


@pytest.fixture
def project(tmp_path, monkeypatch):
    yield Project(tmp_path, monkeypatch)
    forget("sim", "deeper", "pack", "lazy", "sub")


@pytest.mark.parametrize(
    ("edit", "names"),
    [
        (("noise = 0.1", "noise = 0.2"), "global noise"),
        (('"a": 1', '"a": 2'), "global table"),
        (("by=2.0", "by=3.0"), "function scale"),
        (("x * by", "x + by"), "function scale"),
        (("make_cost(3)", "make_cost(4)"), "closure k"),
        (("return x * k", "return x + k"), "function make_cost.<locals>.cost"),
        (("depth = 4", "depth = 5"), "class Config"),
        (('p["x"] + 1', 'p["x"] + 2'), "class Base"),
        (("factor = 7", "factor = 8"), "class Mine"),
        (("math.sqrt(2)", "math.sqrt(3)"), "class Mine"),
        (("    noise = 0.1", "    math.tau = 6\n    noise = 0.1"), "statements of the module"),
    ],
)  # fmt: skip
def test_each_source_in_the_problems_own_file_counts(project, edit, names):
    then, now = project.identity(), project.identity(edit=edit)
    changed = {k for k in {*then.parts["code"], *now.parts["code"]}
               if then.parts["code"].get(k) != now.parts["code"].get(k)}  # fmt: skip
    assert names in changed
    assert then.version != now.version


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (("SCALE = 3", "SCALE = 25"), "module sim"),
        (("abs(x - SCALE)", "abs(x + SCALE)"), "function sim.cost"),
    ],
)
def test_an_edited_helper_counts(project, edit, name):
    then, now = project.identity(), project.identity(sim=SIM.replace(*edit))
    assert then.parts["code"][name] != now.parts["code"][name]
    deeper = project.identity(deeper="def one():\n    return 2\n")
    assert deeper.parts["code"]["module deeper"] != then.parts["code"]["module deeper"]


def test_arguments_count_by_type_and_value_and_defaults_are_what_they_are(project):
    then = project.identity()
    assert project.identity(options={"target": 3.0}).parts == then.parts
    for target in (25.0, 3, "3.0", [3.0], (3.0,), True, None, {"a": 3.0}):
        assert project.identity(options={"target": target}).parts != then.parts, target


@pytest.mark.parametrize(
    "edit",
    [
        ("'''What it is.'''", "'''Something else.'''"),
        ("'''Measure.'''", ""),
        ("noise = 0.1", "noise = 0.1  # a comment\n\n"),
        ('Float("x", 0, 30)', 'Float("x", 0, 50)'),
        ('total = scale(p["x"]) + noise', "total = (scale(\n        p['x']\n    ) + noise)"),
        ("unrelated = 1", "unrelated = 2"),
        ("class Other:", "class Another:"),
        ('print("by hand")', 'print("by foot")'),
    ],
)
def test_what_decides_no_number_does_not_count(project, edit):
    assert project.identity(edit=edit).parts == project.identity().parts


def test_the_files_name_and_folder_do_not_count(project):
    then = project.identity()
    assert project.identity(file="renamed.py").parts == then.parts
    assert project.identity(file="deep/er/mine.py").parts == then.parts


@pytest.mark.parametrize(
    "imports",
    [
        "from sim import cost as used", "from sim import *", "import pack.inner",
        "from pack import inner", "from pack.inner import one", "import pack",
    ],
)  # fmt: skip
def test_every_way_to_import_is_followed(project, imports):
    pack = {"pack/__init__": "from . import inner\n", "pack/inner": "def one(): return 1\n"}
    edit = ("import math", f"import math\n    {imports}")
    then = project.identity(edit=edit, **pack)
    assert project.identity(edit=edit, **pack).parts == then.parts
    changed = {"sim": SIM.replace("3", "4"), **pack, "pack/inner": "def one(): return 2\n"}
    assert project.identity(edit=edit, **changed).parts != then.parts


def test_imports_inside_functions_are_followed_whether_they_have_run_or_not(project):
    edit = ("total = scale", "import lazy; total = lazy.f() + scale")
    lazy = {"lazy": "def f(): return 1\n"}
    then = project.identity(edit=edit, **lazy)
    assert "module lazy" in then.parts["code"]
    assert project.identity(edit=edit, lazy="def f(): return 2\n").parts != then.parts


def test_a_declared_version_stands_for_the_code_but_never_for_arguments(project):
    def declared(**more):
        return project.identity(text=BASE.replace("factor = 7", 'version = "1"'), **more)

    then = declared()
    assert then.version == "1"
    assert declared(edit=("noise = 0.1", "noise = 0.2")).parts == then.parts
    assert declared(options={"target": 4.0}).parts != then.parts
    assert project.identity(text=BASE.replace("factor = 7", 'version = "2"')).parts != then.parts


def test_bounds_count_where_a_method_measures_by_them(project):
    edit = ("return total", "return len(self.space) + total")
    wide = BASE.replace('Float("x", 0, 30)', 'Float("x", 0, 50)')
    assert project.identity(edit=edit).parts != project.identity(text=wide, edit=edit).parts


def test_input_files_count_by_their_content_wherever_they_lie(project, tmp_path):
    text = BASE.replace("factor = 7", 'inputs = ("mesh.msh",)')
    with pytest.raises(ProblemError, match=r"mesh\.msh is missing"):
        project.identity(text=text)
    found = []
    for k, content in enumerate(("1", "1", "2")):
        place = tmp_path / f"data{k}"
        place.mkdir()
        (place / "mesh.msh").write_text(content)
        arguments = {"words": [str(place / "mesh.msh")]}
        text = BASE.replace("factor = 7", "inputs = property(lambda self: self.words)")
        found.append(project.identity(text=text, options=arguments).parts)
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("made", ["open(__file__)", "(n for n in 'ab')", "memoryview(b'a')"])
def test_what_cannot_be_read_is_refused_with_the_remedy(project, made):
    with pytest.raises(ProblemError, match="(?s)words.*fingerprint_options"):
        project.identity(edit=("= target, words", f"= target, {made}"))
    with pytest.raises(ProblemError, match='(?s)global noise.*version = "1"'):
        project.identity(edit=("noise = 0.1", f"noise = {made}"))
    edited = BASE.replace("noise = 0.1", f"noise = {made}").replace("factor = 7", 'version = "1"')
    assert project.identity(text=edited).version == "1"


def test_a_problem_may_know_better_what_matters(project):
    edit = ("def evaluate", "def fingerprint_options(self): return {'t': 1}\n        def evaluate")
    one, two = (project.identity(edit=edit, options={"target": t}) for t in (1.0, 2.0))
    assert one.parts == two.parts
    assert one.parts["options"] == {"t": 1}


def test_a_subclass_of_a_built_in_problem_does_not_inherit_its_version(project):
    text = """
    from evosearch.problems.analytic import Sphere
    class Mine(Sphere):
        def evaluate_batch(self, batch):
            return super().evaluate_batch(batch) + 1
    """
    then = project.identity(text=text)
    assert then.version.startswith("source-")
    assert project.identity(text=text.replace("+ 1", "+ 2")).parts != then.parts


PROBE = """
from evosearch import Problem, Space, Float
{0}
class Mine(Problem):
    space = Space(Float("x", 0, 1)); direction = "minimize"
    {1}
    def evaluate(self, p): return {2}
"""
WRAPS = (
    "import functools\ndef d(f):\n  @functools.wraps(f)\n  def w(*a): return {}f(*a)\n  return w\n"
)
DISPATCH = (
    "import functools\n@functools.singledispatch\ndef f(x): return 1\n@f.register\ndef g(x: int): "
)
# Where `?` is 1 or 2: globals, body of the class, what evaluate returns, and the module sim.
PROBES = {
    "decorator in a helper": ("import sim", "", "sim.k(1)", "def d(f): return lambda x: f(x)*?\n@d\ndef k(x): return x"),
    "attribute set on a class": ("class C: x=1\nC.x=?", "", "C.x"),
    "table filled by a loop": ("T={}\nfor i in range(3): T[i]=?", "", "T[1]"),
    "helper changed from outside": ("import sim\nsim.K=?", "", "sim.k()", "K=1\ndef k(): return K"),
    "name made at run time": ("import sim", "", "getattr(sim, 'k')()", "K=?\ndef k(): return K"),
    "generator seeded": ("import random\nrandom.seed(?)", "", "random.random()"),
    "generator seeded by name": ("from random import seed\nseed(?)", "", "1"),
    "library changed": ("import math\nmath.tau = ?", "", "math.tau"),
    "function as attribute": ("def f(self): return ?", "also=f", "self.also()"),
    "class made by type": ("C=type('C',(),{'k':lambda s: ?})", "", "C().k()"),
    "code made by exec": ("exec('def q(): return ?')", "", "q()"),
    "metaclass": ("class T(type(Problem)):\n  k=?\nclass U(metaclass=T): pass", "", "U.k"),
    "default of a lambda": ("f=lambda x, k=?: x*k", "", "f(1)"),
    "property": ("", "@property\n    def q(self): return ?", "self.q"),
    "static method": ("", "@staticmethod\n    def q(): return ?", "self.q()"),
    "mixin": ("class X:\n  def q(self): return ?\nclass Y(X): pass", "also=Y", "self.also().q()"),
    "dataclass": ("import dataclasses\n@dataclasses.dataclass\nclass D:\n  x: int = ?", "", "D().x"),
    "enum": ("import enum\nclass E(enum.Enum):\n  A=?", "", "E.A.value"),
    "named tuple": ("import collections\nN=collections.namedtuple('N', 'a b?')", "", "N(1,2).a"),
    "cached function": ("import functools\n@functools.lru_cache\ndef f(): return ?", "", "f()"),
    "generic function": (DISPATCH + "return ?", "", "f(1)"),
    "context manager": ("import contextlib\n@contextlib.contextmanager\ndef f():\n  yield ?", "", "f()"),
    "wrapped function": (WRAPS.format("") + "@d\ndef k(x): return ?", "", "k(1)"),
    "wrapping function": (WRAPS.format("?*") + "@d\ndef k(x): return 1", "", "k(1)"),
    "decorated method": ("def d(f):\n  return lambda s: ?*f(s)", "@d\n    def q(self): return 1", "self.q()"),
    "nonlocal": ("def f():\n  k=?\n  def g():\n    nonlocal k\n    return k\n  return g\ng=f()", "", "g()"),
    "global statement": ("Z=?\ndef f():\n  global Z\n  return Z", "", "f()"),
    "star import": ("from sim import *", "", "k()", "def k(): return ?"),
    "annotated attribute": ("", "x: int = ?", "self.x"),
    "nested class": ("", "class I:\n        k=?", "self.I.k"),
    "either of two definitions": ("if 1:\n  def f(): return ?\nelse:\n  def f(): return 3", "", "f()"),
    "name in a comprehension": ("W=[?]", "", "sum(w for w in W)"),
    "name in an f-string": ("W=?", "", "len(f'{W}')"),
    "callable object": ("class K:\n  def __init__(s,k): s.k=k\n  def __call__(s): return s.k\nq=K(?)", "", "q()"),
    "name in a text": ("Z=?", "", "eval('Z')"),
    "name among the globals": ("Z=?", "", "globals()['Z']"),
    "module in a text": ("import importlib", "", "importlib.import_module('sim').k()", "def k(): return ?"),
    "module by name": ("", "", "__import__('sim').k()", "def k(): return ?"),
    "version of a class that is no problem": ("class C: version=0\nC.version=?", "", "C.version"),
    "special method put there later": ("class K: pass\nK.__call__=lambda s: ?", "", "K()()"),
    "class made at run time": ("import dataclasses as d\nD=d.make_dataclass('D',[('x',int,?)])", "", "D().x"),
    "name with two underscores": ("__k=?\ndef f(): return __k", "", "f()"),
    "other problem": ("class P(Problem):\n  def __init__(s,k): s.k=k\nq=P(?)", "", "q.k"),
    "built-in problem": ("from evosearch.problems.analytic import Sphere\ns=Sphere(?)", "", "s.n_genes"),
    "method of another class": ("class A:\n  def f(s): return ?\nclass B:\n  def f(s): return 3\nB.f=A.f", "", "B().f()"),
    "class defined twice": ("if 1:\n  class C: k=?\nelse:\n  class C: k=3", "", "C.k"),
    "partial": ("import functools\nf=functools.partial(max, ?)", "", "f(0)"),
    "array": ("import numpy as np\nA=np.full(3, ?)", "", "A.sum()"),
    "compiled by numba": ("import numba\n@numba.njit\ndef f(x): return x*?", "", "f(1)"),
    "ufunc of numba": ("import numba\n@numba.vectorize\ndef f(x): return x*?", "", "f(1)"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBES)
def test_whatever_decides_the_number_is_found(project, name):
    *own, sim = [*PROBES[name], *([SIM] if len(PROBES[name]) == 3 else [])]
    text = PROBE.format(*own)
    one, same, other = (
        project.identity(text=text.replace("?", k), sim=sim.replace("?", k)).parts for k in "112"
    )
    assert one == same != other
