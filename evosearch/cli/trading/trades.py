"""``evosearch trades``: every trade of one strategy, and its money bar by bar."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evosearch.cli import options
from evosearch.cli.app import command
from evosearch.cli.typed.help import READ

if TYPE_CHECKING:
    from evosearch.assemble.strategies.trades import PartSheet
    from evosearch.cli.ranking.box import Asking


@command(section=READ, example="evosearch trades 1 -o trades.csv")
def trades(
    wanted: Annotated[str, typer.Argument(metavar="RANK|ID", help="Rank, or start of an id.")],
    paths: options.Paths = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the trades as CSV."),
    ] = None,
    equity: Annotated[
        str | None,
        typer.Option("--equity", metavar="FILE", help="Write the money at each bar's close."),
    ] = None,
    data: options.Prices = None,
    unseen: options.Unseen = False,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    trials_before: options.TrialsBefore = 0,
    lang: options.Language = None,
    results: options.Results = None,
    as_json: options.Json = False,
) -> None:
    """List every trade of one strategy, played again on its prices.

    A strategy was measured in two parts. Each begins with new money, and its last close sells what
    is held. Times are those at which bars begin, in UTC. The hold-out is shown as `evosearch show`
    shows it: that is a look, and is counted. Exit code 1 when the row states other figures than
    its prices give.
    """
    from evosearch.assemble.strategies import showing
    from evosearch.assemble.strategies import trades as files
    from evosearch.assemble.strategies.opened import open_strategy
    from evosearch.cli import console
    from evosearch.cli.ranking.box import Asking, find_next

    there = results or "results"
    asking = Asking.of(paths, results, unseen, lang, trials_before)
    outputs = files.choose_outputs((output, equity), paths, there, force)
    found = showing.show(wanted, paths, results=there, is_judged=False)
    opened, played = open_strategy(found, there, data)
    files.refuse_bars(outputs, opened.place)
    # From here on nothing fails that a person could mend: the look is counted now.
    judgement, is_hidden = asking.judge_row(found["ranked"], found["row"])
    n_parts = 1 if is_hidden else len(played.parts)
    writers = (files.write_trades, files.write_equity)
    written = [
        None if path is None else files.write_file(path, partial(write, played, n_parts))
        for path, write in zip(outputs, writers, strict=True)
    ]
    sheets = files.list_parts(played, n_parts)
    differing = played.difference(found["row"])
    warnings = [f"{item.path}: {item.reason}" for item in found["skipped"]]
    notes = list(found["notes"])
    if differing:
        notes.append(asking.say("trades.differ", names=", ".join(differing)))
    if as_json:
        plain = {
            "rank": found["row"]["rank"],
            "genome_id": found["row"]["genome_id"],
            "trades": [row for sheet in sheets for row in sheet.rows],
            "trades_path": _name(written[0]),
            "equity_path": _name(written[1]),
            "differing": differing,
            "verdict": asking.plain(judgement),
        }
        console.print_json("trades", plain, [*warnings, *notes])
    else:
        if written[0] is None:
            _print_trades(sheets, asking)
        for key, path in zip(("trades.written", "trades.equity"), written, strict=True):
            if path is not None:
                console.print_lines(asking.say(key, path=str(path)))
        if is_hidden:
            console.print_lines("", asking.say("table.hidden_unmerged"))
        asking.print_verdict(judgement, find_next(judgement, paths, results))
        console.print_skipped(warnings, notes)
    if differing:
        raise typer.Exit(1)
    if found["skipped"]:
        raise typer.Exit(3)


def _name(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _print_trades(sheets: Sequence[PartSheet], asking: Asking) -> None:
    """Print a table for each part."""
    from evosearch.cli import console
    from evosearch.cli.painting import paint_loss
    from evosearch.report.sentences import count, show_decimal, show_integer, show_money, show_value

    language = asking.language
    names = ("entry", "entry_price", "exit", "exit_price", "reason", "fee", "profit", "n_bars")
    headers = [asking.say(f"trades.{name}") for name in names]
    for place, sheet in enumerate(sheets):
        line = asking.say(
            f"trades.part_{sheet.name}",
            since=sheet.since,
            until=sheet.until,
            n=count("trade", len(sheet.rows), language),
            profit=show_decimal(sheet.profit, language, 2),
            money=show_money(sheet.money, language),
        )
        console.print_lines(*[""] * (place > 0), line)
        cells = [
            [
                entry,
                show_value(row["entry_price"], language),
                exit_,
                show_value(row["exit_price"], language),
                asking.say(f"sold.{row['reason'].replace(' ', '_')}"),
                show_decimal(row["fee"], language, 2),
                paint_loss(show_decimal(row["profit"], language, 2), row["profit"]),
                show_integer(row["n_bars"], language),
            ]
            for entry, exit_, row in zip(sheet.entries, sheet.exits, sheet.rows, strict=True)
        ]
        if cells:
            # A moment is no text: on a narrow terminal it would be folded.
            spare = [headers[place] for place in (5, 7, 3, 1)]
            console.print_table(headers, cells, (headers[4],), spare=spare)
