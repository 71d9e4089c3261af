"""``evosearch merge``: shards of all machines into one ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.ranking.filters import with_filters
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    from evosearch.assemble.ranking.merged import Merged
    from evosearch.assemble.ranking.merging import MergeRequest
    from evosearch.cli.ranking.box import Asking


@command(section=READ, example="evosearch merge results/*.parquet")
@with_filters
def merge(
    paths: options.Paths = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            parser=options.read_target,
            help="Where to. Default: a name of its own in results/merged/.",
        ),
    ] = None,
    top: Annotated[int, typer.Option("--top", metavar="N", help="How many rows to show.")] = 10,
    only_top: Annotated[
        bool, typer.Option("--only-top", help="Write only the best --top rows, not all.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse unusable files and figures that differ.")
    ] = False,
    by_fingerprint: Annotated[
        bool, typer.Option("--by-fingerprint", help="Rank apart what was not measured alike.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing output.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be merged; write nothing.")
    ] = False,
    from_file: Annotated[
        str | None,
        typer.Option("--from-file", metavar="FILE", help="Read paths from FILE, - for stdin."),
    ] = None,
    *,
    unseen: options.Unseen = False,
    columns: options.Columns = None,
    form: options.Format = "table",
    memory: Annotated[
        str | None,
        typer.Option(
            "--memory",
            metavar="SIZE",
            help="How much to hold at once, such as 2G. Default: a quarter.",
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, metavar="N", help="Default: all cores.")
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Hash every file, also those known to be sound.")
    ] = False,
    trials_before: options.TrialsBefore = 0,
    lang: options.Language = None,
    results: options.Results = None,
    as_json: options.Json = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also the numbers of each run and machine.")
    ] = False,
    quiet: options.Quiet = False,
    **filters: Any,
) -> None:
    """Merge shards of all machines into one deduplicated ranking.

    Inputs are never changed. Any order and any repetition gives the same ranking, and a merged
    file may be merged again. Filters choose what is shown: the merged file keeps every row, and
    a rank is the place among all of them. To write what a filter lets through: evosearch export.
    Under the table stands what the evidence for rank 1 supports, and of how many trials it is
    the best.
    """
    from evosearch.assemble.alike import N_FOLDED
    from evosearch.assemble.ranking.checks import plan_lightly, plan_merge
    from evosearch.assemble.ranking.merging import MergeRequest
    from evosearch.assemble.ranking.request import complete
    from evosearch.assemble.ranking.view import View
    from evosearch.cli import console
    from evosearch.cli.ranking import merge_report
    from evosearch.cli.ranking.box import Asking
    from evosearch.cli.ranking.merge_progress import MergeProgress, parse_bytes

    kind = options.choose_format(form, as_json)
    view = View.of(None if top < 0 else top, **filters)
    folder = results or Path("results")
    asking = Asking.of(paths, results, unseen, lang, trials_before)
    request = MergeRequest(
        paths or (), output, top if only_top else None, strict, by_fingerprint, None, threads,
        not no_cache, force, view, options.split_names(columns), results=asking.results,
        trials_before=trials_before, unseen=unseen,
        n_folded=N_FOLDED if kind in ("table", "md") else 0,
    )  # fmt: skip
    request = complete(request, folder, from_file)
    if dry_run or view.is_filtered or request.columns:
        # Before anything is merged: a typing error must not cost the whole merge.
        plan = (plan_merge if dry_run else plan_lightly)(request.inputs)
        request.check_view(plan)
    if dry_run:
        raise typer.Exit(merge_report.print_plan(plan, request, kind))
    request = replace(request, memory_bytes=parse_bytes(memory))
    with MergeProgress(is_quiet=quiet or kind == "json") as progress:
        merged = request.run(listen=progress)
    n_shown = _print_results(merged, request, folder, kind, asking, verbose)
    if merged[0].skipped:
        raise typer.Exit(3)
    if view.is_filtered and not n_shown:
        console.print_warning("no row matches; the merged file holds all of them.")
        raise typer.Exit(1)


def _print_results(
    results: Sequence[Merged],
    request: MergeRequest,
    folder: Path,
    kind: str,
    asking: Asking,
    is_verbose: bool,
) -> int:
    """Print the rankings and what was found out; return how many rows were shown."""
    from evosearch.assemble.metrics import find_built_in
    from evosearch.assemble.reasons import explain_ranking
    from evosearch.cli import console
    from evosearch.cli.ranking import merge_report
    from evosearch.cli.tables import print_leaderboard
    from evosearch.report.merged import summarise_merge

    summaries, notes, n_shown = [], [], 0
    for result in results:
        ranked, n_folded = result.ranked, request.n_folded
        judgement = asking.judge(ranked, request.view, True, n_folded)
        board = asking.make_board(ranked, request.view, request.columns, judgement, kind, n_folded)
        summary = summarise_merge(result, board.ranked, request.top is not None)
        rounded = merge_report.describe_rounded(summary)
        summary["reasons"] = explain_ranking(result.ranked)
        notes += rounded
        notes += [f"nothing meets the limits: {text}" for text in summary["reasons"]]
        if kind == "json":
            summary["verdict"] = asking.plain(judgement)
            summary["top"] = board.list_rows()
            n_shown += len(summary["top"])
        elif kind == "table":
            n_shown += merge_report.print_merge(summary, board, asking, is_verbose)
            console.print_lines("", *merge_report.describe_path(result, asking.language))
            asking.print_box(
                judgement,
                merge_report.find_next(summary["path"], folder),
                merge_report.describe_search(summary, board, folder, asking.language),
            )
        else:
            printed = print_leaderboard(board, kind, (), asking.language, asking.results)
            n_shown += printed.n_rows
            console.print_warning(*asking.describe_hidden(board, printed))
            done = "unchanged:" if result.is_unchanged else "merged into"
            console.print_warning(f"{done} {summary['path']}")
            merge_report.print_doubtful(summary, find_built_in(ranked.metadata.problem.name).noun)
        if kind != "json":
            console.print_skipped((), rounded)
        summaries.append(summary)
    if kind == "json":
        warnings = [f"{item['path']}: {item['reason']}" for item in summaries[0]["skipped"]]
        warnings += [item["not_carried"] for item in summaries if item["not_carried"]]
        data = summaries if request.by_fingerprint else summaries[0]
        console.print_json("merge", data, [*warnings, *notes])
    elif not any(summary["counts"]["feasible"] for summary in summaries):
        console.print_warning(asking.say("board.none_meets"))
        console.print_warning(*dict.fromkeys(t for each in summaries for t in each["reasons"]))
    return n_shown
