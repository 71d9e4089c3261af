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
from typing import TypeVar, cast

import pyarrow as pa

from evosearch.shards.blocks import Block, Part, settle
from evosearch.shards.finders import RunNames
from evosearch.shards.keys import Place
from evosearch.shards.runs import Run

T = TypeVar("T")
# Rows of a block, about: as many as a row group.
BLOCK_ROWS = 131_072


class Cursor:
    """One run, with the rows of it that are in memory."""

    def __init__(self, run: Run, batch_rows: int) -> None:
        self._parts = run.parts(batch_rows)
        self._batch_rows = batch_rows
        self.held: list[Part] = []
        self.is_exhausted = False

    @property
    def n_held(self) -> int:
        """Rows in memory."""
        return sum(len(part.keys) for part in self.held)

    def refill(self) -> None:
        """Read on until a whole batch is held, or the end."""
        while not self.is_exhausted and self.n_held < self._batch_rows:
            self.read_on()

    def read_on(self) -> None:
        """Read one more piece."""
        part = next(self._parts, None)
        if part is None:
            self.is_exhausted = True
        else:
            self.held.append(part)

    def last(self) -> Place:
        """Where the last row held stands."""
        keys = self.held[-1].keys
        return keys.at(len(keys) - 1)

    def at(self, row: int) -> Place | None:
        """Where one of the rows held stands; None when fewer are held."""
        for part in self.held:
            if row < len(part.keys):
                return part.keys.at(row)
            row -= len(part.keys)
        return None

    def cut(self, place: Place | None) -> list[Part]:
        """Take all rows before a place, or all."""
        taken: list[Part] = []
        while self.held:
            part = self.held[0]
            n = len(part.keys) if place is None else part.keys.count_before(place)
            if n < len(part.keys):
                if n:
                    taken.append(_slice(part, 0, n))
                    self.held[0] = _slice(part, n, len(part.keys))
                break
            taken.append(self.held.pop(0))
        return taken


def _slice(part: Part, start: int, stop: int) -> Part:
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

    def start(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin some work; what is returned waits for its result."""
        if self.pool is None:
            result = work()
            return lambda: result
        future: Future[T] = self.pool.submit(work)
        return future.result

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
    list(crew.map(Cursor.refill, cursors))
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
        low = [cursor for cursor in cursors if cursor.n_held <= batch_rows // 2]
        if not parts:
            # All that one run holds are copies of the genome at the bound.
            for cursor in cursors:
                if not cursor.is_exhausted and cursor.last() == bound:
                    _collapse(cursor, names)
                    cursor.read_on()
            continue
        refilled = [crew.start(cursor.refill) for cursor in low if is_eager]
        yield settle(parts, names, map)
        for wait in refilled:
            wait()
        if not is_eager:
            list(crew.map(Cursor.refill, low))


def _nearer(cursors: Sequence[Cursor], bound: Place | None) -> Place | None:
    """A bound that makes a block of about `BLOCK_ROWS`, if the given one makes a larger one.

    Blocks need not hold all that is in memory: small ones stay in the processor's cache, and their
    memory is used again by the next.
    """
    wanted = BLOCK_ROWS // len(cursors)
    places = sorted(place for cursor in cursors if (place := cursor.at(wanted)) is not None)
    if len(places) <= len(cursors) // 2:
        return bound
    middle = places[(len(places) - 1) // 2]
    return middle if bound is None else min(bound, middle)


def _collapse(cursor: Cursor, names: RunNames) -> None:
    """Keep one row of a genome that fills all a run holds, so that memory stays bounded."""
    if len(cursor.held) > 1 and cursor.held[0].rows is not None:
        block = settle(cursor.held, names)
        if len(block.keys) < cursor.n_held:
            cursor.held = [Part(block.rows, block.keys, block.finders)]


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
