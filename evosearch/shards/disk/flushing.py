"""Flush files and folders to the disk itself; remember which file systems cannot."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

# The disk fails or the folder is gone. Any other error of a folder's flush means that the file
# system cannot flush folders.
_LOSSES = frozenset(
    getattr(errno, name)
    for name in ("EIO", "ENOSPC", "EDQUOT", "ENOENT", "ESTALE", "EMFILE", "ENFILE", "ENOMEM")
    if hasattr(errno, name)
)
# For a file, only these errors mean that.
_NO_CALL = frozenset((errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP))
_unflushed: dict[str, str] = {}


def flush_to_disk(descriptor: int) -> None:
    """Flush a file through the drive's own cache, if the system offers that."""
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
        except OSError:  # some network file systems know only fsync
            pass
    flush_if_possible(descriptor)


def flush_folder(folder: Path) -> None:
    """Make a rename durable; Windows has no such call and needs none.

    Many network file systems and shared folders of virtual machines have none either: that is
    remembered for `take_unflushed` and raises nothing.
    """
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in _LOSSES:
            raise
        _unflushed["folders"] = error.strerror or str(error)


def flush_if_possible(descriptor: int) -> None:
    """Flush a file; remember if the file system cannot."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_CALL:
            raise
        _unflushed["files"] = error.strerror or str(error)


def take_unflushed() -> str:
    """What could not be flushed since the last call and what that may cost, or an empty text."""
    if not _unflushed:
        return ""
    what, reason = " and ".join(_unflushed), next(iter(_unflushed.values()))
    _unflushed.clear()
    return (
        f"this file system cannot flush {what} to the disk ({reason}): a loss of power may cost "
        "the files of the last minute"
    )
