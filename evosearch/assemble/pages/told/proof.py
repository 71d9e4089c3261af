"""Whether the rows that a page shows are what the bars give: computed again, and compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evosearch.assemble.holdout import is_holdout
from evosearch.assemble.pages.told.best import find_differing
from evosearch.report.page.contents import Said
from evosearch.report.page.records import Cell, Grid
from evosearch.report.sentences import name_metric, say

if TYPE_CHECKING:
    from evosearch.assemble.pages.subject import Subject

Rows = Sequence[Mapping[str, Any]]

_MEASURED = "ok"
# So many rows are named.
_MOST_RANKS = 10


def check_figures(
    subject: Subject, language: str, missing: str = "", rows: Rows = ()
) -> tuple[Said, Grid | None]:
    """Compare the row that is shown with its replay.

    Parameters
    ----------
    subject : Subject
    language : str
    missing : str
        Titles of the pictures that are not drawn without the bars.
    rows : sequence of mapping
        The other rows that are shown.

    Returns
    -------
    said : Said
        Green if all figures are equal, red if one is not, grey if they could not be compared.
    differing : Grid or None
        Each figure that is not equal, as the file states it and as the bars give it.
    """
    replay, row = subject.replay, subject.row
    if replay is None:
        return Said("unsure", _explain_missing(subject, language, missing)), None
    if row.get("status") != _MEASURED:
        return Said("unsure", say("page.not_measured", language)), None
    compared = {name: row[name] for name in replay.metrics if name in row}
    if not subject.shows_holdout:
        compared = {name: value for name, value in compared.items() if not is_holdout(name)}
    differing = replay.difference(compared)
    others = {} if differing else find_differing(subject, rows)
    if others:
        ranks = ", ".join(f"#{rank}" for rank in [*others][:_MOST_RANKS])
        return Said("bad", say("page.differs_others", language, ranks=ranks)), None
    if not differing:
        return Said(
            "good",
            say(
                "page.equal" if rows else "page.equal_row",
                language,
                n=len(compared),
                rows=len(rows),
            ),
        ), None
    names = ", ".join(name_metric(name, language) for name in differing)
    cells: Sequence[tuple[Cell, ...]] = [
        (name_metric(name, language), _show(row, name), _show(replay.metrics, name))
        for name in differing
    ]
    headers = tuple(say(f"page.{key}", language) for key in ("figure", "in_file", "from_bars"))
    grid = Grid(headers, tuple(cells), ("text", "text", "text"), say("page.differing", language))
    return Said("bad", say("page.differs", language, names=names)), grid


def _explain_missing(subject: Subject, language: str, names: str) -> str:
    if subject.bars is None:
        return say("page.no_prices", language)
    return say("page.no_bars", language, names=names, command=name_remedy(subject))


def name_remedy(subject: Subject) -> str:
    """The command that draws what needs the bars."""
    return f"{subject.command} --data FILE"


def _show(figures: Mapping[str, Any], name: str) -> str:
    value = figures.get(name)
    return "-" if value is None or math.isnan(value) else repr(value)
