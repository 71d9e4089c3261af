"""Signatures say what they take. `Any` stands only where plain data enter or leave as JSON or TOML."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "evosearch"
ROOMS = (
    "assemble",
    "assemble/ranking",
    "assemble/searching",
    "assemble/settings",
    "cli",
    "cli/ranking",
    "cli/searching",
    "cli/trading",
    "loop",
    "report",
)
# Plain data: what TOML or JSON hold. Their values are checked where they are read.
PLAIN = ("dict[str, Any]", "Mapping[str, Any]")


def list_signatures(room):
    """Place and annotation of every parameter and result in the files of a room."""
    for path in sorted((ROOT / room).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            named = node.args
            # Settings by name have a table of their own, `profiles.flags`: **settings may be Any.
            each = [*named.posonlyargs, *named.args, *named.kwonlyargs, named.vararg]
            found = [argument.annotation for argument in each if argument is not None]
            for annotation in filter(None, [*found, node.returns]):
                yield f"{path.name}:{node.lineno} {node.name}", ast.unparse(annotation)


@pytest.mark.parametrize("room", ROOMS)
def test_any_stands_for_plain_data_alone(room):
    wrong = []
    for place, annotation in list_signatures(room):
        rest = annotation
        for plain in PLAIN:
            rest = rest.replace(plain, "")
        if "Any" in rest:
            wrong.append(f"{place}: {annotation}")
    assert not wrong
