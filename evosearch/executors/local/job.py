"""On Windows, a job that holds a worker and all that it starts, and ends with us.

Windows knows neither process groups nor sessions that a signal could reach. A job holds a process
and all that it starts. When the last handle of the job is closed, by us or by the system when this
process dies, all of them are ended.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any


class Job:
    """A job around a process; does nothing on other systems.

    Parameters
    ----------
    process : int
        Handle of the process, which on Windows is its sentinel in multiprocessing.
    pid : int
        Its number.
    """

    def __init__(self, process: int, pid: int) -> None:
        self._handle: Any = None
        self._pid = pid
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                self._handle = _enclose(process)

    def end(self) -> None:
        """End all that is in the job."""
        if sys.platform == "win32":
            if self._handle is not None:
                _KERNEL.TerminateJobObject(self._handle, 1)
                _KERNEL.CloseHandle(self._handle)
                self._handle = None
            else:
                _kill_below(self._pid)  # Windows allowed no job


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _KILL_ON_JOB_CLOSE = 0x2000
    _EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    _KERNEL = ctypes.WinDLL("kernel32", use_last_error=True)
    # Handles are pointers; undeclared they would be cut to 32 bits.
    _KERNEL.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    _KERNEL.CreateJobObjectW.restype = wintypes.HANDLE
    _KERNEL.SetInformationJobObject.argtypes = (
        wintypes.HANDLE,
        ctypes.c_int,
        ctypes.c_void_p,
        wintypes.DWORD,
    )
    _KERNEL.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    _KERNEL.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
    _KERNEL.CloseHandle.argtypes = (wintypes.HANDLE,)

    def _enclose(process: int) -> Any:
        job = _KERNEL.CreateJobObjectW(None, None)
        if not job:
            raise ctypes.WinError(ctypes.get_last_error())
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
        size, place = ctypes.sizeof(limits), ctypes.byref(limits)
        is_set = _KERNEL.SetInformationJobObject(job, _EXTENDED_LIMITS, place, size)
        if not is_set or not _KERNEL.AssignProcessToJobObject(job, process):
            error = ctypes.WinError(ctypes.get_last_error())
            _KERNEL.CloseHandle(job)
            raise error
        return job

    def _kill_below(pid: int) -> None:
        import psutil

        with contextlib.suppress(psutil.Error):
            for process in psutil.Process(pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    process.kill()
