"""Values as bytes, by type and content; the order in sets and dicts does not count.

What pickle sends to a worker counts: ``__getstate__`` and ``__reduce__`` are respected. An object
without a readable state (an open file, a connection) is refused.
"""

from __future__ import annotations

import copyreg
import ctypes
import enum
import functools
import hashlib
import logging
import math
import sys
import threading
import types
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from evosearch.errors import ProblemError
from evosearch.genome.space import Space
from evosearch.problems.base import Problem
from evosearch.problems.code.syntax import write_constant
from evosearch.problems.identity.attributes import read_attributes

_ATOMS = (type(None), bool, int, complex, bytes, bytearray, type(...), type(NotImplemented))
# They guard or report an evaluation and cannot decide its number.
_SILENT = (type(threading.Lock()), type(threading.RLock()), logging.Logger)
_WRAPPERS = (staticmethod, classmethod, property, functools.cached_property)
_WRAPPED = ("__func__", "fget", "fset", "fdel", "func")
_BOUND = (types.BuiltinFunctionType, types.MethodWrapperType)


class Unhashable(ProblemError):
    """A value that cannot be hashed faithfully; `trail` leads to it, innermost first."""

    def __init__(self, value: Any, why: str = "") -> None:
        self.kind, self.why, self.trail = type(value).__qualname__, why, list[str]()
        super().__init__(f"{self.kind} {why}")


class Encoder:
    """Writes values as bytes; equal values give equal bytes, others do not.

    Parameters
    ----------
    roots : iterable of Path
        Folders of the problem: a path below one of them counts from there, so that it is the
        same on another machine.
    inputs : dict of str to str
        Declared input files, which count by their content wherever they lie.
    """

    def __init__(self, roots: Iterable[Path] = (), inputs: dict[str, str] | None = None) -> None:
        self._roots = sorted({str(root) for root in roots} - {"/"}, key=len, reverse=True)
        self._inputs = inputs or {}
        self._path: list[int] = []  # objects being written, by id: a cycle ends at one of them
        self._lowest = 0
        self._written: dict[int, tuple[Any, bytes]] = {}

    def refer_function(self, function: types.FunctionType) -> bytes:
        """The bytes of a reference to a function."""
        raise NotImplementedError

    def refer_class(self, kind: type) -> bytes:
        """The bytes of a reference to a class."""
        raise NotImplementedError

    def refer_module(self, module: types.ModuleType) -> bytes:
        """The bytes of a reference to a module."""
        raise NotImplementedError

    def encode(self, value: Any, label: Any = None) -> bytes:
        """The bytes of one value; `label` names its place if it is refused.

        Raises
        ------
        Unhashable
        """
        try:
            return self._encode(value)
        except Unhashable as error:
            if label is not None:
                error.trail.append(label if isinstance(label, str) else f"[{label[0]!r:.40}]")
            raise

    def _encode(self, value: Any) -> bytes:
        kind = type(value)
        if kind is float:
            return f"float:{'nan' if math.isnan(value) else value.hex()}".encode()
        if kind is str:
            return write_constant(self._shorten(value))
        if kind in _ATOMS:
            return write_constant(value)
        if isinstance(value, np.generic) and value.dtype.kind in "biufcSUmM":
            return f"scalar:{value.dtype.str}:".encode() + value.tobytes()
        if id(value) in self._written:
            return self._written[id(value)][1]
        if id(value) in self._path:
            place = self._path.index(id(value))
            self._lowest = min(self._lowest, place)
            return f"cycle:{len(self._path) - place}".encode()
        depth, outer = len(self._path), self._lowest
        self._path.append(id(value))
        self._lowest = depth
        try:
            parts = self._write(value, kind)
        finally:
            self._path.pop()
        digest = hashlib.sha256()
        for part in parts:
            digest.update(f"{len(part)}:".encode())
            digest.update(part)
        written = b"#" + digest.digest()
        if self._lowest >= depth:  # it does not lead back out of itself
            self._written[id(value)] = (value, written)
        self._lowest = min(self._lowest, outer)
        return written

    def _write(self, value: Any, kind: type) -> list[Any]:
        if kind in (list, tuple):
            return [kind.__name__.encode(), *(self.encode(v, (k,)) for k, v in enumerate(value))]
        if kind in (dict, types.MappingProxyType):
            return [b"dict", *self._items(value.items())]
        if isinstance(value, (set, frozenset)):
            items = sorted(self.encode(item) for item in value)
            return [b"set", self.refer_class(kind), *items, *self._attributes(value)]
        if isinstance(value, types.FunctionType):
            return [b"function", self.refer_function(value)]
        if isinstance(value, type):
            return [b"class", self.refer_class(value)]
        if isinstance(value, types.ModuleType):
            return [b"module", self.refer_module(value)]
        if isinstance(value, types.MethodType):
            return [b"method", self.encode(value.__func__), self.encode(value.__self__)]
        if isinstance(value, PurePath):
            return [b"path", write_constant(self._shorten(str(value)))]
        if isinstance(value, enum.Enum):
            name = str(value.name).encode()
            return [b"enum", self.refer_class(kind), name, self.encode(value.value)]
        return self._write_data(value, kind)

    def _write_data(self, value: Any, kind: type) -> list[Any]:
        """Values of libraries, and what wraps other values."""
        if isinstance(value, np.ma.MaskedArray):
            mask, data = np.ma.getmaskarray(value), np.array(value.data)
            data[mask] = np.zeros((), data.dtype)  # what lies below is not seen
            return [b"masked", self.encode(data), self.encode(mask)]
        if isinstance(value, np.ndarray):
            own = [] if kind in (np.ndarray, np.memmap) else [self.refer_class(kind)]
            return [b"array", *own, *self._array(value)]
        if isinstance(value, (np.dtype, Fraction)) or kind in (range, slice):
            return [b"text", kind.__name__.encode(), repr(value).encode()]
        if isinstance(value, Problem) and kind.__module__.startswith("evosearch."):
            stated = (value.objective, value.direction, value.fingerprint_options())
            return [b"built in", self.refer_class(kind), self.encode(stated)]
        if isinstance(value, Problem):
            return [b"problem", self.refer_class(kind), *self._attributes(value)]
        if isinstance(value, Space):
            return [b"space", self.encode(value.to_dict())]
        if kind in _SILENT or isinstance(value, _SILENT):
            return [b"silent", kind.__name__.encode()]
        if isinstance(value, _WRAPPERS):
            held = [getattr(value, name, None) for name in _WRAPPED]
            return [kind.__name__.encode(), self.encode(held)]
        inner = getattr(value, "py_func", None) or getattr(value, "__wrapped__", None)
        if kind.__module__.startswith("numba.") and inner is not None:
            options = getattr(value, "targetoptions", {})
            return [b"compiled", self.encode(inner), self.encode(dict(options))]
        if isinstance(value, functools._lru_cache_wrapper):
            return [b"cached", self.encode(inner)]
        pandas = sys.modules.get("pandas")
        if pandas is not None and isinstance(
            value, (pandas.DataFrame, pandas.Series, pandas.Index)
        ):
            return [b"pandas", self.refer_class(kind), *self._table(value, pandas)]
        if isinstance(value, _BOUND):
            return [b"builtin", *self._builtin(value)]
        return self._object(value, kind)

    def _items(self, items: Iterable[tuple[Any, Any]]) -> list[bytes]:
        pairs = [(self.encode(key), key, value) for key, value in items]
        pairs.sort(key=lambda pair: pair[0])
        return [each for code, key, v in pairs for each in (code, self.encode(v, (key,)))]

    def _array(self, array: Any) -> list[Any]:
        shape = repr(array.shape).encode()
        if array.dtype.hasobject:
            return [str(array.dtype).encode(), shape, self.encode(array.tolist())]
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        dtype = array.dtype.newbyteorder("<")
        if sys.byteorder == "big":
            array = array.astype(dtype)
        described = repr(dtype.descr if dtype.names else dtype.str)
        parts: list[Any] = [described.encode(), shape]
        if array.dtype.itemsize and array.size:
            flat: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
            parts.append(memoryview(flat))
        return parts

    def _table(self, value: Any, pandas: Any) -> list[bytes]:
        if isinstance(value, pandas.DataFrame):
            columns = [value.iloc[:, k] for k in range(value.shape[1])]
            return [*map(self.encode, (value.columns, value.index, *columns))]
        if isinstance(value, pandas.MultiIndex):
            return [self.encode([*value.names]), self.encode(value.to_list())]
        if isinstance(value.dtype, np.dtype):
            inner = value.to_numpy()
        elif isinstance(value.dtype, pandas.DatetimeTZDtype):  # the moments; dtype names the zone
            inner = value.to_numpy(f"datetime64[{value.dtype.unit}]")
        else:
            inner = value.to_list()
        # Whether texts are objects depends on the version of pandas.
        is_text = value.dtype == object or isinstance(value.dtype, pandas.StringDtype)
        dtype = "text" if is_text else str(value.dtype)
        parts = [dtype.encode(), self.encode(value.name)]
        parts.append(self.encode(value.to_list() if is_text else inner))
        if isinstance(value.dtype, pandas.CategoricalDtype):
            parts.append(self.encode(value.dtype.categories.to_list()))
        return parts if isinstance(value, pandas.Index) else [*parts, self.encode(value.index)]

    def _builtin(self, value: Any) -> list[bytes]:
        owner = value.__self__
        if owner is None or isinstance(owner, types.ModuleType):
            return [f"{value.__module__}.{value.__qualname__}".encode()]
        return [value.__qualname__.encode(), self.encode(owner)]

    def _object(self, value: Any, kind: type) -> list[bytes]:
        """Anything else as pickle would take it apart, without what a cached property holds."""
        has_own = any(getattr(kind, name) is not default for name, default in _REDUCERS)
        try:
            if kind.__module__ in ("ctypes", "_ctypes") or isinstance(value, ctypes.CDLL):
                raise TypeError("an address in this process")
            reduce = copyreg.dispatch_table.get(kind)
            reduced: Any = reduce(value) if reduce else value.__reduce_ex__(4)
        except RecursionError:
            raise
        except Exception as error:
            raise Unhashable(value, str(error)) from error
        if isinstance(reduced, str):
            module = sys.modules.get(getattr(value, "__module__", None) or "")
            return [b"name", self.encode(module), reduced.encode()]
        maker, arguments, state, listed, keyed = (*reduced, None, None, None)[:5]
        parts = [b"object", self.encode(maker), self.encode(tuple(arguments)), b"state"]
        parts += [self.encode(state)] if has_own or reduce else self._attributes(value)
        if listed is not None:
            parts += [b"items", *(self.encode(item) for item in listed)]
        if keyed is not None:
            parts += [b"keys", *self._items(keyed)]
        return parts

    def _attributes(self, value: Any) -> list[bytes]:
        state = read_attributes(value)
        if not isinstance(state, dict):
            return [self.encode(state)]
        return [
            each
            for name in sorted(state, key=str)
            for each in (str(name).encode(), self.encode(state[name], f".{name}"))
        ]

    def _shorten(self, text: str) -> str:
        """A path below the problem's folders without them, an input file by its content."""
        if text in self._inputs:
            return f"<input {self._inputs[text]}>"
        for root in self._roots:
            if text == root or text.startswith((root + "/", root + "\\")):
                return "<folder>" + text[len(root) :].replace("\\", "/")
        return text


_REDUCERS = [(name, getattr(object, name)) for name in ("__reduce__", "__reduce_ex__")]
