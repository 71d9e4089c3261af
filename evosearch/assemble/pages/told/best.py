"""The best rows of a ranking as a table: one row a behaviour, on what was searched alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evosearch.assemble.alike import fold_ranking, name_behaviour
from evosearch.assemble.holdout import is_holdout
from evosearch.assemble.metrics import choose_metrics, find_metric, name_metric
from evosearch.errors import EvosearchError
from evosearch.problems.words import find_evidence
from evosearch.report.page.records import Cell, Grid
from evosearch.report.rows import list_finders, list_params
from evosearch.report.sentences import say
from evosearch.shards.format.schema import metric_names
from evosearch.shards.viewing.exports import plain_rows
from evosearch.texts import make_visible

if TYPE_CHECKING:
    from evosearch.assemble.pages.subject import Subject
    from evosearch.trading.replay.fees import Costs

_ID_DIGITS, _MOST_FINDERS, _FEW_DECIMALS = 8, 2, 2

Row = Mapping[str, Any]


def list_best(subject: Subject) -> tuple[list[dict[str, Any]], Mapping[int, int]]:
    """The best rows that behave differently, and by rank for how many each stands."""
    folded = fold_ranking(subject.ranked, name_behaviour(subject.ranked.metadata), subject.n_top)
    return plain_rows(folded.table), folded.counts


def make_best(
    subject: Subject, rows: Sequence[Row], counts: Mapping[int, int], language: str
) -> Grid:
    """A table of rows.

    Parameters
    ----------
    subject : Subject
    rows, counts
        From `list_best`.
    language : str
    """
    costs = _compare_costs(subject, rows)
    columns = [*_list_columns(subject, language)]
    headers = [say("drawn.number", language), say("board.id", language)]
    headers += [header for header, _, _ in columns]
    kinds = ["integer", "text", *(kind for _, kind, _ in columns)]
    if costs:
        headers += [say(f"board.{key}", language) for key in ("without_costs", "break_even")]
        kinds += ["percent", "percent"]
    headers += [say("board.alike", language), say("board.found_by", language)]
    kinds += ["integer", "text"]
    cells: list[tuple[Cell, ...]] = []
    for place, row in enumerate(rows):
        line: list[Cell] = [int(row["rank"]), str(row["genome_id"])[:_ID_DIGITS]]
        line += [read(row) for _, _, read in columns]
        line += [costs[place].without, costs[place].break_even] if costs else []
        names = list_finders(subject.ranked, row)
        shown = ", ".join(names[:_MOST_FINDERS]) + ", ..." * (len(names) > _MOST_FINDERS)
        cells.append((*line, counts.get(row["rank"], 1), make_visible(shown)))
    caption = say("page.best", language, n=len(rows))
    return Grid(tuple(headers), tuple(cells), tuple(kinds), caption, "best.csv")


def _list_columns(subject: Subject, language: str) -> Sequence[tuple[str, str, Any]]:
    """Header, kind and reader of each figure, the objective first."""
    metadata = subject.ranked.metadata
    behaviour = name_behaviour(metadata)
    names = [
        name
        for name in metric_names(subject.ranked.schema)
        if not is_holdout(name) and name != behaviour
    ]
    first, others = choose_metrics(metadata.problem.objective, names)
    chosen = [name for name in (first, *others) if name in names]
    evidence, hold = find_evidence(metadata.problem.plain), subject.judgement.box.hold
    found: list[tuple[str, str, Any]] = []
    for name in chosen:
        label = name_metric(name, language)
        found.append((make_visible(label), _choose_kind(name), lambda row, name=name: row[name]))
        is_earned = evidence is not None and name == evidence.return_frac
        if is_earned and hold is not None and hold.return_frac is not None:
            over = _compare_with(name, hold.return_frac)
            found.append((say("board.over_hold", language), "percent", over))
    return found


def _compare_with(name: str, holding: float) -> Any:
    return lambda row: None if row[name] is None else row[name] - holding


def _choose_kind(name: str) -> str:
    metric = find_metric(name)
    if metric.is_int:
        return "integer"
    if metric.is_money:
        return "money"
    if metric.is_share:
        return "percent"
    return "decimal" if metric.n_decimals <= _FEW_DECIMALS else "value"


def _compare_costs(subject: Subject, rows: Sequence[Row]) -> Sequence[Costs]:
    """Costs of the rows; none without the bars."""
    from evosearch.assemble.strategies.costs import recompute_on
    from evosearch.assemble.strategies.opened import Missing

    found = [] if subject.opened is None else recompute_on(subject.opened, rows)
    return [] if isinstance(found, Missing) else found


def find_differing(subject: Subject, rows: Sequence[Row]) -> dict[int, list[str]]:
    """Figures of rows that are not what the bars give, by rank; nothing without the bars.

    The hold-out is compared too: what is named is a figure, never its value.
    """
    from evosearch.problems.base import Batch
    from evosearch.trading.replay.replay import Replay

    opened, measured = subject.opened, [row for row in rows if row.get("status") == "ok"]
    if opened is None or not measured:
        return {}
    try:
        params = [list_params(row) for row in measured]
        problem, genomes = opened.encode(params)
    except EvosearchError:
        return {}
    figures = problem.evaluate_batch(Batch(problem.space, np.ascontiguousarray(genomes)))
    found = {}
    for place, row in enumerate(measured):
        values = {name: float(column[place]) for name, column in figures.items() if name in row}
        names = Replay(opened.bars, (), 0.0, values).difference(row)
        if names:
            found[int(row["rank"])] = names
    return found
