"""Files written whole or not at all, and flushed to the disk before anybody sees their name.

A file is written under a dot name beside its target, flushed through the drive's cache,
renamed, and the folder is flushed too. A crash at any instant leaves the old state or the new
one, and perhaps a dot file that the next start sweeps away.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from evosearch.errors import EnvironmentFailed
from evosearch.os_errors import advise

TEMPORARY = ".tmp-"
# A file is flushed after so many bytes more.
FLUSH_BYTES = 64 * 2**20
_REPLACE_TRIES = 12
_OPENABLE, _SPARE_FILES = 4096, 48
# The disk fails or the folder is gone: anything else that a flush of a folder meets only means
# that it cannot be done there.
_LOSSES = frozenset(
    getattr(errno, name)
    for name in ("EIO", "ENOSPC", "EDQUOT", "ENOENT", "ESTALE", "EMFILE", "ENFILE", "ENOMEM")
    if hasattr(errno, name)
)
# Of a file, only what says that there is no such call.
_NO_CALL = frozenset((errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP))
_unflushed: dict[str, str] = {}
_counter = itertools.count()
_failpoint_passes: dict[str, int] = {}


class HashingFile:
    """A file to write to that knows the SHA-256 of what went through it, if anybody asks.

    A large one is flushed to the disk while it grows, or all of it would be waited for at its end.
    """

    def __init__(self, file: BinaryIO, pool: ThreadPoolExecutor, is_hashed: bool = True) -> None:
        self._file, self._pool, self._is_hashed = file, pool, is_hashed
        self._digest = hashlib.sha256()
        self._flushing: Future[None] | None = None
        self._n_flushing = self.n_bytes = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        """Write all of `data`."""
        failpoint("write")
        view = memoryview(data)
        self._file.write(view)
        if self._is_hashed:
            self._digest.update(view)
        self.n_bytes += view.nbytes
        if self.n_bytes - self._n_flushing >= FLUSH_BYTES:
            self._flush_ahead()
        return view.nbytes

    def _flush_ahead(self) -> None:
        if self._flushing is None or self._flushing.done():
            self.wait_for_flush()
            self._n_flushing = self.n_bytes
            self._flushing = self._pool.submit(_flush, self._file.fileno())

    def wait_for_flush(self) -> None:
        """Wait for the flush under way, whose errors no later one would repeat.

        Raises
        ------
        OSError
        """
        if self._flushing is not None:
            self._flushing.result()

    def tell(self) -> int:
        """Bytes written so far."""
        return self.n_bytes

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Mark as closed; the underlying file stays open for its flush to disk."""
        self.closed = True

    def readable(self) -> bool:
        """False."""
        return False

    def writable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """False."""
        return False

    def hexdigest(self) -> str:
        """The SHA-256 so far."""
        return self._digest.hexdigest()


def write_atomically(
    folder: Path,
    name: str | Callable[[HashingFile], str],
    fill: Callable[[HashingFile], None],
    scratch: Path | None = None,
) -> Path:
    """Write a file under a name that may depend on its content.

    Parameters
    ----------
    folder : Path
        Made when missing.
    name : str or callable
        The final name; a callable is given the finished file.
    fill : callable
        Writes the content.
    scratch : Path, optional
        Another folder of the same file system where the unfinished file stands.

    Returns
    -------
    Path
        The finished file, safe on disk. One that has the name already is replaced.

    Raises
    ------
    EnvironmentFailed
        Disk full, no permission, read-only; nothing is left behind.
    """
    with explain_os_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        unique = f"{os.getpid()}-{next(_counter)}-{time.time_ns():x}"
        temporary = (scratch or folder) / f"{TEMPORARY}{unique}"
        try:
            failpoint("open")
            with (
                temporary.open("xb") as file,
                ThreadPoolExecutor(1, thread_name_prefix="evosearch-flush") as pool,
            ):
                hashing = HashingFile(file, pool, is_hashed=callable(name))
                fill(hashing)
                hashing.wait_for_flush()
                file.flush()
                failpoint("flush")
                flush_to_disk(file.fileno())
            failpoint("rename")
            final = folder / (name(hashing) if callable(name) else name)
            replace(temporary, final)
            failpoint("flush-folder")
            flush_folder(folder)
            failpoint("done")
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    return final


def flush_to_disk(descriptor: int) -> None:
    """Flush a file through the drive's own cache, as far as the system lets one."""
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
        except OSError:  # some network file systems know only fsync
            pass
    _flush(descriptor)


def flush_folder(folder: Path) -> None:
    """Make a rename durable; Windows has no such call and needs none.

    Many file systems that are reached over a network or lie in a virtual machine's host have none
    either: that is noted, and no reason to end.
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


def _flush(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_CALL:
            raise
        _unflushed["files"] = error.strerror or str(error)


def take_unflushed() -> str:
    """What could not be flushed since this was last asked, and what that may cost; or nothing."""
    if not _unflushed:
        return ""
    what, reason = " and ".join(_unflushed), next(iter(_unflushed.values()))
    _unflushed.clear()
    return (
        f"this file system cannot flush {what} to the disk ({reason}): a loss of power may cost "
        "the files of the last minute"
    )


def replace(source: Path, target: Path) -> None:
    """Rename over whatever is there; on Windows, wait for scanners that hold the target."""
    for attempt in range(_REPLACE_TRIES):
        try:
            source.replace(target)
            return
        except PermissionError:
            if sys.platform != "win32" or attempt == _REPLACE_TRIES - 1:
                raise
            time.sleep(0.05 * (attempt + 1))


@contextlib.contextmanager
def explain_os_errors(place: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a message that says what to do."""
    try:
        yield
    except OSError as error:
        if isinstance(error, EnvironmentFailed):
            raise
        where = error.filename or place
        reason = error.strerror or str(error)
        raise EnvironmentFailed(f"{where}: {reason}. {advise(error)}".strip()) from error


def is_machine_short(error: OSError) -> bool:
    """Whether an error speaks of this machine's limits, not of the file it was met at."""
    return error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def count_openable() -> int:
    """How many more files this process may open, with some to spare."""
    try:
        import resource
    except ImportError:  # Windows, where thousands may be
        return _OPENABLE
    import psutil

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _OPENABLE
    n_open: int = psutil.Process().num_fds()
    return max(0, min(_OPENABLE, soft - n_open - _SPARE_FILES))


def failpoint(name: str) -> None:
    """Where tests make this process die or its disk fail, at the n-th passage.

    ``EVOSEARCH_FAILPOINT=rename:3`` kills at the third rename, ``write:2:ENOSPC`` raises.
    """
    wanted = os.environ.get("EVOSEARCH_FAILPOINT")
    if not wanted:
        return
    point, _, rest = wanted.partition(":")
    if point != name:
        return
    _failpoint_passes[name] = _failpoint_passes.get(name, 0) + 1
    passage, _, how = rest.partition(":")
    if _failpoint_passes[name] == int(passage or 1):
        if how:
            number = getattr(errno, how)
            raise OSError(number, os.strerror(number))
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
