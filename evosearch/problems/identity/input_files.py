"""Input files that a problem declares: they count by their content, wherever they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evosearch.errors import ProblemError
from evosearch.problems.base import Problem


def is_input_list(value: Any) -> bool:
    """Whether a value can be a declaration of input files."""
    items = [value] if isinstance(value, (str, Path)) else value
    return isinstance(items, (tuple, list)) and all(isinstance(i, (str, Path)) for i in items)


def hash_inputs(
    problem: Problem, folders: Iterable[Path]
) -> list[tuple[str, tuple[str, ...], str]]:
    """Declared input files: name for people, texts that mean the file, hash of its content."""
    declared = getattr(problem, "inputs", ())
    if not is_input_list(declared):
        return []  # an attribute of the user's own that is called so
    found: dict[str, tuple[str, tuple[str, ...], str]] = {}
    for item in [declared] if isinstance(declared, (str, Path)) else declared:
        tried = [Path(folder).absolute() / item for folder in folders]
        path = next((place for place in tried if place.is_file()), None)
        if path is None:
            looked = ", ".join(dict.fromkeys(str(place) for place in tried))
            raise ProblemError(
                f"Problem {type(problem).__name__}: its input file {item} is missing. "
                f"Looked for {looked}."
            )
        label = path.name if Path(item).is_absolute() else Path(item).as_posix()
        while label in found:
            label += "+"
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        found[label] = (label, (str(item), str(path), str(path.resolve())), content)
    return [*found.values()]
