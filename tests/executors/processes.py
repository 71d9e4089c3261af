"""Which processes there are, for tests that must leave none behind."""

import time

import psutil


def children():
    """Processes below this one, but for the tracker that Python itself keeps when it spawns."""
    below = psutil.Process().children(recursive=True)
    return [p for p in below if "resource_tracker" not in " ".join(command_of(p))]


def command_of(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def marked(mark):
    """Running processes that carry a mark in their environment, whoever their parent is now."""
    found = []
    for process in psutil.process_iter():
        try:
            if mark in process.environ().values() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def wait_until(is_so, seconds=20.0):
    """Whether something becomes so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return bool(is_so())
