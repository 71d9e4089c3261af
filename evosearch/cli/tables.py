"""The leaderboard as a table, CSV or Markdown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from evosearch.assemble.judging.earned import Earned
from evosearch.cli.columns import WIDE, Chooser, Column, Row, list_chosen
from evosearch.cli.console import make_console, print_lines, print_markdown, print_table
from evosearch.errors import EvosearchError
from evosearch.report.sentences import say

if TYPE_CHECKING:
    from pathlib import Path

    from evosearch.assemble.ranking.leaderboard import Leaderboard
    from evosearch.trading.replay.fees import Costs

# What a narrow terminal shows without, the first one first; the id is what one can ask for.
_SPARE = (
    "break_even", "alike", "without_costs", "found_by", "later", "over_hold", "holdout", "metrics",
)  # fmt: skip
# More rows are for a file. What a stranger's rows may raise.
_MOST_RECOMPUTED = 1_000
_FOREIGN = (EvosearchError, ValueError, KeyError, TypeError, OverflowError)


class Printed(NamedTuple):
    """What was printed.

    Attributes
    ----------
    n_rows : int
    has_alike : bool
        It says how many rows are alike.
    lacks_first : bool
        Rank 1 is not among the rows.
    lacks_bars : bool
        Columns that are computed from the bars are not there, because these are not.
    left_out : tuple of str
        Headers of the columns for which the terminal is too narrow.
    """

    n_rows: int
    has_alike: bool = False
    lacks_first: bool = False
    lacks_bars: bool = False
    left_out: tuple[str, ...] = ()


def print_leaderboard(
    board: Leaderboard,
    kind: str,
    headline: Sequence[str] = (),
    language: str = "en",
    results: Path | str = "results",
    data: str | None = None,
) -> Printed:
    """Print the rows of a ranking.

    Without chosen columns: those that matter most, in a CSV all of them.

    Parameters
    ----------
    board : Leaderboard
    kind : str
        ``table``, ``csv`` or ``md``.
    headline : sequence of str
        Lines above the rows. A filter that is refused leaves none behind.
    language : str
        Of headers and numbers. Chosen columns are called as in files.
    results : path
        Where the ranking is.
    data : str, optional
        The file of its bars, in place of what is known here.
    """
    if kind == "csv":
        n_rows = board.write_csv(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return Printed(n_rows)
    rows = board.list_rows(also=("rank",))
    print_lines(*headline)
    is_chosen = bool(board.chosen)
    costs: dict[int, Costs] = {}
    lacks_bars, narrow = False, []
    if not is_chosen and _has_costs(board, len(rows)):
        if kind == "md" or make_console().width >= WIDE:
            costs, lacks_bars = _compare_costs(board, rows, results, data)
        else:
            narrow = [say(f"board.{key}", language) for key in ("without_costs", "break_even")]
    columns = list_chosen(board) if is_chosen else [*Chooser(board, costs, language).choose()]
    headers = [column.header for column in columns]
    cells = [[column.show(row) for column in columns] for row in rows]
    shown: Sequence[str] = headers
    if kind == "md":
        print_markdown(headers, cells)
    elif rows:
        texts = [column.header for column in columns if column.is_text]
        spare = [each.header for key in _SPARE for each in _find_spare(columns, key)]
        shown = print_table(headers, cells, texts, is_wide=is_chosen, spare=spare)
        if not is_chosen and any(row["status"] == "ok" and not row["feasible"] for row in rows):
            print_lines(say("board.in_brackets", language))
    lacks_first = bool(rows) and all(row["rank"] != 1 for row in rows)
    left_out = (*(header for header in headers if header not in shown), *narrow)
    has_alike = say("board.alike", language) in shown
    return Printed(len(rows), has_alike, lacks_first, lacks_bars, left_out)


def _has_costs(board: Leaderboard, n_rows: int) -> bool:
    """Whether the rows say what they earned, and are few enough to be measured again."""
    return bool(Earned.of(board.ranked.metadata).column) and 0 < n_rows <= _MOST_RECOMPUTED


def _find_spare(columns: Sequence[Column], key: str) -> list[Column]:
    """Return the columns of a kind, the first to be left out first: of the later ones the last."""
    found = [each for each in columns if each.key == key]
    return found[::-1] if key == "later" else found


def _compare_costs(
    board: Leaderboard, rows: Sequence[Row], results: Path | str, data: str | None
) -> tuple[dict[int, Costs], bool]:
    """Return what rows would earn at other costs, by rank, and whether only bars lack for it."""
    from evosearch.assemble.strategies.costs import recompute
    from evosearch.assemble.strategies.opened import Missing

    try:
        found = recompute(board.ranked, rows, results, data)
    except _FOREIGN:
        if data is not None:
            raise
        return {}, False  # a stranger's rows, which no strategy has
    if isinstance(found, Missing):
        return {}, bool(found.remedy)
    return {row["rank"]: each for row, each in zip(rows, found, strict=True)}, False
