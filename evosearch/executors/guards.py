"""Guards that keep a worker from outliving the search, and a search from losing its workers.

A worker leads its own process group, so that whatever its objective starts can be ended with
it. When the main process dies, three things notice, each of which fails where another works:

    a thread of the worker    everywhere, but not while C code holds the interpreter lock
    PR_SET_PDEATHSIG          Linux only, the worker itself, not what it started
    the sweeper               a small process that waits for the main one to end and then
                              ends every group; needs process groups, so not on Windows
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path

# Runs alone, so it may import nothing of ours: one line per worker started (+) and ended (-).
_SWEEP = """
import os, signal, sys
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""


class Sweeper:
    """Ends the groups of all workers if this process dies without doing so itself."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        if hasattr(os, "killpg") and sys.executable:
            with contextlib.suppress(OSError), hold_interrupts():
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _SWEEP],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    text=True,
                )

    def add(self, pid: int) -> None:
        """Watch over a worker's group."""
        self._tell(f"+{pid}\n")

    def discard(self, pid: int) -> None:
        """Forget a worker: its number may soon belong to another process."""
        self._tell(f"-{pid}\n")

    def close(self) -> None:
        """End the sweeper, which finds nothing left to do."""
        if self._process is not None:
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self._process.wait()
            self._process = None

    def _tell(self, line: str) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.write(line)
                self._process.stdin.flush()


@contextlib.contextmanager
def hold_interrupts() -> Iterator[None]:
    """Keep Ctrl-C away while a process starts, which is born with that and spared a traceback.

    The terminal sends Ctrl-C to all processes; ours is delivered when this ends.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def guard_worker(is_child: bool) -> None:
    """Set up this worker process.

    Parameters
    ----------
    is_child : bool
        The search itself started this process, from a thread that lasts: Linux can tell us of
        its death.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    parent = parent_process()
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):
            os.setsid()
    if sys.platform == "linux":
        if is_child:
            _die_with_parent()
            # It may have died before it was asked to tell.
            if parent is not None and os.getppid() != parent.pid:
                os._exit(1)
        # If memory runs out, the kernel should take a worker, not the process with the books.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    if parent is not None:
        threading.Thread(target=_watch_parent, args=(parent.sentinel,), daemon=True).start()


def _watch_parent(sentinel: int) -> None:
    try:
        wait([sentinel])
    except OSError:
        return  # the objective closed what we were watching; the other guards remain
    os._exit(1)


def _die_with_parent() -> None:
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
