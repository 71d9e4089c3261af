"""``evosearch show``: one strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    from evosearch.cli.ranking.box import Asking


@command(section=READ, example="evosearch show 1")
def show(
    wanted: Annotated[str, typer.Argument(metavar="RANK|ID", help="Rank, or start of an id.")],
    paths: options.Paths = None,
    unseen: options.Unseen = False,
    *,
    trials_before: options.TrialsBefore = 0,
    lang: options.Language = None,
    results: options.Results = None,
    as_json: options.Json = False,
) -> None:
    """Show one strategy in words, with all its metrics.

    Its rules as a person would say them, what it earned in sample and in the hold-out, who found
    it, what the evidence for it supports, and its parameters as `evosearch evaluate --params`
    takes them. Its hold-out is shown: that is a look, and is counted.
    """
    from evosearch.assemble.strategies import showing
    from evosearch.cli import console
    from evosearch.cli.ranking.box import Asking, find_next

    asking = Asking.of(paths, results, unseen, lang, trials_before)
    found = showing.show(
        wanted,
        paths,
        results=results or "results",
        is_judged=False,
        language="en" if as_json else asking.language,
    )
    ranked = found["ranked"]
    judgement, is_hidden = asking.judge_row(ranked, found["row"])
    if is_hidden:
        showing.hide_holdout_of(found)
    warnings = [f"{item.path}: {item.reason}" for item in found["skipped"]]
    if as_json:
        extra = {key: found[key] for key in ("words", "doubts", "reasons", "params")}
        place = found["place"]
        extra |= {"measured_on": found["data"], "data_state": place.state, "data_path": place.data}
        extra["verdict"] = asking.plain(judgement)
        data = {**found["row"], **extra}
        console.print_json("show", data, [*warnings, *found["notes"]])
    else:
        _print_strategy(found)
        console.print_lines(*_quote_audit(found, asking))
        if is_hidden:
            console.print_lines("", asking.say("table.hidden_unmerged"))
        following = find_next(judgement, paths, results)
        if following.startswith("evosearch show 1"):
            # It is shown already: what is left are bars that no search has seen.
            following = f"{following.replace('show 1', 'audit', 1)} --forward FILE"
        asking.print_box(judgement, following)
        console.print_skipped(warnings, found["notes"])
    if found["skipped"]:
        raise typer.Exit(3)


def _quote_audit(found: dict[str, Any], asking: Asking) -> list[str]:
    """Return what an audit found of a strategy, check by check; nothing without one."""
    from evosearch.assemble.audited import read_audit
    from evosearch.report.audits.checks import list_checks
    from evosearch.texts import find_unit

    audit = read_audit(asking.results, found["ranked"].metadata.rows_sha256)
    row = None if audit is None else audit.find(found["row"]["genome_id"])
    if audit is None or row is None:
        return []
    unit = find_unit(found["data"])
    return ["", *list_checks(row.checks, asking.language, audit.days_per_year, unit)]


def _print_strategy(found: dict[str, Any]) -> None:
    import json

    from evosearch.assemble.settings.prices import describe_place
    from evosearch.cli import console
    from evosearch.report.data import list_data

    row, metrics = found["row"], found["metrics"]
    named = console.name_row(row | {"reasons": found["reasons"]})
    console.print_lines(f"#{row['rank']}  {named}", "", *found["words"], "")
    inside = [name for name in metrics if not name.endswith("_oos") and name != found["behaviour"]]
    has_oos = any(metrics.get(f"{name}_oos") is not None for name in inside)
    headers = ["metric", "in sample", "hold-out"] if has_oos else ["metric", "value"]
    ends = ("", "_oos")[: len(headers) - 1]
    cells = [
        [name, *(console.format_value(name, metrics.get(f"{name}{end}")) for end in ends)]
        for name in inside
    ]
    console.print_table(headers, cells, texts=("metric",))
    console.print_lines("")
    for run_id, run in found["runs"].items():
        where = f"{run['profile_name']} on {run['machine']['host']}, seed {run['seed']}"
        console.print_lines(f"found by {run_id}", f"         {where}")
    console.print_lines(
        f"born in  {row['run_id']}, generation {row['generation']}, index {row['index']}"
    )
    data, *more = list_data(found["data"]) or [""]
    if data:
        lines = [f"data     {data}; {describe_place(found['place'])}"]
        lines += [f"         {line}" for line in more]
        console.print_lines(*console.wrap_words(lines, console.make_console()))
    console.print_lines(*(f"doubt    {text}" for text in found["doubts"]))
    # ASCII only, so that the line can be pasted whatever a category holds.
    console.print_lines("", f"params   {json.dumps(found['params'])}")
