"""The search path for modules: a user's files never hide modules of Python or of ours.

A file beside a problem may be called secrets.py or random.py. So its folder comes after all
installed packages, in this process and in its workers. When an import then fails because a module
hides the user's file, the message says so.
"""

from __future__ import annotations

import os
import sys

# Set while a worker starts. Otherwise Python would look for its own modules in the current folder
# first, before it knows our path; the worker removes it.
SAFE_PATH = {"PYTHONSAFEPATH": "evosearch"}
_behind: list[str] = []


def demote_current_folder() -> None:
    """Put the current folder, which ``python -m`` puts first, behind all others."""
    try:
        if not sys.flags.safe_path and sys.path and _is_same(sys.path[0] or ".", "."):
            add_folder(sys.path.pop(0) or os.getcwd())  # noqa: PTH109 (pathlib would import more)
    except OSError:
        return  # it was deleted, so that nothing is found there


def add_folder(folder: str | os.PathLike[str]) -> None:
    """Let modules of a user's folder be imported; of several folders, the last one comes first."""
    text = os.fspath(folder)
    if text in sys.path:
        return
    places = [sys.path.index(known) for known in _behind if known in sys.path]
    sys.path.insert(min(places, default=len(sys.path)), text)
    _behind.append(text)


def leave_safe_path() -> None:
    """Remove our variable, so that a worker's own processes do not inherit it."""
    for name, value in SAFE_PATH.items():
        if os.environ.get(name) == value:
            del os.environ[name]


def explain_hidden(error: BaseException, folder: str | os.PathLike[str]) -> str:
    """A sentence if an import found another module than the file of a folder; else empty.

    Parameters
    ----------
    error : BaseException
        An import that failed, or a module that lacks an attribute.
    folder : path
        Where the user's file would stand.
    """
    module = error.name if isinstance(error, ImportError) else getattr(error, "obj", None)
    name = module if isinstance(module, str) else getattr(module, "__name__", None)
    return describe_hidden(name, folder) if isinstance(name, str) else ""


def describe_hidden(name: str, folder: str | os.PathLike[str]) -> str:
    """A sentence if another module hides the one of this name in a folder; else empty."""
    from pathlib import Path

    top = name.partition(".")[0]
    found = sys.modules.get(top)
    near = (Path(folder) / f"{top}.py", Path(folder) / top / "__init__.py")
    mine = next((path for path in near if path.is_file()), None)
    where = getattr(found, "__file__", None)
    if found is None or mine is None or (where is not None and _is_same(where, mine)):
        return ""
    whose = "Python's own module" if top in sys.stdlib_module_names else f"the module {where}"
    return f"{mine} is hidden by {whose} of that name: rename it."


def _is_same(a: str | os.PathLike[str], b: str | os.PathLike[str]) -> bool:
    return os.path.realpath(a) == os.path.realpath(b)
