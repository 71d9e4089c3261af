"""Evaluation of single genomes, each with a log of its own.

A search measures genomes in chunks, and a worker has one log for all of them. Here every genome
is measured alone, batches of one included, and what is printed meanwhile goes to its own file:
prints of the objective, the traceback of what it raises, and the one that a crash leaves.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evosearch.executors.output import log_path, redirect_output
from evosearch.population import Evaluations
from evosearch.problems.evaluator import Evaluator
from evosearch.system.compile_cache import PACKAGE
from evosearch.texts import make_visible

# What is kept of a log, and what of it is shown: its end.
_KEPT_BYTES = 2**16
_SHOWN_LINES, _SHOWN_CHARS = 40, 4000


class OneByOne:
    """An evaluator that measures rows alone, for worker processes.

    Its genomes have one column more than those of the problem: the number of the row, which
    names the log.

    Parameters
    ----------
    inner : Evaluator
    folder : Path
        Of the logs.
    """

    is_trusted = is_batched = releases_gil = False

    def __init__(self, inner: Evaluator, folder: Path) -> None:
        self._inner, self._folder = inner, str(folder)
        self.n_genes, self.n_metrics = inner.n_genes + 1, inner.n_metrics

    def setup(self) -> None:
        """As for every evaluator."""
        self._inner.setup()

    def for_other_machines(self) -> OneByOne:
        """Itself: it is used on this machine alone."""
        return self

    def evaluate(
        self,
        genomes: NDArray[np.float64],
        found: Evaluations | None = None,
        before: Callable[[int], None] | None = None,
    ) -> Evaluations:
        """Measure rows, one after another."""
        if found is None:
            found = Evaluations.empty(len(genomes), self.n_metrics)
        for row, numbered in enumerate(genomes):
            if before:
                before(row)
            place = slice(row, row + 1)
            with _own_log(self._folder, int(numbered[-1])):
                self._inner.evaluate(
                    np.array([numbered[:-1]]), found.take(place), on_error=_show_traceback
                )
        return found


@contextlib.contextmanager
def _own_log(folder: str, number: int) -> Iterator[None]:
    """Send the output of this process to the log of one row; a silent row leaves none."""
    path = log_path(folder, number)
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)  # of a first attempt that ended the worker
    redirect_output(folder, number)
    streams = sys.stdout, sys.stderr
    try:
        yield
    finally:
        for stream in streams:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        keep_end(path)
        with contextlib.suppress(OSError):
            if path.stat().st_size == 0:
                path.unlink()


def _show_traceback(error: BaseException) -> None:
    """Write the user's part of a traceback; nothing when the fault was found in our code."""
    ours = str(PACKAGE)
    with contextlib.suppress(BaseException):  # the exception is the user's, and so is its text
        step = error.__traceback__
        while step is not None and step.tb_frame.f_code.co_filename.startswith(ours):
            step = step.tb_next
        if step is not None:
            with contextlib.suppress(Exception):
                sys.stdout.flush()  # keeps the order of what was printed
            traceback.print_exception(type(error), error, step, file=sys.stderr)


def keep_end(path: Path) -> None:
    """Cut a log that has grown large, but for its end; its writer may go on."""
    with contextlib.suppress(OSError):
        about = path.lstat()
        if stat.S_ISREG(about.st_mode) and about.st_size > 2 * _KEPT_BYTES:
            end = _read_end(path)
            os.truncate(path, 0)
            with path.open("ab") as file:
                file.write(end)


def show_end(path: Path) -> str | None:
    """The last lines of a log, made visible; None when there are none."""
    try:
        if path.is_symlink() or not path.is_file():
            return None
        text = _read_end(path).decode("utf-8", "replace")
    except OSError:
        return None
    lines = text.strip("\n").split("\n")[-_SHOWN_LINES:]
    shown = make_visible("\n".join(lines)[-_SHOWN_CHARS:], keep="\n\t").strip("\n")
    return shown or None


def _read_end(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _KEPT_BYTES))
        return file.read(_KEPT_BYTES)
