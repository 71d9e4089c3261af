"""How many files this process may have open at once, and how to raise that number."""

from __future__ import annotations

import contextlib
import sys

_OPENABLE, _SPARE_FILES = 4096, 48
# macOS refuses more, even below its hard limit.
_MOST_OPENABLE = 10_240


def count_openable() -> int:
    """How many more files this process may open, with some to spare."""
    if sys.platform == "win32":  # where thousands may be
        return _OPENABLE
    import resource

    import psutil

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _OPENABLE
    n_open: int = psutil.Process().num_fds()
    return max(0, min(_OPENABLE, soft - n_open - _SPARE_FILES))


def allow_open_files() -> None:
    """Raise the limit of open files to the system's maximum; macOS begins with 256."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):  # then as many as before
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _MOST_OPENABLE
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
