"""``evosearch top``: the best of a ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.ranking.filters import with_filters
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    from evosearch.assemble.ranking.leaderboard import Leaderboard
    from evosearch.assemble.ranking.view import View
    from evosearch.assemble.strategies.ideas import Ideas
    from evosearch.cli.ranking.box import Asking


@command(section=READ, example="evosearch top --number 20")
@with_filters
def top(
    paths: options.Paths = None,
    number: options.Number = 10,
    *,
    unseen: options.Unseen = False,
    every: Annotated[
        bool, typer.Option("--all", help="Also rows that behave as a better one does.")
    ] = False,
    ideas: Annotated[
        int | None,
        typer.Option(
            "--ideas",
            metavar="N",
            help="The best N whose daily returns differ, among all rows of the ranking.",
        ),
    ] = None,
    below: Annotated[
        float,
        typer.Option(
            "--below", metavar="NUMBER", help="With --ideas: two that correlate less are different."
        ),
    ] = 0.7,
    data: options.Prices = None,
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
    from evosearch.assemble.alike import N_FOLDED, N_RANKED
    from evosearch.assemble.ranking.opening import open_view
    from evosearch.assemble.ranking.view import WHOLE, View
    from evosearch.assemble.reasons import explain_ranking
    from evosearch.cli import console
    from evosearch.cli.ranking.box import Asking, find_next
    from evosearch.cli.tables import print_leaderboard

    kind = options.choose_format(form, as_json)
    view = View.of(None if number < 0 else number, **filters)
    asking = Asking.of(paths, results, unseen, lang, trials_before)
    is_folded = kind in ("table", "md") and not every and ideas is None
    found, given = None, None
    if ideas is None:
        opened = open_view(view, paths, results or "results", N_RANKED if is_folded else 1)
    else:
        _refuse_filters(view, every)
        from evosearch.assemble.strategies.ideas import open_ideas

        opened = open_view(WHOLE, paths, results or "results")
        found, given = open_ideas(opened.ranked, results or "results", ideas, below, data)
        view = View.of(len(found.ideas))
    n_folded = min(N_FOLDED, opened.n_readable) if is_folded else 0
    judgement = asking.judge(opened.ranked, view, n_folded=n_folded, given=given)
    wanted = options.split_names(columns)
    board = asking.make_board(opened.ranked, view, wanted, judgement, kind, n_folded, given)
    warnings = [f"{item.path}: {item.reason}" for item in opened.skipped]
    reasons = [f"nothing meets the limits: {text}" for text in explain_ranking(opened.ranked)]
    if kind == "json":
        rows = board.list_rows()
        n_shown = len(rows)
        verdict = asking.plain(judgement)
        notes = [*opened.notes, *reasons]
        beside = {} if found is None else {"ideas": found.to_plain()}
        console.print_json("top", rows, [*warnings, *notes], verdict=verdict, **beside)
    else:
        headline = [*describe_ranking(board, asking.language), ""] if kind == "table" else []
        printed = print_leaderboard(board, kind, headline, asking.language, asking.results, data)
        n_shown = printed.n_rows
        notes = asking.describe_hidden(board, printed)
        if found is not None:
            notes.insert(0, _describe_ideas(found, asking))
        if kind == "table":
            console.print_lines(*notes)
            asking.print_box(judgement, find_next(judgement, paths, results))
        else:
            console.print_warning(*notes)
        console.print_skipped(warnings, [*opened.notes, *reasons])
    if not n_shown and number:
        console.print_warning("no row matches.")
        raise typer.Exit(1)
    if opened.skipped:
        raise typer.Exit(3)


def _refuse_filters(view: View, every: bool) -> None:
    """Raise UsageError where ideas are asked for among some rows only."""
    from evosearch.errors import UsageError

    if view.is_filtered or every:
        raise UsageError(
            "--ideas walks the whole ranking: leave out filters, --sort and --all, or --ideas."
        )


def _describe_ideas(found: Ideas, asking: Asking) -> str:
    """Return what the rows shown stand for."""
    key = "ideas.more" if found.is_at_least else "ideas.all"
    return asking.say(key, ideas=len(found.ideas), rows=found.n_rows, below=found.below)


def describe_ranking(board: Leaderboard, language: str) -> list[str]:
    """Return some lines: which rows of which ranking are shown, and what was searched."""
    from evosearch.assemble.metrics import find_built_in, find_metric, name_metric
    from evosearch.report.board import describe_searched
    from evosearch.report.sentences import count, say

    problem, n = board.ranked.metadata.problem, board.view.n
    shown = find_metric(problem.objective).shown_as or problem.objective
    key = "all" if n is None else "best"
    order = "lowest" if problem.direction == "minimize" else "highest"
    line = say(
        f"board.{key}_{order}",
        language,
        n=None if n is None else min(n, board.ranked.n_rows),
        rows=count(find_built_in(problem.name).noun, board.n_measured, language),
        runs=count("run", len(board.ranked.metadata.sources), language),
        metric=name_metric(shown, language),
    )
    lines = [line, *describe_searched(problem.plain.get("data"), language)]
    lines += [say("board.matching", language)] if board.view.is_filtered else []
    return lines
