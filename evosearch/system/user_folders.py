"""The folders of this user's own files on this machine, outside of every results folder.

They are never copied to another machine, and reading a shard needs none of them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def find_cache_folder() -> Path:
    """What can be computed again: verdicts on files. Raises RuntimeError without a home."""
    return _find("XDG_CACHE_HOME", "Caches", "Cache", ".cache")


def find_state_folder() -> Path:
    """What belongs to this machine: the key of journals. Raises RuntimeError without a home."""
    return _find("XDG_STATE_HOME", "Application Support", "", ".local/state")


def find_data_folder() -> Path:
    """What a person set here, and which data files were seen. RuntimeError without a home."""
    return _find("XDG_DATA_HOME", "Application Support", "", ".local/share")


def _find(variable: str, mac: str, windows: str, other: str) -> Path:
    named = os.environ.get(variable)
    if named:
        return Path(named) / "evosearch"
    if sys.platform == "darwin":
        return Path.home() / "Library" / mac / "evosearch"
    if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "evosearch" / windows
    return Path.home() / other / "evosearch"
