"""How far something is: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Self

from rich.console import RenderableType
from rich.progress import Progress, ProgressColumn, TaskID, TextColumn
from rich.text import Text

from evosearch.cli.console import make_console
from evosearch.cli.speed import Speed
from evosearch.cli.wrapping import wrap_line
from evosearch.texts import make_visible

_PLAIN_EVERY_S = 10.0


class Bar(Progress):
    """A bar with words below it, which are broken between words where a line is short."""

    words = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        """As in the base class."""
        yield from super().get_renderables()
        if self.words:
            yield Text("\n".join(wrap_line(self.words, self.console.width)))


class Display:
    """What all displays of progress share. They write to stderr.

    Parameters
    ----------
    is_quiet : bool
        Show nothing.
    clock : callable
        Seconds that only grow.
    language : str
        Of numbers.
    """

    def __init__(
        self,
        is_quiet: bool,
        clock: Callable[[], float] = time.monotonic,
        language: str = "en",
    ) -> None:
        self._console = make_console(stderr=True)
        self._is_quiet, self._language = is_quiet, language
        self._bar: Bar | None = None
        self._clock, self._last_plain = clock, clock()

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _make_bar(
        self, *columns: ProgressColumn | str, transient: bool = True, per_s: float = 8
    ) -> Bar | None:
        """A bar that is not yet shown, None where there is no terminal.

        Parameters
        ----------
        *columns : ProgressColumn or str
            A text names a field of the task.
        transient : bool
            Remove it at its end.
        per_s : float
            How often it is drawn.
        """
        if not self._is_quiet and self._console.is_terminal and not self._console.is_dumb_terminal:
            self._bar = Bar(
                *(
                    TextColumn(f"{{task.fields[{each}]}}") if isinstance(each, str) else each
                    for each in columns
                ),
                console=self._console,
                transient=transient,
                refresh_per_second=per_s,
            )
        return self._bar

    def _advance(
        self, task: TaskID, speed: Speed, n_done: int, n_total: int, unit: str = "", **fields: Any
    ) -> bool:
        """Show in the bar how much is done; whether a line is due in its place.

        Parameters
        ----------
        task : TaskID
            Its line in the bar.
        speed : Speed
            Takes in how much is done.
        n_done, n_total : int
        unit : str
            Of the rate.
        **fields
            What else the line shows.
        """
        speed.update(n_done)
        if self._bar is None:
            return self._is_due()
        rate, left = speed.show_rate(unit, self._language), speed.show_left(n_total)
        self._bar.update(task, completed=n_done, rate=rate, left=left, **fields)
        return False

    def _is_due(self) -> bool:
        """Whether it is time for a line in place of a bar."""
        now = self._clock()
        is_due = now - self._last_plain >= _PLAIN_EVERY_S
        self._last_plain = now if is_due else self._last_plain
        return is_due

    def _print(self, line: str) -> None:
        self._console.print(make_visible(line), soft_wrap=True)
