"""One remedy for each kind of error of the operating system."""

from __future__ import annotations

import errno
import sys

_WRITE = "Check who may write there, or choose another place, with --results or -o."
_IS_FILE = "A part of that path is a file: choose another place, with --results or -o."
_ADVICE = {
    "ENOSPC": "The disk is full: free some space and give the same command again.",
    "EDQUOT": (
        "The quota of this user is used up on that disk: free some space there, or choose another "
        "place, with --results or -o, and give the same command again."
    ),
    "EACCES": _WRITE,
    "EPERM": _WRITE,
    "EROFS": "That file system is read-only: choose another place, with --results or -o.",
    "EMFILE": "Allow more open files (ulimit -n 4096) and give the same command again.",
    "ENOTDIR": _IS_FILE,
    "EEXIST": _IS_FILE,
}
_IN_USE = (32, 33)  # Windows: ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
_BY_NUMBER = {getattr(errno, name): text for name, text in _ADVICE.items() if hasattr(errno, name)}


def advise(error: OSError) -> str:
    """The remedy for an error of the system; empty when none is known."""
    if getattr(error, "winerror", None) in _IN_USE:
        return "Close the program that has it open, and give the same command again."
    if error.errno == errno.EFBIG:
        return _advise_on_size()
    return _BY_NUMBER.get(error.errno or 0, "")


def _advise_on_size() -> str:
    """The limit that a file has reached, and how to raise it."""
    limit, most = _read_limits()
    if limit is None:
        return (
            "That file system takes no larger file (FAT32: 4 GB): choose another place, with "
            "--results or -o."
        )
    text = f"No file may grow beyond {limit:,} bytes here (ulimit -f): "
    if most is None:
        return text + "raise that with  ulimit -f unlimited  and give the same command again."
    if most > limit:
        return text + f"raise that with  ulimit -S -f hard  (to {most:,}) or use another shell."
    return text + "give the same command in a shell without that limit."


def _read_limits() -> tuple[int | None, int | None]:
    """The largest file of this process, and the value it may raise that to; None is no limit."""
    if sys.platform == "win32":
        return None, None
    import resource

    soft, hard = (
        None if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_FSIZE)
    )
    return soft, hard
