"""What a merge gives to people: its result, with ways to look at the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evosearch.shards.merging.result import MergeResult
from evosearch.shards.reading.ranked import Ranked

if TYPE_CHECKING:
    import pandas as pd

    from evosearch.assemble.judging.judge import Judgement
    from evosearch.evidence.verdict import Verdict


# So many of the newest files beside a merged one are looked at.
_MAX_BESIDE = 20


@dataclass(frozen=True)
class Merged(MergeResult):
    """One ranking.

    Attributes
    ----------
    results : path
        The folder in which trials on the same bars count, and looks are recorded.
    trials_before : int
        Trials that were made elsewhere.
    others
        As in `MergeResult`.
    """

    results: str | Path = "results"
    trials_before: int = 0

    @property
    def ranked(self) -> Ranked:
        """Its rows, to be read piece by piece."""
        metadata = replace(
            self.metadata,
            rows_sha256=self.rows_sha256,
            n_rows=self.n_rows,
            complete=self.is_complete,
        )
        if self.path is None:
            ranked = Ranked.of_table(self.table, metadata)
        else:
            ranked = Ranked.of_written(self.path, metadata)
        return replace(ranked, inputs=tuple(item.path for item in self.used))

    @property
    def verdict(self) -> Verdict | None:
        """What the evidence for the first row supports; None if there is nothing to judge."""
        return self.judgement.box.verdict

    @cached_property
    def judgement(self) -> Judgement:
        """The same with everything that it rests on; the first row's hold-out is looked at."""
        from evosearch.assemble.judging.judge import judge_ranking

        return judge_ranking(
            self.ranked,
            results=self.results,
            trials_before=self.trials_before,
            is_merged=True,
        )

    def to_frame(self) -> pd.DataFrame:
        """The ranking as a pandas frame, ids as hexadecimal text."""
        from evosearch.shards.viewing.frames import to_frame

        return to_frame(self.table)


def find_same_rows(merged: MergeResult) -> Path | None:
    """The newest other file beside a merged one that holds the same rows; None without one."""
    from evosearch.shards.reading.summary import ShardSummary, open_footer

    if merged.path is None or not merged.rows_sha256:
        return None
    beside = sorted(merged.path.parent.glob("*.parquet"), reverse=True)[:_MAX_BESIDE]
    for path in beside:
        footer = None if path == merged.path else open_footer(path)
        if isinstance(footer, ShardSummary) and footer.metadata.rows_sha256 == merged.rows_sha256:
            return path
    return None
