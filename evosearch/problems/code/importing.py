"""A user's file, or a module of a package, imported as a problem's home."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from evosearch.errors import ProblemError
from evosearch.problems.code.definitions import PLAIN_LOADERS, is_edited, remember_text
from evosearch.problems.code.neighbours import find_neighbours
from evosearch.problems.code.syntax import decode_source
from evosearch.system.search_path import add_folder, explain_hidden
from evosearch.system.typed_paths import expand_path, find_current_folder

# The files that modules were imported from here, by the modules' names.
_FILES: dict[str, Path] = {}
# Files that came with a problem from another machine: where they are, and their module's name.
_ARRIVED: dict[str, tuple[Path, str]] = {}


def import_module(spec: str, folders: tuple[Path, ...] = (Path(),)) -> ModuleType:
    """Import ``package.module`` or ``file.py``; the same call works in a worker.

    Raises
    ------
    ProblemError
        The file does not exist, or importing it failed; the user's own traceback is shown.
    """
    if spec in _ARRIVED:
        return _import_file(*_ARRIVED[spec])
    if spec.endswith(".py"):
        path = find_file(spec, folders)
        return _import_file(path, name_of_file(path))
    add_folder(Path(find_current_folder()))
    try:
        return importlib.import_module(spec)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name and spec.startswith(error.name):
            near = f" Is {spec.split('.', maxsplit=1)[0]}.py in this folder?"
            raise ProblemError(f"No module named {error.name!r}.{near}") from error
        _refuse_encoding(error, _find_source(spec))
        raise ProblemError(tell_traceback(spec, error, Path(find_current_folder()))) from error


def find_file(spec: str, folders: tuple[Path, ...]) -> Path:
    """Where a problem file named in a profile is.

    Raises
    ------
    ProblemError
        Nowhere.
    """
    tried = [folder / expand_path(spec) for folder in folders]
    for path in tried:
        if os.path.isfile(path):  # noqa: PTH113 (False, too, for what can be no name)
            return path.resolve()
    looked = ", ".join(dict.fromkeys(str(path.absolute()) for path in tried))
    raise ProblemError(f"No problem file {spec}. Looked for {looked}.")


def name_of_file(path: Path) -> str:
    """The name under which a user's file is imported."""
    tag = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    return f"evosearch_user_{path.stem}_{tag}"


def register_arrival(spec: str, path: Path, name: str) -> None:
    """From now on, import a file that came from another machine under its name there."""
    _ARRIVED[spec] = (path, name)


def file_of_module(name: str) -> Path | None:
    """The file of a module that `import_module` imported; None for any other."""
    return _FILES.get(name)


class _FreshLoader(SourceFileLoader):
    """Compiles the text that was read, never what ``__pycache__`` holds.

    Python reuses compiled code when size and second of the last change agree. An edit such as from
    1 to 2 would then run the old code under the identity of the new text.
    """

    def __init__(self, name: str, path: str, text: bytes) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        """The code of the file; ``__pycache__`` is not read."""
        return self.source_to_code(self._text, self.path)


PLAIN_LOADERS.add(_FreshLoader)


def _import_file(path: Path, name: str) -> ModuleType:
    text = path.read_bytes()
    if name in sys.modules and not is_edited(path, text):
        return sys.modules[name]
    decode_source(text, path)
    add_folder(path.parent)
    loader = _FreshLoader(name, str(path), text)
    found = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    before = sys.modules.get(name)
    sys.modules[name] = module
    remember_text(path, found, text)
    try:
        found.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
        _refuse_encoding(error, path)
        raise ProblemError(tell_traceback(path.name, error, path.parent)) from error
    _FILES[name] = path
    return module


def _refuse_encoding(error: BaseException, path: Path | None) -> None:
    """Raise when an import failed because of how a file is encoded."""
    if not isinstance(error, (SyntaxError, ValueError)):
        return
    files = [Path(str(getattr(error, "filename", None) or "")), *([path] if path else [])]
    for file in [*files, *(find_neighbours(path) if path else [])]:
        if file.is_file():
            decode_source(file.read_bytes(), file)


def _find_source(spec: str) -> Path | None:
    """The file of a module that cannot be imported."""
    try:
        found = importlib.util.find_spec(spec)
    except (ImportError, ValueError, SyntaxError):
        return None
    return Path(found.origin) if found is not None and found.origin else None


def tell_traceback(label: str, error: BaseException, folder: Path | None = None) -> str:
    """The frames of a traceback in the user's own files, with the likely cause."""
    package = Path(__file__).parents[2]
    ours = tuple(str(package / room) for room in ("problems", "trading"))
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((*ours, "<frozen importlib"))
        and f"{importlib.__name__}/__init__" not in frame.filename.replace("\\", "/")
    ]
    shown = "".join(traceback.format_list(frames)).rstrip()
    last = "".join(traceback.format_exception_only(error)).rstrip()
    hidden = explain_hidden(error, folder) if folder else ""
    text = f"Problem {label} could not be loaded:\n{shown}\n{last}\n{hidden}"
    return text.replace(":\n\n", ":\n").rstrip()
