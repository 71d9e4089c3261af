"""The state of a process that an objective can change: saved, and restored after each evaluation.

An evaluation that changes the folder, the environment or a signal would change later results.
Which ones come later depends on the number of workers. Restoring costs microseconds; a fresh
worker would import everything again. If a change cannot be undone, a fresh worker goes on. The
modules and objects of the problem itself are not restored.
"""

from __future__ import annotations

import contextlib
import decimal
import gc
import os
import signal
import sys
import threading
import time
import warnings
from typing import Any

import numpy as np

_SIGNALS = tuple(
    getattr(signal, name)
    for name in (
        "SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGPIPE", "SIGUSR1", "SIGUSR2",
        "SIGVTALRM", "SIGPROF", "SIGBREAK",
    )
    if hasattr(signal, name)
)  # fmt: skip
_ITIMERS = ("REAL", "VIRTUAL", "PROF")
_TIMERS = [getattr(signal, f"ITIMER_{n}") for n in _ITIMERS if hasattr(signal, "setitimer")]

try:
    # What signal.getsignal calls, without turning numbers into enums: this runs for every row.
    from _signal import getsignal  # type: ignore[import-not-found]
except ImportError:
    from signal import getsignal

try:
    from _signal import pthread_sigmask
except ImportError:
    pthread_sigmask = None

try:
    # Likewise; the locale module itself may never be loaded.
    import _locale
except ImportError:
    _locale = None  # type: ignore[assignment]
# One by one: the text of all categories together costs four times as much.
_CATEGORIES = tuple(
    getattr(_locale, name)
    for name in ("LC_NUMERIC", "LC_CTYPE", "LC_TIME", "LC_COLLATE", "LC_MONETARY", "LC_MESSAGES")
    if hasattr(_locale, name)
)

_HALF_STEP, _MOST_OF_A_STEP, _SMALLEST_NORMAL = 2.0**-53, 1.5 * 2.0**-53, sys.float_info.min


class ProcessState:
    """The state of this process as it is now.

    It holds the working and the root folder, the environment, time zone and locale; signal
    handlers, masks and timers; standard streams; floating-point modes of numpy and the processor,
    and decimal's context; trace and profile functions; limits of recursion, digits and resources;
    user, groups, umask, niceness and processors; search path, warning filters and the garbage
    collector.
    The global random generators are seeded before each evaluation, from its genome. What a module
    adds to the search path while it is imported stays, as the module does.
    """

    def __init__(self) -> None:
        # Only root can change the root folder and its groups, and others need not pay for a look.
        self._is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        self._folder, self._root = _get_folder(), _identify_root() if self._is_root else None
        self._environment = dict(os.environ)
        self._raw = dict(_raw_environment())
        # Handlers are the main thread's: no other can change them, or put them back. What is
        # blocked is each thread's own.
        is_main = threading.current_thread() is threading.main_thread()
        self._handlers = [(int(s), getsignal(s)) for s in _SIGNALS] if is_main else []
        self._blocked = None
        if sys.platform != "win32" and is_main and pthread_sigmask:
            self._blocked = pthread_sigmask(signal.SIG_BLOCK, ())
        # A timer that runs already belongs to other code.
        self._timers = [timer for timer in _TIMERS if _is_off(timer)]
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        self._open = [each for each in self._streams if not getattr(each, "closed", True)]
        self._descriptors = [number for number in (1, 2) if _is_open(number)]
        self._float_errors, self._float_mode = np.geterr(), _read_float_mode()
        self._decimals = decimal.getcontext().copy()
        self._buffer, self._tracers = np.getbufsize(), (sys.gettrace(), sys.getprofile())
        self._recursion_limit = sys.getrecursionlimit()
        self._n_digits = sys.get_int_max_str_digits()
        self._zone = time.tzname
        self._locale = _read_locale()
        self._path, self._n_modules = list(sys.path), len(sys.modules)
        self._filters = list(warnings.filters)
        self._collects = gc.isenabled()
        self._user = _read_user() if self._is_root else ()
        had_resource = "resource" in sys.modules
        self._resources = _read_resources()
        if not had_resource:
            # From here on its presence shows that other code may have used it.
            sys.modules.pop("resource", None)
        self._umask = -1
        if sys.platform != "win32" and hasattr(os, "getpriority"):  # to read it means to set it
            self._umask = os.umask(0o077)
            os.umask(self._umask)
            self._niceness = os.getpriority(os.PRIO_PROCESS, 0)
        self._processors = _read_processors()

    def restore(self) -> bool:
        """Restore what has changed, as far as that is possible.

        Returns
        -------
        bool
            False when this process cannot be again as it was; a higher niceness may stay.
        """
        if sys.gettrace() is not self._tracers[0]:
            sys.settrace(self._tracers[0])
        if sys.getprofile() is not self._tracers[1]:
            sys.setprofile(self._tracers[1])
        is_as_before = self._restore_folder()
        if _raw_environment() != self._raw:
            for name in [name for name in os.environ if name not in self._environment]:
                del os.environ[name]
            os.environ.update(self._environment)
            _reread_zone()
        if time.tzname != self._zone:
            # Set past os.environ, which does not show it (os.putenv).
            zone = self._environment.get("TZ")
            os.unsetenv("TZ") if zone is None else os.putenv("TZ", zone)
            _reread_zone()
        n_timers = 1  # code that uses the others handles their signals, too
        for number, handler in self._handlers:
            # None is a handler that Python did not install, which it cannot put back either.
            if handler is not None and getsignal(number) != handler:
                signal.signal(number, handler)
                n_timers = len(_TIMERS)
        for timer in _TIMERS[:n_timers]:
            if sys.platform != "win32" and timer in self._timers:
                signal.setitimer(timer, 0)
        if sys.platform != "win32" and self._blocked is not None:
            pthread_sigmask(signal.SIG_SETMASK, self._blocked)
        sys.stdin, sys.stdout, sys.stderr = self._streams
        is_closed = any(stream.closed for stream in self._open)
        if is_closed or not all(map(_is_open, self._descriptors)):
            is_as_before = False
        self._restore_numbers()
        if sys.path != self._path:
            if len(sys.modules) > self._n_modules and set(sys.path) >= set(self._path):
                self._path = list(sys.path)
            sys.path[:] = self._path
        self._n_modules = len(sys.modules)
        if warnings.filters != self._filters:
            warnings.resetwarnings()  # clears what is remembered of the filters, too
            warnings.filters[:] = self._filters  # type: ignore[index]
        if gc.isenabled() != self._collects:
            (gc.enable if self._collects else gc.disable)()
        return self._restore_rights() and is_as_before and _read_float_mode() == self._float_mode

    def _restore_folder(self) -> bool:
        if _get_folder() == self._folder and self._folder is not None:
            return True  # with another root it would be called otherwise
        if self._folder is not None:
            # One that has been removed is gone for fresh workers likewise.
            with contextlib.suppress(OSError):
                os.chdir(self._folder)
        return not self._is_root or _identify_root() == self._root

    def _restore_numbers(self) -> None:
        """How this process counts, rounds and writes."""
        if np.geterr() != self._float_errors:
            np.seterr(**self._float_errors)
        if np.getbufsize() != self._buffer:  # which decides how sums are rounded
            np.setbufsize(self._buffer)
        decimal.setcontext(self._decimals.copy())
        if sys.getrecursionlimit() != self._recursion_limit:
            sys.setrecursionlimit(self._recursion_limit)
        if sys.get_int_max_str_digits() != self._n_digits:
            sys.set_int_max_str_digits(self._n_digits)
        if _locale is not None and _read_locale() != self._locale:
            import locale

            for category, value in zip(_CATEGORIES, self._locale, strict=True):
                with contextlib.suppress(locale.Error):
                    _locale.setlocale(category, value)

    def _restore_rights(self) -> bool:
        """User, groups and limits of this process."""
        if sys.platform != "win32" and self._umask >= 0:
            os.umask(self._umask)
            if os.getpriority(os.PRIO_PROCESS, 0) != self._niceness:
                with contextlib.suppress(OSError):  # only root can go back to a lower one
                    os.setpriority(os.PRIO_PROCESS, 0, self._niceness)
        is_as_before = True
        if self._is_root and _read_user() != self._user:
            _become(self._user)
            is_as_before = _read_user() == self._user
        if sys.platform != "win32" and self._resources and "resource" in sys.modules:
            import resource

            for kind, limits in self._resources:
                if resource.getrlimit(kind) != limits:
                    with contextlib.suppress(OSError, ValueError):
                        resource.setrlimit(kind, limits)
                    is_as_before = is_as_before and resource.getrlimit(kind) == limits
        if sys.platform == "linux" and _read_processors() != self._processors:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, self._processors)
            is_as_before = is_as_before and _read_processors() == self._processors
        return is_as_before


def _raw_environment() -> Any:
    # The mapping behind os.environ compares sixty times faster than os.environ itself.
    return getattr(os.environ, "_data", os.environ)


def _get_folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 (a text, to compare in half a microsecond)
    except OSError:
        return None  # it is gone


def _identify_root() -> tuple[int, int]:
    found = os.stat("/")  # noqa: PTH116 (at half the cost)
    return found.st_dev, found.st_ino


def _is_open(descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        os.get_inheritable(descriptor)  # asks the system for no more than this
        return True
    return False


def _is_off(timer: int) -> bool:
    return sys.platform != "win32" and signal.getitimer(timer) == (0.0, 0.0)


def _reread_zone() -> None:
    if hasattr(time, "tzset"):
        time.tzset()


def _read_float_mode() -> tuple[float, float, float]:
    """What the processor makes of a tie, of more than that, and of numbers next to zero.

    A library compiled for speed may have switched rounding or the smallest numbers off.
    """
    return 1.0 + _HALF_STEP, 1.0 + _MOST_OF_A_STEP, _SMALLEST_NORMAL * 0.5


def _read_locale() -> list[str]:
    return [_locale.setlocale(category, None) for category in _CATEGORIES]


def _read_user() -> tuple[int, ...]:
    if sys.platform == "win32" or not hasattr(os, "getuid"):
        return ()
    return os.getuid(), os.geteuid(), os.getgid(), os.getegid(), *os.getgroups()


def _become(user: tuple[int, ...]) -> None:
    """Become that user again, as far as the system allows: the most powerful rights first."""
    if sys.platform == "win32":
        return
    uid, euid, gid, egid, *groups = user
    for change, arguments in (
        (os.seteuid, (euid,)),
        (os.setgroups, (groups,)),
        (os.setregid, (gid, egid)),
        (os.setreuid, (uid, euid)),
    ):
        with contextlib.suppress(OSError):
            change(*arguments)


def _read_resources() -> list[tuple[int, tuple[int, int]]]:
    """Limits that the system sets this process, soft and hard; empty where there are none."""
    if sys.platform == "win32":
        return []
    import resource

    names = ("AS", "CORE", "CPU", "DATA", "FSIZE", "MEMLOCK", "NOFILE", "NPROC", "STACK")
    kinds = [getattr(resource, f"RLIMIT_{name}", None) for name in names]
    return [(kind, resource.getrlimit(kind)) for kind in kinds if kind is not None]


def _read_processors() -> set[int]:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
