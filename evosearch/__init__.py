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

from evosearch.system.version import __version__

if TYPE_CHECKING:
    from evosearch.assemble import (
        check,
        evaluate,
        export,
        load_problem,
        load_profile,
        merge,
        plan_merge,
        resume,
        run,
        show,
        status,
        top,
    )
    from evosearch.genome.space import (
        Boolean,
        Categorical,
        Float,
        Int,
        Ordinal,
        Space,
        UnorderedBlocks,
    )
    from evosearch.problems.base import Batch, Problem

__all__ = [
    "Batch",
    "Boolean",
    "Categorical",
    "Float",
    "Int",
    "Ordinal",
    "Problem",
    "Space",
    "UnorderedBlocks",
    "__version__",
    "check",
    "evaluate",
    "export",
    "load_problem",
    "load_profile",
    "merge",
    "plan_merge",
    "resume",
    "run",
    "show",
    "status",
    "top",
]

# Loaded on first use: importing evosearch must not wait for numba or pyarrow. Light ones first.
_HOMES = ("evosearch.genome.space", "evosearch.problems.base", "evosearch.assemble")


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:  # a type checker knows the names above, and so reports any other

    def __getattr__(name):
        if name in __all__:
            for home in _HOMES:
                names = vars(importlib.import_module(home))
                if name in names:
                    return names[name]
        raise AttributeError(f"module 'evosearch' has no attribute {name!r}")
