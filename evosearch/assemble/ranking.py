"""Merge shards: from what a person typed to rankings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evosearch.shards.merge import MergeResult


def merge(
    inputs: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    top: int | None = None,
    strict: bool = False,
    by_fingerprint: bool = False,
    listen: Callable[[int, int], None] | None = None,
) -> MergeResult | list[MergeResult]:
    """Merge shards and merged files into one ranking.

    Parameters
    ----------
    inputs : path, folder, pattern, or several
    output : path, optional
        Where to write the merged file; nothing is written without it.
    top : int, optional
        Write only the best so many.
    strict : bool
        Refuse unusable inputs and conflicts instead of reporting them.
    by_fingerprint : bool
        Rank shards that measured different things apart from each other.
    listen : callable, optional
        Told how many of how many inputs are checked.

    Returns
    -------
    MergeResult
        Or a list of them, by fingerprint, with `by_fingerprint`.

    Raises
    ------
    UsageError
        Nothing matches.
    IncomparableShards, ShardConflict, PartialResult
    """
    from evosearch.errors import EvosearchError, PartialResult
    from evosearch.shards.inputs import find_inputs
    from evosearch.shards.merge import (
        check_inputs,
        group_by_fingerprint,
        merge_checked,
        refuse_mixture,
        write_merged,
    )

    patterns = [inputs] if isinstance(inputs, (str, Path)) else inputs
    checked = check_inputs(find_inputs([str(pattern) for pattern in patterns]), listen)
    skipped = [item for item in checked if not item.is_usable]
    if skipped and strict:
        listed = "\n".join(f"  {item.path}: {item.reason}" for item in skipped)
        raise PartialResult(f"{len(skipped)} inputs cannot be used:\n{listed}")
    groups = group_by_fingerprint(checked)
    if not groups:
        listed = "\n".join(f"  {item.path}: {item.reason}" for item in skipped)
        raise EvosearchError(f"None of {len(checked)} files is a usable shard:\n{listed}")
    if not by_fingerprint:
        refuse_mixture(groups)
    results = []
    for fingerprint, members in groups.items():
        result = merge_checked(members, skipped, strict)
        if output is not None:
            path = Path(output)
            if by_fingerprint:
                path = path.with_name(f"{path.stem}-{fingerprint[:8]}{path.suffix}")
            result = write_merged(result, path, top)
        results.append(result)
    return results if by_fingerprint else results[0]
