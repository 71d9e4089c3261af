"""What a results folder holds, from file names and footers alone.

For listings and for finding a run's own shards; rows are not checked here (see `check`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from evosearch.errors import UsageError
from evosearch.shards.format.limits import MAX_FOOTER_BYTES
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.records import Run
from evosearch.shards.reading.check import read_footer
from evosearch.shards.reading.checked import Checked, Verdict
from evosearch.texts import quote_path

_NAME = re.compile(r"(?P<run>[a-z0-9-]+)-(?P<part>[0-9]{4,})-[0-9a-f]{16}\.parquet")


@dataclass(frozen=True)
class ShardSummary:
    """A shard or merged file as its footer describes it.

    Attributes
    ----------
    path : Path
    metadata : ShardMetadata
    n_rows, n_columns : int
    """

    path: Path
    metadata: ShardMetadata
    n_rows: int
    n_columns: int

    @property
    def run_id(self) -> str:
        """The run that wrote a shard."""
        return next(iter(self.metadata.sources))

    @property
    def run(self) -> Run:
        """The run that wrote a shard."""
        return self.metadata.sources[self.run_id]

    @property
    def profile_toml(self) -> str:
        """The profile of that run."""
        return self.metadata.profiles[self.run.profile]


def is_shard_name(name: str) -> bool:
    """Whether a file is called as runs call their shards."""
    return _NAME.fullmatch(name) is not None


def find_shards(results: Path, run_id: str) -> list[Path]:
    """A run's own shards in a folder, in the order in which they were written."""
    paths = results.glob(f"{run_id}-*.parquet")
    named = [(match, path) for path in paths if (match := _NAME.fullmatch(path.name))]
    found = [(int(match["part"]), path) for match, path in named if match["run"] == run_id]
    return [path for _, path in sorted(found)]


def open_footer(path: Path) -> ShardSummary | Checked:
    """The footer of a shard or merged file, or the verdict on a file that cannot be read."""
    try:
        if not path.is_file():  # opening a named pipe waits for a writer
            return Checked(path, Verdict.NOT_REGULAR, "not a regular file")
        with path.open("rb") as file:
            file.seek(-8, 2)
            if int.from_bytes(file.read(4), "little") > MAX_FOOTER_BYTES:
                return Checked(path, Verdict.DAMAGED, "damaged: its footer is too long")
            footer = parquet.read_metadata(file)
        metadata = read_footer(path, footer, footer.schema.to_arrow_schema())
    except (OSError, pa.ArrowException, ValueError, OverflowError):
        return Checked(path, Verdict.UNREADABLE, "its footer cannot be read")
    if isinstance(metadata, Checked):
        return metadata
    return ShardSummary(path, metadata, footer.num_rows, footer.num_columns)


def count_row_bytes(path: Path) -> int:
    """The bytes of a file's rows: all but its footer, which does not grow with them."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(-8, 2)
        return max(0, size - int.from_bytes(file.read(4), "little"))


def summarise(path: Path) -> ShardSummary | Checked | None:
    """A shard's footer.

    Returns
    -------
    ShardSummary, Checked or None
        The verdict on a file that cannot be read; None for a merged file.
    """
    footer = open_footer(path)
    is_merged = isinstance(footer, ShardSummary) and footer.metadata.kind != "shard"
    return None if is_merged else footer


def read_manifest_of_shard(path: Path, run_id: str) -> dict[str, Any]:
    """The manifest of a run, from one of its shards; without the folders.

    Raises
    ------
    UsageError
        The shard cannot be read.
    """
    summary = summarise(path)
    if not isinstance(summary, ShardSummary):
        why = "a merged file" if summary is None else summary.reason
        raise UsageError(f"{path} cannot be read: {why}. See: evosearch check {quote_path(path)}")
    if summary.run_id != run_id:
        raise UsageError(f"{path} is of another run, {summary.run_id}: it was renamed.")
    run = {k: v for k, v in summary.run.plain.items() if k not in ("space", "profile", "parts")}
    return {
        "run": {"run_id": run_id, **run},
        "problem": summary.metadata.problem.plain,
        "space": summary.metadata.plain["spaces"][summary.run.space],
        "profile_toml": summary.profile_toml,
    }
