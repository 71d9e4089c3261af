"""evosearch: genetic search on any number of machines, merged into one honest ranking.

Everything the command line does takes as many lines from Python:

>>> import evosearch
>>> result = evosearch.run("demo")  # doctest: +SKIP
>>> evosearch.merge(result.paths).to_frame().head()  # doctest: +SKIP
"""

from __future__ import annotations

import sys

if sys.argv[:1] == ["-m"]:  # only while `python -m` looks for what it shall run
    from evosearch.search_path import demote_current_folder

    demote_current_folder()

import importlib
from typing import TYPE_CHECKING, Any

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
    from evosearch.problems.base import Batch, Problem
    from evosearch.space import (
        Boolean,
        Categorical,
        Float,
        Int,
        Ordinal,
        Space,
        UnorderedBlocks,
    )

__version__ = "0.1.0"

# Loaded on first use: importing evosearch must not wait for numba or pyarrow.
_HOMES = {
    **dict.fromkeys(
        (
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
        ),
        "evosearch.assemble",
    ),
    **dict.fromkeys(("Batch", "Problem"), "evosearch.problems.base"),
    **dict.fromkeys(
        ("Boolean", "Categorical", "Float", "Int", "Ordinal", "Space", "UnorderedBlocks"),
        "evosearch.space",
    ),
}

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


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'evosearch' has no attribute {name!r}")
