"""Each source of identity changed alone is another problem; what decides no number is none."""

import sys
import textwrap
from pathlib import Path

import pytest

from evosearch.errors import ProblemError
from evosearch.problems import load_problem
from evosearch.problems.fingerprint import identify

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
