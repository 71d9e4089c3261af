"""The lasting names of evosearch's own modules, in fingerprints and in shards.

A user's class that derives from ours, or uses our genes, is identified by their names too. These
names stay when a file moves, so that shards made before and after the move merge.
"""

from __future__ import annotations

import re
import types
from typing import Any

# Rooms that were folded into the room around them when the names were given.
_ROOMS = re.compile(
    r"^(evosearch(?:\.(?:assemble|executors|problems|shards))?)\.(?:code|disk|format|genome"
    r"|identity|local|loop|merging|profiles|ranking|reading|searching|settings|system|viewing"
    r"|writing)(?=\.)"
)
_MODULES = {
    "evosearch.files": "evosearch.profile_files",
    "evosearch.tables": "evosearch.profile",
}
# Where the names that `evosearch` exports were written.
_EXPORTS = {
    **dict.fromkeys(("Float", "Int"), "genes"),
    **dict.fromkeys(("Boolean", "Categorical", "Ordinal"), "choices"),
    "Space": "space",
    "UnorderedBlocks": "declaration",
    **dict.fromkeys(("Batch", "Problem"), "problems.base"),
    **dict.fromkeys(("load_problem", "run"), "assemble.search"),
    **dict.fromkeys(("show", "top"), "assemble.views"),
    **dict.fromkeys(("check", "plan_merge"), "assemble.checks"),
    "evaluate": "assemble.measure",
    "export": "assemble.exporting",
    "load_profile": "assemble.profiles",
    "merge": "assemble.ranking",
    "resume": "assemble.continuation",
    "status": "assemble.folder",
}
# Keywords that exported functions got later: a user's class that calls one is the same class.
_LATER = {
    "merge": frozenset({"results", "trials_before"}),
    "show": frozenset({"trials_before", "is_judged"}),
}
_EXPORTING = re.compile(r"evosearch\.(?:api|assemble|genome|problems\.base)\b")


def name_in_fingerprint(module: str, name: str = "") -> str:
    """The lasting name of a module.

    Parameters
    ----------
    module : str
        As it is called now.
    name : str
        Of the class or function meant; one that `evosearch` exports may have left its module.

    Examples
    --------
    >>> name_in_fingerprint("evosearch.genome.genes"), name_in_fingerprint("numpy")
    ('evosearch.genes', 'numpy')
    """
    if name in _EXPORTS and _EXPORTING.match(module):
        return f"evosearch.{_EXPORTS[name]}"
    if module.startswith("evosearch.trading"):
        return module.replace("evosearch", "evosearch.problems", 1)
    outer = _ROOMS.sub(r"\1", module)
    return _MODULES.get(outer, outer)


def list_keywords(function: types.FunctionType) -> dict[str, Any]:
    """The defaults of a function's keywords; of ours, those that it had when it was named."""
    defaults = function.__kwdefaults__ or {}
    if not _EXPORTING.match(function.__module__ or ""):
        return defaults
    later = _LATER.get(function.__qualname__, frozenset())
    return {name: value for name, value in defaults.items() if name not in later}
