"""What runs inside a worker process: guards first, then one chunk after another.

A worker takes its problem once, says that it is ready, and then reads chunks from its slot. It
leads its own process group so that whatever the objective starts dies with it, ignores Ctrl-C
(which the terminal sends to everybody), and dies when its parent does: a thread watches the
parent, Linux is asked to send a signal, and a timer that needs neither ends a hung evaluation.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import pickle
import signal
import struct
import sys
import threading
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from evosearch.executors.base import Evaluator, Limits
from evosearch.executors.slot import NOTHING_RUNS, Slot

MESSAGE = struct.Struct("<qq")
STOP = MESSAGE.pack(-1, 0)
# The worker's own timers fire later than its parent's, which is the one that keeps the books.
_GRACE = 1.5


def run_worker(
    connection: Connection,
    payload: bytes,
    shared: Any,
    spans: list[tuple[int, int]],
    memory: Any,
    shape: tuple[int, int, int],
    limits: Limits,
    number: int,
) -> None:
    """The whole life of a worker process.

    Parameters
    ----------
    connection : Connection
        Its end of the pipe.
    payload : bytes
        The pickled evaluator, without its large arrays.
    shared : ctypes array or None
        The large arrays, one after another.
    spans : list of (int, int)
        Where each of them begins and ends.
    memory : ctypes array
        The worker's slot.
    shape : (int, int, int)
        Rows, genes and metrics of the slot.
    limits : Limits
    number : int
        For the name of its log.
    """
    _guard()
    _redirect_output(limits.log_folder, number)
    try:
        view = memoryview(shared).cast("B").toreadonly() if shared is not None else memoryview(b"")
        buffers = [view[begin:end] for begin, end in spans]
        evaluator: Evaluator = pickle.loads(payload, buffers=buffers)  # noqa: S301 (our parent's)
        evaluator.setup()
        connection.send_bytes(b"{}")
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"[:4000]
        with contextlib.suppress(OSError):
            connection.send_bytes(json.dumps({"error": text}).encode())
        return
    slot = Slot(memory, *shape)
    while True:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            os._exit(0)
        if message == STOP:
            return
        number_of_chunk, n = MESSAGE.unpack(message)
        _run_chunk(evaluator, slot, n, limits.timeout_s)
        try:
            connection.send_bytes(MESSAGE.pack(number_of_chunk, n))
        except OSError:
            os._exit(0)


def _run_chunk(evaluator: Evaluator, slot: Slot, n: int, timeout_s: float | None) -> None:
    found = slot.open_for(n)
    last = NOTHING_RUNS
    can_alarm = timeout_s is not None and hasattr(signal, "setitimer")

    def before(row: int) -> None:
        nonlocal last
        if last != NOTHING_RUNS:
            slot.share_text(last, found.error[last])
        slot.header[1] = row
        slot.header[0] = last = row
        if can_alarm and timeout_s:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, timeout_s * _GRACE + 1)

    slot.header[0], slot.header[1] = NOTHING_RUNS, 0
    if timeout_s is not None:
        # Needs neither the interpreter lock nor a signal that an objective may have taken.
        faulthandler.dump_traceback_later(n * timeout_s * _GRACE + 2, exit=True)
    try:
        evaluator.evaluate(slot.genomes[:n].copy(), found, before)
    finally:
        if timeout_s is not None:
            faulthandler.cancel_dump_traceback_later()
            if can_alarm:
                signal.setitimer(signal.ITIMER_REAL, 0)
    for row in range(n) if evaluator.is_batched else [last]:
        slot.share_text(row, found.error[row])
    slot.header[0], slot.header[1] = NOTHING_RUNS, n


def _guard() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if hasattr(os, "setsid"):
        with contextlib.suppress(OSError):
            os.setsid()
    if sys.platform == "linux":
        _die_with_parent()
        # If memory runs out, the kernel should take a worker, not the process with the books.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    if parent is not None:
        threading.Thread(target=_watch_parent, args=(parent.sentinel,), daemon=True).start()


def _watch_parent(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _die_with_parent() -> None:
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _redirect_output(folder: str | None, number: int) -> None:
    target = os.devnull if folder is None else str(Path(folder) / f"worker-{number}.log")
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    try:
        descriptor = os.open(target, flags, 0o644)
    except OSError:
        descriptor = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    with contextlib.suppress(OSError, ValueError):
        faulthandler.enable(sys.stderr)
