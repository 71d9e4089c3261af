"""The deep check of one file: every value is decoded and every rule of its rows is verified.

A merge accepts a file whose hash is the one in its name. The deep check is for files of unknown
origin and failing disks: it verifies the digest of the rows, their order, the rules of rows, and
that stated sums over trials are those of the rows.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from evosearch.ranking import FEASIBLE
from evosearch.shards.format.arrays import to_arrow
from evosearch.shards.format.keys import OrderCheck, RankKeys
from evosearch.shards.format.trials import TrialCount
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
    order, recount = OrderCheck(), _Recount(checked)
    try:
        for batch in read_rows(checked, _BATCH_ROWS):
            keys = RankKeys.of(batch)
            recount.add(batch, keys)
            place = order.find_unsorted(keys) if checked.is_sorted else None
            if place is not None:
                reason = (
                    f"damaged: rows {place + 1:,} and {place + 2:,} are not in the order of ranking"
                )
                return replace(checked, verdict=Verdict.DAMAGED, reason=reason)
    except UnusableInput as error:
        return replace(checked, verdict=error.checked.verdict, reason=error.checked.reason)
    if not recount.is_right:
        reason = "damaged: the trials that it states are not those of its rows"
        return replace(checked, verdict=Verdict.DAMAGED, reason=reason)
    return checked


class _Recount:
    """Counts the trials of a sorted file that states them: the first row of each genome."""

    def __init__(self, checked: Checked) -> None:
        metadata, schema = checked.metadata, checked.schema
        assert metadata is not None
        assert schema is not None
        stated = [each.trials for run in metadata.sources.values() for each in run.parts.values()]
        self._is_shard = metadata.kind == "shard"
        self._stated = stated[0] if self._is_shard else metadata.trials
        self._behaviours = metadata.behaviours
        self._count = TrialCount(metadata.problem.evidence, schema)
        states_none = self._stated is None and self._behaviours is None
        self._is_idle = states_none or metadata.problem.evidence is None
        self._seen: set[tuple[int, int]] = set()

    def add(self, rows: pa.Table, keys: RankKeys) -> None:
        """Count the rows of one piece."""
        if self._is_idle:
            return
        is_feasible = keys.tier == FEASIBLE
        if self._is_shard:  # a merged file has each genome once
            is_new = np.zeros(len(rows), np.bool_)
            for row, genome_id in enumerate(
                zip(keys.high.tolist(), keys.low.tolist(), strict=True)
            ):
                is_new[row] = genome_id not in self._seen
                self._seen.add(genome_id)
            rows, is_feasible = rows.filter(to_arrow(is_new, pa.bool_())), is_feasible[is_new]
        self._count.add(rows, is_feasible)

    @property
    def is_right(self) -> bool:
        """Whether the file says what was counted, as far as it says anything."""
        return self._is_idle or (
            self._stated in (None, self._count.sums)
            and self._behaviours in (None, self._count.behaviours)
        )
