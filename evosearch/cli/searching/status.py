"""``evosearch status``: the runs of a results folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.searching.outcome import name_ending
from evosearch.cli.typed.help import SEARCH
from evosearch.report.rising import show_about
from evosearch.report.sentences import lead, say, show_integer
from evosearch.texts import describe_resume, name_results, quote_shards

if TYPE_CHECKING:
    from evosearch.assemble.searching.folder import FolderStatus, RunStatus

# Lines shown; evosearch check lists all.
_MAX_DAMAGED = 10
# Of a name in the table.
_MOST_LETTERS = 50
_COLUMNS = ("run", "state", "rows", "best", "took", "merged", "begun", "profile", "machine",
            "shards")  # fmt: skip
_TEXTS = ("run", "state", "rows", "begun", "profile", "machine", "merged")
# What a narrow terminal shows without, the first one first.
_SPARE = ("shards", "machine", "profile", "begun", "took", "merged", "best")


@command(section=SEARCH)
def status(
    results: options.Results = None, lang: options.Language = None, as_json: options.Json = False
) -> None:
    """Show runs: finished, running, interrupted; newest first."""
    from evosearch.assemble.searching import folder
    from evosearch.cli import console

    language = options.read_language(lang)
    found = folder.status(results or Path("results"))
    damaged = [f"{item.path}: {item.reason}" for item in found.damaged]
    if as_json:
        plain = asdict(found) | {"results": str(found.results)}
        console.print_json("status", plain, damaged)
        return
    console.print_warning(*damaged[:_MAX_DAMAGED])
    if len(damaged) > _MAX_DAMAGED:
        more = len(damaged) - _MAX_DAMAGED
        check = f"evosearch check{name_results(found.results)}"
        console.print_warning(f"... and {more:,} more that cannot be read: {check}")
    if any(run.state == "unknown" for run in found.runs):
        console.print_warning(
            f"{found.results} lies on a file system without locks: nothing tells whether a run is "
            "under way there, and none can be continued. Copy the folder to a disk of this "
            "machine, and give its name with --results."
        )
    if not found.runs and damaged:
        console.print_lines(say("status.unreadable", language, folder=str(found.results)))
        raise typer.Exit(3)
    if not found.runs:
        begin = f"evosearch run --profile demo{name_results(found.results)}"
        told = {"folder": str(found.results), "command": begin}
        console.print_lines(say("status.none", language, **told))
        raise typer.Exit(1)
    _print_runs(found.runs, language)
    console.print_lines(*_describe_rest(found, language))


def _print_runs(runs: Sequence[RunStatus], language: str) -> None:
    """Print a line for each run; the columns that its name or its files repeat go first."""
    from evosearch.assemble.metrics import name_metric
    from evosearch.cli.console import format_value, print_table, shorten_middle

    metrics = {run.best.metric for run in runs if run.best is not None}
    (metric,) = metrics if len(metrics) == 1 else [""]
    names = {key: say(f"status.{key}", language) for key in _COLUMNS}
    if metric:
        names["best"] = say("status.best_metric", language, metric=name_metric(metric, language))
    rows = []
    for run in runs:
        best = "-"
        if run.best is not None:
            best = format_value(run.best.metric, run.best.value, language)
            if not metric:
                told = {"metric": name_metric(run.best.metric, language), "value": best}
                best = say("status.value", language, **told)
        cells = {
            "run": shorten_middle(run.run_id, _MOST_LETTERS),
            "state": _name_state(run, language),
            "rows": _count_rows(run, language),
            "best": best,
            "took": show_about(run.elapsed_s, language) if run.elapsed_s else "-",
            "merged": _name_merged(run, language),
            "begun": run.started_utc[:16].replace("T", " "),
            "profile": shorten_middle(run.profile_name, _MOST_LETTERS),
            "machine": shorten_middle(run.host, _MOST_LETTERS),
            "shards": show_integer(run.n_shards, language),
        }
        rows.append([cells[key] for key in _COLUMNS])
    texts = [names[key] for key in _TEXTS]
    print_table([*names.values()], rows, texts, spare=[names[key] for key in _SPARE])


def _name_state(run: RunStatus, language: str) -> str:
    if run.ended_by:
        return say("status.ended", language, ending=name_ending(run.ended_by, language))
    return say(f"status.{run.state}", language)


def _count_rows(run: RunStatus, language: str) -> str:
    n = run.n_published + run.n_committed
    if not run.n_expected:
        return show_integer(n, language)
    return say("status.of", language, n=n, all=run.n_expected)


def _name_merged(run: RunStatus, language: str) -> str:
    """Whether all rows are in the newest merged file; a dash where there is nothing to merge."""
    if not run.n_shards:
        return "-"
    if 0 < run.n_merged < run.n_shards:
        return say("status.in_part", language)
    return say("common.yes" if run.n_merged else "common.no", language)


def _describe_rest(found: FolderStatus, language: str) -> list[str]:
    lines = [
        say("status.pending", language, n=run.n_committed, run=run.run_id)
        for run in found.runs
        if run.n_committed
    ]
    folder, free = str(found.results / "merged"), found.free_bytes / 2**30
    lines.append(say("status.folder", language, n=found.n_merged, folder=folder, free=free))
    command = _choose_next(found)
    return lines + [lead("next", command, language)] * bool(command)


def _choose_next(found: FolderStatus) -> str:
    """Go on with what was interrupted, else merge what is new, else look."""
    stopped = [run.run_id for run in found.runs if run.state == "interrupted"]
    place = name_results(found.results)
    if stopped:
        return describe_resume(stopped[0], found.results)
    if any(run.n_merged < run.n_shards for run in found.runs):
        apart = " --by-fingerprint" if found.is_mixed else ""
        return f"evosearch merge {quote_shards(found.results)}{place}{apart}"
    return f"evosearch top{place}" if any(run.n_shards for run in found.runs) else ""
