"""Files written whole or not at all, and flushed to the disk before they get their name.

A file is written under a dot name beside its target, flushed through the drive's cache,
renamed, and the folder is flushed too. A crash at any instant leaves the old state or the new
one, and perhaps a dot file that the next start sweeps away.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import itertools
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from evosearch.errors import EnvironmentFailed
from evosearch.shards.disk.flushing import flush_folder, flush_if_possible, flush_to_disk
from evosearch.system.os_errors import advise

TEMPORARY = ".tmp-"
# How much of a file's SHA-256 stands in its name.
SHA_DIGITS = 16
_PROMISE = re.compile(rf"-[0-9a-f]{{{SHA_DIGITS}}}$")
# A file is flushed each time it has grown by this much.
FLUSH_BYTES = 64 * 2**20
# Windows refuses to replace a file that another program has open, such as a virus scanner.
_REPLACE_TRIES, _REMOVE_TRIES = 12, 5
_counter = itertools.count()
_failpoint_passes: dict[str, int] = {}


class HashingFile(io.RawIOBase):
    """A file to write to; hashes what is written, if `is_hashed`.

    A large file is flushed to the disk while it grows, so that the last flush is short. Closing it
    leaves the underlying file open for that one.
    """

    def __init__(self, file: BinaryIO, pool: ThreadPoolExecutor, is_hashed: bool = True) -> None:
        self._file, self._pool, self._is_hashed = file, pool, is_hashed
        self._digest = hashlib.sha256()
        self._flushing: Future[None] | None = None
        self._n_flushing = self.n_bytes = 0

    def write(self, data: Any, /) -> int:
        """Write all of `data`."""
        failpoint("write")
        view = memoryview(data)
        self._file.write(view)
        if self._is_hashed:
            self._digest.update(view)
        self.n_bytes += view.nbytes
        is_idle = self._flushing is None or self._flushing.done()
        if is_idle and self.n_bytes - self._n_flushing >= FLUSH_BYTES:
            self.wait_for_flush()
            self._n_flushing = self.n_bytes
            self._flushing = self._pool.submit(flush_if_possible, self._file.fileno())
        return view.nbytes

    def wait_for_flush(self) -> None:
        """Wait for the flush under way: no later flush would report its error.

        Raises
        ------
        OSError
        """
        if self._flushing is not None:
            self._flushing.result()

    def tell(self) -> int:
        """Bytes written so far."""
        return self.n_bytes

    def writable(self) -> bool:
        """True."""
        return True

    def hexdigest(self) -> str:
        """The SHA-256 so far."""
        return self._digest.hexdigest()


def write_atomically(
    folder: Path,
    name: str,
    fill: Callable[[HashingFile], object],
    scratch: Path | None = None,
    is_once: bool = False,
) -> Path:
    """Write a file under a name that may depend on its content.

    Parameters
    ----------
    folder : Path
        Made when missing.
    name : str
        ``{sha}`` in it becomes the first 16 digits of the file's SHA-256.
    fill : callable
        Writes the content.
    scratch : Path, optional
        Another folder of the same file system for the unfinished file.
    is_once : bool
        Keep a file of the folder with the same bytes and ending, whatever its name.

    Returns
    -------
    Path
        The finished file, safe on disk. It replaces a file of the same name. With `is_once`, the
        file that is kept instead; nothing is written then.

    Raises
    ------
    EnvironmentFailed
        Disk full, no permission, read-only; nothing is left behind.
    """
    is_hashed = "{sha}" in name
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
                hashing = HashingFile(file, pool, is_hashed)
                fill(hashing)
                hashing.wait_for_flush()
                file.flush()
                failpoint("flush")
                flush_to_disk(file.fileno())
            failpoint("rename")
            final = folder / name.replace("{sha}", hashing.hexdigest()[:SHA_DIGITS])
            same = _find_same(final, hashing) if is_once else None
            if same is not None:
                remove(temporary)
                return same
            if is_hashed and sys.platform == "win32" and _holds(final, hashing):
                remove(temporary)  # a merge under way may have memory-mapped the old file
            else:
                replace(temporary, final)
            failpoint("flush-folder")
            flush_folder(folder)
            failpoint("done")
        except BaseException:
            with contextlib.suppress(OSError):
                remove(temporary)
            raise
    return final


def _find_same(final: Path, written: HashingFile) -> Path | None:
    """A file beside `final` that holds what was written: first one that its name promises it of.

    Others were renamed, or written under a name of their own. Only files of the same size are read.
    """
    end = f"{written.hexdigest()[:SHA_DIGITS]}{final.suffix}"
    beside = [path for path in final.parent.iterdir() if path.suffix == final.suffix]
    promised = [path for path in beside if path.name.endswith(end)]
    # A name that promises another hash is a lie: no reader believes such a file.
    others = [path for path in beside if not _PROMISE.search(path.stem)]
    names = [*sorted(promised), *sorted(others)]
    return next((path for path in names if _holds(path, written)), None)


def _holds(path: Path, written: HashingFile) -> bool:
    """Whether a file exists and is, byte for byte, what was written."""
    if path.name.startswith(TEMPORARY) or not path.is_file():
        return False
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size != written.n_bytes:
            return False
        return hashlib.file_digest(file, "sha256").hexdigest() == written.hexdigest()


def replace(source: Path, target: Path) -> None:
    """Rename over an existing file; on Windows, wait for programs that have it open."""
    for attempt in range(_REPLACE_TRIES):
        try:
            source.replace(target)
            return
        except PermissionError:
            if sys.platform != "win32" or attempt == _REPLACE_TRIES - 1:
                raise
            time.sleep(0.05 * (attempt + 1))


def remove(path: Path) -> bool:
    """Remove a file, if it is there.

    Returns
    -------
    bool
        False on Windows, when another program still has it open: a later command removes it.

    Raises
    ------
    OSError
    """
    for attempt in range(_REMOVE_TRIES):
        try:
            path.unlink(missing_ok=True)
            return True
        except PermissionError:
            if sys.platform != "win32":
                raise
            time.sleep(0.05 * (attempt + 1))
    return False


@contextlib.contextmanager
def explain_os_errors(place: Path) -> Iterator[None]:
    """Turn an OSError into a message that says what to do."""
    try:
        yield
    except OSError as error:
        where = error.filename or place
        reason = error.strerror or str(error)
        raise EnvironmentFailed(f"{where}: {reason}. {advise(error)}".strip()) from error


def is_machine_short(error: OSError) -> bool:
    """Whether an error is about this machine's limits, not about the file."""
    return error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def failpoint(name: str) -> None:
    """Where tests kill this process or make its disk fail, at the n-th call.

    ``EVOSEARCH_FAILPOINT=rename:3`` kills at the third rename, ``write:2:ENOSPC`` raises.
    """
    point, _, rest = os.environ.get("EVOSEARCH_FAILPOINT", "").partition(":")
    if point != name:
        return
    _failpoint_passes[name] = _failpoint_passes.get(name, 0) + 1
    passage, _, how = rest.partition(":")
    if _failpoint_passes[name] == int(passage or 1):
        if how:
            number = getattr(errno, how)
            raise OSError(number, os.strerror(number))
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
