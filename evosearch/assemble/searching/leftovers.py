"""What processes that were killed left in a results folder, removed at the next start.

Only our own names and only what no living process holds. Rows stay, and links are not followed.
What cannot be removed is left to the next start.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from evosearch.shards.disk.locks import is_held
from evosearch.shards.disk.spill import sweep


def sweep_leftovers(results: Path) -> None:
    """Remove folders of runs that never began, empty logs, and unfinished outputs of merges."""
    from evosearch.shards.writing.journal import STATE_FOLDER, sweep_journals

    state = results / STATE_FOLDER
    if state.is_dir() and not state.is_symlink():
        _sweep_logs(state)  # first: what then is empty goes with the journals
        sweep_journals(results)
    for place in (results, results / "merged"):
        with contextlib.suppress(OSError):
            sweep(place)


def _sweep_logs(state: Path) -> None:
    """Remove logs in which nothing stands, of all runs but those under way."""
    from evosearch.executors.output import sweep_logs

    logs = state / "logs"
    with contextlib.suppress(OSError):
        for entry in [] if logs.is_symlink() else os.scandir(logs):
            is_ours = entry.is_dir(follow_symlinks=False)
            if is_ours and is_held(state / entry.name / "lock") is False:
                sweep_logs(entry.path)
