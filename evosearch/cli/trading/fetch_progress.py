"""The progress of a fetch: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from evosearch.cli.display import Display
from evosearch.cli.speed import Speed


class FetchProgress(Display):
    """Told how many windows are done; a context manager.

    Parameters
    ----------
    is_quiet : bool
        Show nothing.
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, is_quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(is_quiet, clock)
        self._speed = Speed(n_stages=0, clock=clock)
        self._task: Any = None
        stage = TextColumn("fetch")
        self._make_bar(stage, BarColumn(bar_width=20), MofNCompleteColumn(), "rate", "left")

    def __call__(self, n_done: int, n_windows: int) -> None:
        """Take in how many windows are done."""
        if self._is_quiet:
            return
        if self._task is None:
            self._speed.begin(n_done)
            self._task = 0
            if self._bar is not None:
                self._task = self._bar.add_task("fetch", total=n_windows, rate="", left="")
        if self._advance(self._task, self._speed, n_done, n_windows, " windows"):
            self._print(f"fetch={n_done}/{n_windows} {self._speed.show_plain(n_windows)}")

    def tell(self, text: str) -> None:
        """Say that the source did not answer, and when it is asked again."""
        if not self._is_quiet:
            self._print(f"waiting  {text}")
