"""A cache of verdicts and footers, so that unchanged files are not read again.

An entry says that the file with this path, inode, size and time of change had these bytes and was
sound, or what its footer stated. Readers of its rows still check metadata, columns and every page.
A damaged or outdated entry only costs time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Generic, TypeVar

from evosearch.system.user_folders import find_cache_folder

_MAX_BYTES = 64 * 2**20
# A file changed a moment ago may change again without a new time of change.
_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True)
class Sound:
    """What a check found: the hash of the bytes, and the results of `pages.Survey`."""

    sha256: str
    page_bytes: int
    is_sorted: bool


@dataclass(frozen=True)
class Stated:
    """What the footer of a shard states, if it is needed to choose a ranking."""

    fingerprint: str
    run_id: str
    part: str
    n_rows: int


@dataclass(frozen=True)
class Tried:
    """What the footer of a file states of trials, asked with some bars in mind.

    Attributes
    ----------
    fingerprint : str
    is_same : bool
        Whether it searched the same problem, or bars of a common day.
    parts : list of (str, str, int)
        Run, part and number of trials; empty unless `is_same`.
    """

    fingerprint: str
    is_same: bool
    parts: list[tuple[str, str, int]]


_T = TypeVar("_T", Sound, Stated, Tried)


class _Cache(Generic[_T]):
    """Facts about unchanged files.

    Parameters
    ----------
    folder : Path, optional
        The user's cache folder for evosearch, made when the first entry is saved.
    """

    _kind: type[_T]
    _name: str

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or find_cache_folder()) / self._name
        self._known: dict[str, _T] = {}
        self._fresh: list[str] = []
        self._lock = threading.Lock()
        with contextlib.suppress(OSError):
            if self._path.stat().st_size <= _MAX_BYTES:
                for line in self._path.read_bytes().splitlines():
                    self._add_line(line)

    def find(self, path: Path, identity: tuple[int, ...]) -> _T | None:
        """What is known of a file; None if nothing is, or if it changed."""
        with self._lock:
            return self._known.get(_key(path, identity))

    def add(self, path: Path, identity: tuple[int, ...], facts: _T) -> None:
        """Remember a file."""
        key = _key(path, identity)
        if identity[-1] > time.time_ns() - _SETTLED_NS:
            return
        with self._lock:
            if self._known.get(key) != facts:
                self._known[key] = facts
                self._fresh.append(_line(key, facts))

    def save(self) -> None:
        """Append new entries; a cache that cannot be written is no error."""
        with self._lock, contextlib.suppress(OSError):
            if not self._fresh:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            is_full = self._path.exists() and self._path.stat().st_size > _MAX_BYTES
            flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if is_full else os.O_APPEND)
            descriptor = os.open(self._path, flags, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                # One write: lines of two processes do not mix.
                file.write("".join(["\n", *self._fresh]).encode())
            self._fresh.clear()

    def _add_line(self, line: bytes) -> None:
        try:
            key, *content, _ = json.loads(line)
            facts = self._kind(*content)
            if _line(key, facts).encode().strip() == line.strip():
                self._known[key] = facts
        except (ValueError, TypeError):
            pass  # a torn or damaged line


class VerdictCache(_Cache[Sound]):
    """Hashes of sound files."""

    _kind, _name = Sound, "verdicts-2.jsonl"


class FooterCache(_Cache[Stated]):
    """What the footers of shards state."""

    _kind, _name = Stated, "footers-1.jsonl"


class TriedCache(_Cache[Tried]):
    """What the footers of files state of trials; the identity begins with what was asked."""

    _kind, _name = Tried, "tried-1.jsonl"


def _key(path: Path, identity: tuple[int, ...]) -> str:
    # A path may hold bytes that are not valid in this system's encoding.
    where = os.path.abspath(path).encode("utf-8", "surrogateescape").hex()  # noqa: PTH100
    return ":".join([where, *map(str, identity)])


def _line(key: str, facts: Sound | Stated | Tried) -> str:
    content = [key, *astuple(facts)]
    checksum = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
    return json.dumps([*content, checksum]) + "\n"
