"""Examples in docstrings are run, so they say what the code does."""

import ast
import doctest
import importlib
import pkgutil
import sys
from pathlib import Path

import pytest

import evosearch

PARSER = doctest.DocTestParser()


def find_documented():
    """Modules with an example that is run; of these and others only packages are imported."""
    places = {"evosearch": evosearch.__file__}
    for module in pkgutil.walk_packages(evosearch.__path__, "evosearch."):
        places[module.name] = module.module_finder.find_spec(module.name).origin
    return [name for name, place in places.items() if _has_examples(Path(place).read_bytes())]


def _has_examples(source):
    if b">>>" not in source:
        return False
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    texts = [ast.get_docstring(node) or "" for node in nodes]
    examples = [example for text in texts for example in PARSER.get_examples(text)]
    return any(doctest.SKIP not in example.options for example in examples)


BEFORE = {*sys.modules}
DOCUMENTED = find_documented()
IMPORTED = {*sys.modules} - BEFORE


@pytest.mark.parametrize("name", DOCUMENTED)
def test_examples_give_what_they_say(name, workspace):
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0
    assert not found.failed


def test_there_are_examples_and_finding_them_imports_no_cluster():
    assert len(DOCUMENTED) > 15
    assert "ray" not in IMPORTED
