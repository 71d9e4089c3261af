"""Guards that keep a worker from outliving the search, and a search from losing its workers.

A worker leads its own process group and session and, on Linux, adopts orphans of its children. So
all that its objective starts can be found and ended with it: see `sweep`. When the main process
dies, several guards notice, each of which fails where another works:

    a thread of the worker    everywhere, but not while C code holds the interpreter lock
    PR_SET_PDEATHSIG          Linux only, the worker itself, not what it started
    the sweeper               a small process that waits for the main one to end and then
                              ends workers and all that belongs to them; not on Windows
    a job of Windows          ends with the last process that holds it: see `job`
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

from evosearch.executors.local import sweep
from evosearch.executors.local.sweep import Kin

# Of prctl(2).
_SET_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36


class Sweeper:
    """Ends all workers, and what they started, if this process dies without doing so itself."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._workers: dict[int, Kin] = {}

    def add(self, worker: Kin) -> None:
        """Watch over a worker."""
        self._workers[worker.pid] = worker
        news = [worker]
        if self._process is None or self._process.poll() is not None:
            self.close()  # an objective may have killed what it took for its siblings
            self._start()
            news = list(self._workers.values())
        for each in news:
            self._write(f"+ {each.pid} {each.started!r} {each.mark}\n")

    def discard(self, pid: int) -> None:
        """Forget a worker: its number may soon belong to another process."""
        if self._workers.pop(pid, None) is not None:
            self._write(f"- {pid}\n")

    def close(self) -> None:
        """End the sweeper, which finds nothing left to do."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(2.0)
        except subprocess.TimeoutExpired:  # a signal stopped it
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2.0)

    def _start(self) -> None:
        import psutil

        if sys.platform == "win32" or not hasattr(os, "killpg") or not sys.executable:
            return
        place = str(Path(psutil.__file__).parent.parent)
        with contextlib.suppress(OSError), hold_interrupts():
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(sweep.__file__)), place],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                bufsize=0,
            )
            assert self._process.stdin is not None
            # If it is stopped it reads nothing: then writing fails instead of waiting.
            os.set_blocking(self._process.stdin.fileno(), False)

    def _write(self, line: str) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.write(line.encode())


@contextlib.contextmanager
def hold_interrupts() -> Iterator[None]:
    """Block Ctrl-C while a process starts: the child inherits that and prints no traceback.

    The terminal sends Ctrl-C to all processes; ours is delivered when this ends. On Windows it is
    lost, as where a process cannot hold it back it can only be deaf to it.
    """
    if sys.platform == "win32":
        import ctypes

        # Ignored, which a process that starts inherits.
        ctypes.windll.kernel32.SetConsoleCtrlHandler(None, True)
        try:
            yield
        finally:
            ctypes.windll.kernel32.SetConsoleCtrlHandler(None, False)
    elif not hasattr(signal, "pthread_sigmask"):
        yield
    else:
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
    for name in ("SIGINT", "SIGBREAK"):  # the keyboard's are for the main process
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.platform != "win32" and hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    parent = parent_process()
    if sys.platform != "win32" and hasattr(os, "setsid"):
        with contextlib.suppress(OSError):
            os.setsid()
    if sys.platform == "linux":
        _control(_SET_CHILD_SUBREAPER, 1)
        if is_child:
            _control(_SET_DEATH_SIGNAL, signal.SIGKILL)
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


def _control(what: int, value: int) -> None:
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(what, value)
