"""Engines measured in turn, each in a process of its own.

In one process, memory that one engine gave back in pieces slows down the next; and what one wrote
but did not flush would be flushed at the expense of whoever writes next.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Self


class Apart:
    """Some work that is done, as often as it is called, in a process that stays.

    Parameters
    ----------
    work : callable
        Of a module, with what it needs: it is pickled once.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def __call__(self) -> float:
        """Do it; its seconds."""
        self._pipe.send_bytes(b"go")
        try:
            found = self._pipe.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(f"its process ended: {self._process.exitcode}") from None
        if isinstance(found, str):
            raise RuntimeError(found)
        return float(found)


def _serve(pipe: Connection, work: Callable[[], object]) -> None:
    while True:
        try:
            pipe.recv_bytes()
        except EOFError:
            return
        gc.collect()
        if hasattr(os, "sync"):
            os.sync()
        began = time.perf_counter()
        try:
            work()
        except Exception as error:
            pipe.send(f"{type(error).__name__}: {error}")
        else:
            pipe.send(time.perf_counter() - began)
