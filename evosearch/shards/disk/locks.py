"""File locks of the operating system: a lock ends with its process, however the process ends.

No lock file is ever stale. The text in it names the holder for people; only the system's answer
decides whether the lock is held.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from evosearch.errors import EnvironmentFailed

# Windows locks bytes, and a locked byte cannot be read: lock one far behind the text.
_LOCKED_BYTE = 1 << 20
_PATIENCE_S = 0.5
# Errors that mean another process holds the lock; any other error means that there are no locks.
_HELD = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)


class NoLocks(EnvironmentFailed):
    """The file system of a folder has no locks; ``reason`` is the system's error message."""

    def __init__(self, folder: Path, error: OSError) -> None:
        self.reason = error.strerror or str(error)
        super().__init__(
            f"{folder} lies on a file system without locks ({self.reason}), which keep "
            "two processes from writing one run. Search in a folder on a disk of this machine, "
            "--results DIR, and copy the shards afterwards. A run that was begun here goes on in a "
            "copy of this folder."
        )


class Lock:
    """An exclusive lock, held from construction until `release` or the end of the process.

    Parameters
    ----------
    path : Path
        Its file; made when missing, in a folder that exists.

    Raises
    ------
    EnvironmentFailed
        Another process holds it, and the message names that process; or there are no locks
        (`NoLocks`), and no new file is left.
    """

    def __init__(self, path: Path) -> None:
        # The file is written to: a symbolic link in a copied folder must not lead elsewhere.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        self._path = path
        is_new = not os.path.lexists(path)
        self._descriptor = os.open(path, flags, 0o644)
        # `is_held` of another process holds it for an instant.
        deadline = time.monotonic() + _PATIENCE_S
        while not self._try(is_new):
            if time.monotonic() > deadline:
                holder = _read_holder(self._descriptor)
                os.close(self._descriptor)
                raise EnvironmentFailed(
                    f"{path.parent.name} is under way already{holder}: wait for it, or stop it."
                )
            time.sleep(0.02)
        self._write(f"{os.getpid()}\n")

    def _try(self, is_new: bool) -> bool:
        try:
            return _lock(self._descriptor)
        except OSError as error:
            self.release()
            if is_new:
                self._path.unlink(missing_ok=True)
            # The folder of results holds the state folder, which holds the run's.
            raise NoLocks(self._path.parent.parent.parent, error) from error

    def name_machine(self, name: str) -> None:
        """Write the name of this machine into the file, for other processes to show."""
        self._write(f"{os.getpid()} {name}\n")

    def _write(self, text: str) -> None:
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, text.encode())

    def is_in_place(self) -> bool:
        """Whether its file still has its name: a sweep may have removed it just before."""
        return _is_named(self._descriptor, self._path)

    def release(self) -> None:
        """Release the lock; a second call does nothing."""
        # Forgotten first: an interruption in between must not close the same number again.
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            let_go(descriptor)


@contextlib.contextmanager
def hold_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock of a file for a while; False if a process holds it or no file is there.

    False too if the file was removed before the lock was held: a new file may have its name.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        yield False
        return
    try:
        yield try_lock(descriptor) is True and _is_named(descriptor, path)
    finally:
        let_go(descriptor)


def is_held(path: Path) -> bool | None:
    """Whether some process, this one included, holds the lock of a file.

    None on a file system without locks.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        is_free = try_lock(descriptor)
        return None if is_free is None else not is_free
    finally:
        let_go(descriptor)


def try_lock(descriptor: int) -> bool | None:
    """Lock an open file until it is closed.

    Returns
    -------
    bool or None
        False when another process holds the lock; None on a file system without locks.
    """
    try:
        return _lock(descriptor)
    except OSError:
        return None


def _is_named(descriptor: int, path: Path) -> bool:
    if sys.platform == "win32":  # where a file that is open keeps its name
        return True
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except OSError:
        return False


def _read_holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    pid, _, host = os.read(descriptor, 200).decode("utf-8", "replace").strip().partition(" ")
    return f", in process {pid}{' on ' if host else ''}{host}" if pid.isdigit() else ""


if sys.platform == "win32":
    import msvcrt

    def _request(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def let_go(descriptor: int) -> None:
        """Unlock a file and close it."""
        # Windows unlocks a closed file only some time later.
        with contextlib.suppress(OSError):  # it was not held
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        os.close(descriptor)

else:
    import fcntl

    def _request(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def let_go(descriptor: int) -> None:
        """Unlock a file and close it."""
        os.close(descriptor)  # which unlocks it


def _lock(descriptor: int) -> bool:
    """Whether the lock is ours now; raises OSError on a file system without locks."""
    try:
        _request(descriptor)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True
