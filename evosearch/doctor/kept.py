"""What evosearch keeps on this machine outside of every results folder, and how to remove it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evosearch.system import compile_cache, user_folders

# Name of a file or folder in the user's own folders: what it is, and what removing it costs.
_KNOWN = {
    "key": ("key of journals", "unfinished runs then ask for --profile when they are resumed"),
    "data.json": ("data use", "runs that are told of no prices then search the bundled sample"),
    "bars": ("known bars", "runs are then continued with --data FILE until a file is read again"),
}


@dataclass(frozen=True)
class Kept:
    """Something that is kept.

    Attributes
    ----------
    name : str
        What it is.
    path : str
    n_bytes : int
        Of all its files.
    cost : str
        What removing it costs.
    command : str
        Removes it, pasted into the shell of this system.
    """

    name: str
    path: str
    n_bytes: int
    cost: str
    command: str


def list_kept(platform: str = sys.platform) -> list[Kept]:
    """What there is now; nothing of it is needed to read a shard.

    Parameters
    ----------
    platform : str
        As `sys.platform`: which shell the commands are for.
    """
    return [
        Kept(name, str(path), _measure(path), cost, _describe_removal(path, platform))
        for name, path, cost in _find()
    ]


def _find() -> Iterator[tuple[str, Path, str]]:
    for folder in compile_cache.list_folders():
        yield "compiled code", folder, "it compiles again at the next run"
    with contextlib.suppress(RuntimeError, OSError):  # no home, or one that may not be read
        cache = user_folders.find_cache_folder()
        for name, path, cost in _find_cached(cache):
            yield name, path, cost
        own = {user_folders.find_state_folder(), user_folders.find_data_folder()}
        for folder in sorted(own):
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path != cache:  # which lies in the same folder on Windows
                    name, cost = _KNOWN.get(path.name, (path.name, "it is made again when needed"))
                    yield name, path, cost


def _find_cached(cache: Path) -> Iterator[tuple[str, Path, str]]:
    """Verdicts, and candles apart from them: these cost requests to an exchange."""
    candles = cache / "candles"
    has_candles = candles.is_dir()
    inside = sorted(cache.iterdir()) if cache.is_dir() else []
    for path in inside if has_candles else [cache] * bool(inside):
        if path != candles:
            yield "verdicts on shards", path, "shards are checked again at the next merge"
    if has_candles:
        yield "candles", candles, "data fetch asks the exchange for them again"


def _measure(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; what vanishes meanwhile counts nothing."""
    total = 0
    for each in (path, *path.rglob("*")):
        with contextlib.suppress(OSError):
            total += each.lstat().st_size if not each.is_dir() else 0
    return total


def _describe_removal(path: Path, platform: str) -> str:
    """The command that removes a file or folder, with any name quoted."""
    if platform == "win32":
        escaped = str(path).replace("'", "''")
        return f"Remove-Item -Recurse -LiteralPath '{escaped}'"
    escaped = str(path).replace("'", "'\"'\"'")
    return f"rm -r '{escaped}'"
