"""The output of a worker: a file of limited size, never the terminal."""

from __future__ import annotations

import contextlib
import faulthandler
import io
import os
import sys
from pathlib import Path

# What one worker may print through Python; output of C code is cut by the parent.
_PRINT_BYTES = 2**18
_LOG_BYTES = 2**20
_CUT = "\n[more output is not kept]\n"


class CappedText(io.TextIOWrapper):
    """A text stream that takes so many characters, notes that it is full, and drops the rest."""

    n_left = _PRINT_BYTES

    def write(self, text: str) -> int:
        """As in the base class; what is dropped counts as written."""
        if self.n_left > 0:
            super().write(text[: self.n_left])
            if len(text) >= self.n_left:
                super().write(_CUT)
            self.n_left -= len(text)
        return len(text)


def log_path(folder: str, place: int) -> Path:
    """The file for the output of the workers that take one place, one after another."""
    return Path(folder) / f"worker-{place}.log"


def redirect_output(folder: str | None, place: int) -> None:
    """Send this process's output, and the traceback of a crash, to its log."""
    descriptor = None
    if folder is not None:
        with contextlib.suppress(OSError):
            Path(folder).mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            # The folder may have come from elsewhere, with links and pipes in it.
            flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            descriptor = os.open(log_path(folder, place), flags, 0o644)
    if descriptor is None:
        descriptor = os.open(os.devnull, os.O_WRONLY)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    os.close(nothing)
    sys.stdout, sys.stderr = _open_capped(1), _open_capped(2)
    with contextlib.suppress(OSError, ValueError):
        faulthandler.enable(sys.stderr)


def _open_capped(descriptor: int) -> CappedText:
    raw = open(descriptor, "wb", buffering=0, closefd=False)  # noqa: SIM115 (no path)
    return CappedText(
        io.BufferedWriter(raw), encoding="utf-8", errors="replace", line_buffering=True
    )


def trim_log(path: Path) -> None:
    """Cut a log that has grown large, but for its end."""
    with contextlib.suppress(OSError):
        size = path.stat().st_size
        if size > _LOG_BYTES:
            with path.open("rb") as file:
                file.seek(size - _LOG_BYTES // 2)
                end = file.read(_LOG_BYTES // 2)
            os.truncate(path, 0)
            # Appended, as its writer does: whatever arrives meanwhile is kept too.
            with path.open("ab") as file:
                file.write(b"[the beginning was cut]\n" + end)


def sweep_logs(folder: str | None) -> None:
    """Cut logs that are large, remove empty ones, and their folder when nothing is left."""
    if folder is None:
        return
    # Earlier sessions of a run may have had more workers.
    for path in Path(folder).glob("worker-*.log"):
        if path.is_symlink() or not path.is_file():
            continue
        trim_log(path)
        with contextlib.suppress(OSError):
            if path.stat().st_size == 0:
                path.unlink()
    with contextlib.suppress(OSError):
        Path(folder).rmdir()
