"""The ledger of a results folder: which genomes' hold-out was looked at on this machine.

    results/.evosearch/looks.jsonl    {"span": KEY, "days": ..., "months": ...}  once for each span
                                      {"span": KEY, "genome": ID}                once for each look
                       looks.lock     held while lines are added

Lines are only ever added, and nothing deletes the file. A torn or foreign line is ignored and costs
no other line. Links are not followed: in a folder from elsewhere they may lead anywhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from evosearch.days import Days
from evosearch.shards.disk.files import failpoint
from evosearch.shards.disk.flushing import flush_folder, flush_to_disk
from evosearch.shards.disk.locks import let_go, try_lock
from evosearch.shards.format.looks import MAX_IDS, Looks, is_genome
from evosearch.shards.writing.journal import STATE_FOLDER

NAME, LOCK_NAME = "looks.jsonl", "looks.lock"
# 4,000 days and as many months take 43,000 characters.
_MAX_LINE = 2**16
# 100,000 looks take 7 MB, the days of a year's daily prices 2 kB. More than this is not read.
_MAX_BYTES = 2**30
_MAX_SPANS = 10**6
# Adding a line takes milliseconds; a process that was stopped may hold the lock for ever.
_PATIENCE_S = 10.0
_SAFE = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # opening a named pipe waits for its other end
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


def read_ledger(results: Path, holdouts: Sequence[Days] = ()) -> Looks:
    """The looks that a results folder knows of; none if there is no ledger that can be read.

    Parameters
    ----------
    results : Path
    holdouts : sequence of Days, optional
        Only looks at hold-outs that share a day with one of these; all looks without any.
    """
    return _read(results, lambda days: not holdouts or any(map(days.shares, holdouts))).looks()


def record(results: Path, looks: Looks) -> bool:
    """Add looks to the ledger of a results folder, safe on disk when this returns.

    Looks that it has already are not written again.

    Parameters
    ----------
    results : Path
        Made when missing.
    looks : Looks
        Of `Looks.of`.

    Returns
    -------
    bool
        False if they are not in the ledger: the folder or the file cannot be written, or is none
        of ours. Nothing is raised.
    """
    if not _find_missing(results, looks):
        return True
    folder = results / STATE_FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not _is_real_folder(folder):
            return False
        with _locked(folder / LOCK_NAME) as is_locked:
            lines = _find_missing(results, looks)  # another process may have added the same
            if lines:
                _append(folder / NAME, "".join(lines).encode(), is_locked)
        return True
    except OSError:
        return False


def _find_missing(results: Path, looks: Looks) -> list[str]:
    """The lines that a ledger lacks."""
    reader = _read(results, lambda days: days.key in looks.spans)
    missing, lines = looks.without(reader.looks()), []
    for key, days in sorted(missing.spans.items()):
        assert days is not None  # those of `Looks.of` have days
        if key not in reader.spans:
            lines.append(_dump({"span": key, **days.to_plain()}))
        lines += [_dump({"span": key, "genome": each}) for each in sorted(missing.genomes[key])]
    return lines


def _dump(plain: Mapping[str, str]) -> str:
    return json.dumps(plain, separators=(",", ":")) + "\n"


def _read(results: Path, is_wanted: Callable[[Days], bool]) -> _Reader:
    """What stands in a ledger of the spans that are wanted."""
    folder, reader = results / STATE_FOLDER, _Reader(is_wanted)
    with contextlib.suppress(OSError):
        if _is_real_folder(folder):
            with os.fdopen(_open_regular(folder / NAME, os.O_RDONLY), "rb") as file:
                reader.read(file)
    return reader


class _Reader:
    """Reads the lines of a ledger.

    Parameters
    ----------
    is_wanted : callable
        Whether the looks at a hold-out are to be kept.
    """

    def __init__(self, is_wanted: Callable[[Days], bool]) -> None:
        self._is_wanted = is_wanted
        self.spans: dict[str, Days | None] = {}  # None: not wanted
        self._genomes: dict[str, set[str]] = {}

    def read(self, file: BinaryIO) -> None:
        """Read all lines; one that is too long is skipped."""
        n_left, is_inside = _MAX_BYTES, False
        while n_left > 0 and (line := file.readline(_MAX_LINE)):
            n_left -= len(line)
            is_end = line.endswith(b"\n")
            if is_end and not is_inside:
                self._take(line)
            is_inside = not is_end

    def looks(self) -> Looks:
        """What was read; spans without a look are left out."""
        spans = [(days, self._genomes.get(key)) for key, days in self.spans.items()]
        return Looks().union(*(Looks.of(days, ids) for days, ids in spans if days and ids))

    def _take(self, line: bytes) -> None:
        try:
            plain = json.loads(line)
            key, genome = plain["span"], plain.get("genome")
            if genome is None:
                self._define(key, {name: plain[name] for name in ("days", "months")})
            elif self.spans.get(key) is not None and is_genome(genome):
                known = self._genomes.setdefault(key, set())
                known.add(genome)
                if len(known) > 8 * MAX_IDS:
                    self._genomes[key] = {*sorted(known)[:MAX_IDS]}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            pass  # torn, or not ours

    def _define(self, key: str, plain: Mapping[str, Any]) -> None:
        days = Days.parse(plain)
        if days is None or days.key != key or key in self.spans or len(self.spans) >= _MAX_SPANS:
            return
        # Without the sets that `shares` made: they take far more memory than the days.
        self.spans[key] = Days(days.days, days.months) if self._is_wanted(days) else None


def _append(path: Path, text: bytes, is_locked: bool) -> None:
    """Add lines in one write, so that they do not mix with those of a process without a lock."""
    is_new = not os.path.lexists(path)
    descriptor = _open_regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    try:
        size = os.fstat(descriptor).st_size
        if size and (not is_locked or _read_last(descriptor, size) != b"\n"):
            text = b"\n" + text  # after a torn line
        failpoint("ledger")
        n_written = os.write(descriptor, text)
        if n_written < len(text):  # the disk is full
            raise OSError(f"only {n_written} of {len(text)} bytes could be written")
        flush_to_disk(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        flush_folder(path.parent)
    failpoint("ledger-done")


def _read_last(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Hold the lock of the ledger; False without locks, or if it is not free for long."""
    descriptor = _open_regular(path, os.O_RDWR | os.O_CREAT)
    try:
        deadline = time.monotonic() + _PATIENCE_S
        while (is_free := try_lock(descriptor)) is False and time.monotonic() < deadline:
            time.sleep(0.01)
        yield is_free is True
    finally:
        let_go(descriptor)


def _open_regular(path: Path, flags: int) -> int:
    """Open a regular file that is no link; raises OSError for anything else."""
    if path.is_symlink():  # not every system refuses to follow one
        raise OSError(f"{path} is a link")
    descriptor = os.open(path, flags | _SAFE, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no regular file")
    return descriptor


def _is_real_folder(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink()
