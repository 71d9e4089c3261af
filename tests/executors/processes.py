"""Which processes there are, for tests that must leave none behind."""

import time

import psutil


def children():
    """Processes below this one, but for the two that Python itself keeps to start others."""
    below = psutil.Process().children(recursive=True)
    kept = ("resource_tracker", "forkserver")
    return [p for p in below if not any(name in " ".join(command_of(p)) for name in kept)]


def command_of(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def marked(mark):
    """Running processes that carry a mark, whoever their parent is now.

    It stands in their environment or, where that was emptied, in their arguments.
    """
    found = []
    for process in psutil.process_iter():
        try:
            carries = mark in process.environ().values() or mark in " ".join(process.cmdline())
            if carries and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def wait_until(is_so, seconds=60.0):
    """Whether something becomes so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return bool(is_so())
