"""How to trade the row that is shown: its rules in words, its figures, and every trade it made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from evosearch.assemble.alike import name_behaviour
from evosearch.assemble.holdout import is_holdout
from evosearch.assemble.strategies.figures import list_figures
from evosearch.assemble.strategies.played import Played
from evosearch.assemble.strategies.trades import list_parts
from evosearch.problems.words import list_doubts, state_row
from evosearch.report.page.records import Cell, Grid, Picture
from evosearch.report.rows import list_params, split_row
from evosearch.report.sentences import say, word
from evosearch.shards.format.schema import metric_names

if TYPE_CHECKING:
    from evosearch.assemble.pages.subject import Subject
    from evosearch.assemble.strategies.records import Table
    from evosearch.trading.replay.replay import Replay

_KINDS = (
    "integer", "text", "time", "time", "value", "value", "text", "money", "money", "integer",
)  # fmt: skip


def make_how(subject: Subject, language: str) -> Picture:
    """The rules in words, then what was measured, then a table of the trades."""
    ranked, is_hidden = subject.ranked, not subject.shows_holdout
    problem = ranked.metadata.problem.plain
    metrics, _ = split_row(subject.row, metric_names(ranked.schema))
    params = list_params(subject.row)
    if is_hidden:
        metrics = {name: value for name, value in metrics.items() if not is_holdout(name)}
    found = {
        "metrics": metrics, "params": params, "ranked": ranked, "row": subject.row,
        "behaviour": name_behaviour(ranked.metadata), "data": problem.get("data") or {},
    }  # fmt: skip
    played = _play(subject, found, is_hidden)
    doubts = [] if is_hidden else list_doubts(problem, metrics)
    told = [word(each, language) for each in state_row(problem, params)]
    told += [say("page.doubt", language, doubt=word(each, language)) for each in doubts]
    told.append(say("page.params", language, params=json.dumps(params)))
    figures = list_figures(found, subject.judgement, played, is_hidden)
    tables = [_show_table(figures, say("page.figures", language), language)]
    now = ""
    if played is not None and subject.replay is not None:
        now = " ".join(word(each, language) for each in played.state_now())
        tables.append(_list_trades(subject, subject.replay, language))
    title = say("page.how" if subject.bars is not None else "page.what", language)
    return Picture("how", title, None, now, tuple(tables), sentences=tuple(told))


def _play(subject: Subject, found: dict[str, object], is_hidden: bool) -> Played | None:
    if subject.opened is None or subject.replay is None:
        return None
    params, data = found["params"], found["data"]
    assert isinstance(params, dict)
    stated = data if isinstance(data, dict) else {}
    return Played(subject.opened, subject.replay, params, stated, "", (), is_hidden)


def _show_table(table: Table, caption: str, language: str) -> Grid:
    """A table of statements in words."""
    names = [say("page.figure", language) if each is None else word(each, language)
             for each in table.headers]  # fmt: skip
    kinds = ["text" if place in table.texts else "shown" for place in range(len(names))]
    rows = tuple(
        tuple(None if each is None else word(each, language) for each in row) for row in table.rows
    )
    return Grid(tuple(names), rows, tuple(kinds), caption)


def _list_trades(subject: Subject, replay: Replay, language: str) -> Grid:
    n_parts = len(replay.parts) if subject.shows_holdout else 1
    rows: list[tuple[Cell, ...]] = []
    for part in list_parts(replay, n_parts):
        where = say(f"drawn.part_{part.name}", language)
        for sold, entry, exit_ in zip(part.rows, part.entries, part.exits, strict=True):
            why = say(f"sold.{sold['reason'].replace(' ', '_')}", language)
            rows.append(
                (
                    len(rows) + 1, where, entry, exit_, sold["entry_price"], sold["exit_price"],
                    why, sold["fee"], sold["profit"], sold["n_bars"],
                )
            )  # fmt: skip
    keys = (
        "drawn.number", "drawn.part", "trades.entry", "trades.exit", "trades.entry_price",
        "trades.exit_price", "trades.reason", "trades.fee", "trades.profit", "trades.n_bars",
    )  # fmt: skip
    headers = tuple(say(key, language) for key in keys)
    name = f"trades-{str(subject.row['genome_id'])[:8]}.csv"
    return Grid(headers, tuple(rows), _KINDS, say("page.trades", language), name)
