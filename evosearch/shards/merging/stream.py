"""Merge sorted runs side by side: as many rows at a time as memory allows, in one pass.

::

    run 1   [=====|---------            each run holds a few thousand rows;
    run 2   [===|-----                  all that stand before the earliest of the
    run 3   [======|-----------         last rows held are one block, settled at once

Too many runs to hold a piece of each are first merged in groups, into runs on disk.
"""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar, cast

import pyarrow as pa

from evosearch.shards.format.keys import Place
from evosearch.shards.merging.blocks import Block, Part, settle
from evosearch.shards.merging.finders import RunNames
from evosearch.shards.merging.runs import Run, catch_unusable, raise_together

T = TypeVar("T")
# Rows of a block, about: as many as a row group.
BLOCK_ROWS = 131_072


class Cursor:
    """One run, with the rows of it that are in memory."""

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
        """Whether it is time to read on."""
        return not self.is_exhausted and self.n_held <= self._batch_rows // 2

    def refill(self) -> None:
        """Read on until a whole batch is held, or the end."""
        self._hold(self._read(self._batch_rows - self.n_held))

    def read_on(self) -> None:
        """Read one more piece."""
        self._hold(self._read(1))

    def refill_aside(self, crew: Crew) -> None:
        """Refill in another thread; `take_in` ends it."""
        if self._coming is None:
            self._coming = crew.start(partial(self._read, self._batch_rows - self.n_held))

    def take_in(self, least: int) -> bool:
        """Hold what was read aside, and wait for it if fewer rows than this are held."""
        if self._coming is None or not (self._coming.done() or self.n_held < least):
            return False
        coming, self._coming = self._coming, None
        self._hold(coming.result())
        return True

    def _read(self, n_rows: int) -> tuple[list[Part], bool]:
        """At least so many rows, and whether the end came before."""
        parts: list[Part] = []
        while n_rows > 0:
            part = next(self._parts, None)
            if part is None:
                return parts, True
            parts.append(part)
            n_rows -= len(part.keys)
        return parts, False

    def _hold(self, found: tuple[list[Part], bool]) -> None:
        # Not by the thread that reads: who sees the end must see all rows before it too.
        parts, self.is_exhausted = found
        self.held += parts

    def last(self) -> Place:
        """Where the last row held stands."""
        keys = self.held[-1].keys
        return keys.at(len(keys) - 1)

    def at(self, row: int) -> Place | None:
        """Where one of the rows held stands; None when fewer are held."""
        row += self._n_taken
        for part in self.held:
            if row < len(part.keys):
                return part.keys.at(row)
            row -= len(part.keys)
        return None

    def cut(self, place: Place | None) -> list[Part]:
        """Take all rows before a place, or all."""
        taken: list[Part] = []
        while self.held:
            part, start = self.held[0], self._n_taken
            stop = len(part.keys) if place is None else part.keys.count_before(place)
            if stop > start:
                taken.append(_slice(part, start, stop))
            if stop < len(part.keys):
                self._n_taken = max(start, stop)
                break
            self.held.pop(0)
            self._n_taken = 0
        return taken

    def collapse(self, names: RunNames) -> None:
        """Keep one row of a genome that fills all it holds, so that memory stays bounded."""
        if len(self.held) > 1 and self.held[0].rows is not None:
            n_held, parts = self.n_held, self.cut(None)
            block = settle(parts, names)
            if len(block.keys) < n_held:
                parts = [Part(block.rows, block.keys, block.finders)]
            self.held = parts


def _slice(part: Part, start: int, stop: int) -> Part:
    if (start, stop) == (0, len(part.keys)):
        return part
    piece = slice(start, stop)
    rows = None if part.rows is None else part.rows.slice(start, stop - start)
    return Part(rows, part.keys.take(piece), part.finders.take(piece))


@dataclass
class Crew:
    """Threads that read and gather for a merge; none of them when only one is wanted."""

    n_threads: int
    pool: ThreadPoolExecutor | None = field(init=False, default=None)

    def __enter__(self) -> Crew:
        if self.n_threads > 1:
            self.pool = ThreadPoolExecutor(self.n_threads, thread_name_prefix="evosearch-merge")
        return self

    def __exit__(self, *exception: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Begin some work; without threads, do it."""
        if self.pool is not None:
            return self.pool.submit(work)
        done: Future[T] = Future()
        done.set_result(work())
        return done

    def map(self, work: Callable[..., T], items: Iterable[object]) -> Iterable[T]:
        """Like the built-in, side by side."""
        return map(work, items) if self.pool is None else self.pool.map(work, items)


def merge_runs(
    runs: Sequence[Run], batch_rows: int, names: RunNames, crew: Crew, is_eager: bool = True
) -> Generator[Block]:
    """The distinct rows of sorted runs in blocks, best first.

    Parameters
    ----------
    runs : sequence of Run
    batch_rows : int
        Rows of each run to hold at least.
    names : RunNames
    crew : Crew
    is_eager : bool
        Read on while a block is looked at; not when it may be the last that is wanted.
    """
    cursors = [Cursor(run, batch_rows) for run in runs]
    raise_together(crew.map(partial(catch_unusable, Cursor.refill), cursors))
    while True:
        cursors = [cursor for cursor in cursors if cursor.held or not cursor.is_exhausted]
        if not cursors:
            return
        open_ends = [cursor.last() for cursor in cursors if not cursor.is_exhausted]
        far = min(open_ends) if open_ends else None
        bound = _nearer(cursors, far)
        parts = [part for cursor in cursors for part in cursor.cut(bound)]
        if not parts and bound != far:
            # So many copies of one genome that the nearer bound is still before all of them.
            bound = far
            parts = [part for cursor in cursors for part in cursor.cut(bound)]
        if not parts:
            if any(cursor.take_in(batch_rows) for cursor in cursors):
                continue
            # All that one run holds are copies of the genome at the bound.
            for cursor in cursors:
                if not cursor.is_exhausted and cursor.last() == bound:
                    cursor.collapse(names)
                    cursor.read_on()
            continue
        low = [cursor for cursor in cursors if cursor.is_low]
        if is_eager:
            for cursor in low:
                cursor.refill_aside(crew)
        yield settle(parts, names)
        if not is_eager:
            list(crew.map(Cursor.refill, low))
        # Who still holds enough for the next block need not be waited for.
        least = min(batch_rows // 2, _wanted(cursors)) + 1
        for cursor in cursors:
            cursor.take_in(least)


def _wanted(cursors: Sequence[Cursor]) -> int:
    """How many rows of each run make a block, about."""
    return BLOCK_ROWS // len(cursors)


def _nearer(cursors: Sequence[Cursor], bound: Place | None) -> Place | None:
    """A bound that makes a block of about `BLOCK_ROWS`, if the given one makes a larger one.

    Blocks need not hold all that is in memory: small ones stay in the processor's cache, and their
    memory is used again by the next.
    """
    wanted = _wanted(cursors)
    places = sorted(place for cursor in cursors if (place := cursor.at(wanted)) is not None)
    if len(places) <= len(cursors) // 2:
        return bound
    middle = places[(len(places) - 1) // 2]
    return middle if bound is None else min(bound, middle)


def run_ahead(items: Iterable[T], depth: int = 1) -> Generator[T]:
    """The same items, the next ones made in a thread while the last is used."""
    waiting: queue.Queue[tuple[T | None, BaseException | None] | None] = queue.Queue(depth)
    is_over = threading.Event()

    def put(item: tuple[T | None, BaseException | None] | None) -> bool:
        while not is_over.is_set():
            try:
                waiting.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in items:
                if not put((item, None)):
                    return
            put(None)
        except BaseException as error:
            put((None, error))

    thread = threading.Thread(target=work, name="evosearch-merge-ahead", daemon=True)
    thread.start()
    try:
        while (found := waiting.get()) is not None:
            item, error = found
            if error is not None:
                raise error
            del found  # or the block would live until the next one is there
            yield cast(T, item)
            del item
    finally:
        is_over.set()
        thread.join()


@contextlib.contextmanager
def plain_memory() -> Iterator[None]:
    """Let Arrow use the system's allocator, which keeps the large blocks that a merge reuses.

    Arrow's own hands them back at once: a sixth of a merge's time went into getting them again.
    """
    before = pa.default_memory_pool()
    if sys.platform == "linux":
        pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
