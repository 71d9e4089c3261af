"""What one merge works with: its inputs, the names of their runs, and its threads."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.shards.reading.checked import Checked
from evosearch.shards.reading.rows import UnusableInput

T = TypeVar("T")
A = TypeVar("A")


class RunNames:
    """All run ids of one merge, each with a number; numbers follow arrival, ranks the alphabet."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._codes: dict[str, int] = {}
        self._ranks = np.empty(0, np.int64)
        self._lock = threading.Lock()

    def encode(self, names: Sequence[str]) -> NDArray[np.int32]:
        """The numbers of names, shape (n,)."""
        with self._lock:
            for name in names:
                if name not in self._codes:
                    self._codes[name] = len(self.names)
                    self.names.append(name)
            return np.array([self._codes[name] for name in names], np.int32)

    def ranks(self) -> NDArray[np.int64]:
        """Each number's place in the alphabet among the names known so far."""
        with self._lock:
            if len(self._ranks) < len(self.names):
                order = sorted(range(len(self.names)), key=self.names.__getitem__)
                self._ranks = np.argsort(order).astype(np.int64)  # the inverse permutation
            return self._ranks


@dataclass
class Job:
    """One merge of inputs that measured the same thing.

    Attributes
    ----------
    items : sequence of Checked
        Usable, each content once.
    schema : pyarrow.Schema
        Of `make_working_schema`.
    measured : tuple of str
        Columns in which copies of a genome are compared, of `schema.list_measured`.
    memory_bytes : int
        What the merge may use.
    folder : Path
        For what does not fit in memory.
    tell : callable
        Gets the number of rows read since its last call; from any thread.
    names : RunNames
    is_scanned : bool
        The first pass is over: copies that meet from now on are alike in all of `measured`.
    """

    items: Sequence[Checked]
    schema: pa.Schema
    measured: tuple[str, ...]
    memory_bytes: int
    folder: Path
    tell: Callable[[int], None]
    names: RunNames = field(default_factory=RunNames)
    is_scanned: bool = False


@dataclass
class Crew:
    """Threads that read and gather for a merge; none if only one is wanted."""

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
        """Begin some work; without threads, do it now."""
        if self.pool is not None:
            return self.pool.submit(work)
        done: Future[T] = Future()
        done.set_result(work())
        return done

    def map(self, work: Callable[[A], T], items: Iterable[A]) -> Iterable[T]:
        """Like the built-in, but in parallel."""
        return map(work, items) if self.pool is None else self.pool.map(work, items)

    def do_all(self, work: Callable[[A], T], items: Iterable[A]) -> list[T]:
        """Like `map`, but finish all items before raising.

        Raises
        ------
        UnusableInput
            With all unusable inputs: a merge begins again once, not once for each.
        """

        def attempt(item: A) -> T | UnusableInput:
            try:
                return work(item)
            except UnusableInput as error:
                return error

        found = list(self.map(attempt, items))
        errors = [answer for answer in found if isinstance(answer, UnusableInput)]
        if errors:
            errors[0].others = tuple(errors[1:])
            raise errors[0]
        return cast(list[T], found)


def run_ahead(items: Iterator[T]) -> Generator[T]:
    """The same items, none of them None; a thread makes the next two while one is used."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="evosearch-merge-ahead")
    try:
        coming = deque(pool.submit(next, items, None) for _ in range(2))
        while (item := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, items, None))
            yield item
            del item  # or the block would live until the next one is there
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def plain_memory() -> Iterator[None]:
    """Let Arrow use the system's allocator, which keeps the large blocks that a merge reuses.

    Arrow's own allocator returns them at once: a sixth of a merge's time went into getting them
    again.
    """
    before = pa.default_memory_pool()
    if sys.platform == "linux":
        pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
