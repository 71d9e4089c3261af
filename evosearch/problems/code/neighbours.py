"""A problem's file and the user's own files that it imports from beside it."""

from __future__ import annotations

import ast
from pathlib import Path

from evosearch.problems.code.references import list_imports


def find_neighbours(path: Path) -> list[Path]:
    """A file and all it imports, directly or not, from its own folder."""
    found, left = {path}, [path]
    while left:
        for top in _imported_names(left.pop()):
            package = path.parent / top
            near = [path.parent / f"{top}.py"]
            if (package / "__init__.py").is_file():
                near += sorted(package.rglob("*.py"))
            fresh = [each for each in near if each.is_file() and each not in found]
            found.update(fresh)
            left += fresh
    return sorted(found)


def _imported_names(path: Path) -> set[str]:
    """Top-level names that a file imports anywhere, also inside its functions."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return set()
    return {
        module.partition(".")[0] for level, module, _ in list_imports(tree) if module and not level
    }
