"""The verdict on a file, and what is known of a usable one."""

from __future__ import annotations

import enum
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.reading.footer import RowGroup
from evosearch.texts import quote_path


class Verdict(enum.Enum):
    """What a file turned out to be."""

    OK = "ok"
    RENAMED = "renamed"
    EMPTY = "empty"
    NOT_REGULAR = "not a regular file"
    UNREADABLE = "unreadable"
    NOT_PARQUET = "not Parquet"
    TRUNCATED = "partial copy"
    DAMAGED = "damaged"
    FOREIGN = "foreign"
    NEWER = "newer"
    BAD_SCHEMA = "wrong columns"
    CHANGED = "changed"


USABLE = (Verdict.OK, Verdict.RENAMED)
# Lines of a message at most.
_MAX_LINES = 18


@dataclass(frozen=True)
class Checked:
    """A file with its verdict.

    Attributes
    ----------
    path : Path
    verdict : Verdict
    reason : str
        Why, for a person; empty if ok.
    metadata : ShardMetadata or None
        Of a file that is usable.
    schema : pyarrow.Schema or None
    n_rows : int
    identity : tuple
        Device, inode, size and mtime when it was checked.
    sha256 : str
    is_sorted : bool
        Whether the file declares the order of ranking, and its footer agrees.
    page_bytes : int
        The largest page when decompressed, of those that were checked.
    is_hashed : bool
        Whether all of its bytes were hashed just now, rather than remembered or skipped.
    unread : tuple of RowGroup
        Row groups after the first, if their pages were not checked.
    """

    path: Path
    verdict: Verdict
    reason: str = ""
    metadata: ShardMetadata | None = None
    schema: pa.Schema | None = None
    n_rows: int = 0
    identity: tuple[int, ...] = ()
    sha256: str = ""
    is_sorted: bool = False
    page_bytes: int = 0
    is_hashed: bool = field(default=False, compare=False)
    unread: tuple[RowGroup, ...] = field(default=(), compare=False, repr=False)

    @property
    def is_usable(self) -> bool:
        """Whether its rows may be read."""
        return self.verdict in USABLE


def list_metadata(items: Iterable[Checked]) -> list[ShardMetadata]:
    """The metadata of usable files."""
    return [item.metadata for item in items if item.metadata is not None]


def describe_unusable(items: Sequence[Checked]) -> str:
    """The first files that cannot be used, each with the reason, and how many more there are."""
    lines = [f"  {item.path}: {item.reason}" for item in items[:_MAX_LINES]]
    if len(items) > _MAX_LINES:
        folders = " ".join(quote_path(f) for f in sorted({item.path.parent for item in items})[:9])
        n_more = len(items) - _MAX_LINES
        lines.append(f"  ... and {n_more:,} more. To list all: evosearch check {folders}")
    word = "input" if len(items) == 1 else "inputs"
    return "\n".join([f"{len(items):,} {word} cannot be used:", *lines])


def identify(status: os.stat_result) -> tuple[int, ...]:
    """What changes when a file is replaced or written to."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
