"""The deep check of one file: every value is decoded and every rule of its rows is verified.

A merge accepts a file whose hash is the one in its name. The deep check is for files of unknown
origin and failing disks: it verifies the digest of the rows, their order, and the rules of rows.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evosearch.shards.format.keys import OrderCheck, RankKeys
from evosearch.shards.reading.check import check_shard
from evosearch.shards.reading.checked import Checked, Verdict
from evosearch.shards.reading.rows import UnusableInput, read_rows

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
    order = OrderCheck()
    try:
        for batch in read_rows(checked, _BATCH_ROWS):
            place = order.find_unsorted(RankKeys.of(batch)) if checked.is_sorted else None
            if place is not None:
                reason = (
                    f"damaged: rows {place + 1:,} and {place + 2:,} are not in the order of ranking"
                )
                return replace(checked, verdict=Verdict.DAMAGED, reason=reason)
    except UnusableInput as error:
        return replace(checked, verdict=error.checked.verdict, reason=error.checked.reason)
    return checked
