"""A temporary folder for one merge or export: spilled rows and the unfinished output.

It lies beside the output and is locked while in use. The system releases the lock when the
process ends. The folder is removed at the end, or by the next merge that finds it unlocked.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from evosearch.errors import EnvironmentFailed
from evosearch.shards.disk.files import explain_os_errors, failpoint, remove
from evosearch.shards.disk.locks import hold_if_free, try_lock

PREFIX = ".evosearch-merge-"
_LOCK = "lock"
_TRIES = 50
# Always left free on the disk.
_RESERVE_BYTES = 64 * 2**20


@contextlib.contextmanager
def open_spill(beside: Path) -> Iterator[Path]:
    """A new folder inside `beside`, locked while in use and removed afterwards.

    Raises
    ------
    EnvironmentFailed
        No permission, no space.
    """
    made = [place for place in (beside, *beside.parents) if not os.path.lexists(place)]
    try:
        with explain_os_errors(beside):
            sweep(beside)
            folder, lock = _make_locked(beside)
        try:
            with explain_os_errors(folder):
                yield folder
        finally:
            lock.close()
            _remove(folder)
    finally:
        with contextlib.suppress(OSError):
            for place in made:  # if the output was not written; a folder in use is not empty
                place.rmdir()


def _make_locked(beside: Path) -> tuple[Path, BinaryIO]:
    """A new folder with its lock, held.

    Before the lock is held, another merge may sweep the folder as abandoned.
    """
    for n_left in reversed(range(_TRIES)):
        try:
            beside.mkdir(parents=True, exist_ok=True)
            # Not mkdtemp: on Windows it retries for ever in a folder without write permission.
            folder = beside / f"{PREFIX}{secrets.token_hex(6)}"
            folder.mkdir(0o700)
            failpoint("spill")
            lock = (folder / _LOCK).open("wb")
        except FileNotFoundError:
            if not n_left:
                raise
            continue
        if try_lock(lock.fileno()) is not False and (folder / _LOCK).exists():
            return folder, lock
        lock.close()
    raise EnvironmentFailed(f"{beside}: other merges remove what this one makes. Try again.")


def sweep(beside: Path) -> None:
    """Remove the folders of merges that were killed; links are not followed."""
    for folder in beside.glob(PREFIX + "*"):
        if folder.is_symlink():  # in a folder that many write to it may lead anywhere
            continue
        with hold_if_free(folder / _LOCK) as is_abandoned:
            if is_abandoned:  # while it is held: a merge that makes this folder finds it gone
                _remove(folder)
        if is_abandoned and sys.platform == "win32":  # where an open file cannot be removed
            _remove(folder)
        # Killed before it had its lock, or being made right now: an empty folder holds nothing.
        with contextlib.suppress(OSError):
            folder.rmdir()


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: if killed in between, the next merge removes the rest."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.name != _LOCK:
                with contextlib.suppress(OSError):
                    remove(Path(entry.path))
        # Keep the lock beside files that Windows still holds open: a later merge removes both.
        if set(os.listdir(folder)) <= {_LOCK}:  # noqa: PTH208 (names, not paths)
            shutil.rmtree(folder, ignore_errors=True)


def require_space(folder: Path, n_bytes: int) -> None:
    """Raise if the disk cannot hold that many bytes.

    Raises
    ------
    EnvironmentFailed
    """
    free = shutil.disk_usage(folder).free
    if free < n_bytes + _RESERVE_BYTES:
        raise EnvironmentFailed(
            f"{folder.parent}: the merge needs about {n_bytes / 1e9:.1f} GB there for a while, and "
            f"{free / 1e9:.1f} GB are free. Free some space, or choose another place with -o."
        )
