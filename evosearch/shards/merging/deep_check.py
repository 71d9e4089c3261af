"""The whole truth about one file: every value decoded, every promise of its rows verified.

A merge believes a file whose hash is the one in its name. This looks further, as one does before
trusting a stranger's file or after a disk has failed: whether the rows are what the digest says,
are ranked as they must be, and hold nothing that no search writes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evosearch.shards.format.keys import RankKeys
from evosearch.shards.merging.runs import UnusableInput, read_rows
from evosearch.shards.reading.check import Checked, Verdict, check_shard

_BATCH_ROWS = 65_536


def check_deep(path: Path) -> Checked:
    """The verdict on one file after reading all of it.

    Returns
    -------
    Checked
        Never raises for what is wrong with the file.
    """
    checked = check_shard(path, deep=True)
    if not checked.is_usable:
        return checked
    try:
        place = find_unordered(checked)
    except UnusableInput as error:
        return replace(checked, verdict=error.checked.verdict, reason=error.checked.reason)
    if place is None:
        return checked
    reason = f"damaged: rows {place:,} and {place + 1:,} are not in the order of ranking"
    return replace(checked, verdict=Verdict.DAMAGED, reason=reason)


def find_unordered(checked: Checked) -> int | None:
    """The first row, counted from 1, whose successor should stand before it; None if undeclared.

    Raises
    ------
    UnusableInput
        A row breaks the rules that every reader of rows keeps, or the file changed.
    """
    last: RankKeys | None = None
    n_seen = 0
    for batch in read_rows(checked, _BATCH_ROWS):
        keys = RankKeys.of(batch)
        joined = keys if last is None else RankKeys.join([last, keys])
        place = joined.find_unsorted() if checked.is_sorted else None
        if place is not None:
            return n_seen + place + (1 if last is None else 0)
        last = keys.take(slice(len(keys) - 1, len(keys)))
        n_seen += len(batch)
    return None
