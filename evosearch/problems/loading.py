"""From a name in a profile to a problem: built in, ``package.module:attribute`` or a file.

Only a profile, a command line or a caller names code. A shard's metadata names its problem
too, but nothing here is ever called with a name that came out of a shard.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Mapping
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from evosearch.errors import EvosearchError, OptionError, ProblemError, did_you_mean
from evosearch.problems.base import Problem, check_problem
from evosearch.problems.code.definitions import PLAIN_LOADERS, is_edited, remember_text
from evosearch.problems.code.neighbours import find_neighbours
from evosearch.problems.code.syntax import decode_source
from evosearch.system.search_path import add_folder, describe_hidden, explain_hidden
from evosearch.system.typed_paths import expand_path, find_current_folder

BUILT_IN = {
    "trading": "evosearch.trading.problem:Trading",
    "sphere": "evosearch.problems.analytic:Sphere",
    "rastrigin": "evosearch.problems.analytic:Rastrigin",
    "mixed": "evosearch.problems.analytic:Mixed",
    "steps": "evosearch.problems.analytic:Steps",
}
# The files that modules were imported from here, by the modules' names.
_FILES: dict[str, Path] = {}
# Files that came with a problem from another machine: where they are, and their module's name.
_ARRIVED: dict[str, tuple[Path, str]] = {}


def load_problem(
    name: str, options: Mapping[str, Any], folders: tuple[Path, ...] = (Path(),)
) -> Problem:
    """Build a problem.

    Parameters
    ----------
    name : str
        A built-in name, ``package.module:attribute`` or ``file.py:attribute``. The attribute is
        a Problem subclass, a function that returns a Problem, or a Problem.
    options : mapping
        Keyword arguments of the class or function.
    folders : tuple of Path
        Where a relative file is looked for, first match wins.

    Returns
    -------
    Problem

    Raises
    ------
    ProblemError
        The module or attribute is wrong, or the problem breaks its promise.
    OptionError
        The options are wrong; every fault with its key.
    """
    maker = find_maker(name, folders)
    faults = check_options(maker, options)
    if faults:
        raise OptionError(faults)
    problem = maker if isinstance(maker, Problem) else _call(maker, name, options, folders)
    if not isinstance(problem, Problem):
        raise ProblemError(
            f"Problem {name}: expected a subclass of evosearch.Problem, "
            f"got {type(problem).__name__}."
        )
    if isinstance(maker, type) or options:
        problem.constructor_options = dict(options)
    check_problem(problem, name)
    return problem


def find_maker(name: str, folders: tuple[Path, ...] = (Path(),)) -> Any:
    """The class, function or instance behind a problem's name.

    Raises
    ------
    ProblemError
        There is none.
    """
    target = BUILT_IN.get(name, name)
    module_spec, colon, attribute = target.rpartition(":")
    if not colon or not module_spec or not attribute:
        raise ProblemError(
            f"Problem {name!r} is neither built in nor of the form package.module:attribute or "
            f"file.py:attribute. {did_you_mean(name, BUILT_IN)}"
        )
    module = import_module(module_spec, folders)
    if module_spec == "__main__" and not hasattr(module, attribute):
        raise ProblemError(
            f"Problem {attribute} was made by a script or a notebook, which alone can make it "
            "again. Continue its run from there: evosearch.resume(RUN, problem=THE_SAME_OBJECT)."
        )
    if not hasattr(module, attribute):
        public = [word for word in vars(module) if not word.startswith("_")]
        hidden = describe_hidden(module.__name__, Path(find_current_folder()))
        raise ProblemError(
            f"{module_spec} has no {attribute!r}. {hidden or did_you_mean(attribute, public)}"
        )
    maker = getattr(module, attribute)
    if not isinstance(maker, Problem) and not callable(maker):
        raise ProblemError(
            f"Problem {name}: expected a subclass of evosearch.Problem, got {type(maker).__name__}."
        )
    return maker


def check_options(maker: Any, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the options of a problem, key and message each."""
    if isinstance(maker, Problem):
        return [(key, "a ready-made instance takes no options.") for key in options]
    if isinstance(maker, type) and issubclass(maker, Problem):
        faults = maker.check_options(options)
        if faults:
            return faults
    try:
        parameters = [*inspect.signature(maker).parameters.values()]
    except (TypeError, ValueError):
        return []
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return []
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    allowed = [p.name for p in named if p.name != "folders"]
    faults = [
        (key, f"unknown option. {did_you_mean(key, allowed)}".strip())
        for key in options
        if key not in allowed
    ]
    faults += [
        (p.name, "this option is required.")
        for p in named
        if p.name in allowed and p.default is p.empty and p.name not in options
    ]
    return faults


def plain_name(name: str) -> str:
    """A problem's name without the path of its file: the same on every machine."""
    if name in BUILT_IN:
        return name
    module, _, attribute = name.rpartition(":")
    stem = Path(module).stem if module.endswith(".py") else module
    return f"{stem}:{attribute}"


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
        raise ProblemError(_user_traceback(spec, error, Path(find_current_folder()))) from error


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
    """Import a file that came from another machine from here on as it was imported there."""
    _ARRIVED[spec] = (path, name)


def file_of_module(name: str) -> Path | None:
    """The file that a module was imported from by `import_module`, which no import would find."""
    return _FILES.get(name)


class _FreshLoader(SourceFileLoader):
    """Compiles the text that was read.

    Python takes compiled code for current when size and second of the last change agree, so an
    edit such as from 1 to 2 could go unnoticed - under the identity of the new text.
    """

    def __init__(self, name: str, path: str, text: bytes) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        """The code of the file, whatever lies in ``__pycache__``."""
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
        raise ProblemError(_user_traceback(path.name, error, path.parent)) from error
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


def _call(maker: Any, name: str, options: Mapping[str, Any], folders: tuple[Path, ...]) -> Any:
    wants_folders = "folders" in inspect.signature(maker).parameters
    try:
        return maker(**options, **({"folders": folders} if wants_folders else {}))
    except EvosearchError:
        raise
    except (Exception, SystemExit) as error:
        raise ProblemError(_user_traceback(name, error)) from error


def _user_traceback(label: str, error: BaseException, folder: Path | None = None) -> str:
    """The part of a traceback that lies in the user's own files, and what may be behind it."""
    here = str(Path(__file__).parent)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((here, "<frozen importlib"))
        and f"{importlib.__name__}/__init__" not in frame.filename.replace("\\", "/")
    ]
    shown = "".join(traceback.format_list(frames)).rstrip()
    last = "".join(traceback.format_exception_only(error)).rstrip()
    hidden = explain_hidden(error, folder) if folder else ""
    text = f"Problem {label} could not be loaded:\n{shown}\n{last}\n{hidden}"
    return text.replace(":\n\n", ":\n").rstrip()
