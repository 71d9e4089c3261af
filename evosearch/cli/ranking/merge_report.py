"""What is printed after a merge, or instead of one with ``--dry-run``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.cli.console import (
    print_json,
    print_lines,
    print_skipped,
    print_table,
    print_warning,
    shorten_middle,
)
from evosearch.cli.ranking.merge_conflicts import print_conflicts, print_differences
from evosearch.texts import name_results, quote_path

if TYPE_CHECKING:
    from evosearch.assemble.ranking.checks import Plan
    from evosearch.assemble.ranking.leaderboard import Leaderboard
    from evosearch.assemble.ranking.merged import Merged
    from evosearch.assemble.ranking.merging import MergeRequest
    from evosearch.cli.ranking.box import Asking

Line = tuple[str, str]

# More lines are too many to read. --json lists all.
_MAX_LINES = 20
_MAX_NAME, _LEAST_S = 14, 0.5


def print_merge(
    summary: dict[str, Any], board: Leaderboard, asking: Asking, is_verbose: bool = False
) -> int:
    """Print a merge, its leaderboard and what that does not show; return how many rows it has."""
    from evosearch.assemble.metrics import find_built_in
    from evosearch.assemble.reasons import describe_feasible
    from evosearch.cli.tables import print_leaderboard
    from evosearch.report import brought
    from evosearch.report.board import describe_searched

    metadata, language = board.ranked.metadata, asking.language
    noun, feasible = find_built_in(metadata.problem.name).noun, describe_feasible(metadata)
    lines = [
        *brought.describe_machines(summary["machines"], noun, language),
        brought.describe_counts(summary["counts"], noun, feasible, language),
        *brought.describe_overlap(summary["searches"], language),
        *describe_searched(metadata.problem.plain.get("data"), language),
        "",
    ]
    print_lines(*lines)
    if is_verbose:
        print_contributions(summary)
        print_lines("")
    printed = print_leaderboard(board, "table", (), language, asking.results)
    print_lines(*asking.describe_hidden(board, printed))
    print_doubtful(summary, noun)
    return printed.n_rows


def print_doubtful(summary: dict[str, Any], noun: str) -> None:
    """Print conflicts, skipped files and other notes of a merge."""
    print_conflicts(summary, noun)
    print_differences(summary["differences"], noun)
    skipped, notes = (
        [f"{item['path']}: {item['reason']}" for item in summary[key]]
        for key in ("skipped", "notes")
    )
    print_skipped(skipped, filter(None, [*notes, summary["not_carried"]]))


def describe_rounded(summary: dict[str, Any]) -> list[str]:
    """Return one line for each parameter whose values differ only by rounding."""
    return [
        f"{n} value{'s' * (n > 1)} of {name} differ{'s' * (n == 1)} only by rounding: give all "
        "machines the same list"
        for name, n in summary["searches"]["rounded"].items()
    ]


def describe_path(result: Merged, language: str) -> list[str]:
    """Return where the merged file is, whether it was there already, and what is new in it."""
    from evosearch.assemble.ranking.merged import find_same_rows
    from evosearch.report.sentences import lead, say

    if result.path is None:
        return []
    path = str(result.path)
    if result.is_unchanged:
        return [lead("merged", say("board.unchanged", language, path=path), language)]
    before = find_same_rows(result)
    more = [" " * 9 + say("board.only_looks", language, path=str(before))] if before else []
    return [lead("merged", path, language), *more]


def describe_search(
    summary: dict[str, Any], board: Leaderboard, results: Path, language: str
) -> list[Line]:
    """Return what stands above the next command: how far runs differ, and whether to go on."""
    from evosearch.assemble.course import find_course
    from evosearch.assemble.judging.ratio import find_ratio
    from evosearch.assemble.metrics import find_metric, name_metric
    from evosearch.report.brought import describe_spread
    from evosearch.report.rising import describe_course
    from evosearch.report.sentences import name_label

    problem, ratio = board.ranked.metadata.problem, find_ratio(board.ranked.metadata)
    metric, factor = (
        find_metric(problem.objective),
        1.0 if problem.direction == "maximize" else -1.0,
    )
    if ratio is not None and ratio.column == metric.name and metric.shown_as:
        metric, factor = find_metric(metric.shown_as), ratio.to_year
    found = [run["best_fitness"] for run in summary["runs"] if run["best_fitness"] is not None]
    name = name_metric(metric.name, language)
    spread = describe_spread([each * factor for each in found], name, language, metric.n_decimals)
    course = find_course(board.ranked, results)
    sentence, command = describe_course(course, language) if course else ("", "")
    told = {"runs": spread, "course": sentence, "onward": command}
    return [(name_label(key, language), text) for key, text in told.items() if text]


def find_next(path: str, folder: Path) -> str:
    """Return the command to type after a merge."""
    from evosearch.assemble.ranking.choosing import is_chosen

    # If other files there know more runs, the command needs the path.
    is_default = is_chosen(path, folder)
    there = name_results(folder) if is_default else f" {quote_path(path)}"
    return f"evosearch report{there} --open"


def print_contributions(summary: dict[str, Any]) -> None:
    """Print what each run and each machine contributed, one line each."""
    runs, machines = summary["runs"], summary["machines"]
    has_twins = len({(run["profile"], run["host"]) for run in runs}) < len(runs)
    names = ["profile", "host", "run"] if has_twins else ["profile", "host"]
    cells = [
        [*(shorten_middle(run[name], _MAX_NAME) for name in names[:2]), run["run_id"][-6:]]
        for run in runs
    ]
    _print_brought(names, [cell[: len(names)] for cell in cells], runs)
    _print_more(runs, "runs (--json lists all)")
    if len(machines) < len(runs):
        print_lines("")
        cells = [
            [shorten_middle(each["host"], _MAX_NAME), f"{each['runs']:,}"] for each in machines
        ]
        _print_brought(["machine", "runs"], cells, machines)
        _print_more(machines, "machines")
    print_lines("(new: found nowhere else; inside, across: duplicates on one machine, on several)")
    if not summary["is_complete"]:
        print_lines("(written with --only-top: how many duplicates there were is unknown)")


def _print_brought(
    headers: Sequence[str], cells: Sequence[Sequence[str]], items: Sequence[dict[str, Any]]
) -> None:
    """Print a line for each of the first items by best rank: its cells, then its numbers."""
    pairs = sorted(
        zip(cells, items, strict=True),
        key=lambda pair: (pair[1]["best_rank"] is None, pair[1]["best_rank"] or 0),
    )
    print_table(
        [*headers, *_HEADERS],
        [[*cell, *_numbers(item)] for cell, item in pairs[:_MAX_LINES]],
        texts={*headers} - {"runs"},
        spare=_SPARE,
    )


def _print_more(items: Sequence[dict[str, Any]], what: str) -> None:
    if len(items) > _MAX_LINES:
        print_lines(f"... and {len(items) - _MAX_LINES:,} more {what}")


_HEADERS = ("rows", "new", "inside", "across", "best #", "per s", "hours")
# What a narrow terminal shows without, the first one first.
_SPARE = ("hours", "per s", "across", "inside")


def _numbers(item: dict[str, Any]) -> list[str]:
    # A shorter time says nothing of a speed.
    speed = item["evaluations_per_s"] if 3600 * item["hours"] >= _LEAST_S else None
    return [
        *(_count(item[k]) for k in ("rows", "new", "duplicates_inside", "duplicates_across")),
        _count(item["best_rank"]),
        "-" if speed is None else _count(round(speed)),
        f"{item['hours']:,.2f}",
    ]


def _count(value: int | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if value < 1e7 else f"{value / 1e6:,.1f} M"


def _size(n_bytes: int) -> str:
    if n_bytes < 2**20:
        return f"{n_bytes / 2**10:,.0f} KiB"
    return f"{n_bytes / 2**20:,.0f} MiB" if n_bytes < 2**33 else f"{n_bytes / 2**30:,.1f} GiB"


def print_plan(plan: Plan, request: MergeRequest, kind: str) -> int:
    """Print what a merge would do; return the exit code that it would have."""
    from evosearch.cli.ranking.check import print_verdicts
    from evosearch.report.merged import describe_file

    target = str(request.output).replace("{sha}", "<hash>")
    if kind == "json":
        data = {
            "files": [describe_file(item) for item in plan.checked],
            "groups": [
                {
                    "fingerprint": group.fingerprint,
                    "files": [str(item.path) for item in group.members],
                    "rows_in": group.n_rows_in,
                    "rows_read": group.n_rows_read,
                    "bytes": group.n_bytes,
                    "bytes_expected": group.n_bytes_expected,
                }
                for group in plan.groups
            ],
            "output": target,
        }
        print_json("merge", data, [f"{item.path}: {item.reason}" for item in plan.skipped])
    else:
        print_verdicts(plan.checked)
        print_lines("")
        for group in plan.groups:
            print_lines(
                f"merge    {len(group.members):,} files with {group.n_rows_read:,} rows, "
                f"at most {group.n_rows_in:,} distinct, about {_size(group.n_bytes_expected)}",
                "         what was measured (prices, fees, rules) has the hash",
                f"         {group.fingerprint}",
            )
        print_lines(f"output   {target}", "         (dry run: nothing was written)")
    if not plan.groups:
        return 1
    if len(plan.groups) > 1 and not request.by_fingerprint:
        print_warning(
            f"What was measured (prices, fees, rules) differs in {len(plan.groups)} ways: a merge "
            "would be refused. Merge them apart, or rank each on its own: evosearch merge "
            "--by-fingerprint."
        )
        return 4
    return 3 if plan.skipped else 0
