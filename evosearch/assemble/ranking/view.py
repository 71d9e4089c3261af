"""Look at rankings: the leaderboard and single strategies, filtered as one likes.

What is given may be shards, merged files, or both. Filters choose what is seen; they never
change a file, and a rank is always the place in the whole ranking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.ranking.opening import Paths, open_ranking
from evosearch.assemble.settings.prices import find_bars
from evosearch.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from evosearch.shards.format.metadata import ShardMetadata
    from evosearch.shards.reading.ranked import Ranked


@dataclass(frozen=True)
class View:
    """What of a ranking to look at.

    Attributes
    ----------
    n : int, optional
        The first so many rows; None for all.
    where : str, optional
        SQL condition on a row, such as ``n_trades >= 50 and max_drawdown_frac < 0.2``.
    min_trades : int, optional
    profile, host : str or sequence of str, optional
        Found by a run of one of these profiles, on one of these machines.
    sort : str, optional
        A column, best rank first among equals; largest first, ``NAME:asc`` smallest first.
    """

    n: int | None = None
    where: str | None = None
    min_trades: int | None = None
    profile: str | Sequence[str] = ()
    host: str | Sequence[str] = ()
    sort: str | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether more than the first rows of the ranking has to be read."""
        return bool(self.where is not None or self.min_trades is not None or self.sort) or bool(
            self.profile or self.host
        )

    def check(self, schema: pa.Schema, metadata: ShardMetadata) -> None:
        """Raise UsageError for what does not exist in such a ranking."""
        self._sieve(schema, metadata)
        self._order(schema)

    def rows(self, ranked: Ranked) -> Iterator[pa.Table]:
        """The rows in their order, batch by batch, never all in memory."""
        from evosearch.shards.viewing.selection import select, select_sorted

        sieve, order = self._sieve(ranked.schema, ranked.metadata), self._order(ranked.schema)
        if order is not None:
            return select_sorted(ranked, sieve, self.n, *order)
        return select(ranked, sieve, self.n)

    def table(self, ranked: Ranked) -> pa.Table:
        """The rows in their order, all at once."""
        from evosearch.shards.reading.ranked import join

        return join(list(self.rows(ranked)), ranked.schema)

    def _sieve(self, schema: pa.Schema, metadata: ShardMetadata) -> Any:
        from evosearch.shards.viewing.filters import Filter, Sieve

        wanted = Filter(self.where, self.min_trades, _several(self.profile), _several(self.host))
        return Sieve(wanted, schema, metadata) if wanted else None

    def _order(self, schema: pa.Schema) -> tuple[str, bool] | None:
        from evosearch.shards.viewing.conditions import resolve_column

        if self.sort is None:
            return None
        name, _, direction = self.sort.partition(":")
        if direction not in ("", "asc", "desc"):
            raise UsageError(f"--sort {self.sort}: expected COLUMN, COLUMN:asc or COLUMN:desc.")
        column = resolve_column(name, schema, "--sort")
        if column == "found_by":
            raise UsageError(f"--sort {column}: a list of names has no order.")
        return column, direction == "desc" or (not direction and column != "rank")


def top(
    paths: Paths = None, n: int | None = 10, *, columns: Sequence[str] = (),
    results: str | Path = "results", **view: Any,
) -> pd.DataFrame:  # fmt: skip
    """The leaderboard as a frame.

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
        ``where``, ``min_trades``, ``profile``, ``host``, ``sort``, as in `View`.

    Returns
    -------
    pandas.DataFrame
        Empty when nothing matches.

    Raises
    ------
    EvosearchError

    Examples
    --------
    >>> top("results", where="n_trades >= 50", sort="sharpe_daily_oos")  # doctest: +SKIP
    """
    from evosearch.shards.viewing.frames import to_frame

    wanted = View(n, **view)
    ranked = open_ranking(paths, results, None if wanted.is_filtered else n).ranked
    names = choose_columns(columns, ranked.schema)
    return to_frame(wanted.table(ranked))[names]


def show(
    wanted: int | str, paths: Paths = None, *, results: str | Path = "results"
) -> dict[str, Any]:
    """One strategy by rank or by the beginning of its id.

    Returns
    -------
    dict
        ``row`` as in a merged file, ``metrics``, ``params`` (as `evaluate` takes them), ``words``,
        ``doubts``, ``runs`` (of all who found it), ``data`` (what it was measured on),
        ``place`` (where that is on this machine), ``skipped`` files and ``notes``.

    Raises
    ------
    UsageError
        Neither a rank nor the beginning of one id.
    EvosearchError
        No such row.
    """
    from evosearch.problems.words import describe_row
    from evosearch.report import MIN_ID_DIGITS, find_row, read_rank, split_row
    from evosearch.shards.format.schema import metric_names

    text = str(wanted)
    rank = read_rank(text)
    # Eight digits and more may be an id, which can stand anywhere; 0 has to count the rows.
    n = rank if rank and len(text) < MIN_ID_DIGITS else None
    opened = open_ranking(paths, results, n)
    ranked = opened.ranked
    row = find_row(ranked, text)
    metrics, params = split_row(row, metric_names(ranked.schema))
    words, doubts = describe_row(ranked.metadata.problem.plain, params, metrics)
    sources, data = ranked.metadata.sources, ranked.metadata.problem.plain.get("data")
    return {
        "row": row,
        "data": data,
        "place": find_bars(data),
        "metrics": metrics,
        "params": {name: value for name, value in params.items() if value is not None},
        "words": words,
        "doubts": doubts,
        "runs": {run_id: sources[run_id].plain for run_id in row["found_by"] if run_id in sources},
        "skipped": opened.skipped,
        "notes": opened.notes,
    }


def choose_columns(columns: Sequence[str], schema: pa.Schema) -> list[str]:
    """Columns by name, genes also without ``param_``; all of them when none are named."""
    from evosearch.shards.viewing.conditions import resolve_column

    if not columns:
        return list(schema.names)
    return [*dict.fromkeys(resolve_column(name, schema, "--columns") for name in columns)]


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
