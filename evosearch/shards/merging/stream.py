"""Merge sorted runs in one pass, as many rows at a time as memory allows.

::

    run 1   [=====|---------            each run holds a few thousand rows;
    run 2   [===|-----                  all that stand before the earliest of the
    run 3   [======|-----------         last rows held are one block

If there are too many runs to hold a piece of each, groups of them are first merged to disk.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future
from functools import partial

from evosearch.shards.format.keys import Place
from evosearch.shards.merging.blocks import Block, Part, choose_rows
from evosearch.shards.merging.job import Crew, Job
from evosearch.shards.merging.runs import Run

# Rows of a block, about: as many as a row group.
BLOCK_ROWS = 131_072


class Cursor:
    """One run and those of its rows that are in memory."""

    def __init__(self, run: Run, batch_rows: int) -> None:
        self._parts = run.parts(batch_rows)
        self._batch_rows = batch_rows
        self.held: list[Part] = []
        self._n_taken = 0  # rows of the first part that are held no more
        self._coming: Future[tuple[list[Part], bool]] | None = None
        self.is_exhausted = False

    @property
    def n_held(self) -> int:
        """Rows in memory."""
        return sum(len(part.keys) for part in self.held) - self._n_taken

    @property
    def is_low(self) -> bool:
        """Whether it is time to read more."""
        return not self.is_exhausted and self.n_held <= self._batch_rows // 2

    def refill(self) -> None:
        """Read until a whole batch is held, or to the end."""
        self._hold(self._read(self._batch_rows - self.n_held))

    def read_on(self) -> None:
        """Read one more piece."""
        self._hold(self._read(1))

    def refill_aside(self, crew: Crew) -> None:
        """Refill in another thread; `take_in` adds the rows."""
        if self._coming is None:
            self._coming = crew.start(partial(self._read, self._batch_rows - self.n_held))

    def take_in(self, least: int) -> bool:
        """Add the rows read in another thread; waits for them if fewer than `least` are held.

        Returns whether any were added.
        """
        if self._coming is None or not (self._coming.done() or self.n_held < least):
            return False
        coming, self._coming = self._coming, None
        self._hold(coming.result())
        return True

    def _read(self, n_rows: int) -> tuple[list[Part], bool]:
        """At least `n_rows` rows, and whether the end came before."""
        parts: list[Part] = []
        while n_rows > 0:
            part = next(self._parts, None)
            if part is None:
                return parts, True
            parts.append(part)
            n_rows -= len(part.keys)
        return parts, False

    def _hold(self, found: tuple[list[Part], bool]) -> None:
        # Not in the thread that reads: when the end is seen, all rows before it must be held.
        parts, self.is_exhausted = found
        self.held += parts

    def last(self) -> Place:
        """The place of the last row held."""
        return self.held[-1].keys.at(-1)

    def at(self, row: int) -> Place | None:
        """The place of one of the rows held; None if fewer are held."""
        row += self._n_taken
        for part in self.held:
            if row < len(part.keys):
                return part.keys.at(row)
            row -= len(part.keys)
        return None

    def cut(self, place: Place | None) -> list[Part]:
        """Remove and return all rows before a place, or all."""
        taken: list[Part] = []
        while self.held:
            part, start = self.held[0], self._n_taken
            stop = len(part.keys) if place is None else part.keys.count_before(place)
            if stop > start:
                is_whole = stop - start == len(part.keys)
                taken.append(part if is_whole else part.cut(start, stop))
            if stop < len(part.keys):
                self._n_taken = max(start, stop)
                break
            self.held.pop(0)
            self._n_taken = 0
        return taken

    def collapse(self, job: Job) -> None:
        """Keep one row of a genome whose copies fill all it holds: memory stays bounded."""
        if len(self.held) > 1 and self.held[0].rows is not None:
            n_held, parts = self.n_held, self.cut(None)
            block = choose_rows(parts, job)
            self.held = [block] if len(block.keys) < n_held else parts


def merge_runs(
    runs: Sequence[Run], batch_rows: int, job: Job, crew: Crew, is_eager: bool = True
) -> Generator[Block]:
    """The distinct rows of sorted runs in blocks, best first.

    Parameters
    ----------
    runs : sequence of Run
    batch_rows : int
        Rows of each run to hold at least.
    job : Job
    crew : Crew
    is_eager : bool
        Read more while a block is used; not if that block may be the last one needed.
    """
    cursors = [Cursor(run, batch_rows) for run in runs]
    crew.do_all(Cursor.refill, cursors)
    while True:
        cursors = [cursor for cursor in cursors if cursor.held or not cursor.is_exhausted]
        if not cursors:
            return
        open_ends = [cursor.last() for cursor in cursors if not cursor.is_exhausted]
        far = min(open_ends) if open_ends else None
        # One genome may have so many copies that the nearer bound precedes all of them.
        for bound in (_nearer(cursors, far), far):
            parts = [part for cursor in cursors for part in cursor.cut(bound)]
            if parts:
                break
        if not parts:
            if any(cursor.take_in(batch_rows) for cursor in cursors):
                continue
            # All that one run holds are copies of the genome at the bound.
            for cursor in cursors:
                if not cursor.is_exhausted and cursor.last() == bound:
                    cursor.collapse(job)
                    cursor.read_on()
            continue
        low = [cursor for cursor in cursors if cursor.is_low]
        if is_eager:
            for cursor in low:
                cursor.refill_aside(crew)
        yield choose_rows(parts, job)
        if not is_eager:
            list(crew.map(Cursor.refill, low))
        # Do not wait for runs that hold enough for the next block.
        least = min(batch_rows // 2, BLOCK_ROWS // len(cursors)) + 1
        for cursor in cursors:
            cursor.take_in(least)


def _nearer(cursors: Sequence[Cursor], bound: Place | None) -> Place | None:
    """A bound for a block of about `BLOCK_ROWS`, if the given one makes a larger block.

    Small blocks stay in the processor's cache, and the next one uses their memory again.
    """
    wanted = BLOCK_ROWS // len(cursors)  # of each run
    places = sorted(place for cursor in cursors if (place := cursor.at(wanted)) is not None)
    if len(places) <= len(cursors) // 2:
        return bound
    middle = places[(len(places) - 1) // 2]
    return middle if bound is None else min(bound, middle)
