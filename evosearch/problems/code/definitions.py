"""The source of a live function or class, as it was when it was imported.

A file may be edited while a program that has imported it runs. Workers would then measure with
the new text, while the main process describes the old one. So code compiled from the present text
is compared with the code in memory. The text is compared with that of the class's creation.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
import os
import site
import sys
import sysconfig
import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from evosearch.errors import ProblemError
from evosearch.problems.code.references import (
    Import,
    digest_code,
    list_imports,
    module_statements,
    walk_code,
)
from evosearch.problems.code.syntax import (
    Definition,
    decode_source,
    digest_tree,
    first_line,
    index_definitions,
    parse_source,
)

_OURS = Path(__file__).resolve().parents[2]
# Loaders that compile a text as it is; an import hook may rewrite it.
PLAIN_LOADERS: set[type] = {SourceFileLoader}
# By file: the module's spec when its text was first seen, which a reload replaces, and the text.
_SEEN: dict[str, tuple[Any, bytes]] = {}


@dataclass(frozen=True)
class Text:
    """One source text.

    Attributes
    ----------
    path : Path or None
        None for a text that is no file: a cell of a notebook.
    source : str
    tree : ast.Module
        Without what does not count.
    """

    path: Path | None
    source: str
    tree: ast.Module

    @cached_property
    def digest(self) -> str:
        """Of the tree."""
        return digest_tree(self.tree)

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, also those inside functions."""
        return list_imports(self.tree)

    @cached_property
    def effects(self) -> str:
        """Digest of the statements that change other modules; empty without any."""
        statements = module_statements(self.tree)
        return digest_tree(*statements) if statements else ""

    @cached_property
    def definitions(self) -> dict[str, list[Definition]]:
        """Classes, functions and lambdas by qualified name, those of a script's own part too."""
        return index_definitions(parse_source(self.source, keeps_guard=True))

    @cached_property
    def lines(self) -> dict[tuple[str, str], list[int]]:
        """First lines of compiled code, by its qualified name and digest."""
        found: dict[tuple[str, str], list[int]] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said when the module was imported
            whole = compile(self.source, str(self.path or "<text>"), "exec", dont_inherit=True)
        for code in walk_code(whole):
            key = (code.co_qualname, digest_code(code))
            found.setdefault(key, []).append(code.co_firstlineno)
        return found


@cache
def _parse(source: str, path: Path | None) -> Text:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Text(path, source, parse_source(source))


def read_text(path: Path, data: bytes | None = None) -> Text:
    """The present text of a file.

    Raises
    ------
    ProblemError
        It cannot be read, decoded or parsed.
    """
    try:
        return _parse(decode_source(path.read_bytes() if data is None else data, path), path)
    except OSError as error:
        raise ProblemError(
            f"{path} can no longer be read ({error.strerror}), so what was imported from it "
            "cannot be identified. Put it back, or give the class a version."
        ) from error
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ProblemError(f"{path} is no valid Python any more: {error}.") from error


def remember_texts(module_name: str) -> None:
    """Keep the text of a module, and of the local ones that it has imported, as it is now."""
    if module_name.startswith("evosearch."):
        return
    module = sys.modules.get(module_name)
    origin = find_origin(module)
    if module is None or origin is None or _OURS in origin.parents:
        return
    folder = str(origin.parent)
    _remember(module, origin)
    for other in list(sys.modules.values()):
        name = getattr(other, "__file__", None)
        if isinstance(name, str) and name.startswith(folder) and name.endswith(".py"):
            path = Path(name)
            if not is_installed(path):
                _remember(other, path)


def remember_text(path: Path, spec: Any, data: bytes) -> None:
    """Keep the text that a module of this spec was compiled from."""
    _SEEN[str(path)] = (spec, data)


def is_edited(path: Path, data: bytes) -> bool:
    """Whether a text of a file means something else than the one that was imported."""
    known = _SEEN.get(str(path))
    if known is None or known[1] == data:
        return known is None
    try:
        return read_text(path, known[1]).digest != read_text(path, data).digest
    except ProblemError:
        return True


def _remember(module: ModuleType, path: Path) -> bytes | None:
    spec = getattr(module, "__spec__", None)
    known = _SEEN.get(str(path))
    if known is not None and known[0] is spec:
        return known[1]
    try:
        data = path.read_bytes()
    except OSError:
        return None
    _SEEN[str(path)] = (spec, data)
    return data


def text_of_module(module: ModuleType) -> Text | None:
    """The text of a module; None for one without a file.

    Raises
    ------
    ProblemError
        The file was changed since it was imported.
    """
    path = find_origin(module)
    if path is None:
        return None
    data, now = _remember(module, path), read_text(path)
    then = now if data is None else read_text(path, data)
    if then is not now and then.digest != now.digest:
        raise explain_change(path)
    return now


def explain_change(path: Path) -> ProblemError:
    """The refusal of a file that was edited under a running process."""
    return ProblemError(
        f"{path} was changed since it was imported: this process still holds the old code, and "
        "workers would use the new. Start anew, or reload the module (importlib.reload) and make "
        "the problem again."
    )


def locate(code: CodeType, module: ModuleType | None) -> tuple[Text, Definition] | None:
    """The text and the definition of code; None without a source.

    Raises
    ------
    ProblemError
        The file was changed since it was imported.
    """
    name = code.co_filename
    origin = find_origin(module)
    if origin is not None and (origin.name == Path(name).name or not is_plain(module)):
        assert module is not None
        text = text_of_module(module)
    elif os.path.isfile(name):  # noqa: PTH113 (False, too, for what can be no name)
        text = read_text(Path(name).resolve())
    else:
        source = "".join(linecache.getlines(name))
        try:
            text = _parse(source, None) if source else None
        except (SyntaxError, ValueError):
            return None
    if text is None:
        return None
    for line in text.lines.get((code.co_qualname, digest_code(code)), ()):
        if (node := _pick(text, code, line)) is not None:
            return text, node
    if text.path is None:
        return None
    if is_plain(module):
        raise explain_change(text.path)
    # Compiled by an import hook that rewrites code: the place decides.
    node = _pick(text, code, code.co_firstlineno)
    return None if node is None else (text, node)


def _pick(text: Text, code: CodeType, line: int) -> Definition | None:
    nodes = text.definitions.get(code.co_qualname, [])
    here = [node for node in nodes if first_line(node) == line]
    if len(here) < 2 or line != code.co_firstlineno:
        return here[0] if len(here) == 1 else None
    # Several on one line are told apart by the places of their instructions.
    places = [(a, c, b, d) for a, b, c, d in code.co_positions() if None not in (a, b, c, d)]
    places = [each for each in places if each[:2] != each[2:]]
    if not places:
        return None
    first = min(each[:2] for each in places)
    last = max(each[2:] for each in places)
    fitting = [
        node
        for node in here
        if (node.lineno, node.col_offset) <= first
        and last <= (node.end_lineno or 0, node.end_col_offset or 0)
    ]
    return fitting[0] if len(fitting) == 1 else None


def find_origin(module: ModuleType | None) -> Path | None:
    """The source file of a module."""
    name = getattr(module, "__file__", None)
    if not isinstance(name, str) or not name.endswith(".py"):
        return None
    path = Path(name).absolute()
    return path if path.is_file() else None


def is_plain(module: ModuleType | None) -> bool:
    """Whether a module was compiled by Python itself, from its text as it is."""
    loader = getattr(module, "__loader__", None)
    return loader is None or isinstance(loader, type) or type(loader) in PLAIN_LOADERS


@cache
def _library_roots() -> tuple[Path, ...]:
    names = {sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    names |= {*site.getsitepackages(), site.getusersitepackages()}
    return tuple(Path(name).resolve() for name in names)


@cache
def is_installed(path: Path) -> bool:
    """Whether a file belongs to Python, an installed package or evosearch."""
    place = path.resolve()
    if {"site-packages", "dist-packages"} & {*path.parts, *place.parts}:
        return True
    return any(root in place.parents for root in (_OURS, *_library_roots()))


def hash_bytes(data: bytes) -> str:
    """32 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:32]
