"""Where a ranking may be written to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from evosearch.errors import UsageError

# The name that is proposed where a folder is named instead of a merged file.
MERGED_EXAMPLE = "all.parquet"
# Ends of names that other programs would read as something else.
_OTHER_FORMATS = re.compile(
    r"\.(csv|tsv|txt|log|json|jsonl|ndjson|md|html|htm|xml|pdf|xls|xlsx|ods|db|sqlite|sqlite3|duckdb"
    r"|feather|arrow|orc|npy|npz|pkl|pickle|h5|hdf5|toml|yaml|yml|py|zip|gz|zst|bz2|xz|7z)"
)


def refuse_other_format(output: str | Path) -> None:
    """Raise UsageError for a name that promises anything but Parquet."""
    suffix = Path(output).suffix.lower()
    if _OTHER_FORMATS.fullmatch(suffix):
        raise UsageError(
            f"{output}: a merged file is Parquet, not {suffix}. Let its name end in .parquet. For "
            "CSV or JSON, merge first, then: evosearch export"
        )


def refuse_taken(path: Path, may_replace: bool, example: str = "") -> None:
    """Raise UsageError for a folder, and for a file that exists and must not be replaced."""
    if path.is_dir():
        such = f", such as {path / example}" if example else ""
        raise UsageError(f"{path} is a folder: name a file{such}.")
    if path.exists() and not may_replace:
        raise UsageError(f"{path} exists already. Choose another name or add --force.")


def refuse_inputs(path: Path, inputs: Iterable[Path]) -> None:
    """Raise UsageError when what is to be written is one of the inputs, by whatever path."""
    if path.exists() and any(file.exists() and file.samefile(path) for file in inputs):
        raise UsageError(f"{path} is one of the inputs, which are never changed.")
