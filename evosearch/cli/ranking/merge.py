"""``evosearch merge``: shards of all machines into one ranking."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import app, command


@app.command()
@command
def merge(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS]...",
            help="Shards, merged files, folders or patterns. Default: the results folder.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Merged file. Default: results/merged/<UTC>-<hash>.parquet.",
            parser=options.read_target,
        ),
    ] = None,
    top: Annotated[int, typer.Option("--top", help="How many rows to show.")] = 10,
    only_top: Annotated[
        bool, typer.Option("--only-top", help="Write only the best --top rows, not all.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse unusable files and conflicts.")
    ] = False,
    by_fingerprint: Annotated[
        bool, typer.Option("--by-fingerprint", help="Rank incomparable shards apart.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing output.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be merged; write nothing.")
    ] = False,
    from_file: Annotated[
        str | None,
        typer.Option("--from-file", metavar="FILE", help="Read paths from FILE, - for stdin."),
    ] = None,
    where: options.Where = None,
    min_trades: options.MinTrades = None,
    profile: options.FoundByProfile = None,
    host: options.FoundByHost = None,
    sort: options.Sort = None,
    columns: options.Columns = None,
    form: options.Format = "table",
    memory: Annotated[
        str | None,
        typer.Option("--memory", help="How much to hold at once, such as 2G. Default: a quarter."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Default: all cores.")
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Hash every file, also those known to be sound.")
    ] = False,
    results: options.Results = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Merge shards of all machines into one deduplicated ranking.

    Inputs are never changed. Any order and any repetition gives the same ranking, and a merged
    file may be merged again. Filters choose what is shown: the merged file keeps every row, and
    a rank is the place among all of them. To write what a filter lets through: evosearch export.
    """
    from evosearch import assemble
    from evosearch.assemble.ranking.inputs import read_list
    from evosearch.cli import console
    from evosearch.cli.ranking import merge_report
    from evosearch.cli.ranking.merge_progress import MergeProgress, parse_bytes
    from evosearch.errors import UsageError

    kind = options.choose_format(form, as_json)
    view = assemble.View(
        None if top < 0 else top, where, min_trades, profile or (), host or (), sort
    )
    if only_top and view.is_filtered:
        raise UsageError(
            "--only-top writes the best of all rows, a filter only chooses what is shown. "
            "To write what a filter lets through: evosearch export."
        )
    if output is not None:
        assemble.refuse_other_format(output)
    folder = results or Path("results")
    patterns = [*(paths or []), *(read_list(from_file) if from_file else [])]
    if from_file is not None and not patterns:
        raise UsageError(f"--from-file {from_file}: it names no file.")
    patterns = patterns or [str(Path(glob.escape(str(folder))) / "*.parquet")]
    # With its hash in its name, a later `top` need not decode every row to believe the file.
    default = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}{'' if by_fingerprint else '-{sha}'}.parquet"
    target = output or folder / "merged" / default
    if target.is_dir():
        raise UsageError(f"{target} is a folder: name a file, such as {target / 'all.parquet'}.")
    if target.exists() and not force and output is not None:
        raise UsageError(f"{target} exists already. Choose another name or add --force.")
    assemble.refuse_strict_top(strict, only_top)
    if only_top and top < 0:
        raise UsageError("--only-top --top -1 would be all rows: leave --only-top out.")
    chosen = options.split_names(columns)
    if dry_run or view.is_filtered or chosen:
        plan = assemble.plan_merge(patterns, is_light=not dry_run)
        if plan.groups:
            # Before anything is merged: a typing error must not cost the whole merge.
            schema, metadata = plan.describe_columns()
            view.check(schema, metadata)
            assemble.choose_columns(chosen, schema)
        if dry_run:
            raise typer.Exit(merge_report.print_plan(plan, target, by_fingerprint, kind))
    memory_bytes = parse_bytes(memory)
    with MergeProgress(is_quiet=quiet or kind == "json") as progress:
        merged = assemble.merge(
            patterns,
            output=target,
            top=top if only_top else None,
            strict=strict,
            by_fingerprint=by_fingerprint,
            memory_bytes=memory_bytes,
            n_threads=threads,
            use_cache=not no_cache,
            force=force,
            listen=progress,
        )
    listed = merged if isinstance(merged, list) else [merged]
    n_shown = _print_results(listed, by_fingerprint, view, chosen, kind, only_top, folder)
    if listed[0].skipped:
        raise typer.Exit(3)
    if view.is_filtered and not n_shown:
        console.print_warning("no row matches; the merged file holds all of them.")
        raise typer.Exit(1)


def _print_results(
    listed: Sequence[Any],
    is_list: bool,
    view: Any,
    columns: Sequence[str],
    kind: str,
    is_cut: bool,
    folder: Path,
) -> int:
    from evosearch import assemble, report
    from evosearch.cli import console
    from evosearch.cli.ranking import merge_report
    from evosearch.cli.tables import print_leaderboard
    from evosearch.shards.reading.ranked import Ranked
    from evosearch.shards.viewing.exports import plain_rows

    summaries, notes, n_shown = [], [], 0
    for result in listed:
        ranked = Ranked.of_result(result)
        names = assemble.choose_columns(columns, ranked.schema) if columns else []
        summary = report.summarise_merge(result, is_cut)
        rounded = [
            f"{n} value{'s' * (n > 1)} of {name} differ{'s' * (n == 1)} only by rounding: give all "
            "machines the same list"
            for name, n in summary["searches"]["rounded"].items()
        ]
        notes += rounded
        if kind == "json":
            table = view.table(ranked)
            n_shown += len(table)
            summary["top"] = plain_rows(table.select(names) if names else table)
        elif kind == "table":
            n_shown += merge_report.print_merge(summary, ranked, view, names)
            # Other files may stand there that know more: then `show 1` needs the path.
            is_default = assemble.is_chosen(result.path, folder)
            merge_report.print_next(result.path, is_default=is_default, folder=folder)
        else:
            n_shown += print_leaderboard(ranked, view.rows(ranked), names, kind)
            console.print_warning(f"merged into {result.path}")
            merge_report.print_doubtful(summary)
        if kind != "json":
            console.print_skipped((), rounded)
        summaries.append(summary)
    if kind == "json":
        warnings = [f"{item['path']}: {item['reason']}" for item in summaries[0]["skipped"]]
        warnings += [item["not_carried"] for item in summaries if item["not_carried"]]
        warnings += notes
        console.print_json("merge", summaries if is_list else summaries[0], warnings)
    elif not any(summary["counts"]["feasible"] for summary in summaries):
        console.print_warning("no genome is feasible: the ranking shows how far each one is off.")
    return n_shown
