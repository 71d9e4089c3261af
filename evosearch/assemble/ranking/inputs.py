"""Find the input files that a person names: paths, folders, patterns, lists."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from evosearch.errors import EnvironmentFailed, UsageError
from evosearch.system.typed_paths import expand_path, find_current_folder

Paths = str | Path | Sequence[str | Path] | None


def find_inputs(patterns: Sequence[str]) -> list[Path]:
    """The files that paths, folders and glob patterns name, each once, sorted.

    A folder means every ``.parquet`` file in it and below, except in dot folders. A pattern that
    the shell did not expand is expanded here. Files and folders of exactly that name come first.

    Raises
    ------
    UsageError
        A pattern matches nothing, or names a web address.
    """
    found: list[Path] = []
    missing = []
    for pattern in patterns:
        if not pattern:
            raise UsageError("An empty path: is a variable of your script not set?")
        if "://" in pattern:
            raise UsageError(f"{pattern}: only files on this machine can be merged; copy it first.")
        matches = list(_expand(pattern))
        if not matches:
            missing.append(pattern)
        found += matches
    if missing:
        listed = ", ".join(repr(pattern) for pattern in missing)
        raise UsageError(
            f"Nothing matches {listed} (in {find_current_folder()}). Shards end in .parquet and "
            "stand in results/ unless a profile says otherwise. None yet? Search first: "
            "evosearch run --profile demo"
        )
    unique = {os.path.abspath(path): path for path in found}  # noqa: PTH100 (keeps symlinks)
    return [unique[key] for key in sorted(unique)]


def read_list(source: str) -> list[str]:
    """Paths from a file or, for ``-``, from standard input, separated by newlines or NUL bytes.

    Raises
    ------
    UsageError
        The list cannot be read.
    """
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(expand_path(source)).read_bytes()
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}.") from error
    separator = b"\0" if b"\0" in raw else b"\n"
    return [os.fsdecode(item.strip(b"\r")) for item in raw.split(separator) if item.strip()]


def _expand(pattern: str) -> Iterable[Path]:
    # os, not pathlib: for os, a name that no system accepts simply does not exist.
    path = Path(expand_path(pattern))
    if os.path.isdir(path):  # noqa: PTH112
        yield from _walk(path)
    elif os.path.lexists(path):
        yield path
    elif glob.has_magic(pattern):
        for hit in _match(path):
            if hit.is_dir():
                yield from _walk(hit)
            elif not hit.name.startswith("."):
                yield hit


def _match(pattern: Path) -> list[Path]:
    """Return what a pattern matches. Its first folders may really have brackets in their names."""
    here = (folder for folder in pattern.parents if os.path.isdir(folder))  # noqa: PTH112
    real = next(here, Path())
    rest = str(pattern.relative_to(real))
    if rest.endswith(".parquet"):  # some systems write the names of files in capitals
        rest = rest.removesuffix("parquet") + "".join(f"[{c}{c.upper()}]" for c in "parquet")
    found = glob.glob(str(Path(glob.escape(str(real))) / rest), recursive=True)  # noqa: PTH207
    return [Path(path) for path in found or glob.glob(str(pattern), recursive=True)]  # noqa: PTH207


def _refuse(error: OSError) -> None:
    # Going on would leave out files without a word.
    raise EnvironmentFailed(f"{error.filename} cannot be listed: {error.strerror}.") from error


def _walk(folder: Path) -> Iterable[Path]:
    for here, folders, files in os.walk(folder, onerror=_refuse, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(".parquet") and not name.startswith("."):
                yield Path(here) / name


def as_patterns(paths: Paths) -> list[str]:
    """One path or several as a list of texts."""
    if paths is None:
        return []
    return [str(paths)] if isinstance(paths, (str, Path)) else [str(path) for path in paths]
