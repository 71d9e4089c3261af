"""The leaderboard and single strategies: rows of a ranking as frames or as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.alike import N_RANKED, Folded, fold_ranking, fold_table, name_behaviour
from evosearch.assemble.holdout import hide_holdout, list_holdout
from evosearch.assemble.ranking.inputs import Paths, as_patterns
from evosearch.assemble.ranking.opening import open_view
from evosearch.assemble.ranking.view import View, choose_columns

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from evosearch.assemble.judging.judge import Judgement
    from evosearch.shards.reading.ranked import Ranked
    from evosearch.shards.viewing.exports import Sink


@dataclass(frozen=True)
class Leaderboard:
    """The rows of a ranking that a view shows.

    Attributes
    ----------
    ranked : Ranked
    view : View
    chosen : sequence of str
        Columns by name, genes also without ``param_``; empty for all of them.
    n_open : int, optional
        Only so many of the first ranks show their hold-out; None for all.
    n_folded : int
        Of rows that behave alike among so many of the best only the best one is shown; 0 for all.
    given : Folded, optional
        These rows are shown, in place of those of the view.
    """

    ranked: Ranked
    view: View
    chosen: Sequence[str] = ()
    n_open: int | None = None
    n_folded: int = 0
    given: Folded | None = None

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns, in their order.

        Raises
        ------
        UsageError
            There is no such column.
        """
        return choose_columns(self.chosen, self.ranked.schema)

    @property
    def metric_names(self) -> list[str]:
        """Columns that hold metrics."""
        from evosearch.shards.format.schema import metric_names

        return metric_names(self.ranked.schema)

    @property
    def behaviour(self) -> str:
        """The column that is equal for rows that behave alike; empty if there is none."""
        return name_behaviour(self.ranked.metadata)

    @property
    def n_alike(self) -> Mapping[int, int]:
        """By rank: how many rows behave alike of which one is shown; only those of several."""
        return self._folded.counts if self._is_folded else {}

    @property
    def _is_folded(self) -> bool:
        return bool(self.n_folded) or self.given is not None

    @property
    def n_measured(self) -> int:
        """Rows of all runs behind the ranking, duplicates included."""
        from evosearch.shards.format.metadata import count_rows

        return count_rows(self.ranked.metadata)

    @cached_property
    def found_names(self) -> dict[str, str]:
        """What each run is called, by run id: ``profile@machine``."""
        runs = self.ranked.metadata.sources.items()
        return {run_id: run.name_finder(run_id) for run_id, run in runs}

    @cached_property
    def hidden_columns(self) -> list[str]:
        """The columns that not every row shows."""
        return [] if self.n_open is None else list_holdout(self.ranked.schema)

    def hides(self, row: Mapping[str, Any]) -> bool:
        """Whether a row, of which its rank is known, does not show its hold-out."""
        return self.n_open is not None and row["rank"] > self.n_open

    def list_rows(self, also: Sequence[str] = ()) -> list[dict[str, Any]]:
        """The rows as plain data, with some more columns than were chosen."""
        from evosearch.shards.viewing.exports import plain_rows

        names = [*dict.fromkeys((*self.columns, *also))]
        return [row for table in self._tables() for row in plain_rows(table.select(names))]

    def write_csv(self, sink: Sink) -> int:
        """Write the rows as CSV; returns how many."""
        from evosearch.shards.viewing.exports import write_csv

        return write_csv(self._tables(), self.columns, sink)

    @cached_property
    def _folded(self) -> Folded:
        n = self.view.n
        if self.given is not None:
            return self.given
        if not self.view.is_filtered:
            return fold_ranking(self.ranked, self.behaviour, n, self.n_folded)
        wider = replace(self.view, n=None if n is None else max(n, N_RANKED))
        return fold_table(wider.table(self.ranked), self.behaviour, n)

    def _tables(self) -> Iterator[pa.Table]:
        tables = iter([self._folded.table]) if self._is_folded else self.view.rows(self.ranked)
        for table in tables:
            yield table if self.n_open is None else hide_holdout(table, self.n_open)


def judge_view(
    ranked: Ranked,
    view: View,
    *,
    results: str | Path = "results",
    trials_before: int = 0,
    unseen: bool = False,
    is_merged: bool | None = None,
    n_folded: int = 0,
    given: Folded | None = None,
) -> Judgement:
    """Judge a ranking of which some rows will be shown; its looks are recorded.

    Parameters
    ----------
    ranked : Ranked
    view : View
        What will be shown.
    n_folded, given
        As of `Leaderboard`.
    others
        As in `judge_ranking`.
    """
    from evosearch.assemble.judging.judge import judge_ranking

    is_chosen = view.is_chosen_by_holdout(ranked)
    rows: list[dict[str, Any]] | None = None
    if (view.is_filtered or n_folded or given is not None) and (is_chosen or unseen):
        rows = Leaderboard(ranked, view, n_folded=n_folded, given=given).list_rows()
    return judge_ranking(
        ranked,
        results=results,
        # Between rows that were chosen others rank that would have to pass: only rank 1 is open.
        n_shown=1 if given else ranked.n_rows if view.n is None else min(view.n, ranked.n_rows),
        rows=rows,
        trials_before=trials_before,
        unseen=unseen,
        chosen_by_holdout=is_chosen,
        is_merged=is_merged,
    )


def top(
    paths: Paths = None, n: int | None = 10, *, columns: Sequence[str] = (),
    results: str | Path = "results", **view: Any,
) -> pd.DataFrame:  # fmt: skip
    """The leaderboard as a frame, with all columns.

    As many looks at the hold-out are recorded as the command would make without `--unseen`.

    Parameters
    ----------
    paths : path, folder, pattern, or several, optional
        Shards and merged files; all that `results` knows when none are given.
    n : int, optional
        How many rows; None for all.
    columns : sequence of str, optional
        Which columns, in this order.
    results : path
    **view
        ``where``, ``profile``, ``host``, ``sort``, as in `View`; the least value of a metric
        by the keyword that its problem declares.

    Returns
    -------
    pandas.DataFrame
        Empty when nothing matches.

    Raises
    ------
    EvosearchError

    Examples
    --------
    >>> top("results", where="fitness > 0", sort="evaluation_s")  # doctest: +SKIP
    """
    from evosearch.assemble.judging.looking import choose_folder
    from evosearch.shards.viewing.frames import to_frame

    wanted = View.of(n, **view)
    ranked = open_view(wanted, paths, results).ranked
    names = choose_columns(columns, ranked.schema)
    judge_view(ranked, wanted, results=choose_folder(results, as_patterns(paths)))
    return to_frame(wanted.table(ranked))[names]
