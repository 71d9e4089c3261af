"""Real runs: which shards merge, which runs go on, and that no edit goes unnoticed."""

import importlib
import json
import linecache
import pickle
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import evosearch
from evosearch.errors import IncomparableShards, ProblemError, WorkerLost
from evosearch.loop.events import GenerationFinished, RunStarted
from evosearch.problems.code.pinned import pin_files
from evosearch.problems.evaluator import Evaluator
from evosearch.problems.identity.fingerprint import identify
from tests.runs import environment
from tests.runs import evosearch as command

HEAD = "from evosearch import Float, Int, Problem, Space\n"
LENS = (
    HEAD
    + """
class Lens(Problem):
    space = Space(Int("focus", 0, 30), Int("gap", 0, 30))
    direction = "minimize"

    def __init__(self, target=3.0):
        self.target = target

    def evaluate(self, p):
        return abs(p["focus"] - self.target) + p["gap"]
"""
)
HELPED = (
    HEAD
    + """
import helper_of_lens

class Helped(Problem):
    space = Space(Int("x", 0, 30), Int("y", 0, 30))
    direction = "minimize"

    def evaluate(self, p):
        return helper_of_lens.cost(p["x"]) + p["y"]
"""
)
SMALL = {"population": 10, "generations": 2, "seed": 1, "backend": "serial"}
PROFILE = """
[problem]
name = "{name}"
{options}
[search]
population = 10
generations = 2
[run]
backend = "serial"
"""


class Desk:
    """A folder with modules and profiles, in a process that imports them."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "profiles").mkdir()

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def module(self, name, text=None):
        if text is not None:
            self.write(f"{name}.py", text)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    def by_profile(self, problem, results, options="", name="own", **more):
        text = PROFILE.format(name=problem, options=options)
        self.write(f"profiles/{name}.toml", text)
        return evosearch.run(name, seed=2, results=results, **more)


@pytest.fixture
def desk(workspace, monkeypatch):
    monkeypatch.syspath_prepend(str(workspace))
    yield Desk(workspace)
    for name in ("lens", "helper_of_lens", "helped", "shift"):
        sys.modules.pop(name, None)


def merge(*paths):
    return evosearch.merge([str(path) for path in paths], output="merged.parquet", force=True)


def refuse(*paths):
    with pytest.raises(IncomparableShards) as caught:
        merge(*paths)
    assert caught.value.exit_code == 4
    return str(caught.value)


def test_other_arguments_are_another_problem(desk):
    lens = desk.module("lens", LENS)
    evosearch.run(problem=lens.Lens(3.0), results="a", **SMALL)
    evosearch.run(problem=lens.Lens(25.0), results="b", **SMALL)
    assert "arguments.target: 3.0 | 25.0" in refuse("a", "b").replace("25.0 | 3.0", "3.0 | 25.0")


def test_an_edit_between_two_runs_is_another_problem(desk):
    for results, text in (("a", LENS), ("b", LENS.replace("+ p", "+ 100 - p"))):
        evosearch.run(problem=desk.module("lens", text).Lens(), results=results, **SMALL)
    assert "code.class Lens: " in refuse("a", "b")


def test_an_edited_helper_is_another_problem(desk):
    desk.write("helped.py", HELPED)
    for results, k in (("a", 3), ("b", 25)):
        desk.module("helper_of_lens", f"def cost(x):\n    return abs(x - {k})\n")
        sys.modules.pop("helped", None)
        evosearch.run(problem=desk.module("helped").Helped(), results=results, **SMALL)
    said = refuse("a", "b")
    assert "code.module helper_of_lens: " in said
    assert "code.function helper_of_lens.cost: " in said


def test_profile_instance_class_and_a_renamed_file_are_one_problem(desk):
    lens = desk.module("lens", LENS)
    desk.write("renamed.py", "# moved\n\n" + LENS.replace("(Problem):", "(Problem):\n    'Words.'"))
    desk.by_profile("lens.py:Lens", "a")
    desk.by_profile("lens:Lens", "b", "target = 3.0")
    desk.by_profile("renamed.py:Lens", "c")
    evosearch.run(problem=lens.Lens(3.0), results="d", **SMALL)
    evosearch.run(problem=lens.Lens, results="e", **SMALL)
    evosearch.run(problem=evosearch.load_problem("own"), results="f", **SMALL)
    wide = desk.module("lens", LENS.replace('"gap", 0, 30', '"gap", 0, 50'))
    evosearch.run(problem=wide.Lens(), results="g", **SMALL)
    assert len(merge(*"abcdefg").used) == 7


@pytest.mark.slow
def test_a_script_and_a_profile_are_one_problem(desk):
    desk.write(
        "shift.py",
        LENS + "\nif __name__ == '__main__':\n    import evosearch\n    evosearch.run("
        "problem=Lens(4.0), population=10, generations=2, seed=1, backend='serial', results='a')\n",
    )
    subprocess.run([sys.executable, "shift.py"], env=environment(), check=True)
    desk.by_profile("shift.py:Lens", "b", "target = 4.0")
    merge("a", "b")
    (shard,) = Path("a").glob("*.parquet")
    run_id = shard.name.split("-0000-")[0]
    done = command(desk.folder, "resume", run_id, "--results", "a", "--generations", "3")
    assert done.returncode == 2
    assert "evosearch.resume(RUN, problem=" in done.stderr


@pytest.mark.slow
def test_a_loaded_problem_runs_in_worker_processes(desk):
    desk.write("lens.py", LENS)
    desk.by_profile("lens.py:Lens", "a")
    problem = evosearch.load_problem("own")
    evosearch.run(problem=problem, results="b", **SMALL | {"backend": "processes", "workers": 2})
    merge("a", "b")


@pytest.mark.slow
def test_what_workers_do_not_see_of_a_script_ends_its_run(desk):
    text = LENS.replace("\nclass", "K = 1\nclass").replace('p["gap"]', 'p["gap"] + K')
    text += """
if __name__ == "__main__":
    import sys
    K = int(sys.argv[1])
    import evosearch
    evosearch.run(problem=Lens(), population=10, generations=2, results="a", workers=1)
"""
    desk.write("script.py", text)
    done = {}
    for value in ("1", "2"):
        line = [sys.executable, "script.py", value]
        done[value] = subprocess.run(
            line, env=environment(), capture_output=True, text=True, check=False
        )
    assert done["1"].returncode == 0, done["1"].stderr
    assert done["2"].returncode != 0
    assert "another one in a worker than in the process" in done["2"].stderr
    assert "global K: 2 | 1" in done["2"].stderr


def test_a_run_goes_on_with_the_same_instance_only(desk):
    lens = desk.module("lens", LENS)
    done = evosearch.run(problem=lens.Lens(3.0), results="a", **SMALL)
    desk.write("profiles/lens.toml", PROFILE.format(name="lens.py:Lens", options=""))
    with pytest.raises(IncomparableShards, match=r"arguments\.target: 3\.0 \| 25\.0") as refused:
        evosearch.resume(done.run_id, "a", problem=lens.Lens(25.0), generations=3)
    assert "lens.toml" not in str(refused.value)
    more = evosearch.resume(done.run_id, "a", problem=lens.Lens(3.0), generations=3)
    assert more.n_evaluated == 30


def test_a_file_edited_within_one_session_is_refused_until_it_is_reloaded(desk):
    helper = desk.module("helper_of_lens", "K = 3\ndef cost(x):\n    return abs(x - K)\n")
    helped = desk.module("helped", HELPED)
    problem = helped.Helped()
    before = identify(problem)
    desk.write("helper_of_lens.py", "# a comment\nK = 3\n\ndef cost(x):\n    return abs(x - K)\n")
    assert identify(problem).parts == before.parts
    for edited in (
        "K = 4\ndef cost(x):\n    return abs(x - K)\n",
        "K = 3\ndef cost(x):\n    return x",
    ):
        desk.write("helper_of_lens.py", edited)
        with pytest.raises(ProblemError, match=r"helper_of_lens\.py was changed since it was imp"):
            evosearch.run(problem=problem, results="a", **SMALL)
    assert not list(Path("a").glob("*.parquet"))
    importlib.reload(helper)
    assert identify(problem).parts != before.parts
    desk.write("helped.py", HELPED.replace("30", "31").replace('p["y"]', '2 * p["y"]'))
    with pytest.raises(ProblemError, match=r"helped\.py was changed since it was imported"):
        identify(problem)
    importlib.reload(helped)
    with pytest.raises(ProblemError, match="was loaded anew since this Helped was made"):
        identify(problem)
    identify(helped.Helped())


def test_a_worker_that_would_import_other_code_does_not_start(desk):
    lens = desk.module("lens", LENS)
    problem = lens.Lens()
    pinned = pin_files(identify(problem).files)
    payload = pickle.dumps(Evaluator(problem, files=pinned))
    desk.write("lens.py", "# only words\n" + LENS)
    pickle.loads(payload)
    desk.write("lens.py", LENS.replace("abs(", "-abs("))
    with pytest.raises(ProblemError, match=r"lens\.py was changed while the run goes on"):
        pickle.loads(payload)


@pytest.mark.slow
def test_a_file_that_changes_before_the_first_worker_leaves_no_run_behind(desk):
    problem = desk.module("lens", LENS).Lens()

    def listen(event):
        if isinstance(event, RunStarted):
            desk.write("lens.py", LENS.replace("abs(", "-abs("))

    settings = SMALL | {"backend": "processes", "workers": 1}
    with pytest.raises(ProblemError, match=r"lens\.py was changed while the run goes on"):
        evosearch.run(problem=problem, results="a", listen=listen, **settings)
    assert not Path("a").exists()


@pytest.mark.slow
def test_a_file_that_changes_later_keeps_what_was_measured(desk):
    problem = desk.module("lens", LENS).Lens()

    def listen(event):
        if isinstance(event, GenerationFinished) and event.generation == 1:
            desk.write("lens.py", LENS.replace("abs(", "-abs("))
            for process in psutil.Process().children():
                if "spawn_main" in " ".join(process.cmdline()):
                    process.kill()

    settings = SMALL | {"backend": "processes", "workers": 1, "generations": 5}
    wanted = r"(?s)lens\.py was changed while.*evosearch resume lens-"
    with pytest.raises(WorkerLost, match=wanted) as caught:
        evosearch.run(problem=problem, results="a", listen=listen, **settings)
    assert caught.value.exit_code == 5
    desk.write("lens.py", LENS)
    done = evosearch.resume(results="a", problem=problem)
    assert done.n_recalled >= 20
    assert done.n_evaluated == 50


def test_another_module_of_the_same_name_is_refused(desk, tmp_path):
    desk.module("helper_of_lens", "def cost(x):\n    return x\n")
    other = desk.folder / "other"
    other.mkdir()
    (other / "helped.py").write_text(HELPED)
    (other / "helper_of_lens.py").write_text("def cost(x):\n    return -x\n")
    with pytest.raises(ProblemError, match="has imported helper_of_lens from"):
        desk.by_profile("other/helped.py:Helped", "a")


def test_what_evaluations_leave_in_a_problem_does_not_make_it_another(desk):
    text = LENS.replace("def evaluate(self, p):", "def evaluate(self, p):\n        SEEN[str(p)] = 1\n"
                        "        self.last = p['gap']").replace("class", "SEEN = {}\n\nclass")  # fmt: skip
    lens = desk.module("lens", text)
    problem = lens.Lens()
    done = evosearch.run(problem=problem, results="a", **SMALL)
    assert problem.last is not None
    evosearch.resume(done.run_id, "a", problem=problem, generations=3)
    evosearch.run(problem=problem, results="b", **SMALL | {"seed": 2})
    merge("a", "b")
    problem.target = 4.0
    evosearch.run(problem=problem, results="c", **SMALL | {"seed": 3})
    refuse("a", "c")


def test_code_without_source_counts_by_its_bytecode_and_the_run_says_so(desk):
    space = {"__name__": "typed_in"}
    exec(compile(LENS, "<stdin>", "exec"), space)
    events = []
    done = evosearch.run(problem=space["Lens"](), results="a", listen=events.append, **SMALL)
    (started,) = [event for event in events if isinstance(event, RunStarted)]
    assert "bytecode of Python" in started.facts.notes[0]
    problem = read_problem(done.paths[0])
    assert problem["notes"] and problem["parts"]["python"].startswith("bytecode of Python 3.")
    other = {"__name__": "typed_in"}
    exec(compile(LENS.replace("+ p", "- p"), "<stdin>", "exec"), other)
    evosearch.run(problem=other["Lens"](), results="b", **SMALL)
    assert "code.function Lens.evaluate: " in refuse("a", "b")


def test_versions_of_packages_are_recorded_and_count_for_nothing(desk):
    import pandas

    lens = desk.module("lens", LENS.replace("return abs", "import pandas; return abs"))
    done = evosearch.run(problem=lens.Lens(), results="a", **SMALL)
    (run,) = read_metadata(done.paths[0])["sources"].values()
    assert run["versions"]["pandas"] == pandas.__version__
    assert "pandas" not in str(read_problem(done.paths[0])["parts"])


def read_metadata(path):
    from pyarrow import parquet

    return json.loads(parquet.ParquetFile(path).metadata.metadata[b"evosearch"])


def read_problem(path):
    return read_metadata(path)["problem"]


class Notebook:
    """Cells as Jupyter compiles them: under a name of their own, their texts kept by linecache."""

    def __init__(self):
        self.names, self.n = {"__name__": "cells"}, 0

    def run(self, text):
        self.n += 1
        name = f"/nowhere/ipykernel_1/{self.n}.py"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), self.names)

    def parts(self, made="Lens()"):
        return identify(eval(made, self.names)).parts


def test_cells_of_a_notebook_count_by_their_source_as_files_do(desk):
    book = Notebook()
    book.run(HEAD + "noise = 0.1")
    cell = LENS.removeprefix(HEAD).replace('p["gap"]', "noise + inner()").strip()
    book.run("def inner():\n    import helper_of_lens\n    return helper_of_lens.cost(1)")
    desk.write("helper_of_lens.py", "def cost(x):\n    return x\n")
    book.run(cell)
    then = book.parts()
    assert {"class Lens", "function inner", "global noise"} < {*then["code"]}
    assert "python" not in then
    book.run("\n\n# again\n" + cell)
    assert book.parts() == then
    book.run("noise = 0.2")
    assert book.parts() != then
    book.run("noise = 0.1")
    desk.write("helper_of_lens.py", "def cost(x):\n    return -x\n")
    assert book.parts() != then
    desk.write("helper_of_lens.py", "def cost(x):\n    return x\n")
    book.run("old = Lens()")
    book.run(cell.replace("abs(", "(1 + "))
    assert book.parts() != then
    assert book.parts("old") == then
    desk.write("plain.py", HEAD + "noise = 0.1\ndef inner():\n    import helper_of_lens\n"
               "    return helper_of_lens.cost(1)\n" + cell)  # fmt: skip
    assert identify(desk.module("plain").Lens()).parts == then


FUNCTION = """
class Fn(Problem):
    space = Space(Float("x", -5, 5))
    direction = "minimize"

    def __init__(self, f):
        self.f = f

    def evaluate(self, params):
        return self.f(**params)

def cost(x, by=2):
    return x * by
def curried(k):
    return lambda x: x * k
def tune(data):
    class Local(Problem):
        space = Space(Float("x", -5, 5))
        direction = "minimize"
        def evaluate(self, params):
            return sum((params["x"] - d) ** 2 for d in data)
    return Local()
class Model:
    def __init__(self, k):
        self.k = k
    def cost(self, x):
        return x * self.k
one, two = (lambda x: x), (lambda x: x + 1)
"""


def test_functions_as_arguments_count_by_source_and_closure(desk):
    book = Notebook()
    book.run(HEAD + FUNCTION)
    made = [
        "Fn(cost)", "Fn(curried(1))", "Fn(curried(2))", "Fn(one)", "Fn(two)", "Fn(Model(1).cost)",
        "Fn(Model(2).cost)", "Fn(__import__('functools').partial(cost, by=3))",
        "tune([1, 2])", "tune([1, 3])", "Fn(max)", "Fn(__import__('math').sqrt)",
    ]  # fmt: skip
    texts = [json.dumps(book.parts(each)) for each in made]
    assert len({*texts}) == len(texts)
    assert [json.dumps(book.parts(each)) for each in made] == texts
    versioned = FUNCTION.replace("class Fn(Problem):", "class Fn(Problem):\n    version = '1'")
    book.run(HEAD + versioned)
    texts = [json.dumps(book.parts(each)) for each in made]
    assert len({*texts}) == len(texts)
