"""What is remembered of files that were checked before, so that they need not be hashed again.

An entry says: the file with this path, inode, size and time of change had these bytes, and they
were sound. Whoever reads such a file still checks its metadata, its columns and every page. An
entry that is damaged, or of a file that changed since, costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import threading
import time
from dataclasses import astuple, dataclass
from pathlib import Path

_NAME = "verdicts-2.jsonl"
_MAX_BYTES = 64 * 2**20
# A file changed a moment ago may change again without its time telling.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True)
class Sound:
    """What a check found: the hash of the bytes, and what `pages.Survey` says of them."""

    sha256: str
    page_bytes: int
    is_sorted: bool


class VerdictCache:
    """Verdicts on files that were sound.

    Parameters
    ----------
    folder : Path, optional
        The user's cache folder for evosearch, made when something is to be remembered.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or find_cache_folder()) / _NAME
        self._known: dict[str, Sound] = {}
        self._fresh: list[str] = []
        self._lock = threading.Lock()
        with contextlib.suppress(OSError):
            if self._path.stat().st_size <= _MAX_BYTES:
                for line in self._path.read_bytes().splitlines():
                    self._take(line)

    def find(self, path: Path, identity: tuple[int, ...]) -> Sound | None:
        """What is known of a file as it is now."""
        with self._lock:
            return self._known.get(_key(path, identity))

    def add(self, path: Path, identity: tuple[int, ...], sound: Sound) -> None:
        """Remember a file that was found sound."""
        key = _key(path, identity)
        if identity[-1] > time.time_ns() - _SETTLED_NS:
            return
        with self._lock:
            if self._known.get(key) != sound:
                self._known[key] = sound
                self._fresh.append(_line(key, sound))

    def save(self) -> None:
        """Append what is new; a cache that cannot be written is no error."""
        with self._lock, contextlib.suppress(OSError):
            if not self._fresh:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            is_full = self._path.exists() and self._path.stat().st_size > _MAX_BYTES
            flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if is_full else os.O_APPEND)
            descriptor = os.open(self._path, flags, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                # One write: two processes that append do not mix their lines.
                file.write("".join(["\n", *self._fresh]).encode())
            self._fresh.clear()

    def _take(self, line: bytes) -> None:
        try:
            key, *content, _ = json.loads(line)
            sound = Sound(*content)
            if _line(key, sound).encode().strip() == line.strip():
                self._known[key] = sound
        except (ValueError, TypeError):
            pass  # a torn or damaged line


def find_cache_folder() -> Path:
    """Where this system keeps what programs can make again."""
    named = os.environ.get("XDG_CACHE_HOME")
    if named:
        return Path(named) / "evosearch"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "evosearch"
    if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "evosearch" / "Cache"
    return Path.home() / ".cache" / "evosearch"


def _key(path: Path, identity: tuple[int, ...]) -> str:
    # Bytes that are no text in this system's encoding must not break the file.
    where = os.path.abspath(path).encode("utf-8", "surrogateescape").hex()  # noqa: PTH100
    return ":".join([where, *map(str, identity)])


def _line(key: str, sound: Sound) -> str:
    content = [key, *astuple(sound)]
    checksum = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
    return json.dumps([*content, checksum]) + "\n"
