"""Source code by what it means: syntax trees, and digests of them that every Python agrees on.

Comments, blank lines, layout, docstrings and what a file does only when it is run as a script
(``if __name__ == "__main__":``) do not count. ``ast.dump``, ``ast.unparse`` and bytecode differ
between versions of Python, so trees are walked here.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import importlib.util
import tokenize
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from evosearch.errors import ProblemError

Definition: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
# Fields that say nothing or that other versions of Python lack.
_SILENT = frozenset({"ctx", "kind", "type_comment", "type_params"})
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def decode_source(data: bytes, path: Path) -> str:
    """The text of a source file, decoded as Python does.

    Raises
    ------
    ProblemError
        It is in no encoding that Python takes; the message names file and line.
    """
    try:
        text = importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise ProblemError(
            f"{path}, line {_find_bad_line(data)}: the text is not in the encoding that Python "
            f"expects ({error}). Save it as UTF-8."
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ProblemError(
            f"{path}, line {line}: the text holds null bytes, as UTF-16 does. Save it as UTF-8."
        )
    return text


def _find_bad_line(data: bytes) -> int:
    try:
        encoding = tokenize.detect_encoding(BytesIO(data).readline)[0]
    except (SyntaxError, LookupError):
        encoding = "utf-8"
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            line.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            return number
    return 1


def parse_source(text: str, keeps_guard: bool = False) -> ast.Module:
    """The tree of a source text without what does not count.

    Parameters
    ----------
    text : str
    keeps_guard : bool
        With what a file does only when it is run as a script.

    Raises
    ------
    SyntaxError
    """
    tree = ast.parse(text)
    if not keeps_guard:
        tree.body = [kept for statement in tree.body for kept in _without_guard(statement)]
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            filler = ast.copy_location(ast.Pass(), node.body[0])
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [filler])
    return tree


def _without_guard(statement: ast.stmt) -> list[ast.stmt]:
    """A statement of a module as it is when the module is imported."""
    if isinstance(statement, ast.If) and isinstance(statement.test, ast.Compare):
        test = statement.test
        sides = [test.left, *test.comparators]
        is_name = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
        is_main = any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
        if is_name and is_main and len(sides) == 2 and isinstance(test.ops[0], ast.Eq):
            return statement.orelse
    return [statement]


def drop_assignments(kind: ast.ClassDef, names: frozenset[str]) -> ast.ClassDef:
    """A copy of a class without assignments to these attributes, in its body or by ``self``."""

    def is_dropped(statement: ast.AST, is_body: bool) -> bool:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            return False
        return all(
            (is_body and isinstance(target, ast.Name) and target.id in names)
            or (
                isinstance(target, ast.Attribute)
                and target.attr in names
                and isinstance(target.value, ast.Name)
                and target.value.id == "self"
            )
            for target in targets
        )

    kind = copy.deepcopy(kind)
    for node in ast.walk(kind):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                kept = [item for item in body if not is_dropped(item, node is kind)]
                if len(kept) < len(body):
                    filler = ast.copy_location(ast.Pass(), body[0])
                    setattr(node, field, kept or [filler])
    return kind


def digest_tree(*nodes: ast.AST) -> str:
    """32 hexadecimal digits for trees: the same under every version of Python."""
    digest = hashlib.sha256()
    left: list[Any] = [*reversed(nodes)]
    while left:  # a stack of our own: long sums nest deeper than Python recurses
        item = left.pop()
        if isinstance(item, bytes):
            digest.update(item)
        elif isinstance(item, ast.AST):
            parts: list[Any] = [f"({type(item).__name__}".encode()]
            for field in item._fields:
                value = getattr(item, field, None)
                if field in _SILENT or value is None or value == []:
                    continue
                if isinstance(item, ast.JoinedStr):
                    value = _join_texts(value)
                elif isinstance(value, bytes):
                    value = write_constant(value)
                parts += [f" {field}=".encode(), value]
            left += reversed([*parts, b")"])
        elif isinstance(item, list):
            left += reversed([b"[", *item, b"]"])
        else:
            digest.update(write_constant(item) + b",")
    return digest.hexdigest()[:32]


def _join_texts(pieces: list[ast.expr]) -> list[ast.expr]:
    """The pieces of an f-string with neighbouring texts in one."""
    joined: list[ast.expr] = []
    for piece in pieces:
        if isinstance(piece, ast.Constant) and isinstance(piece.value, str):
            if not piece.value:
                continue
            last = joined[-1] if joined else None
            if isinstance(last, ast.Constant) and isinstance(last.value, str):
                joined[-1] = ast.Constant(last.value + piece.value)
                continue
        joined.append(piece)
    return joined


def write_constant(value: Any) -> bytes:
    """A plain value with its type and length, so that 1, 1.0, True and "1" differ."""
    if isinstance(value, str):
        body = value.encode("utf-8", "surrogatepass")
    elif isinstance(value, (bytes, bytearray)):
        body = bytes(value)
    elif type(value) is int:
        body = hex(value).encode()
    elif isinstance(value, (tuple, frozenset)):
        items = [write_constant(item) for item in value]
        body = b"".join(sorted(items) if isinstance(value, frozenset) else items)
    else:
        body = repr(value).encode()
    return f"{type(value).__name__}:{len(body)}:".encode() + body


def index_definitions(tree: ast.Module) -> dict[str, list[Definition]]:
    """Classes, functions and lambdas of a module by their qualified names."""
    found: dict[str, list[Definition]] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, Definition):
                name = "<lambda>" if isinstance(child, ast.Lambda) else child.name
                found.setdefault(prefix + name, []).append(child)
                is_class = isinstance(child, ast.ClassDef)
                inner = f"{prefix}{name}." if is_class else f"{prefix}{name}.<locals>."
            visit(child, inner)

    visit(tree, "")
    return found


def first_line(node: Definition) -> int:
    """The line where a definition begins, its decorators included, as compiled code has it."""
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min(each.lineno for each in (node, *decorators))
