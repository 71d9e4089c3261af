"""What a merge gives to people: its result, with ways to look at the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evosearch.shards.merging.result import MergeResult
from evosearch.shards.reading.ranked import Ranked

if TYPE_CHECKING:
    import pandas as pd


class Merged(MergeResult):
    """One ranking."""

    @property
    def ranked(self) -> Ranked:
        """Its rows, to be read piece by piece."""
        if self.path is None:
            return Ranked.of_table(self.table, self.metadata)
        return Ranked.of_written(self.path, self.metadata)

    def to_frame(self) -> pd.DataFrame:
        """The ranking as a pandas frame, ids as hexadecimal text."""
        from evosearch.shards.viewing.frames import to_frame

        return to_frame(self.table)
