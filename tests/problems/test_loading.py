import os
import subprocess
import sys

import pytest

from evosearch.errors import OptionError, ProblemError
from evosearch.problems import BUILT_IN, load_problem
from evosearch.problems.identity.fingerprint import identify
from evosearch.problems.loading import plain_name

GOOD = """
from evosearch import Float, Problem, Space

class Mine(Problem):
    space = Space(Float("x", 0, 1))
    direction = "minimize"

    def __init__(self, power=2):
        self.power = power

    def evaluate(self, params):
        return params["x"] ** self.power

ready = Mine()

def make(power):
    return Mine(power)

number = 3
"""


@pytest.fixture
def module(workspace):
    (workspace / "mine.py").write_text(GOOD)
    yield workspace
    sys.modules.pop("mine", None)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_built_in_problem_loads(name):
    problem = load_problem(name, {})
    assert len(problem.space) >= 1
    assert problem.objective in problem.metric_names


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mine.py:Mine", {}),
        ("mine.py:Mine", {"power": 3}),
        ("mine:Mine", {"power": 3}),
        ("mine.py:ready", {}),
        ("mine.py:make", {"power": 3}),
    ],
)
def test_a_users_problem_is_a_class_a_function_or_an_instance(module, name, options):
    problem = load_problem(name, options)
    assert problem.power == options.get("power", 2)
    assert problem.fingerprint_options() == options


def test_a_file_that_was_edited_is_loaded_anew(module):
    then = load_problem("mine.py:Mine", {})
    assert type(load_problem("mine.py:Mine", {})) is type(then)
    (module / "mine.py").write_text(GOOD + "\n# a comment\n")
    assert type(load_problem("mine.py:Mine", {})) is type(then)
    (module / "mine.py").write_text(GOOD.replace("power=2", "power=5"))
    assert load_problem("mine.py:Mine", {}).power == 5


LATIN = "# -*- coding: {} -*-\n# an accent: \xe9\n" + GOOD


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("name", ["spelt.py:Mine", "spelt:Mine"])
def test_files_are_decoded_as_python_does(workspace, name, encoding):
    text = LATIN.format("utf-8" if encoding == "utf-8-sig" else encoding)
    (workspace / "spelt.py").write_bytes(text.encode(encoding))
    sys.modules.pop("spelt", None)
    then = identify(load_problem(name, {}))
    (workspace / "plain.py").write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert identify(load_problem("plain.py:Mine", {})).parts == then.parts


@pytest.mark.parametrize("name", ["wrong.py:Mine", "wrong:Mine", "imports.py:Mine"])
@pytest.mark.parametrize(
    ("data", "line"),
    [
        (LATIN.partition("\n")[2].encode("latin-1"), 1),
        (("\n\n" + LATIN).format("ascii").encode("latin-1"), 4),
        (GOOD.encode("utf-16"), 1),
        (b"# -*- coding: nonsense -*-\n", 1),
    ],
)
def test_a_file_in_no_encoding_says_where_and_how_to_save_it(workspace, name, data, line):
    (workspace / "wrong.py").write_bytes(data)
    (workspace / "imports.py").write_text("import wrong\nMine = wrong.Mine")
    sys.modules.pop("wrong", None)
    with pytest.raises(ProblemError) as caught:
        identify(load_problem(name, {}))  # Python 3.11 lets a comment pass, in any bytes
    assert f"wrong.py, line {line}: " in str(caught.value)
    assert "Save it as UTF-8." in str(caught.value)


def test_the_name_in_a_shard_is_free_of_paths():
    assert plain_name("/home/me/mine.py:Mine") == plain_name("mine.py:Mine") == "mine:Mine"
    assert plain_name("pkg.mine:Mine") == "pkg.mine:Mine"
    assert plain_name("trading") == "trading"


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("trading!", {}, "neither built in"),
        ("spere", {}, "Did you mean 'sphere'"),
        ("nope.py:Mine", {}, "No problem file nope.py"),
        ("nope.deep:Mine", {}, "No module named 'nope'"),
        ("mine.py:Mime", {}, "Did you mean 'Mine'"),
        ("mine.py:number", {}, "got int"),
        ("mine.py:Mine", {"powr": 3}, "Did you mean 'power'"),
        ("mine.py:make", {}, "required"),
        ("mine.py:ready", {"power": 1}, "takes no options"),
        ("sphere", {"n_genes": 0}, "at least one gene"),
    ],
)
def test_a_wrong_name_or_option_says_what_and_how_to_fix(module, name, options, says):
    with pytest.raises((ProblemError, OptionError, ValueError)) as caught:
        load_problem(name, options)
    assert says in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import nonexistent_thing", "nonexistent_thing"),
        ("x = 1 / 0", "ZeroDivisionError"),
        ("def f(:\n  pass", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit"),
    ],
)
def test_a_module_that_fails_shows_the_users_own_traceback_only(workspace, source, says):
    (workspace / "broken.py").write_text(source)
    with pytest.raises(ProblemError) as caught:
        load_problem("broken.py:X", {})
    text = str(caught.value)
    assert says in text
    assert "importlib" not in text
    assert "evosearch/problems" not in text


def test_all_broken_promises_of_a_class_are_listed_at_once(workspace):
    (workspace / "bad.py").write_text(
        "from evosearch import Problem\nclass Bad(Problem):\n"
        "    direction = 'up'\n    metrics = ('a', 'a', 'param_x')\n    version = '1'\n"
    )
    with pytest.raises(ProblemError) as caught:
        load_problem("bad.py:Bad", {})
    for fault in ("needs `space`", "needs `direction", "needs a method", "not among", "distinct"):
        assert fault in str(caught.value)


def test_an_edit_of_the_same_size_in_the_same_second_is_seen(tmp_path):
    path = tmp_path / "mine.py"
    code = "from evosearch import Float, Problem, Space\nclass Mine(Problem):\n    version = '{}'\n"
    code += "    space = Space(Float('x', 0, 1))\n    direction = 'minimize'\n"
    code += "    def evaluate(self, params): return 1.0\n"
    script = "from evosearch.problems.loading import load_problem; import sys, pathlib\n"
    script += "print(load_problem('mine.py:Mine', {}, (pathlib.Path(sys.argv[1]),)).version)"
    seen = []
    for version in "12":
        path.write_text(code.format(version))
        os.utime(path, (1_700_000_000, 1_700_000_000))
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        seen.append(done.stdout.strip())
    assert seen == ["1", "2"]


def test_a_mistake_that_a_built_in_problem_meets_is_shown_where_the_user_made_it(workspace):
    (workspace / "derived.py").write_text(
        "from evosearch.trading.problem import Trading\n\n"
        "class Derived(Trading):\n"
        "    def __init__(self):\n"
        '        super().__init__(folders=3, data="bars.csv")\n'
    )
    with pytest.raises(ProblemError) as refusal:
        load_problem("derived.py:Derived", {}, (workspace,))
    text = str(refusal.value)
    assert "super().__init__(folders=3" in text
    assert "TypeError: 'int' object is not iterable" in text
    assert text.count("  File ") == 1
