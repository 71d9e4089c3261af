"""What a merge brought together, in words: machines, rows, ranges, and how far the runs differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evosearch.report.sentences import (
    count,
    name_gene,
    say,
    show_decimal,
    show_integer,
    show_percent,
    show_value,
)
from evosearch.statements import Statement
from evosearch.texts import make_visible

# More lines are too many to read.
_MAX_LINES = 6
_MAX_NAME, _MAX_NAMED, _MAX_VALUES = 28, 3, 24


def describe_machines(machines: Sequence[Mapping[str, Any]], noun: str, language: str) -> list[str]:
    """What each machine brought, a sentence each, the one with the best row first.

    Parameters
    ----------
    machines : sequence of mapping
        As `list_machines` gives them.
    noun : str
        What their rows are, a key of the catalogue's counted nouns.
    language : str
    """
    ordered = sorted(machines, key=lambda each: (each["best_rank"] is None, each["best_rank"]))
    lines = [_describe_machine(each, noun, language) for each in ordered[:_MAX_LINES]]
    n_more = len(ordered) - len(lines)
    return [*lines, *([say("board.more_machines", language, n=n_more)] if n_more else [])]


def _describe_machine(machine: Mapping[str, Any], noun: str, language: str) -> str:
    n_rows, n_new = machine["rows"], machine["new"]
    profiles = [_shorten(name) for name in machine["profiles"]]
    host, runs = _shorten(machine["host"]), count("run", machine["runs"], language)
    if len(profiles) > 1:
        more = ["..."] if len(profiles) > _MAX_NAMED else []
        listed = ", ".join([*profiles[:_MAX_NAMED], *more])
        who = say("board.profiles_on", language, host=host, profiles=listed, runs=runs)
    else:
        who = f"{profiles[0]}@{host}" if profiles[0] else host
        if machine["runs"] > 1:
            who = say("board.runs_on", language, who=who, runs=runs)
    key = "all_new" if n_new == n_rows else "some_new"
    if machine["duplicates_inside"] is None:
        key = "rows"
    rows = count(noun, n_rows, language)
    return say(f"board.brought_{key}", language, who=who, rows=rows, new=n_new)


def describe_counts(
    counts: Mapping[str, Any], noun: str, feasible: Statement | None, language: str
) -> str:
    """How many rows are ranked, how many meet the conditions, and how many failed.

    Parameters
    ----------
    counts : mapping
        Of `summarise_merge`.
    noun : str
    feasible : Statement or None
        What a feasible row is; its sentence takes their number as ``n``.
    language : str
    """
    n_ok = counts["distinct"] - counts["not_ok"]
    if feasible is None and counts["feasible"] == n_ok:
        key = "plain"
    else:
        key = "feasible"
        feasible = feasible or Statement("board.meets_conditions")
        feasible = Statement(feasible.key, {**feasible.values, "n": counts["feasible"]})
    rows, duplicates = count(noun, counts["distinct"], language), counts["duplicates"]
    key += "_twice" if duplicates else ""
    return say(
        f"board.ranked_{key}", language, rows=rows, feasible=feasible, failed=counts["not_ok"],
        duplicates=duplicates or 0,
    )  # fmt: skip


def describe_overlap(searches: Mapping[str, Any], language: str) -> list[str]:
    """How the ranges that were searched overlap, a sentence for each parameter that differs.

    Parameters
    ----------
    searches : mapping
        As `compare_spaces` gives it.
    language : str
    """
    labels, differing = list(searches["searches"]), searches["differing"]
    if len(labels) < 2:
        return []
    if not differing:
        return [say("board.same_ranges", language)]
    lines = []
    for item in differing[:_MAX_LINES]:
        name = item["names"][0]
        told: dict[str, list[str]] = {}
        for label in labels:
            told.setdefault(_show_range(name, item["ranges"][label], language), []).append(label)
        ranges = [f"{', '.join(map(_shorten, who))} {text}" for text, who in told.items()]
        key = "overlap" if item["common_frac"] > 0 else "no_overlap"
        key += "" if len(ranges) <= _MAX_NAMED else "_many"
        lines.append(
            say(
                f"board.{key}",
                language,
                gene=name_gene(name, language),
                ranges="; ".join(ranges),
                n=len(ranges),
                share=show_percent(item["common_frac"], language, 0),
            )
        )
    n_more = len(differing) - len(lines)
    return [*lines, *([say("board.more_ranges", language, n=n_more)] if n_more else [])]


def describe_spread(values: Sequence[float], metric: str, language: str, digits: int = 4) -> str:
    """The worst and the best of what each of some runs found; empty for less than two."""
    if len(values) < 2:
        return ""
    low, high = (show_decimal(each, language, digits) for each in (min(values), max(values)))
    runs = count("run", len(values), language)
    return say("board.spread", language, runs=runs, metric=metric, low=low, high=high)


def _show_range(name: str, values: Mapping[str, Any] | None, language: str) -> str:
    if values is None:
        return "-"
    if "low" in values:
        low, high = (_show_bound(name, values[key], language) for key in ("low", "high"))
        return f"{low} .. {high}"
    texts = [_show_bound(name, value, language) for value in values["values"]]
    whole = ", ".join(texts)
    if len(whole) <= _MAX_VALUES:
        return whole
    return f"{texts[0]} .. {texts[-1]} ({len(texts)})"


def _show_bound(name: str, value: object, language: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _shorten(str(value))
    if isinstance(value, int):
        return show_integer(value, language)
    if name.endswith("_frac"):
        return f"{show_value(float(f'{100 * value:.4g}'), language)} %"
    return show_value(float(f"{value:.4g}"), language)


def _shorten(text: str) -> str:
    shown = make_visible(text)
    return shown if len(shown) <= _MAX_NAME else f"{shown[: _MAX_NAME - 3]}..."
