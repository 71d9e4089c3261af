"""evosearch: genetic search on any number of machines, merged into one honest ranking."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    **dict.fromkeys(("Batch", "Problem"), "evosearch.problems.base"),
    **dict.fromkeys(
        ("Boolean", "Categorical", "Float", "Int", "Ordinal", "Space", "UnorderedBlocks"),
        "evosearch.space",
    ),
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'evosearch' has no attribute {name!r}")
