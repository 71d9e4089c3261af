"""Keep the machine awake during a run, with what each system offers.

A machine with a closed lid still sleeps. The run then waits and goes on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

_INHIBIT = ["systemd-inhibit", "--what=idle:sleep", "--who=evosearch", "--why=a search is running"]
_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001


@contextlib.contextmanager
def stay_awake(is_wanted: bool) -> Iterator[None]:
    """Prevent idle sleep inside the block, if that is wanted and possible."""
    with contextlib.ExitStack() as stack:
        if is_wanted and sys.platform == "win32":
            set_state = ctypes.windll.kernel32.SetThreadExecutionState
            stack.callback(set_state, _ES_CONTINUOUS)
            set_state(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED)
        elif is_wanted and (helper := _start_helper()) is not None:
            stack.callback(helper.wait)
            stack.callback(helper.terminate)
        elif is_wanted:
            sys.stderr.write("note     nothing here can keep the machine awake; it may sleep\n")
        yield


def _start_helper() -> subprocess.Popen[bytes] | None:
    """Start a process that keeps the machine awake. It ends with this one, even when killed."""
    pid = str(os.getpid())
    if sys.platform == "darwin":
        arguments = ["caffeinate", "-i", "-w", pid]
    else:
        # tail ends with the process it watches.
        arguments = [*_INHIBIT, "tail", "-f", "--pid", pid, "/dev/null"]
    if shutil.which(arguments[0]) is None:
        return None
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        arguments, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
