"""How much memory workers hold, and which of them to end when it runs out.

Without a limit set by the user no worker is ended while the machine has memory left. A limit that
shrinks with the number of workers would make results depend on that number.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

_RESERVE_BYTES = 2 * 2**30  # for the main process and everything else on the machine
_CGROUP = Path("/sys/fs/cgroup")


def read_memory() -> tuple[int, int]:
    """Memory of this machine or container: bytes in all, bytes left."""
    import psutil

    machine = psutil.virtual_memory()
    total, left = int(machine.total), int(machine.available)
    try:
        most = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        stat = (_CGROUP / "memory.stat").read_text(encoding="ascii").split()
        # The kernel drops cached files before it kills a process.
        cached = int(stat[stat.index("inactive_file") + 1])
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return total, left
    return min(total, most), min(left, most - used + cached)


def read_resident(process: Any, shared_bytes: int) -> int:
    """Memory that is a process's own; 0 when it cannot be read.

    Parameters
    ----------
    process : psutil.Process or None
    shared_bytes : int
        Size of the arrays that all workers share; not counted.
    """
    import psutil

    if process is None:
        return 0
    try:
        found = process.memory_info()
    except psutil.Error:
        return 0
    return int(found.rss) - min(int(getattr(found, "shared", 0)), shared_bytes)


def is_short(total: int, left: int) -> bool:
    """Whether the machine is about to run out of memory."""
    return left <= min(total // 20, _RESERVE_BYTES // 4)


def find_descendants(workers: Iterable[int]) -> dict[int, list[Any]]:
    """What workers have started, in one look at the table of processes.

    Parameters
    ----------
    workers : iterable of int
        Process numbers of children of this process.

    Returns
    -------
    dict of int to list of psutil.Process
        By worker. A process whose parents are gone belongs to the worker that leads its session;
        one that has left both behind is not found.
    """
    import psutil

    found: dict[int, list[Any]] = {pid: [] for pid in workers}
    below = {process.pid: process for process in psutil.Process().children(recursive=True)}
    owners = {pid: pid for pid in found}
    for pid in below:
        path: list[int] = []
        at = pid
        while at in below and at not in owners and at not in path:
            path.append(at)
            at = _parent_of(below[at])
        owner = owners.get(at) or (_session_of(pid) if path else None)
        if owner in found:
            owners.update(dict.fromkeys(path, owner))
    for pid, owner in owners.items():
        if pid != owner:
            found[owner].append(below[pid])
    return found


def _parent_of(process: Any) -> int:
    import psutil

    with contextlib.suppress(psutil.Error):
        return int(process.ppid())
    return 0


def _session_of(pid: int) -> int | None:
    if sys.platform != "win32" and hasattr(os, "getsid"):
        with contextlib.suppress(OSError):
            return os.getsid(pid)
    return None


def read_resident_of_all(processes: Sequence[Any], most: int) -> int:
    """Memory of the processes that a worker started.

    Copies by fork share most of what they seem to hold with their parent. What is theirs alone
    takes milliseconds to find out, and is asked only when all that they see is more than `most`.
    """
    import psutil

    seen = sum(read_resident(process, 0) for process in processes)
    if seen <= most:
        return seen
    own = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            own += int(process.memory_full_info().uss)
    return own


def find_hog(resident: Sequence[int], n_workers: int, total: int, left: int) -> int | None:
    """Which worker has to go because the machine is about to run out of memory.

    Parameters
    ----------
    resident : sequence of int
        Bytes that each running worker holds.
    n_workers : int
        Workers that share the machine.
    total, left : int
        Bytes of the machine.

    Returns
    -------
    int or None
        The place of the largest, if it holds more than its share of the machine.
    """
    if not resident or not is_short(total, left):
        return None
    largest = max(range(len(resident)), key=resident.__getitem__)
    share = max(total - _RESERVE_BYTES, total // 2) // max(1, n_workers)
    return largest if resident[largest] > share else None
