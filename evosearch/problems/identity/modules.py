"""The user's own modules that a problem depends on, wholly and transitively.

A module counts by its syntax tree, also when a function imports it later. An installed one counts
by its name; its version is recorded with the run.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.machinery
import sys
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from evosearch.errors import ProblemError
from evosearch.problems.code import definitions
from evosearch.problems.code.classes import is_generated, unwrap
from evosearch.problems.code.definitions import Text, find_origin, is_installed
from evosearch.problems.code.former import name_in_fingerprint
from evosearch.problems.code.references import Import, is_dynamic, list_named_modules
from evosearch.problems.identity.state import Encoder, Unhashable

_MAIN = ("__main__", "__mp_main__")


class ModuleWalker(Encoder):
    """Collects units.

    Parameters
    ----------
    kind : type
        The problem's class; what its module holds is labelled without the module's name, which
        differs between a script, an import and a profile.
    roots, inputs
        As for `Encoder`.
    counts_code : bool
        False under a declared version: then classes count by name.

    Attributes
    ----------
    code : dict
        Labels of units with what they are.
    files : dict of Path to str
        Own files with the digest of their trees.
    packages : set of str
        Installed packages that were met.
    has_bytecode, reads_space : bool
        Some code had no source; some method looks at the search space.
    """

    def __init__(
        self, kind: type, roots: Iterable[Path], inputs: dict[str, str], counts_code: bool
    ) -> None:
        module = sys.modules.get(kind.__module__)
        origin = find_origin(module)
        self.home = kind.__module__
        self.folder = origin and origin.parents[_depth(module)]
        roots = [*roots, *([self.folder] if self.folder else [])]
        super().__init__([root.absolute() for root in roots], inputs)
        self.counts_code = counts_code
        self.code: dict[str, str] = {}
        self.files: dict[Path, str] = {}
        self.packages: set[str] = set()
        self.has_bytecode = self.reads_space = False
        self._labels: dict[Any, tuple[Any, bytes]] = {}
        self._taken: set[str] = set()
        self._left: list[tuple[str, Callable[[], list[bytes] | str]]] = []
        self._loaded = {
            path: module
            for module in list(sys.modules.values())
            if isinstance(path := getattr(module, "__file__", None), str)
        }

    def _unit(
        self, key: Any, kept: Any, label: str, write: Callable[[], list[bytes] | str]
    ) -> bytes:
        """The label of a unit; when it is met for the first time, it is left to be written."""
        if key in self._labels:
            return self._labels[key][1]
        unique, n = label[:100], 1
        while unique in self._taken:
            n += 1
            unique = f"{label[:100]} #{n}"
        self._taken.add(unique)
        self._labels[key] = (kept, unique.encode())
        self._left.append((unique, write))
        return unique.encode()

    def write_units(self) -> None:
        """Write all units that were met, and those that they lead to.

        One after the other, from a list: calls among a user's functions may nest deeper than
        Python can recurse.

        Raises
        ------
        Unhashable
        """
        while self._left:
            label, write = self._left.pop()
            try:
                found = write()
            except Unhashable as error:
                error.trail.append(label)
                raise
            self.code[label] = found if isinstance(found, str) else hash_parts(found)

    def refer_module(self, module: types.ModuleType) -> bytes:
        """As in the base class."""
        name, file = module.__name__, getattr(module, "__file__", None)
        if not self._is_local(name, file):
            self._meet(name)
            return name_in_fingerprint(name).encode()
        if name == self.home or file is None:
            return b"" if name == self.home else name.encode()
        return self._refer_file(Path(file))

    def _refer_file(self, path: Path) -> bytes:
        path = path.absolute()
        label = f"module {_short_name(path)}"
        return self._unit(str(path), None, label, functools.partial(self._write_file, path))

    def _write_file(self, path: Path) -> list[bytes]:
        if path.suffix != ".py":  # an extension of the user's own
            return [b"binary", definitions.hash_bytes(path.read_bytes()).encode()]
        module = self._loaded.get(str(path))
        text = None if module is None else definitions.text_of_module(module)
        if module is not None and text is not None:
            for value in list(vars(module).values()):
                members = list(vars(value).values()) if isinstance(value, type) else [value]
                for function in (f for member in members for f in unwrap(member)):
                    if function.__module__ == module.__name__ and not is_generated([function]):
                        definitions.locate(function.__code__, module)
        if text is None:
            data = path.read_bytes()
            try:
                text = definitions.read_text(path, data)
            except ProblemError:  # imported never, or in vain
                return [b"binary", definitions.hash_bytes(data).encode()]
        self._use(text)
        parts = [b"source", text.digest.encode(), *self._follow(text.imports, path)]
        return parts + self._dynamic(text.tree, text)

    def _dynamic(self, tree: ast.AST, text: Text) -> list[bytes]:
        """All of a text, and each own module that it could name, where code asks by name."""
        if not is_dynamic(tree):
            return []
        folders = {self.folder, text.path and text.path.parent} - {None}
        named = [
            each
            for each in list_named_modules(text.tree)
            if any(_near(folder, each[1].partition(".")[0]) for folder in folders if folder)
        ]
        return [text.digest.encode(), *self._follow(named, text.path)]

    def _follow(self, imports: Iterable[Import], path: Path | None) -> list[bytes]:
        """The user's own modules that code of a file, or of a notebook, imports."""
        found: set[bytes] = set()
        here = Path.cwd() if path is None else path.parent
        home = find_origin(sys.modules.get(self.home))
        for level, name, taken in imports:
            words = name.split(".") if name else []
            if level and path is None:
                continue
            folder = path.parents[level - 1] if level and path else self._find_top(words[0], here)
            for each in _list_files(folder, words, taken) if folder is not None else ():
                if each.absolute() not in (path, home):
                    found.add(self._refer_file(each))
        return sorted(found)

    def _find_top(self, top: str, folder: Path) -> Path | None:
        """The folder of a top-level module of the user; None for an installed one.

        Raises
        ------
        ProblemError
            This process has imported another module of that name.
        """
        module = None if top == self.home else sys.modules.get(top)
        origin = getattr(module, "__file__", None)
        near = [str(place) for place in (self.folder, folder) if place]
        if module is None:
            origin = _find_file(top, near + sys.path)
        elif origin is None and hasattr(module, "__path__"):
            origin = str(Path(next(iter(module.__path__), "")) / "__init__.py")
        if origin is None or not self._is_local(top, origin):
            self._meet(top)
            return None
        other = _find_file(top, near)
        if other is not None and Path(other).resolve() != Path(origin).resolve():
            raise ProblemError(
                f"This process has imported {top} from {origin}, but the problem's own is {other}, "
                "which workers would use. Begin a new Python process for this problem."
            )
        path = Path(origin)
        return path.parent.parent if path.name == "__init__.py" else path.parent

    def _written_module(self, module: types.ModuleType | None) -> bytes:
        """The module of a unit, all of which counts unless it is the problem's own."""
        return b"" if module is None or module.__name__ == self.home else self.refer_module(module)

    def _is_local(self, name: str, file: Any) -> bool:
        """Whether a module is the user's own, and counts by its text."""
        top = name.partition(".")[0]
        if name in _MAIN or name == self.home:
            return True
        if not isinstance(file, str):
            return top not in sys.stdlib_module_names and top != "evosearch"
        if not is_installed(Path(file).absolute()):
            return True
        # A problem out of an installed package: the rest of that package is its own.
        return "." in self.home and top == self.home.partition(".")[0] != "evosearch"

    def _prefix(self, module: str, name: str = "") -> str:
        """The prefix of a name that is not of the problem's module."""
        if module == self.home or module in _MAIN:
            return ""
        file = getattr(sys.modules.get(module), "__file__", None)
        if isinstance(file, str) and self._is_local(module, file):
            return f"{_short_name(Path(file))}."
        return f"{name_in_fingerprint(module, name)}."

    def _meet(self, module: str) -> None:
        self.packages.add(module.partition(".")[0])

    def _use(self, text: Text) -> None:
        if text.path is not None:
            self.files.setdefault(text.path, text.digest)


def _depth(module: types.ModuleType | None) -> int:
    """The number of folders between a module and the top of its package."""
    spec, file = getattr(module, "__spec__", None), str(getattr(module, "__file__", ""))
    name = getattr(spec, "name", None) or getattr(module, "__name__", "")
    return str(name).count(".") + file.endswith("__init__.py")


def _short_name(path: Path) -> str:
    return path.parent.name if path.stem == "__init__" else path.name.partition(".")[0]


def _find_file(top: str, places: list[str]) -> str | None:
    """The file of a top-level module; for a package without one, where it would be."""
    try:
        spec = importlib.machinery.PathFinder.find_spec(top, places)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is not None:
        return spec.origin if spec is not None else None
    folder = next(iter(spec.submodule_search_locations or ()), None)
    return None if folder is None else str(Path(folder) / "__init__.py")


def _list_files(folder: Path, words: list[str], taken: tuple[str, ...]) -> list[Path]:
    """The files that an import below a folder executes."""
    found: list[Path] = []
    for word in words:
        near = _near(folder, word)
        found += near
        if near and near[0].name != "__init__.py":
            return found
        folder = folder / word
    return found + [path for name in taken for path in _near(folder, name)]


def _near(folder: Path, word: str) -> list[Path]:
    endings = ("/__init__.py", ".py", *importlib.machinery.EXTENSION_SUFFIXES)
    candidates = (folder / f"{word}{ending}" for ending in endings)
    return [path for path in candidates if path.is_file()][:1]


def hash_parts(parts: Iterable[bytes]) -> str:
    """32 hexadecimal digits for parts in their order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()[:32]
