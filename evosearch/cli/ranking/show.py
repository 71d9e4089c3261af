"""``evosearch show``: one strategy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    from evosearch.assemble.strategies.sheet import Section, Sheet
    from evosearch.cli.ranking.box import Asking


@command(section=READ, example="evosearch show 1")
def show(
    wanted: Annotated[str, typer.Argument(metavar="RANK|ID", help="Rank, or start of an id.")],
    paths: options.Paths = None,
    unseen: options.Unseen = False,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every metric, each with what it means.")
    ] = False,
    forward: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Newer prices: whether it is in the market at their last bar, and what it does "
            "next.",
        ),
    ] = None,
    data: options.Prices = None,
    trials_before: options.TrialsBefore = 0,
    lang: options.Language = None,
    results: options.Results = None,
    as_json: options.Json = False,
) -> None:
    """Show one strategy in words, so that it can be traded by hand.

    Its rules, the prices they were tried on, what it earned where it was searched and in the
    hold-out, what it did last, whether it is in the market now, who found it, what the evidence for
    it supports, and its parameters as `evosearch evaluate --params` takes them. Its hold-out is
    shown: that is a look, and is counted.
    """
    from evosearch.assemble.strategies import showing
    from evosearch.assemble.strategies.sheet import make_sheet, open_for
    from evosearch.cli import console
    from evosearch.cli.ranking.box import Asking, find_next

    asking = Asking.of(paths, results, unseen, lang, trials_before)
    language = "en" if as_json else asking.language
    found = showing.show(
        wanted, paths, results=results or "results", is_judged=False, language=language
    )
    ranked = found["ranked"]
    opened = open_for(ranked, asking.results, data, is_needed=forward is not None)
    judgement, is_hidden = asking.judge_row(ranked, found["row"])
    if is_hidden:
        showing.hide_holdout_of(found)
    sheet = make_sheet(found, judgement, opened, is_hidden, everything, forward)
    warnings = [f"{item.path}: {item.reason}" for item in found["skipped"]]
    if as_json:
        extra = {key: found[key] for key in ("words", "doubts", "reasons", "params")}
        place = found["place"]
        extra |= {"measured_on": found["data"], "data_state": place.state, "data_path": place.data}
        extra |= {"verdict": asking.plain(judgement), "played": sheet.to_plain()}
        console.print_json("show", {**found["row"], **extra}, [*warnings, *found["notes"]])
    else:
        _print_strategy(found, sheet, asking)
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


def _print_strategy(found: dict[str, Any], sheet: Sheet, asking: Asking) -> None:
    import json

    from evosearch.cli import console

    row = found["row"]
    why = _explain_state(found, asking)
    console.print_lines(f"#{row['rank']}  {row['genome_id']}{f'  {why}' if why else ''}")
    for section in sheet.sections:
        console.print_lines("")
        _print_section(section, asking)
    # ASCII only, so that the line can be pasted whatever a category holds.
    console.print_lines("", f"params   {json.dumps(found['params'])}")
    if found["ranked"].metadata.problem.name == "trading":
        console.print_lines("", asking.say("sheet.past"))


def _explain_state(found: dict[str, Any], asking: Asking) -> str:
    """Return why a row is infeasible or was not measured; nothing of a good one."""
    row = found["row"]
    if row["status"] != "ok":
        return asking.say("sheet.failed", status=row["status"], error=row["error"] or "")
    if row["feasible"]:
        return ""
    return "; ".join(found["reasons"]) or asking.say("sheet.breaks", by=float(row["violation"]))


def _print_section(section: Section, asking: Asking) -> None:
    from evosearch.cli import console
    from evosearch.cli.painting import paint_loss
    from evosearch.report.sentences import lead, word

    language = asking.language
    lines = [word(each, language) for each in section.statements]
    margin = ""
    if section.key == "doubts":
        label = lead("doubt", "", language)
        lines, margin = [label + text for text in lines], " " * len(label)
    console.print_lines(*console.wrap_words(lines, console.make_console(), margin))
    table = section.table
    if table is None:
        return
    if lines:
        console.print_lines("")
    headers = [word(each, language) if each else "" for each in table.headers]
    cells = [
        [paint_loss(word(each, language), each.values.get("x")) if each else "-" for each in row]
        for row in table.rows
    ]
    texts, spare = ([headers[k] for k in places] for places in (table.texts, table.spare))
    console.print_table(headers, cells, texts=texts, spare=spare)
