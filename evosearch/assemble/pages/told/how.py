"""How to trade the row that is shown: its rules in words, and every trade it made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evosearch.assemble.strategies.trades import list_parts
from evosearch.problems.words import state_row
from evosearch.report.page.records import Cell, Grid, Picture
from evosearch.report.rows import split_row
from evosearch.report.sentences import say, word
from evosearch.shards.format.schema import metric_names

if TYPE_CHECKING:
    from evosearch.assemble.pages.subject import Subject
    from evosearch.trading.replay.replay import Replay

_KINDS = (
    "integer", "text", "text", "text", "decimal", "decimal", "text", "money", "money", "integer",
)  # fmt: skip


def make_how(subject: Subject, language: str) -> Picture:
    """The rules in words, and a table of the trades."""
    ranked = subject.ranked
    _, params = split_row(subject.row, metric_names(ranked.schema))
    words = [word(each, language) for each in state_row(ranked.metadata.problem.plain, params)]
    replay = subject.replay
    tables = () if replay is None else (_list_trades(subject, replay, language),)
    return Picture("how", say("page.how", language), None, "", tables, sentences=tuple(words))


def _list_trades(subject: Subject, replay: Replay, language: str) -> Grid:
    n_parts = len(replay.parts) if subject.shows_holdout else 1
    rows: list[tuple[Cell, ...]] = []
    for part in list_parts(replay, n_parts):
        where = say("page.part_unseen" if part.name == "oos" else "page.part_searched", language)
        for sold, entry, exit_ in zip(part.rows, part.entries, part.exits, strict=True):
            why = say(f"trades.{sold['reason'].replace(' ', '_')}", language)
            rows.append(
                (
                    len(rows) + 1, where, entry, exit_, sold["entry_price"], sold["exit_price"],
                    why, sold["fee"], sold["profit"], sold["n_bars"],
                )
            )  # fmt: skip
    keys = (
        "page.number", "page.part", "trades.entry", "trades.exit", "trades.entry_price",
        "trades.exit_price", "trades.reason", "trades.fee", "trades.profit", "trades.n_bars",
    )  # fmt: skip
    headers = tuple(say(key, language) for key in keys)
    name = f"trades-{str(subject.row['genome_id'])[:8]}.csv"
    return Grid(headers, tuple(rows), _KINDS, say("page.trades", language), name)
