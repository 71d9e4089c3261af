"""``evosearch top``: the best of a ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.ranking.filters import with_filters
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    from evosearch.assemble.ranking.leaderboard import Leaderboard


@command(section=READ, example="evosearch top --number 20")
@with_filters
def top(
    paths: options.Paths = None,
    number: options.Number = 10,
    *,
    unseen: options.Unseen = False,
    columns: options.Columns = None,
    form: options.Format = "table",
    trials_before: options.TrialsBefore = 0,
    lang: options.Language = None,
    results: options.Results = None,
    as_json: options.Json = False,
    **filters: Any,
) -> None:
    """Show the best strategies of shards or of a merged file.

    Without paths: the ranking of all runs in the results folder, merged or not yet. A rank is
    always the place in the whole ranking, whatever the filters. Under the table of one run or a
    merged file stands what the evidence for rank 1 supports.
    """
    from evosearch.assemble.holdout import N_FOLDED
    from evosearch.assemble.ranking.opening import open_view
    from evosearch.assemble.ranking.view import View
    from evosearch.assemble.reasons import explain_ranking
    from evosearch.cli import console
    from evosearch.cli.ranking.box import Asking, find_next
    from evosearch.cli.tables import print_leaderboard

    kind = options.choose_format(form, as_json)
    view = View.of(None if number < 0 else number, **filters)
    asking = Asking.of(paths, results, unseen, lang, trials_before)
    is_folded = kind in ("table", "md") and not unseen
    opened = open_view(view, paths, results or "results", N_FOLDED if is_folded else 1)
    judgement = asking.judge(opened.ranked, view)
    wanted = options.split_names(columns)
    board = asking.make_board(opened.ranked, view, wanted, judgement, kind)
    warnings = [f"{item.path}: {item.reason}" for item in opened.skipped]
    reasons = [f"nothing is feasible: {text}" for text in explain_ranking(opened.ranked)]
    if kind == "json":
        rows = board.list_rows()
        n_shown = len(rows)
        verdict = asking.plain(judgement)
        notes = [*opened.notes, *reasons]
        console.print_json("top", rows, [*warnings, *notes], verdict=verdict)
    else:
        headline = [describe_ranking(board), ""] if kind == "table" else []
        printed = print_leaderboard(board, kind, headline)
        n_shown = printed.n_rows
        notes = asking.describe_hidden(board, printed)
        if kind == "table":
            console.print_lines(*console.wrap_words(notes, console.make_console()))
            asking.print_box(judgement, find_next(judgement, paths, results))
        else:
            console.print_warning(*notes)
        console.print_skipped(warnings, [*opened.notes, *reasons])
    if not n_shown and number:
        console.print_warning("no row matches.")
        raise typer.Exit(1)
    if opened.skipped:
        raise typer.Exit(3)


def describe_ranking(board: Leaderboard) -> str:
    """Return one line: which rows of which ranking are shown."""
    view, metadata = board.view, board.ranked.metadata
    which = "all" if view.n is None else f"best {view.n:,}"
    if view.is_filtered:
        which += " that match"
    n_runs = f"{len(metadata.sources):,} run{'' if len(metadata.sources) == 1 else 's'}"
    return (
        f"{which} of {board.n_measured:,} rows by {n_runs}, "
        f"{metadata.problem.direction} {metadata.problem.objective}"
    )
