"""Syntax trees: what is the same code, and that it is read the same by every Python."""

import ast
import random
import sysconfig
from pathlib import Path

import pytest

from evosearch.problems.code.references import digest_code, list_references, walk_code
from evosearch.problems.code.syntax import digest_tree, drop_assignments, parse_source


def digest(text):
    return digest_tree(parse_source(text))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("x = 1", "# a comment\n\nx  =  (1)  # another\n"),
        ("def f():\n  return 1", "def f():\n    '''Words.'''\n    return 1"),
        ("class A:\n  x = 1", "class A:\n  '''Words.'''\n  x = 1"),
        ("def f():\n  pass", "def f():\n  '''Words.'''"),
        ("x = 'a' 'b'", 'x = "ab"'),
        ("x = u'a'", "x = 'a'"),
        ("""x = f'{a["b"]}'""", "x = f\"{a['b']}\""),
        ("x = f'a' f'b{c}' 'd'", "x = f'ab{c}d'"),
        ("x = 0x10", "x = 16"),
        ("x = 1_000.0", "x = 1e3"),
        ("x = 1\nif __name__ == '__main__':\n  print(x)", "x = 1"),
        ("x = 1\nif '__main__' == __name__:\n  print(x)\nelse:\n  y = 2", "x = 1\ny = 2"),
        ("'''Words.'''\nx = 1", "x = 1"),
    ],
)
def test_the_same_code(one, two):
    assert digest(one) == digest(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("x = 1", "x = 1.0"), ("x = 1", "x = True"), ("x = 1", "x = '1'"), ("x = '1'", "x = b'1'"),
        ("x = None", "x = ..."), ("x = 0.0", "x = -0.0"), ("x = 'ab', 'c'", "x = 'a', 'bc'"),
        ("f(a, *b)", "f(*b, a)"), ("f(a=1)", "f(**a)"), ("{**a}", "{a: None}"),
        ("def f(a, /): pass", "def f(a): pass"), ("def f(*, a): pass", "def f(a): pass"),
        ("def f(*, a=1, b): pass", "def f(*, a, b=1): pass"),
        ("async def f(): pass", "def f(): pass"), ("x = [a]", "x = (a,)"), ("x[1:]", "x[:1]"),
        ("f'{a!r}'", "f'{a!s}'"), ("f'{a:1}'", "f'{a:2}'"), ("f'{a}b'", "f'{a}' + 'b'"),
        ("from . import a", "from .. import a"), ("import a as b", "import a"),
        ("x: int = 1", "x = 1"), ("a < b < c", "(a < b) < c"), ("not a", "-a"),
        ("match a:\n  case 1: pass", "match a:\n  case b: pass"),
        ("[x for x in y if z]", "[x for x in y]"), ("x = b'['", "x = ['']"),
        ("if __name__ == '__main__':\n  x = 1", "if __name__ != '__main__':\n  x = 1"),
        ("def f():\n  x = 1\n  'no docstring'", "def f():\n  x = 1"),
    ],
)  # fmt: skip
def test_other_code(one, two):
    assert digest(one) != digest(two)


def test_digests_are_those_of_every_python():
    # Written down once: another Python has to come to the same.
    text = """
@decorated
class A(B, key=1):
    x: int = 0x1F
    async def f(self, a, /, b: str = "u", *c, d=None, **e) -> None:
        async with a as b, c: yield f"{a['b']!r:>{b}} {{}}" 'x'
        return {**a, 1: [*b]}, {1, 2.5, 3j, b"z", ..., None, True}, lambda *, y: y if y else -y
    try:
        del a.b[1:2, ::3]
    except* ValueError as e: raise X from e
    match a:
        case {"k": [1, *r], **q} | P(x=1) if q: pass
"""
    assert digest(text) == "defc45db7f6ddba76b6a626db29df1d3"


STDLIB = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))


SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))]


@pytest.mark.parametrize("seed", SEEDS)
def test_reformatted_code_is_the_same_and_any_small_edit_is_not(seed):
    rng = random.Random(seed)
    checked = 0
    for path in rng.sample(STDLIB, 12):
        try:
            tree = parse_source(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        nodes = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
        for node in rng.sample(nodes, min(8, len(nodes))):
            again = ast.parse(ast.unparse(node))
            if ast.dump(again.body[0]) != ast.dump(ast.parse(ast.unparse(again)).body[0]):
                continue  # unparse itself is not faithful here
            if ast.dump(node) == ast.dump(again.body[0]):
                assert digest_tree(again.body[0]) == digest_tree(node), path
                checked += 1
            constants = [n for n in ast.walk(again) if isinstance(n, ast.Constant)]
            if constants:
                rng.choice(constants).value = "edited, so that nothing else can be like it"
                assert digest_tree(again.body[0]) != digest_tree(node), path
    assert checked > 20


def test_bounds_and_version_are_dropped_wherever_a_problem_sets_them():
    def dropped(text):
        (kind,) = parse_source(text).body
        return digest_tree(drop_assignments(kind, frozenset({"space", "version"})))

    plain = dropped("class A:\n  x = 1\n  def __init__(self): y = 1")
    for first in ("space = S(1)", "space: S = S(2)", "version = '1'", "space = version = 3"):
        text = (
            f"class A:\n  {first}\n  x = 1\n  def __init__(self):\n    self.space = f()\n    y = 1"
        )
        assert dropped(text) == plain, first
    for kept in ("space = other = 1", "spaces = 1", "other.space = 1"):
        assert dropped(f"class A:\n  {kept}\n  x = 1\n  def __init__(self): y = 1") != plain


def test_references_are_names_of_the_module_only():
    text = "def f(a, b=limit):\n  c = a.x + table.rows[0] + np.linalg.norm(b)\n  return [d for d in g(c)]"
    (node,) = parse_source(text).body
    assert list_references(node) == {
        ("limit",), ("table", "rows"), ("np", "linalg", "norm"), ("g",),
    }  # fmt: skip
    (node,) = parse_source("class A(B):\n  y = 1\n  @d\n  def f(self): return __x + self.z").body
    assert list_references(node) >= {("B",), ("d",), ("_A__x",)}


def test_compiled_code_is_the_same_wherever_it_stands():
    def codes(text):
        return [digest_code(each) for each in walk_code(compile(text, "a", "exec"))][1:]

    assert codes("def f(x):\n  return {1, 'a'}, [y for y in x]") == codes(
        "\n\n# moved\ndef f(x):\n\n  return {1, 'a'}, [y for y in x]"
    )
    assert codes("def f(x): return x + 1") != codes("def f(x): return x + 1.0")
    assert codes("def f(x): return x + 1") != codes("def f(x): return x - 1")
