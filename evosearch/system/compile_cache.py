"""Which kernels numba has compiled on this machine; found without loading the compiler.

numba keeps machine code beside each file, in NUMBA_CACHE_DIR, or in a folder of the user when it
can write to neither. An index names the source, the version of numba and the processor of the
code. These indexes are read here, because loading the compiler takes long.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import io
import os
import pickle
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent.parent
_KERNEL = re.compile(r"^@compiled\ndef (\w+)\(", re.MULTILINE)
_AVX = re.compile(r"^[+-]avx")


def is_compiled(modules: Iterable[str], read_only: Iterable[str] = ()) -> bool:
    """Whether every kernel of some modules would be loaded from the disk.

    Parameters
    ----------
    modules : iterable of str
        Paths within the package, such as ``"trading/backtest"``.
    read_only : iterable of str
        Modules whose kernels are called with arrays that cannot be written to, for which numba
        compiles other code.
    """
    if is_switched_off():
        return True  # nothing is compiled at all
    plain, shared = (
        [kinds for module in each for kinds in _read_module(module)]
        for each in (modules, read_only)
    )
    has_shared = not shared or any(True in kinds for kinds in shared)
    return all(False in kinds for kinds in plain) and all(shared) and has_shared


def is_switched_off() -> bool:
    """Whether the environment switches the compiler off."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def list_folders() -> list[Path]:
    """The folders that hold compiled code of this package."""
    files = [file for file in PACKAGE.rglob("*.py") if _list_kernels(file)]
    found = {folder for file in files for folder in _list_folders(file)}
    return sorted(folder for folder in found if any(folder.glob("*.nbi")))


def find_folder(file: Path) -> Path | None:
    """Where numba keeps the code of a file; None when it can keep it nowhere."""
    return next((folder for folder in _list_folders(file) if _is_writable(folder)), None)


def _list_folders(file: Path) -> Iterator[Path]:
    """The places that numba tries, in its order."""
    parent = os.path.abspath(file.parent)  # noqa: PTH100 (numba follows no links either)
    digest = hashlib.sha1(parent.encode(), usedforsecurity=False).hexdigest()
    own = f"{Path(parent).name}_{digest}"
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        yield Path(named) / own
    yield file.parent / "__pycache__"
    with contextlib.suppress(RuntimeError):  # there is no home folder
        if sys.platform == "darwin":
            yield Path.home() / "Library" / "Caches" / "numba" / own
        elif sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
            yield Path(local) / "numba" / "Cache" / own
        else:
            yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numba" / own


def _is_writable(folder: Path) -> bool:
    """Whether numba could write there; it makes what is missing."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    if sys.platform != "win32" or not there.is_dir():
        return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    probe = there / f".evosearch-{os.getpid()}"  # `access` ignores permissions on Windows
    try:
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        probe.unlink()
    except OSError:
        return False
    return True


def _list_kernels(file: Path) -> list[str]:
    """What numba calls the kernels of a file: name and line of each."""
    text = file.read_text(encoding="utf-8")
    return [
        f"{file.stem}.{found[1]}-{text.count(chr(10), 0, found.start()) + 1}"
        for found in _KERNEL.finditer(text)
    ]


def _read_module(module: str) -> list[set[bool]]:
    """For each kernel of a module, as `_read_index`."""
    file = PACKAGE / f"{module}.py"
    folder = find_folder(file)
    if folder is None:
        return [set()]
    return [_read_index(folder, file, kernel) for kernel in _list_kernels(file)]


def _read_index(folder: Path, file: Path, kernel: str) -> set[bool]:
    """What numba would take from an index here: code for read-only arrays, other code, or none."""
    python = f"py{sys.version_info[0]}{sys.version_info[1]}{getattr(sys, 'abiflags', '')}"
    try:
        raw = io.BytesIO((folder / f"{kernel}.{python}.nbi").read_bytes())
        if _Reader(raw).load() != importlib.metadata.version("numba"):
            return set()
        stamp, overloads = _Reader(raw).load()
        # Newer versions look at the content, older ones at time and size.
        about, digest = file.stat(), hashlib.sha256(file.read_bytes()).digest()
        if stamp not in (digest, (about.st_mtime, about.st_size)):
            return set()
        return {
            _mentions_read_only(types, set())
            for (types, machine, *_), data in overloads.items()
            if _is_this_machine(machine) and (folder / data).is_file()
        }
    except Exception:  # whatever it is, numba could not read it either, or will say so itself
        return set()


def _is_this_machine(made_for: tuple[str, str, str]) -> bool:
    """Whether code was made for this processor."""
    from llvmlite import binding

    _, name, features = made_for
    if name != os.environ.get("NUMBA_CPU_NAME", binding.get_host_cpu_name()):
        return False
    try:
        here = os.environ.get("NUMBA_CPU_FEATURES", binding.get_host_cpu_features().flatten())
    except RuntimeError:  # this system does not tell
        here = ""
    return _strip(features) == _strip(here)


def _strip(features: str) -> set[str]:
    """The features of a processor but for those that numba may switch off by itself."""
    return {word for word in features.split(",") if word and not _AVX.match(word)}


def _mentions_read_only(part: object, seen: set[int]) -> bool:
    """Whether the types of some arguments hold an array that cannot be written to."""
    if isinstance(part, str):
        return "readonly" in part
    if id(part) in seen:
        return False
    seen.add(id(part))
    if isinstance(part, _Anything):
        part = part.parts
    elif isinstance(part, dict):
        part = [*part, *part.values()]
    return isinstance(part, list | tuple) and any(_mentions_read_only(each, seen) for each in part)


class _Anything:
    """A placeholder for any object of an index that is not plain data; keeps its arguments."""

    parts: list[object]

    def __new__(cls, *args: object, **more: object) -> _Anything:
        made = super().__new__(cls)
        made.parts = [*args]
        return made

    def __setstate__(self, state: object) -> None:
        self.parts.append(state)


class _Reader(pickle.Unpickler):
    """Reads the structure of an index; nothing that it names is imported or called."""

    def find_class(self, module: str, name: str) -> Any:
        """As in the base class."""
        return _Anything
