"""evosearch: genetic search on any number of machines, merged into one honest ranking.

Everything the command line does takes as many lines from Python:

>>> import evosearch
>>> result = evosearch.run("demo")  # doctest: +SKIP
>>> evosearch.merge(result.paths).to_frame().head()  # doctest: +SKIP
"""

from __future__ import annotations

import sys

if sys.argv[:1] == ["-m"]:  # only while `python -m` looks for what it shall run
    from evosearch.system.search_path import demote_current_folder

    demote_current_folder()

import importlib
from typing import TYPE_CHECKING

from evosearch.system.version import __version__ as __version__

if TYPE_CHECKING:
    from evosearch.api import *  # noqa: F403
    from evosearch.authoring import *  # noqa: F403

# Loaded on first use: importing evosearch must not wait for numba or pyarrow. The light one first.
_HOMES = ("evosearch.authoring", "evosearch.api")


def __dir__() -> list[str]:
    public = (name for home in _HOMES for name in vars(importlib.import_module(home)))
    return sorted(["__version__", *(name for name in public if not name.startswith("_"))])


if not TYPE_CHECKING:  # a type checker knows the names above, and so reports any other

    def __getattr__(name):
        if name == "__all__":
            return __dir__()
        for home in () if name.startswith("_") else _HOMES:
            names = vars(importlib.import_module(home))
            if name in names:
                return names[name]
        raise AttributeError(f"module 'evosearch' has no attribute {name!r}")
