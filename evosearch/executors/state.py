"""What an objective can change in its process, remembered, and put back after each evaluation.

Without this, one evaluation that changes the folder, the environment or a signal would change
what later ones measure - and which ones come later depends on the number of workers. Putting
back costs microseconds, where a fresh worker would cost its imports again. What a problem keeps
in its own modules and objects is its own affair.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import Any

import numpy as np

_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGPIPE", "SIGUSR1")
    if hasattr(signal, name)
)

try:
    # What signal.getsignal calls, without turning numbers into enums: this runs for every row.
    from _signal import getsignal  # type: ignore[import-not-found]
except ImportError:
    from signal import getsignal


class ProcessState:
    """The state of this process as it is now.

    Held are the working folder, the environment, signal handlers and timers, standard output
    and error, numpy's treatment of floating-point errors and the recursion limit. The global
    random generators are seeded before each evaluation, from its genome.
    """

    def __init__(self) -> None:
        self._folder = os.getcwd()  # noqa: PTH109 (a text, to compare in half a microsecond)
        self._environment = dict(os.environ)
        self._raw = dict(_raw_environment())
        self._handlers = [(int(number), getsignal(number)) for number in _SIGNALS]
        self._has_timer = hasattr(signal, "setitimer")
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        self._float_errors = np.geterr()
        self._recursion_limit = sys.getrecursionlimit()

    def restore(self) -> None:
        """Put back what has changed."""
        if self._has_timer:
            signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            is_elsewhere = os.getcwd() != self._folder  # noqa: PTH109
        except OSError:
            is_elsewhere = True  # the folder is gone
        if is_elsewhere:
            with contextlib.suppress(OSError):
                os.chdir(self._folder)
        if _raw_environment() != self._raw:
            for name in [name for name in os.environ if name not in self._environment]:
                del os.environ[name]
            os.environ.update(self._environment)
        for number, handler in self._handlers:
            # None is a handler that Python did not install, which it cannot put back either.
            if handler is not None and getsignal(number) != handler:
                signal.signal(number, handler)
        sys.stdin, sys.stdout, sys.stderr = self._streams
        if np.geterr() != self._float_errors:
            np.seterr(**self._float_errors)
        if sys.getrecursionlimit() != self._recursion_limit:
            sys.setrecursionlimit(self._recursion_limit)


def _raw_environment() -> Any:
    # The mapping behind os.environ compares sixty times faster than os.environ itself.
    return getattr(os.environ, "_data", os.environ)
