"""The messages of a worker, read without ever waiting.

An objective can write anything into the other end of the pipe, or half a message. So messages are
read as far as they have arrived, and any that our protocol does not know are refused.
"""

from __future__ import annotations

import json
import os
import sys
from multiprocessing.connection import Connection

from evosearch.errors import ProblemError, WorkerLost

_HEADER = 4  # bytes that Connection.send_bytes puts before a message: its length
_AT_ONCE = 2**16


class Garbled(Exception):
    """The pipe holds bytes that are not of our protocol."""


class Inbox:
    """Our end of a worker's pipe, for reading.

    Attributes
    ----------
    has_ended : bool
        The other end is closed; nothing more will come.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection, self._held, self.has_ended = connection, b"", False
        if sys.platform != "win32":
            os.set_blocking(connection.fileno(), False)

    def take(self, sizes: range) -> bytes | None:
        """The next message, of one of these sizes; None when none has arrived in whole.

        Raises
        ------
        Garbled
        """
        if sys.platform == "win32":
            return self._take_whole(sizes)
        while True:
            if len(self._held) >= _HEADER:
                size = int.from_bytes(self._held[:_HEADER], "big", signed=True)
                if size not in sizes:
                    raise Garbled
                end = _HEADER + size
                if len(self._held) >= end:
                    message, self._held = self._held[_HEADER:end], self._held[end:]
                    return message
            if not self._read():
                return None

    def close(self) -> None:
        """The worker is dead: no more bytes will come.

        Raises
        ------
        Garbled
            A message had begun and did not go on.
        """
        self.has_ended = True
        if self._held:
            raise Garbled

    def _read(self) -> bool:
        try:
            more = os.read(self._connection.fileno(), _AT_ONCE)
        except BlockingIOError:
            return False
        except OSError:
            more = b""
        self._held += more
        self.has_ended = not more
        return bool(more)

    def _take_whole(self, sizes: range) -> bytes | None:
        # A pipe of Windows keeps messages apart, and polling it takes nothing out.
        try:
            if not self._connection.poll():
                return None
            message = self._connection.recv_bytes()
        except (EOFError, OSError):
            self.has_ended = True
            return None
        if len(message) not in sizes:
            raise Garbled
        return message


def check_greeting(message: bytes) -> None:
    """Raise unless a worker's first message says that it is ready.

    Raises
    ------
    Garbled
    ProblemError, WorkerLost
        What went wrong, as the message tells it.
    """
    try:
        found = json.loads(message)
        error, is_mistake = found.get("error"), found.get("is_mistake")
    except (ValueError, AttributeError, RecursionError):
        raise Garbled from None
    if error is not None and is_mistake:  # the user's, or files changed since the run began
        raise ProblemError(str(error))
    if error is not None:
        raise WorkerLost(f"A worker could not prepare the problem: {error}")
