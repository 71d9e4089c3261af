"""The folder of one merge under way: what does not fit in memory, and its unfinished output.

Exports, and what is looked at or measured for a moment, have one likewise.

It stands beside the output, is held with a lock that the system releases when the process ends,
however it ends, and is removed at the end or by the next merge that finds it unlocked.
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
from evosearch.shards.disk.locks import HELD

PREFIX = ".evosearch-merge-"
_LOCK = "lock"
_TRIES = 50
# What is always left free on the disk.
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
            for place in made:  # for an output that did not come to be; what is in use stays
                place.rmdir()


def _make_locked(beside: Path) -> tuple[Path, BinaryIO]:
    """A new folder with its lock, held.

    Until the lock is held, another merge that sweeps here takes the folder for abandoned.
    """
    for n_left in reversed(range(_TRIES)):
        try:
            beside.mkdir(parents=True, exist_ok=True)
            # Not mkdtemp, which on Windows tries for ever where nothing may be written.
            folder = beside / f"{PREFIX}{secrets.token_hex(6)}"
            folder.mkdir(0o700)
            failpoint("spill")
            lock = (folder / _LOCK).open("wb")
        except FileNotFoundError:
            if not n_left:
                raise
            continue
        if _try_lock(lock) is not False and (folder / _LOCK).exists():
            return folder, lock
        lock.close()
    raise EnvironmentFailed(f"{beside}: other merges remove what this one makes. Try again.")


def sweep(beside: Path) -> None:
    """Remove what merges left behind that were killed."""
    for folder in beside.glob(PREFIX + "*"):
        try:
            with (folder / _LOCK).open("r+b") as lock:
                is_abandoned = _try_lock(lock) is True
                if is_abandoned:  # while it is held: a merge that makes this folder finds it gone
                    _remove(folder)
        except FileNotFoundError:
            # Killed before the lock, or being made right now: an empty folder holds nothing.
            with contextlib.suppress(OSError):
                folder.rmdir()
            continue
        except OSError:
            continue
        if is_abandoned and sys.platform == "win32":  # where an open file cannot be removed
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: after a kill in between, the next merge goes on with it."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.name != _LOCK:
                with contextlib.suppress(OSError):
                    remove(Path(entry.path))
        # What Windows still holds open would be nobody's without its lock.
        if set(os.listdir(folder)) <= {_LOCK}:  # noqa: PTH208 (names, not paths)
            shutil.rmtree(folder, ignore_errors=True)


def require_space(folder: Path, n_bytes: int) -> None:
    """Refuse to begin what the disk cannot hold.

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


def _try_lock(file: BinaryIO) -> bool | None:
    """Lock a file for this process; False when another holds it, None where there are no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in HELD else None
    return True
