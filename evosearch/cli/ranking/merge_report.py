"""What is printed after a merge, or instead of one with ``--dry-run``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.cli.console import (
    format_value,
    make_console,
    print_json,
    print_lines,
    print_skipped,
    print_table,
    print_warning,
    shorten_middle,
    wrap_words,
)
from evosearch.cli.ranking.merge_conflicts import print_conflicts, print_differences
from evosearch.texts import name_results, quote_path

if TYPE_CHECKING:
    from evosearch.assemble.judging.judge import Judgement
    from evosearch.assemble.ranking.checks import Plan
    from evosearch.assemble.ranking.leaderboard import Leaderboard
    from evosearch.assemble.ranking.merging import MergeRequest
    from evosearch.cli.ranking.box import Asking

# More lines are too many to read. --json lists all.
_MAX_LINES = 20
_MAX_NAME = 14


def print_merge(summary: dict[str, Any], board: Leaderboard, asking: Asking) -> int:
    """Print a merge, its leaderboard and what that does not show; return how many rows it has."""
    from evosearch.cli.tables import print_leaderboard

    counts = summary["counts"]
    duplicates = "" if counts["duplicates"] is None else f"{counts['duplicates']:,} duplicates, "
    print_lines(
        f"{counts['rows_in']:,} rows in, {duplicates}{counts['distinct']:,} ranked "
        f"({counts['feasible']:,} feasible, {counts['not_ok']:,} not ok)",
        "",
    )
    print_contributions(summary)
    print_searches(summary["searches"])
    print_lines("")
    printed = print_leaderboard(board, "table", (), asking.language, asking.results)
    print_lines(*wrap_words(asking.describe_hidden(board, printed), make_console()))
    print_doubtful(summary)
    return printed.n_rows


def print_doubtful(summary: dict[str, Any]) -> None:
    """Print conflicts, skipped files and other notes of a merge."""
    print_conflicts(summary)
    print_differences(summary["differences"])
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


def print_path(path: str, is_unchanged: bool) -> None:
    """Print where the merged file is, and whether it was there already."""
    print_lines("", f"merged   {'unchanged: ' if is_unchanged else ''}{path}")


def find_next(judgement: Judgement, path: str, folder: Path) -> str:
    """Return the command to type after a merge."""
    from evosearch.assemble.ranking.choosing import is_chosen
    from evosearch.cli.ranking.box import choose_next

    # If other files there know more runs, the command needs the path.
    is_default = is_chosen(path, folder)
    there = name_results(folder) if is_default else f" {quote_path(path)}"
    return choose_next(judgement, there)


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
    speed = item["evaluations_per_s"]
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


def print_searches(searches: dict[str, Any]) -> None:
    """Print how the search spaces overlap: one sentence, or the parameters that differ."""
    labels, differing = list(searches["searches"]), searches["differing"]
    n_parameters = searches["n_parameters"]
    if not labels:
        return
    print_lines("")
    if not differing:
        text = f"{' and '.join(labels)}: the same ranges in all parameters."
        all_alike = f"All searched the same ranges of all {n_parameters} parameters."
        print_lines(all_alike if len(labels) == 1 else text)
        return
    is_short = len(labels) <= 3
    places = [shorten_middle(label, 22) for label in labels] if is_short else ["by", "range"]
    headers, rows = ["searched", *places, "common"], []
    for item in differing[:_MAX_LINES]:
        names, common = _join_names(item["names"]), f"{100 * item['common_frac']:.0f} %"
        texts = {label: _range_text(item["names"][0], item["ranges"][label]) for label in labels}
        if is_short:
            rows.append([names, *texts.values(), common])
            continue
        for text in dict.fromkeys(texts.values()):
            by = ", ".join(label for label in labels if texts[label] == text)
            rows.append([names, by, text, common])
            names = common = ""
    print_table(headers, rows, texts=headers[:-1])
    _print_more(differing, "(--json lists all)")
    if n_same := n_parameters - sum(len(item["names"]) for item in differing):
        print_lines(f"(the other {n_same} parameters: the same ranges everywhere)")


def _join_names(names: Sequence[str]) -> str:
    """Return one text for names that differ only in a number."""
    if len(names) == 1:
        return names[0]
    return f"{names[0]} (and {len(names) - 1} alike)"


def _range_text(name: str, values: dict[str, Any] | None) -> str:
    if values is None:
        return "-"
    if "low" in values:
        low, high = (_short(name, values[key]) for key in ("low", "high"))
        return f"{low} .. {high}" + (" (log)" if values["log"] else "")
    texts = [_short(name, value) for value in values["values"]]
    whole = ", ".join(texts)
    if len(whole) <= 24:
        return whole
    if values["kind"] == "ordinal":
        return f"{texts[0]} .. {texts[-1]} ({len(texts)})"
    return f"{len(texts)} of {texts[0]}, ..."


def _short(name: str, value: object) -> str:
    if isinstance(value, float):
        return f"{100 * value:.4g} %" if name.endswith("_frac") else f"{value:.4g}"
    return format_value(name, value)


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
                f"         fingerprint {group.fingerprint}",
            )
        print_lines(f"output   {target}", "         (dry run: nothing was written)")
    if not plan.groups:
        return 1
    if len(plan.groups) > 1 and not request.by_fingerprint:
        print_warning(
            f"{len(plan.groups)} fingerprints: a merge would be refused. Merge them apart, or "
            "rank each on its own: evosearch merge --by-fingerprint."
        )
        return 4
    return 3 if plan.skipped else 0
