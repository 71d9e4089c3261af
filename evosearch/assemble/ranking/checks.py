"""Check files before they are merged: whether each is valid, and what a merge would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evosearch.assemble.ranking.inputs import Paths, as_patterns, find_inputs

if TYPE_CHECKING:
    from evosearch.shards.reading.checked import Checked as Checked  # noqa: PLC0414 (for the command line)


def check(
    paths: Paths = None,
    *,
    deep: bool = False,
    results: str | Path = "results",
    listen: Callable[[int, int], None] | None = None,
) -> list[Checked]:
    """The verdict on every file.

    Parameters
    ----------
    paths : path, folder, pattern, or several, optional
        Everything in `results` when none are given.
    deep : bool
        Also decode every value, verify the checksum of every page, compare the rows with their
        digest, and check their order.
    results : path
    listen : callable, optional
        Told how many of how many are checked.

    Returns
    -------
    list of Checked
        ``path``, ``verdict``, ``reason``, ``is_usable``, ``n_rows``, ``metadata``.

    Raises
    ------
    UsageError
        Nothing matches.
    """
    from evosearch.shards.reading.check import check_shard
    from evosearch.shards.reading.deep_check import check_deep

    files = find_inputs(as_patterns(paths) or [str(results)])
    checked = []
    for number, path in enumerate(files, start=1):
        checked.append(check_deep(path) if deep else check_shard(path))
        if listen:
            listen(number, len(files))
    return checked


@dataclass(frozen=True)
class Group:
    """Files with one fingerprint, each content once.

    Attributes
    ----------
    fingerprint : str
    members : tuple of Checked
    n_rows_in : int
        Rows of all distinct shards behind them. The ranking has at most as many.
    n_rows_read : int
        Rows in these files.
    n_bytes : int
        Size of these files.
    n_bytes_expected : int
        Estimated size of the merged file without duplicates.
    """

    fingerprint: str
    members: tuple[Checked, ...]
    n_rows_in: int
    n_rows_read: int
    n_bytes: int
    n_bytes_expected: int


@dataclass(frozen=True)
class Plan:
    """What a merge would do.

    Attributes
    ----------
    checked : tuple of Checked
        The verdict on every file found.
    groups : tuple of Group
        What would be merged; several cannot be merged into one ranking.
    """

    checked: tuple[Checked, ...]
    groups: tuple[Group, ...]

    @property
    def skipped(self) -> list[Checked]:
        """Files that cannot be used."""
        return [item for item in self.checked if not item.is_usable]


def plan_merge(paths: Paths = None, *, results: str | Path = "results") -> Plan:
    """What a merge of these files would do; nothing is written.

    Parameters
    ----------
    paths : path, folder, pattern, or several, optional
        The shards of `results` when none are given.
    results : path

    Raises
    ------
    UsageError
        Nothing matches.
    """
    return plan_checked(check(as_patterns(paths) or [str(Path(results) / "*.parquet")]))


def plan_lightly(paths: Paths) -> Plan:
    """The same without hashing files: enough to know columns and runs before a merge."""
    from evosearch.shards.merging.merge import MergeOptions, check_inputs

    return plan_checked(check_inputs(find_inputs(as_patterns(paths)), MergeOptions(top=1)))


def plan_checked(checked: Sequence[Checked]) -> Plan:
    """What a merge of these inputs would do."""
    from evosearch.shards.format.metadata import count_rows
    from evosearch.shards.merging.merge import group_by_fingerprint
    from evosearch.shards.reading.checked import list_metadata
    from evosearch.shards.reading.union import merge_metadata

    groups = []
    for fingerprint, members in group_by_fingerprint(checked).items():
        n_rows_in = count_rows(merge_metadata(list_metadata(members)))
        n_bytes = sum(item.identity[2] for item in members)
        n_rows_read = sum(item.n_rows for item in members)
        expected = n_bytes * min(1.0, n_rows_in / max(1, n_rows_read))
        groups.append(
            Group(fingerprint, tuple(members), n_rows_in, n_rows_read, n_bytes, round(expected))
        )
    return Plan(tuple(checked), tuple(groups))
