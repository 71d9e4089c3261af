"""Ends a worker with all processes that its objective started.

Such a process can leave its group, its session and its parent, so three traces are followed: its
descent from the worker, its group or session, and the worker's mark in its environment. All that
are found are stopped first, until a look finds nothing new, so that none forks away. Then all are
killed. On Linux a worker adopts orphans of its children, so that descent leads to a daemon, too.

A process escapes only if it leaves the session, has an environment without the mark, and loses
its worker before a look. A worker is lost in a crash, or with a main process killed by
``kill -9``. Outside Linux no worker adopts a daemon, and macOS hides the environment of its own
programs: there a daemon with such an environment escapes.

As a program this file is the sweeper: a small process that reads the list of workers until its
input ends, and then ends those left. It is run by its path, without site-packages, and so imports
nothing of ours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

_QUIET = 3  # looks that find nothing new, where processes may still be forking
_CHASE_S = 10.0  # for processes that fork faster than they are found
# Not on Windows, where nothing is found and a job does all of this.
_STOP, _GO_ON, _KILL = (getattr(signal, name, 0) for name in ("SIGSTOP", "SIGCONT", "SIGKILL"))


class Kin(NamedTuple):
    """A worker, whose kin is to be found.

    Attributes
    ----------
    pid : int
        Also the number of its group and session.
    started : float
        When, as `read_started` tells it; a process of that number with another is a stranger.
    mark : str
        A text in its environment and in no other's.
    """

    pid: int
    started: float
    mark: str


class Found(NamedTuple):
    """A process of this machine."""

    pid: int
    parent: int
    group: int
    session: int
    started: float
    is_zombie: bool


def read_started(pid: int) -> float:
    """When a process started, on a clock of this machine's own; -1 when there is none."""
    found = _look_at(pid)
    return -1.0 if found is None else found.started


def is_running(worker: Kin) -> bool:
    """Whether the process of a worker is there, be it only as a zombie.

    On Windows always True: there its handle tells.
    """
    if sys.platform == "win32":
        return True
    found = _look_at(worker.pid)
    return found is not None and _is_same(found, worker)


def find_kin(workers: Collection[Kin], known: dict[int, Found]) -> set[int]:
    """Numbers of all living processes, of those known, that belong to some workers.

    The workers are among them.
    """
    is_kin = _trace(workers)
    return _with_descendants({pid for pid, found in known.items() if is_kin(found)}, known)


def end_kin(workers: Collection[Kin]) -> None:
    """End workers and all that belongs to them, without waiting."""
    stopped: set[int] = set()
    found: set[int] = set()
    alone = {worker.pid for worker in workers}
    n_quiet, deadline = 0, time.monotonic() + _CHASE_S
    while workers and time.monotonic() < deadline:
        is_kin, known, direct, is_restless = _trace(workers), {}, set(), False
        for process in _each_process():
            if process is None:  # its task may have gone on in one that is too young to be listed
                is_restless = True
                continue
            known[process.pid] = process
            if is_kin(process):
                direct.add(process.pid)
                if process.pid not in stopped:
                    _send([process.pid], _STOP)  # now: in a moment it may have handed on its task
        found = _with_descendants(direct, known)
        _send(found - direct - stopped, _STOP)
        n_quiet = n_quiet + 1 if found <= stopped else 0
        stopped |= found
        if n_quiet >= (_QUIET if is_restless or not stopped <= alone else 1):
            break
    _send(found, _KILL)
    _send(stopped - found, _GO_ON)  # a number that changed hands between the look and the signal


def _trace(workers: Collection[Kin]) -> Callable[[Found], bool]:
    """A function that tells whether a process belongs to one of the workers, by group or mark."""
    groups = set()
    for worker in workers:
        leader = _look_at(worker.pid)
        # The number of a group is free again only when the group is empty.
        if leader is None or _is_same(leader, worker):
            groups.add(worker.pid)
    oldest = min((worker.started for worker in workers), default=0.0)
    marks = [worker.mark.encode() for worker in workers]
    this = os.getpid()

    def is_kin(process: Found) -> bool:
        if process.pid == this or process.is_zombie:
            return False
        if process.group in groups or process.session in groups or process.pid in groups:
            return True
        if sys.platform == "linux" and process.started < oldest:
            return False  # older than all workers, so none of them started it
        environment = _read_environment(process.pid)
        return any(mark in environment for mark in marks)

    return is_kin


def _with_descendants(some: set[int], known: dict[int, Found]) -> set[int]:
    below: dict[int, list[Found]] = {}
    for process in known.values():
        below.setdefault(process.parent, []).append(process)
    found, this = set(some), os.getpid()
    open_ones = list(some)
    while open_ones:
        for child in below.get(open_ones.pop(), ()):
            if child.pid not in found and child.pid != this and not child.is_zombie:
                found.add(child.pid)
                open_ones.append(child.pid)
    return found


def _send(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _is_same(process: Found, worker: Kin) -> bool:
    return abs(process.started - worker.started) < 1.0


def list_processes() -> dict[int, Found]:
    """All visible processes of this machine by number; empty on Windows, where a job is used."""
    return {found.pid: found for found in _each_process() if found is not None}


def _each_process() -> Iterator[Found | None]:
    if sys.platform == "win32":
        return
    if sys.platform == "linux":
        try:
            pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
        except OSError:
            return
    else:
        import psutil

        pids = psutil.pids()
    # The youngest first: one that forks and ends all the time would else be gone by its turn.
    for pid in sorted(pids, reverse=True):
        yield _look_at(pid)


def _look_at(pid: int) -> Found | None:
    if sys.platform == "linux":
        try:
            # The name before the last bracket may hold any bytes.
            found = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
            parent, group, session = map(int, found[1:4])
            # A process whose first thread has ended looks like a zombie while others go on.
            is_zombie = found[0] in b"ZX" and int(found[17]) < 2
            return Found(pid, parent, group, session, float(found[19]), is_zombie)
        except (OSError, IndexError, ValueError):
            return None
    import psutil

    group = session = -1
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            group, session = os.getpgid(pid), os.getsid(pid)
    try:
        facts = psutil.Process(pid)
        is_zombie = facts.status() == psutil.STATUS_ZOMBIE
        return Found(pid, facts.ppid(), group, session, facts.create_time(), is_zombie)
    except psutil.Error:
        return None


def _read_environment(pid: int) -> bytes:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return _read(f"/proc/{pid}/environ")
        return b""
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        return "\0".join(psutil.Process(pid).environ().values()).encode()
    return b""


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        parts = []
        while part := os.read(descriptor, 2**16):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def main() -> None:
    """Read ``+ number started mark`` and ``- number``, a line each; at the end, act."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    workers: dict[int, Kin] = {}
    for line in sys.stdin:
        sign, pid, *more = line.split()
        workers.pop(int(pid), None)
        if sign == "+":
            workers[int(pid)] = Kin(int(pid), float(more[0]), more[1])
    sys.path += sys.argv[1:]  # where psutil is
    for _ in range(2 if workers else 0):
        end_kin(workers.values())
        time.sleep(0.2)  # for processes that were just starting


if __name__ == "__main__":
    main()
