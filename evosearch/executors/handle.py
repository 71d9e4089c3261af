"""One worker process as its supervisor holds it: start, watch, kill."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.executors.base import Evaluator, Limits
from evosearch.executors.slot import NOTHING_RUNS, Slot
from evosearch.executors.worker import run_worker

# One thread each in every numeric library: workers share the cores, and a sum's rounding must
# not depend on how many threads a library found.
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)
_LOG_BYTES = 2**20


@dataclass(frozen=True)
class Package:
    """An evaluator ready to travel: pickled, its large arrays in memory that workers share.

    Attributes
    ----------
    payload : bytes
    shared : ctypes array or None
    spans : list of (int, int)
        Where each array begins and ends in `shared`.
    """

    payload: bytes
    shared: Any
    spans: list[tuple[int, int]]

    @staticmethod
    def pack(evaluator: Evaluator, context: Any) -> Package:
        """Pickle once, for all workers."""
        buffers: list[pickle.PickleBuffer] = []
        payload = pickle.dumps(evaluator, protocol=5, buffer_callback=buffers.append)
        spans, end = [], 0
        for buffer in buffers:
            size = buffer.raw().nbytes
            spans.append((end, end + size))
            end += -(-size // 64) * 64  # aligned for the processor's wide registers
        shared = context.RawArray("c", end) if end else None
        if shared is not None:
            target = memoryview(shared).cast("B")
            for buffer, (begin, stop) in zip(buffers, spans, strict=True):
                target[begin:stop] = buffer.raw()
        return Package(payload, shared, spans)


@dataclass
class WorkerHandle:
    """A worker process, its pipe, its slot, and what it is doing.

    Attributes
    ----------
    rows : ndarray of intp or None
        The chunk that is out; None when idle.
    began : float
        When the chunk (or the process) began, on the monotonic clock.
    row_seen, row_since
        The row last seen running, and since when.
    """

    process: Any
    connection: Connection
    slot: Slot
    number: int
    is_ready: bool = False
    rows: NDArray[np.intp] | None = None
    began: float = field(default_factory=time.monotonic)
    row_seen: int = NOTHING_RUNS
    row_since: float = field(default_factory=time.monotonic)

    @staticmethod
    def start(
        context: Any, package: Package, slot: Slot, limits: Limits, number: int
    ) -> WorkerHandle:
        """Spawn a worker; it says so on its pipe when it is ready."""
        ours, theirs = context.Pipe()
        process = context.Process(
            target=run_worker,
            args=(
                theirs,
                package.payload,
                package.shared,
                package.spans,
                slot.memory,
                slot.shape,
                limits,
                number,
            ),
            name=f"evosearch-worker-{number}",
            daemon=True,
        )
        with _environment(_ONE_THREAD):
            process.start()
        # Only the worker may hold its end, or its death would not end the pipe.
        theirs.close()
        return WorkerHandle(process, ours, slot, number)

    def kill(self) -> None:
        """End the worker and whatever it started."""
        pid = self.process.pid
        if pid is not None and hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(OSError, ValueError):
            self.process.kill()
        self.process.join(5.0)
        self.connection.close()

    def resident_bytes(self) -> int:
        """Memory the process holds; 0 when nobody can tell."""
        import psutil

        try:
            return int(psutil.Process(self.process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def trim_log(self, folder: str | None) -> None:
        """Cut the worker's own output when it has grown large."""
        if folder is None:
            return
        path = Path(folder) / f"worker-{self.number}.log"
        with contextlib.suppress(OSError):
            if path.stat().st_size > _LOG_BYTES:
                os.truncate(path, 0)

    def describe_exit(self) -> str:
        """How the process ended, in words."""
        code = self.process.exitcode
        if code is None:
            return "the worker closed its pipe"
        if code < 0:
            try:
                return f"killed by {signal.Signals(-code).name}"
            except ValueError:
                return f"killed by signal {-code}"
        return f"the process ended with exit code {code}"


def read_greeting(message: bytes) -> str | None:
    """What a worker's first message says went wrong; None when it is ready."""
    error = json.loads(message).get("error")
    return None if error is None else str(error)


@contextlib.contextmanager
def _environment(names: tuple[str, ...]) -> Iterator[None]:
    """Set variables to 1 while a worker starts, which inherits them, unless the user set them."""
    added = [name for name in names if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
