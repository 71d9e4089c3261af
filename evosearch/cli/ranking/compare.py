"""``evosearch compare``: groups of runs beside each other."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.typed import completion
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evosearch.assemble.comparing.compare import Comparison

_BARS = ("▁▂▃▄▅▆▇█", "_.-=+*%#")
_COURSE_WIDTH = 10


@command(section=READ, example="evosearch compare pro air")
def compare(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN",
            autocompletion=completion.complete_runs,
            help="Profiles, runs or the beginnings of their names, shards or their folders. Each "
            "is one group.",
            show_default=False,
        ),
    ] = None,
    *,
    lang: options.Language = None,
    results: options.Results = None,
    as_json: options.Json = False,
) -> None:
    """Compare runs: how good, after how many tries.

    All runs of a profile are one group: the best so far, its median over the runs, and whether
    groups differ more than seeds of one profile do. The first group is compared with each other
    one. Needs four seeds of each; with eight to twelve most differences show.
    """
    from evosearch.assemble.comparing.compare import compare as compare_groups
    from evosearch.cli import console

    language = options.read_language(lang)
    found = compare_groups(names or (), results or "results")
    sentences = _list_sentences(found, language)
    if as_json:
        console.print_json("compare", _make_plain(found, sentences), list(found.skipped))
    else:
        _print_groups(found, language)
        console.print_lines("", *sentences)
        console.print_skipped(found.skipped, ())
    if found.skipped:
        raise typer.Exit(3)


def _list_sentences(found: Comparison, language: str) -> list[str]:
    from evosearch.report.comparison import describe_test
    from evosearch.report.sentences import say

    first, *others = found.groups
    if not others:
        return [say("compare.alone", language)]
    return [
        describe_test(
            (first.name, other.name),
            (len(first.run_ids), len(other.run_ids)),
            test,
            len(others),
            language,
        )
        for other, test in zip(others, found.tests, strict=True)
    ]


def _print_groups(found: Comparison, language: str) -> None:
    from evosearch.assemble.comparing.compare import SHARES
    from evosearch.assemble.metrics import name_metric
    from evosearch.cli import console
    from evosearch.report.sentences import (
        say,
        show_integer,
    )  # fmt: skip

    metric = name_metric(found.shown, language)
    key = "compare.head" if found.sign > 0 else "compare.head_less"
    lines = [say(key, language, metric=metric), ""]
    console.print_lines(*lines)

    def show(best: float) -> str:
        value = found.sign * best if best > float("-inf") else None
        return console.format_value(found.shown, value, language)

    places = [*dict.fromkeys(map(found.find_point, SHARES))]
    tries = [show_integer(int(found.points[place]), language) for place in places]
    name, runs, interval, course = (
        say(f"compare.{each}", language) for each in ("name", "runs", "interval", "course")
    )
    medians = [[group.middle(k).median for k in range(len(found.points))] for group in found.groups]
    known = [value for line in medians for value in line if value > float("-inf")]
    cells = []
    for group, line in zip(found.groups, medians, strict=True):
        middle = group.middle()
        ends = sorted([middle.low, middle.high], key=lambda best: found.sign * best)
        spread = say("compare.range", language, low=show(ends[0]), high=show(ends[1]))
        drawn = _draw(line, min(known, default=0.0), max(known, default=0.0))
        best = [show(line[place]) for place in places]
        cells.append([group.name, str(len(group.run_ids)), *best, spread, drawn])
    headers = [name, runs, *tries, interval, course]
    spare = [*tries[:-1], course]
    shown = console.print_table(headers, cells, texts=(name, interval, course), spare=spare)
    notes = [f"({say('compare.interval_note', language)})"] if interval in shown else []
    if any(n > found.n_tries for group in found.groups for n in group.n_tries):
        notes.append(say("compare.cut", language, n=found.n_tries))
    console.print_lines(*notes)


def _draw(bests: list[float], low: float, high: float) -> str:
    """A curve in one line of text; blank before anything was feasible."""
    try:
        bars = _BARS[0]
        bars.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        bars = _BARS[1]
    n, span, drawn = len(bests), high - low, ""
    for k in range(min(n, _COURSE_WIDTH)):
        best = bests[(k + 1) * n // min(n, _COURSE_WIDTH) - 1]
        height = (best - low) / span if span > 0 else 1.0
        drawn += bars[round(height * (len(bars) - 1))] if best > float("-inf") else " "
    return drawn


def _make_plain(found: Comparison, sentences: list[str]) -> dict[str, Any]:
    def turn(bests: NDArray[np.float64]) -> list[float]:
        return [float(found.sign * best) for best in bests]

    groups = []
    for group in found.groups:
        middles = [group.middle(k) for k in range(len(found.points))]
        groups.append(
            {
                "name": group.name,
                "profiles": list(group.profiles),
                "tries": dict(zip(group.run_ids, group.n_tries, strict=True)),
                "median": [found.sign * each.median for each in middles],
                "low": [found.sign * (each.low, each.high)[found.sign < 0] for each in middles],
                "high": [found.sign * (each.high, each.low)[found.sign < 0] for each in middles],
                "certainty": middles[-1].certainty,
                "curves": {
                    run_id: turn(best)
                    for run_id, best in zip(group.run_ids, group.bests, strict=True)
                },
            }
        )
    tests = [
        {"first": found.groups[0].name, "second": other.name, "p": test.p, "p_least": test.p_least,
         "share": test.share, "differs": test.p <= 0.05}
        for other, test in zip(found.groups[1:], found.tests, strict=True)
    ]  # fmt: skip
    return {
        "objective": found.objective,
        "shown": found.shown,
        "direction": found.direction,
        "tries": found.n_tries,
        "points": found.points.tolist(),
        "groups": groups,
        "tests": tests,
        "words": sentences,
    }
