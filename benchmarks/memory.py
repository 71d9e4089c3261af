"""The most memory that this process has held."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil


def read_peak_bytes() -> int:
    """Peak of resident memory in bytes.

    Linux hands ``ru_maxrss`` down to what a process starts, so that a small child of a large
    parent looks large; its ``VmHWM`` is the process's own.
    """
    if sys.platform == "linux":
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
