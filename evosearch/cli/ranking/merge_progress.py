"""The progress of a merge: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from evosearch.cli.display import Display
from evosearch.cli.speed import Speed
from evosearch.errors import UsageError

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


class MergeProgress(Display):
    """Listens to a merge; a context manager.

    Parameters
    ----------
    is_quiet : bool
        Show nothing.
    clock : callable
        Seconds that only grow.
    """

    # What each stage counts.
    units: ClassVar[Mapping[str, str]] = {"check": " files"}
    unit = " rows"

    def __init__(self, is_quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(is_quiet, clock)
        self._stage = ""
        self._lock = threading.Lock()
        # Files and rows are much alike: half a second tells their speed.
        self._speed = Speed(n_stages=0, least_s=0.5, clock=clock)
        self._task: Any = None
        stage = TextColumn("{task.description}")
        self._make_bar(stage, BarColumn(bar_width=20), MofNCompleteColumn(), "rate", "left")

    def __call__(self, stage: str, n_done: int, n_total: int) -> None:
        """Take in how far a stage is, from any of the merge's threads."""
        if not self._is_quiet:
            with self._lock:
                self._take(stage, n_done, n_total)

    def _take(self, stage: str, n_done: int, n_total: int) -> None:
        if stage != self._stage:
            self._stage = stage
            self._speed.begin(n_done)
            if self._bar is not None:
                if self._task is not None:
                    self._bar.remove_task(self._task)
                self._task = self._bar.add_task(stage, total=n_total, rate="", left="")
        unit = self.units.get(stage, self.unit)
        if self._advance(self._task, self._speed, n_done, n_total, unit, total=n_total):
            self._print(f"{stage}={n_done}/{n_total} {self._speed.show_plain(n_total)}")


def parse_bytes(text: str | None) -> int | None:
    """Bytes from ``2G``, ``500MB`` or ``1.5 GiB``; units are powers of 1024.

    Raises
    ------
    UsageError
        It is no amount of memory.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    n_bytes = int(float(match[1]) * _UNITS[match[2]]) if match else 0
    if n_bytes < _UNITS["m"]:
        raise UsageError(f"--memory {text}: expected an amount of at least 1M, such as 500M or 2G.")
    return n_bytes
