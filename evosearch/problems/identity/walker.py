"""All the code that a problem's number may depend on, unit by unit.

A unit is a class, a function, a module of the user's own or a value of a module. Each has a
digest of its own; a reference to another unit is its label. What is installed counts by name.
"""

from __future__ import annotations

import ast
import functools
import sys
import types
from collections.abc import Iterable
from typing import Any

from evosearch.problems.base import Problem
from evosearch.problems.code import definitions
from evosearch.problems.code.classes import (
    is_generated,
    is_named,
    is_within,
    names_of,
    reads_space,
    unwrap,
)
from evosearch.problems.code.definitions import Text
from evosearch.problems.code.former import list_keywords, name_in_fingerprint
from evosearch.problems.code.references import (
    digest_code,
    find_globals,
    find_imports,
    list_imports,
    list_references,
)
from evosearch.problems.code.syntax import digest_tree, drop_assignments
from evosearch.problems.identity.modules import ModuleWalker, hash_parts

_BOUNDS = frozenset({"space", "version"})
_UNCOUNTED = _BOUNDS | {"inputs", "constructor_options"}
# What Python itself sets in a module; a file's name and place do not count.
_SET_BY_PYTHON = frozenset(
    f"__{word}__"
    for word in (
        *("name", "file", "spec", "loader", "package", "path", "doc", "cached", "builtins"),
        "annotations",  # of a script from the start, of an imported module when it has some
    )
)
_PLACED = (types.MemberDescriptorType, types.GetSetDescriptorType)


class Walker(ModuleWalker):
    """Collects classes, functions and values too; under a declared version classes by name."""

    def walk(self, kind: type) -> None:
        """Take in a problem's class and its module."""
        self.refer_class(kind)
        module = sys.modules.get(self.home)
        text = None if module is None else definitions.text_of_module(module)
        if text is None:
            return
        self._use(text)
        if text.effects:
            self.code["statements of the module"] = text.effects
        self._follow(text.imports, text.path)

    def refer_function(self, function: types.FunctionType) -> bytes:
        """As in the base class."""
        name, file = _module_name(function), function.__globals__.get("__file__")
        if not self._is_local(name, file):
            self._meet(name)
            qualname = function.__code__.co_qualname
            label = f"{name_in_fingerprint(name, qualname)}.{qualname}"
            if label == "functools.singledispatch.<locals>.wrapper":
                return label.encode() + self.encode(function.registry)  # type: ignore[attr-defined]
            return b"|".join([label.encode(), *self._captured(function)])
        label = f"{self._prefix(name)}{function.__qualname__}"
        write = functools.partial(self._write_function, function)
        return self._unit(id(function), function, f"function {label}", write)

    def _write_function(self, function: types.FunctionType) -> list[bytes]:
        code, module = function.__code__, sys.modules.get(_module_name(function))
        located = definitions.locate(code, module)
        references: set[tuple[str, ...]]
        parts = [self._written_module(module)]
        if located is None:
            self.has_bytecode = True
            followed = self._follow(find_imports(code), None)
            parts += [b"bytecode", digest_code(code).encode(), *followed]
            references = {(name,) for name in find_globals(code)}
        else:
            self._use(located[0])
            parts += [b"source", digest_tree(located[1]).encode()]
            parts += self._follow(list_imports(located[1]), located[0].path)
            parts += self._dynamic(located[1], located[0])
            references = list_references(located[1])
            self.reads_space |= reads_space(located[1])
        references = {words for words in references if words[0] not in code.co_freevars}
        parts += self._captured(function)
        prefix = self._prefix(_module_name(function))
        return parts + self._resolve(references, function.__globals__, prefix)

    def _captured(self, function: types.FunctionType) -> list[bytes]:
        """Closure values, default arguments and attributes of a function."""
        parts = []
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=False
        ):
            try:
                value = cell.cell_contents
            except ValueError:  # not yet bound
                continue
            if name != "__class__":
                parts += [name.encode(), self._value(cell, f"closure {name}", value)]
        for label, held in (
            ("default arguments", function.__defaults__),
            ("default keywords", list_keywords(function)),
            ("attributes", vars(function)),
        ):
            parts += [label.encode(), self.encode(held, label)] if held else []
        return parts

    def refer_class(self, kind: type) -> bytes:
        """As in the base class."""
        label = f"{self._prefix(kind.__module__, kind.__qualname__)}{kind.__qualname__}"
        module = sys.modules.get(kind.__module__)
        is_local = self._is_local(kind.__module__, getattr(module, "__file__", None))
        if not is_local and is_named(kind):
            self._meet(kind.__module__)
            version = kind.version if issubclass(kind, Problem) else ""
            return f"{label} {version}".encode()
        if not self.counts_code:
            return f"class {label}".encode()
        write = functools.partial(self._write_class, kind)
        return self._unit(id(kind), kind, f"class {label}", write)

    def _write_class(self, kind: type) -> list[bytes]:
        module = sys.modules.get(kind.__module__)
        parts = [self._written_module(module), *(self.refer_class(base) for base in kind.__bases__)]
        text, node = self._find_class(kind, module)
        if node is None and issubclass(kind, tuple) and hasattr(kind, "_fields"):
            return [*parts, self.encode(kind._fields), self.encode(kind._field_defaults)]  # type: ignore[attr-defined]
        if text is not None and node is not None:
            self._use(text)
            if issubclass(kind, Problem):
                node = drop_assignments(node, _BOUNDS)
                self.reads_space |= reads_space(node)
            parts += [b"source", digest_tree(node).encode()]
            parts += [*self._follow(list_imports(node), text.path), *self._dynamic(node, text)]
            names = names_of(kind, module)
            parts += self._resolve(list_references(node), names, self._prefix(kind.__module__))
        if type(kind).__module__.startswith("numba."):
            return parts  # a jitclass: its base is the class as written, what it adds are addresses
        uncounted = _UNCOUNTED if issubclass(kind, Problem) else ()
        for name, member in sorted(vars(kind).items()):
            inner = unwrap(member)
            if name in uncounted or name == "_abc_impl" or isinstance(member, _PLACED):
                continue
            if node is not None and inner and all(is_within(f, module, text, node) for f in inner):
                parts += [each for f in inner for each in (name.encode(), *self._captured(f))]
            elif not (node is not None and is_generated(inner) if inner else name[:2] == "__"):
                parts += [name.encode(), self.encode(member, f".{name}")]
        return parts

    def _find_class(
        self, kind: type, module: types.ModuleType | None
    ) -> tuple[Text | None, ast.ClassDef | None]:
        """The text and the definition of a class: those of its methods, or of its module."""
        found: dict[int, tuple[Text, list[int]]] = {}
        for member in vars(kind).values():
            for function in unwrap(member):
                # By its code's name: a decorator may have copied the method's to its own function.
                if function.__code__.co_qualname.startswith(f"{kind.__qualname__}."):
                    located = definitions.locate(function.__code__, module)
                    if located is not None:
                        held = found.setdefault(id(located[0]), (located[0], []))
                        held[1].append(located[1].lineno)
        # A method may have been put there out of another text.
        text, lines = max(found.values(), key=lambda each: len(each[1]), default=(None, []))
        if text is None and module is not None:
            text = definitions.text_of_module(module)
        if text is None:
            return None, None
        known = text.definitions.get(kind.__qualname__, [])
        nodes = [n for n in known if isinstance(n, ast.ClassDef)]
        fitting = [n for n in nodes if any(n.lineno <= i <= (n.end_lineno or 0) for i in lines)]
        if len(nodes) > 1 and not lines:  # the same name twice, and nothing tells which it is
            both = ast.ClassDef(kind.__name__, [], [], list[ast.stmt](nodes), [])
            return text, ast.copy_location(both, nodes[0])
        candidates = fitting or nodes
        return text, candidates[-1] if candidates else None

    def _resolve(
        self, references: Iterable[tuple[str, ...]], names: dict[str, Any], prefix: str
    ) -> list[bytes]:
        """The values of dotted names in a module."""
        parts: list[bytes] = []
        for words in sorted(references):
            if words[0] not in names or words[0] in _SET_BY_PYTHON:
                continue
            value, n = names[words[0]], 1
            while isinstance(value, types.ModuleType) and n < len(words):
                parts.append(self.refer_module(value))
                file = getattr(value, "__file__", None)
                if not self._is_local(value.__name__, file) or not hasattr(value, words[n]):
                    break
                value, n = getattr(value, words[n]), n + 1
            else:
                name = ".".join(words[:n])
                if isinstance(value, types.ModuleType):
                    parts += self._whole(value, f"{prefix}{name}")
                key = ("global", id(names), name)
                parts += [name.encode(), self._value(key, f"global {prefix}{name}", value)]
        return parts

    def _whole(self, module: types.ModuleType, name: str) -> list[bytes]:
        """All of a module that is used as a value."""
        if not self._is_local(module.__name__, getattr(module, "__file__", None)):
            return []

        def write() -> list[bytes]:
            return self._resolve({(word,) for word in vars(module)}, vars(module), f"{name}.")

        return [self._unit(("whole", id(module)), module, f"all of {name}", write)]

    def _value(self, key: Any, label: str, value: Any) -> bytes:
        """A unit for a value; code and modules are units already."""
        if isinstance(value, (types.FunctionType, types.ModuleType, type)):
            return self.encode(value)
        place = key if isinstance(key, tuple) else ("value", id(key))
        return self._unit(place, (key, value), label, functools.partial(self.show, value))

    def show(self, value: Any) -> str:
        """A value in at most 80 characters, or what it is and its hash; no two look alike."""
        plain = (bool, int, float, str, type(None))
        value = self._shorten(value) if type(value) is str else value
        items = value if type(value) in (list, tuple) and len(value) <= 10 else [value]
        if all(type(item) in plain for item in items) and not any(
            isinstance(item, str) and self._shorten(item) != item for item in items
        ):
            text = repr(value)
            if len(text) <= 80 and text.isprintable():
                return text
        has_length = isinstance(value, (list, tuple, dict, set, frozenset, str, bytes))
        length = f" of {len(value):,}" if has_length else ""
        return f"{type(value).__name__[:40]}{length}: {hash_parts([self.encode(value)])}"


def _module_name(function: types.FunctionType) -> str:
    """The module whose names a function uses; a decorator may have copied another's name."""
    return str(function.__globals__.get("__name__", ""))
