"""What code refers to outside itself: names of its module, other modules, imports."""

from __future__ import annotations

import ast
import dis
import hashlib
from collections.abc import Iterator
from types import CodeType
from typing import Any, TypeAlias

from evosearch.problems.code.syntax import write_constant

_DYNAMIC = frozenset(
    {"globals", "eval", "exec", "__import__", "importlib", "import_module", "runpy"}
)
# Level of a relative import, module, and the names taken from it.
Import: TypeAlias = tuple[int, str, tuple[str, ...]]


def digest_code(code: CodeType) -> str:
    """32 hexadecimal digits for compiled code; its file and line numbers do not count."""
    digest = hashlib.sha256(code.co_code + b"|" + code.co_exceptiontable)
    # Not the flags of __future__, which a cell of a notebook has from the cells before it.
    flags = code.co_flags & 0xFFFF
    numbers = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, flags)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    digest.update(write_constant((numbers, *names)))
    for value in code.co_consts:
        is_code = isinstance(value, CodeType)
        digest.update(digest_code(value).encode() if is_code else write_constant(value))
    return digest.hexdigest()[:32]


def walk_code(code: CodeType) -> Iterator[CodeType]:
    """A code object and all that are nested in it."""
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from walk_code(value)


def find_globals(code: CodeType) -> set[str]:
    """The names that code looks up in its module, nested functions and classes included."""
    return {
        step.argval
        for each in walk_code(code)
        for step in dis.get_instructions(each)
        if "GLOBAL" in step.opname or step.opname == "LOAD_NAME"
        if isinstance(step.argval, str)
    }


def find_imports(code: CodeType) -> list[Import]:
    """As `list_imports`, of compiled code."""
    steps = (step for each in walk_code(code) for step in dis.get_instructions(each))
    return [(0, s.argval, ()) for s in steps if s.opname == "IMPORT_NAME" and s.argval]


def is_dynamic(tree: ast.AST) -> bool:
    """Whether code looks things up by names that are made while it runs."""
    return any(
        (isinstance(node, ast.Name) and node.id in _DYNAMIC)
        or (isinstance(node, ast.Attribute) and node.attr == "__subclasses__")
        or (isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.modules")
        for node in ast.walk(tree)
    )


def list_named_modules(tree: ast.AST) -> list[Import]:
    """Texts in a tree that could name a module."""
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if all(word.isidentifier() for word in node.value.split("."))
    }
    return [(0, text, ()) for text in sorted(texts)]


def list_references(node: ast.AST) -> set[tuple[str, ...]]:
    """What a definition reads from its module: dotted names, each as a tuple of words."""
    found: set[tuple[str, ...]] = set()
    left: list[ast.AST] = [node]
    while left:
        item = left.pop()
        words: list[str] = []
        base: ast.AST = item
        while isinstance(base, ast.Attribute):
            words.append(base.attr)
            base = base.value
        if isinstance(base, ast.Name):
            found.add((base.id, *reversed(words)))
        else:
            left += ast.iter_child_nodes(base if words else item)
    wanted = _globals_of(node)
    if wanted is None:  # such as a function with `nonlocal`: every name may be one
        return found
    named = {words for words in found if words[0] in wanted}
    return named | {(name,) for name in wanted - {words[0] for words in named}}


def _globals_of(node: ast.AST) -> set[str] | None:
    body: Any = node if isinstance(node, ast.stmt) else ast.Expr(node)  # type: ignore[arg-type]
    module = ast.Module([ast.copy_location(body, node)], [])
    try:
        return find_globals(compile(module, "<definition>", "exec", dont_inherit=True))
    except SyntaxError:
        return None


def list_imports(tree: ast.AST) -> list[Import]:
    """Every import anywhere in a tree."""
    found: list[Import] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            found.append((node.level, node.module or "", names))
    return found


def module_statements(tree: ast.Module) -> list[ast.stmt]:
    """What an import of a module does to other modules: calls into them, changes of them."""
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
        if not (getattr(node, "module", None) or alias.name).startswith("evosearch")
    }

    def touches(expression: ast.AST) -> bool:
        base = expression
        while isinstance(base, (ast.Attribute, ast.Subscript, ast.Call)):
            base = base.func if isinstance(base, ast.Call) else base.value
        return isinstance(base, ast.Name) and base.id in imported

    kept = []
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for node in ast.walk(statement):
            targets: list[ast.expr] = []
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                targets = [node.value.func]
            elif isinstance(node, (ast.Assign, ast.Delete)):
                targets = [t for t in node.targets if not isinstance(t, ast.Name)]
            elif isinstance(node, ast.AugAssign) and not isinstance(node.target, ast.Name):
                targets = [node.target]
            if any(touches(target) for target in targets):
                kept.append(statement)
                break
    return kept
