"""Rows 9 and 13 to 15 of the table: a user's own problem."""

from tests.bad_input.helpers import Case, check, invoke, parametrize, write

RUN = ["run", "-p", "p.toml"]
PROFILE = '[problem]\nname = "mine.py:Mine"\n[search]\npopulation = 4\ngenerations = 1\n'
HEAD = "from evosearch import Categorical, Float, Int, Problem, Space\n"


def problem(space='Float("x", 0, 1)', evaluate="return params['x']", more="", name="mine.py:Mine"):
    return {
        "p.toml": PROFILE.replace("mine.py:Mine", name),
        "mine.py": HEAD + f"class Mine(Problem):\n    space = Space({space})\n"
        f'    direction = "minimize"\n{more}'
        f"    def evaluate(self, params):\n        {evaluate}\n",
    }


def module(code):
    return {"p.toml": PROFILE, "mine.py": code}


CASES = [
    Case("bounds the wrong way round", RUN, ["'x'", "low", "high"],
         files=problem('Float("x", 2, 1)')),
    Case("bounds that are no numbers", RUN, ["'x'"], files=problem('Float("x", 0, float("nan"))')),
    Case("bounds without end", RUN, ["'x'"], files=problem('Float("x", 0, float("inf"))')),
    Case("bounds whose span overflows", RUN, ["'x'"], files=problem('Float("x", -1.7e308, 1.7e308)')),
    Case("no category", RUN, ["'c'"], files=problem('Categorical("c", [])')),
    Case("a category twice", RUN, ["'c'", "'a'"], files=problem('Categorical("c", ["a", "a"])')),
    Case("a gene twice", RUN, ["'x'"], files=problem('Float("x", 0, 1), Float("x", 0, 1)')),
    Case("no gene", RUN, ["gene"], files=problem("")),
    Case("a logarithm of zero", RUN, ["'x'"], files=problem('Float("x", 0, 1, log=True)')),
    Case("a condition on no gene", RUN, ["'x'", "'y'"],
         files=problem('Float("x", 0, 1, when={"y": 1})')),
    Case("no such file", RUN, ["No problem file mine.py", "Looked for"], files={"p.toml": PROFILE}),
    Case("no such module", RUN, ["No module named 'nowhere'"],
         files=problem(name="nowhere.at.all:Mine")),
    Case("no such class", RUN, ["has no 'Mien'", "Did you mean 'Mine'?"],
         files=problem(name="mine.py:Mien")),
    Case("neither built in nor a path", RUN, ["'spheer'", "Did you mean 'sphere'?"],
         files=problem(name="spheer")),
    Case("a name that is a number", RUN, ["problem", "expected a text", "3"],
         files={"p.toml": "[problem]\nname = 3\n"}),
    Case("no name", RUN, ["problem", "name", "missing"], files={"p.toml": "[problem]\n"}),
    Case("a module that does not parse", RUN, ["mine.py", "line 1", "SyntaxError"],
         files=module("def (:\n")),
    Case("a module that imports what is not there", RUN,
         ["mine.py", "line 1", "No module named 'nothing_of_that_name'"],
         files=module("import nothing_of_that_name\n")),
    Case("a module that raises", RUN, ["mine.py", "line 2", "ZeroDivisionError"],
         files=module("x = 1\n1 / 0\n")),
    Case("a module that exits", RUN, ["mine.py", "SystemExit"],
         files=module("raise SystemExit(0)\n")),
    Case("something else than a problem", RUN, ["evosearch.Problem", "int"],
         files=module("Mine = 3\n")),
    Case("a function that returns no problem", RUN, ["evosearch.Problem", "NoneType"],
         files=module("def Mine(): pass\n")),
    Case("a constructor that raises", RUN, ["mine.py", "KeyError", "'data'"],
         files=problem(more="    def __init__(self): {}['data']\n")),
    Case("no space", RUN, ["`space`"],
         files=module(HEAD + "class Mine(Problem):\n  direction='minimize'\n  def evaluate(self, p): ...\n")),
    Case("no direction", RUN, ["`direction"],
         files=module(HEAD + "class Mine(Problem):\n  space = Space(Float('x', 0, 1))\n"
                      "  def evaluate(self, p): ...\n")),
    Case("a direction that is none", RUN, ["`direction"],
         files=module(HEAD + "class Mine(Problem):\n  space = Space(Float('x', 0, 1))\n"
                      "  direction = 'up'\n  def evaluate(self, p): ...\n")),
    Case("nothing that evaluates", RUN, ["`evaluate(self, params)`"],
         files=module(HEAD + "class Mine(Problem):\n  space = Space(Float('x', 0, 1))\n"
                      "  direction = 'minimize'\n")),
    Case("evaluate without an argument", RUN, ["`evaluate` must take one argument"],
         files=module(HEAD + "class Mine(Problem):\n  space = Space(Float('x', 0, 1))\n"
                      "  direction = 'minimize'\n  def evaluate(self): return 1\n")),
    Case("evaluate with two arguments", RUN, ["`evaluate` must take one argument", "'more'"],
         files=module(HEAD + "class Mine(Problem):\n  space = Space(Float('x', 0, 1))\n"
                      "  direction = 'minimize'\n  def evaluate(self, params, more): return 1\n")),
    Case("an objective that is no metric", RUN, ["`objective = 'profit'`"],
         files=problem(more="    objective = 'profit'\n    metrics = ('cost',)\n")),
    Case("an unknown option", RUN, ["p.toml", "stpes", "Did you mean 'steps'?"],
         files=problem(more="    def __init__(self, steps=1): pass\n")
         | {"p.toml": PROFILE.replace("[search]", "stpes = 3\n[search]")}),
    Case("an option missing", RUN, ["p.toml", "steps", "required"],
         files=problem(more="    def __init__(self, steps): pass\n")),
]  # fmt: skip


@parametrize(CASES)
def test_a_problem_that_cannot_be_searched(case, workspace):
    check(case, workspace)


def test_only_the_users_own_lines_are_shown(workspace):
    text = check(Case("", RUN, ["mine.py", "line 2"], files=module("x = 1\n1 / 0\n")), workspace)
    assert "evosearch/" not in text.replace(str(workspace), "")
    assert "importlib" not in text


def test_bounds_that_are_equal_make_a_constant(workspace):
    write(workspace, problem('Float("x", 0, 1), Int("k", 3, 3)'))
    assert invoke(*RUN).exit_code == 0
