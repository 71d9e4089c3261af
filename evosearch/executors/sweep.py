"""Ends a worker with everything that its objective started, wherever that has gone.

What a worker starts can leave its group, its session and its parent, so three traces are
followed: who descends from the worker, who is in its group or session, and who carries its mark
in the environment. All that is found is stopped first, and looked for again until nothing new
turns up, so that nothing forks away; then all of it is killed. On Linux a worker adopts what its
children leave behind, so that descent leads to a daemon, too.

Out of reach is only what does all of this: it leaves the session, has an environment without
the mark, and loses its worker before this one looks - because that crashed, or because the main
process was killed by ``kill -9``. Elsewhere than on Linux nobody adopts a daemon, and macOS shows
nobody the environment of its own programs: there a daemon with such an environment is enough.

As a program this file is the sweeper, a small process that reads which workers there are until
its input ends, and then ends those still there. It is run by its path, without site-packages,
and so imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Collection, Iterable
from typing import NamedTuple

_ROUNDS = 100
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
        What stands in its environment and in no other's.
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

    On Windows always: there its handle tells, and nobody else can take that away.
    """
    if sys.platform == "win32":
        return True
    found = _look_at(worker.pid)
    return found is not None and _is_same(found, worker)


def find_kin(workers: Collection[Kin], known: dict[int, Found]) -> set[int]:
    """Numbers of all living processes, of those known, that belong to some workers.

    The workers are among them.
    """
    mine: set[int] = set()
    groups: set[int] = set()
    for worker in workers:
        leader = known.get(worker.pid)
        # The number of a group is free again only when nobody is left in it.
        if leader is None or _is_same(leader, worker):
            groups.add(worker.pid)
    oldest = min((worker.started for worker in workers), default=0.0)
    marks = [worker.mark.encode() for worker in workers]
    for process in known.values():
        if process.group in groups or process.session in groups or process.pid in groups:
            mine.add(process.pid)
        elif sys.platform == "linux" and process.started < oldest:
            continue  # older than the worker, so not of its making: not worth a look
        elif marks and process.pid != os.getpid():
            environment = _read_environment(process.pid)
            if any(mark in environment for mark in marks):
                mine.add(process.pid)
    below: dict[int, list[int]] = {}
    for process in known.values():
        below.setdefault(process.parent, []).append(process.pid)
    open_ones = list(mine)
    while open_ones:
        children = [pid for pid in below.get(open_ones.pop(), ()) if pid not in mine]
        mine.update(children)
        open_ones += children
    return {pid for pid in mine if pid != os.getpid() and not known[pid].is_zombie}


def end_kin(workers: Collection[Kin]) -> None:
    """End workers and all that belongs to them; nobody is waited for."""
    stopped: set[int] = set()
    found: set[int] = set()
    for _ in range(_ROUNDS if workers else 0):
        found = find_kin(workers, list_processes())
        new = found - stopped
        if not new:
            break
        _send(new, _STOP)
        stopped |= new
    _send(found, _KILL)
    _send(stopped - found, _GO_ON)  # a number that changed hands between the look and the signal


def _send(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def _is_same(process: Found, worker: Kin) -> bool:
    return abs(process.started - worker.started) < 1.0


def list_processes() -> dict[int, Found]:
    """All processes of this machine by number, as far as it tells; on Windows a job does."""
    if sys.platform == "win32":
        return {}
    if sys.platform == "linux":
        try:
            pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
        except OSError:
            return {}
    else:
        import psutil

        pids = psutil.pids()
    looked_at = (_look_at(pid) for pid in pids)
    return {found.pid: found for found in looked_at if found is not None}


def _look_at(pid: int) -> Found | None:
    if sys.platform == "linux":
        try:
            # What stands before is a name, which may hold anything.
            found = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
            parent, group, session = map(int, found[1:4])
            # A process whose first thread has ended looks like a zombie while others go on.
            is_zombie = found[0] in b"ZX" and int(found[17]) < 2
            return Found(pid, parent, group, session, float(found[19]), is_zombie)
        except (OSError, IndexError, ValueError):
            return None
    import psutil

    group = session = -1
    with contextlib.suppress(OSError, AttributeError):
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
        time.sleep(0.2)  # whatever was being born just then


if __name__ == "__main__":
    main()
