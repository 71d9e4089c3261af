"""How to trade the row that is shown: its rules in words, and every trade it made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from evosearch.problems.words import state_row
from evosearch.report.page.records import Cell, Grid, Picture
from evosearch.report.rows import split_row
from evosearch.report.sentences import say, word
from evosearch.shards.format.schema import metric_names

if TYPE_CHECKING:
    from evosearch.assemble.pages.subject import Subject
    from evosearch.trading.replay.replay import Replay

_REASONS = ("stop", "target", "trailing", "end")


def make_how(subject: Subject, language: str) -> Picture:
    """The rules in words, and a table of the trades."""
    ranked = subject.ranked
    _, params = split_row(subject.row, metric_names(ranked.schema))
    words = [word(each, language) for each in state_row(ranked.metadata.problem.plain, params)]
    replay = subject.replay
    tables = () if replay is None else (_list_trades(subject, replay, language),)
    return Picture("how", say("page.how", language), None, "", tables, sentences=tuple(words))


def _list_trades(subject: Subject, replay: Replay, language: str) -> Grid:
    names = (
        "number", "part", "entry", "exit", "entry_price", "exit_price", "why", "fees", "outcome",
        "held",
    )  # fmt: skip
    kinds = (
        "integer", "text", "text", "text", "decimal", "decimal", "text", "money", "money",
        "integer",
    )  # fmt: skip
    times = replay.bars.timestamp_us
    rows: list[tuple[Cell, ...]] = []
    parts = replay.parts if subject.shows_holdout else replay.parts[:1]
    for part in parts:
        trades = part.trades
        where = say("page.part_unseen" if part.name == "oos" else "page.part_searched", language)
        for k in range(len(trades)):
            entry, exit_ = int(trades.entry_bar[k]), int(trades.exit_bar[k])
            rows.append(
                (
                    len(rows) + 1,
                    where,
                    _show_time(int(times[entry])),
                    _show_time(int(times[exit_])),
                    float(trades.entry_price[k]),
                    float(trades.exit_price[k]),
                    say(f"page.why_{_REASONS[int(part.reasons[k])]}", language),
                    float(part.fees[k]),
                    float(trades.outcome[k]),
                    exit_ - entry,
                )
            )
    headers = tuple(say(f"page.trade_{name}", language) for name in names)
    name = f"trades-{str(subject.row['genome_id'])[:8]}.csv"
    return Grid(headers, tuple(rows), kinds, say("page.trades", language), name)


def _show_time(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
