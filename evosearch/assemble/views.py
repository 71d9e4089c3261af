"""Look at rankings: the leaderboard and single strategies, filtered as one likes.

What is given may be shards, merged files, or both. Filters choose what is seen; they never
change a file, and a rank is always the place in the whole ranking.
"""

from __future__ import annotations

import glob
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from evosearch.shards.metadata import ShardMetadata
    from evosearch.shards.ranked import Ranked
    from evosearch.shards.validate import Checked

# A ranking of more rows than this is looked at in a file; some 400 bytes each in memory.
MAX_HELD_ROWS = 1_000_000
Paths = str | Path | Sequence[str | Path] | None


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
        """The rows in their order, batch by batch; bounded memory unless all are sorted."""
        from evosearch.shards.selection import select, select_sorted

        sieve, order = self._sieve(ranked.schema, ranked.metadata), self._order(ranked.schema)
        if order is not None:
            return iter([select_sorted(ranked, sieve, self.n, *order)])
        return select(ranked, sieve, self.n)

    def table(self, ranked: Ranked) -> pa.Table:
        """The rows in their order, all at once."""
        from evosearch.shards.ranked import join

        return join(list(self.rows(ranked)), ranked.schema)

    def _sieve(self, schema: pa.Schema, metadata: ShardMetadata) -> Any:
        from evosearch.shards.filters import Filter, Sieve

        wanted = Filter(self.where, self.min_trades, _several(self.profile), _several(self.host))
        return Sieve(wanted, schema, metadata) if wanted else None

    def _order(self, schema: pa.Schema) -> tuple[str, bool] | None:
        from evosearch.shards.conditions import resolve_column

        if self.sort is None:
            return None
        name, _, direction = self.sort.partition(":")
        if direction not in ("", "asc", "desc"):
            raise UsageError(f"--sort {self.sort}: expected COLUMN, COLUMN:asc or COLUMN:desc.")
        column = resolve_column(name, schema, "--sort")
        if column == "found_by":
            raise UsageError(f"--sort {column}: a list of names has no order.")
        return column, direction == "desc" or (not direction and column != "rank")


@dataclass(frozen=True)
class Opened:
    """A ranking that can be looked at.

    Attributes
    ----------
    ranked : Ranked
    skipped : tuple of Checked
        Files that could not be used.
    notes : tuple of str
        What stands beside it and is not in it.
    """

    ranked: Ranked
    skipped: tuple[Checked, ...]
    notes: tuple[str, ...] = ()


def open_ranking(
    paths: Paths = None,
    results: str | Path = "results",
    n: int | None = None,
) -> Opened:
    """The ranking of some files; of all that a results folder knows when none are given.

    A single merged file is read where it stands, however large; anything else is merged first, in
    memory or, when it is large, into a temporary file that goes with the ranking.

    Parameters
    ----------
    paths : path, folder, pattern, or several, optional
    results : path
    n : int, optional
        Only the first so many rows will be looked at.

    Raises
    ------
    EvosearchError
        As `merge` does.
    """
    from evosearch.shards.inputs import find_inputs
    from evosearch.shards.ranked import Ranked
    from evosearch.shards.validate import check_shard

    patterns = as_patterns(paths)
    if not patterns:
        return _open_folder(Path(results), n)
    files = find_inputs(patterns)
    if len(files) == 1:
        checked = check_shard(files[0])
        if checked.metadata is not None and checked.metadata.kind == "merged":
            return Opened(Ranked.of_file(checked), ())
    n_rows = sum(check_shard(file, is_light=True).n_rows for file in files) if n is None else 0
    return _rank(files, n, n_rows)


def _open_folder(results: Path, n: int | None) -> Opened:
    from evosearch.assemble.choosing import choose_ranking
    from evosearch.shards.inputs import find_inputs
    from evosearch.shards.merge import MergeOptions, check_inputs
    from evosearch.shards.ranked import Ranked

    damaged: list[Checked] = []
    while True:
        choice = choose_ranking(results, [item.path for item in damaged])
        # A footer may be whole and the rows behind it not: then others have to stand for it.
        checked = check_inputs(choice.merged, MergeOptions(top=n))
        found = [item for item in checked if not item.is_usable]
        if not found:
            break
        damaged += found
    if len(checked) == len(choice.files) == 1:
        skipped = tuple(check_inputs(choice.unusable, MergeOptions(top=n)))
        return Opened(Ranked.of_file(checked[0]), skipped, choice.notes)
    files = [*choice.files, *choice.unusable]
    if not files:
        find_inputs([str(Path(glob.escape(str(results))) / "*.parquet")])  # says what is missing
    return replace(_rank(files, n, choice.n_rows), notes=choice.notes)


def _rank(files: Sequence[Path], n: int | None, n_rows: int) -> Opened:
    from evosearch.assemble.ranking import merge
    from evosearch.shards.merge import MergeResult
    from evosearch.shards.ranked import Ranked

    if n is None and n_rows > MAX_HELD_ROWS:
        scratch = tempfile.TemporaryDirectory(prefix="evosearch-", ignore_cleanup_errors=True)
        result = merge(files, output=Path(scratch.name) / "ranking.parquet")
        assert isinstance(result, MergeResult)
        ranked = Ranked.of_result(result)
        weakref.finalize(ranked, scratch.cleanup)
        return Opened(ranked, result.skipped)
    result = merge(files, top=n)
    assert isinstance(result, MergeResult)
    return Opened(Ranked.of_result(result), result.skipped)


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
    from evosearch.shards.frames import to_frame

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
        ``doubts``, ``runs`` (of all who found it), ``skipped`` files and ``notes``.

    Raises
    ------
    UsageError
        Neither a rank nor the beginning of one id.
    EvosearchError
        No such row.
    """
    from evosearch.problems.words import describe_row
    from evosearch.report import MIN_ID_DIGITS, find_row, read_rank, split_row
    from evosearch.shards.schema import metric_names

    text = str(wanted)
    rank = read_rank(text)
    # Eight digits and more may be an id, which can stand anywhere; 0 has to count the rows.
    n = rank if rank and len(text) < MIN_ID_DIGITS else None
    opened = open_ranking(paths, results, n)
    ranked = opened.ranked
    row = find_row(ranked, text)
    metrics, params = split_row(row, metric_names(ranked.schema))
    words, doubts = describe_row(ranked.metadata.problem.plain, params, metrics)
    sources = ranked.metadata.sources
    return {
        "row": row,
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
    from evosearch.shards.conditions import resolve_column

    if not columns:
        return list(schema.names)
    return [*dict.fromkeys(resolve_column(name, schema, "--columns") for name in columns)]


def as_patterns(paths: Paths) -> list[str]:
    """One path or several as a list of texts."""
    if paths is None:
        return []
    return [str(paths)] if isinstance(paths, (str, Path)) else [str(path) for path in paths]


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
