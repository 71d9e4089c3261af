"""What stands in a results folder, from file names and footers alone.

For listings and for finding a run's own shards; nothing here vouches for a file's rows, that is
what `validate` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from evosearch.errors import UsageError
from evosearch.shards.metadata import decode_metadata
from evosearch.shards.validate import MAX_FOOTER_BYTES

_NAME = re.compile(r"(?P<run>[a-z0-9-]+)-(?P<part>[0-9]{4,})-[0-9a-f]{16}\.parquet")


@dataclass(frozen=True)
class ShardSummary:
    """One shard as its footer describes it.

    Attributes
    ----------
    path : Path
    run_id : str
    n_rows : int
    metadata : dict
    """

    path: Path
    run_id: str
    n_rows: int
    metadata: dict[str, Any]


def find_shards(results: Path, run_id: str) -> list[Path]:
    """A run's own shards in a folder, in the order in which they were written."""
    found = []
    for path in results.glob(f"{run_id}-*.parquet"):
        match = _NAME.fullmatch(path.name)
        if match and match["run"] == run_id:
            found.append((int(match["part"]), path))
    return [path for _, path in sorted(found)]


def summarise(path: Path) -> ShardSummary | None:
    """A shard's footer; None for what is no shard or cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(-8, 2)
            if int.from_bytes(file.read(4), "little") > MAX_FOOTER_BYTES:
                return None
        footer = parquet.read_metadata(path)
    except (OSError, pa.ArrowException):
        return None
    metadata = decode_metadata(footer.metadata or {})
    if isinstance(metadata, str) or metadata["kind"] != "shard":
        return None
    return ShardSummary(path, next(iter(metadata["sources"])), footer.num_rows, metadata)


def read_manifest_of_shard(path: Path, run_id: str) -> dict[str, Any]:
    """What a run is, from one of its shards; as in `journal`, but for the folders.

    Raises
    ------
    UsageError
        The shard cannot be read.
    """
    summary = summarise(path)
    if summary is None or summary.run_id != run_id:
        raise UsageError(f"{path} cannot be read: evosearch check {path} says why.")
    metadata = summary.metadata
    run = dict(metadata["sources"][run_id])
    space_id, profile_id = run.pop("space"), run.pop("profile")
    run.pop("parts")
    return {
        "run": {"run_id": run_id, **run},
        "problem": metadata["problem"],
        "space": metadata["spaces"][space_id],
        "profile_toml": metadata["profiles"][profile_id],
        "folders": [str(Path.cwd()), str(path.parent.absolute().parent)],
    }
