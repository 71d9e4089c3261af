"""All numbers of a report's pictures, gathered for one subject.

The rows of a ranking give the pictures of a search; the row that is shown, played again on its
bars, gives those of money. What cannot be had is named with its remedy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from evosearch.assemble.judging.ratio import Ratio, find_ratio
from evosearch.assemble.pages.gathering.all_rows import make_cloud, make_histogram
from evosearch.assemble.pages.gathering.columns import Columns, read_columns
from evosearch.assemble.pages.gathering.different import find_different
from evosearch.assemble.pages.gathering.gene_cells import make_genes, make_plateau
from evosearch.assemble.pages.gathering.searches import make_machines, make_progress
from evosearch.assemble.pages.subject import Subject
from evosearch.problems.metric import TWIN
from evosearch.report.page.data import Facts, PageData
from evosearch.report.rows import list_params
from evosearch.shards.viewing.contributions import count_contributions

if TYPE_CHECKING:
    from evosearch.shards.format.metadata import ShardMetadata


def gather(subject: Subject) -> PageData:
    """The numbers of all pictures.

    Parameters
    ----------
    subject : Subject
    """
    metadata, ratio = subject.ranked.metadata, find_ratio(subject.ranked.metadata)
    params = list_params(subject.row)
    money, lacking = _gather_money(subject, params)
    facts = _make_facts(subject, ratio, money.pop("spans", ()))
    if subject.is_single:
        return PageData(facts, **money, lacking=lacking)
    wanted = () if ratio is None else (ratio.column, ratio.column + TWIN, ratio.behaviour)
    columns = read_columns(subject.ranked, [name for name in wanted if name])
    to_value = _find_unit(metadata, ratio)
    focus = subject.row.get("fitness")
    value = None if focus is None else float(focus) * to_value
    rows: dict[str, Any] = {
        "luck": _gather_cloud(subject, columns, ratio, lacking),
        "best_of_n": _gather_histogram(subject, columns, ratio, to_value),
        "search": make_progress(columns, metadata, to_value),
        "plateau": make_plateau(columns, metadata, params, to_value),
        "ideas": find_different(subject, ratio, to_value),
        "machines": _gather_machines(subject, to_value),
    }
    if not facts.is_money:
        rows["genes"] = make_genes(columns, metadata, params, to_value, value)
    return PageData(replace(facts, n_drawn=len(columns)), **money, **rows, lacking=lacking)


def _make_facts(subject: Subject, ratio: Ratio | None, spans: Any) -> Facts:
    ranked, box = subject.ranked, subject.judgement.box
    metadata = ranked.metadata
    problem = metadata.problem
    run = metadata.sources.get(str(subject.row.get("run_id")))
    is_shown = subject.shows_holdout
    return Facts(
        noun=subject.noun,
        rank=int(subject.row.get("rank") or 1),
        n_rows=ranked.n_rows,
        n_drawn=ranked.n_rows,
        n_trials=box.n_trials,
        n_is_bound=box.n_is_bound,
        seeds=tuple(sorted({run.seed for run in metadata.sources.values()})),
        seed=None if run is None else run.seed,
        searched=spans[0] if spans else None,
        unseen=spans[1] if len(spans) > 1 and is_shown else None,
        objective=problem.objective,
        is_ratio=ratio is not None and problem.objective == ratio.column,
        is_minimised=problem.direction == "minimize",
        is_money=ratio is not None and subject.bars is not None,
        remedy=f"{subject.command} --data FILE",
    )


def _find_unit(metadata: ShardMetadata, ratio: Ratio | None) -> float:
    """What a fitness is multiplied with: ratios become those of a year, costs positive again."""
    sign = -1.0 if metadata.problem.direction == "minimize" else 1.0
    is_ratio = ratio is not None and metadata.problem.objective == ratio.column
    return sign * ratio.to_year if is_ratio and ratio is not None else sign


def _gather_cloud(
    subject: Subject, columns: Columns, ratio: Ratio | None, lacking: dict[str, str]
) -> Any:
    if ratio is None:
        return None
    if not subject.shows_holdout:
        lacking["luck"] = "unmerged"
        return None
    box = subject.judgement.box
    focus = _pair(subject.row.get(ratio.column), subject.row.get(ratio.column + TWIN), ratio)
    hold, hold_unseen = ratio.read_hold(box)
    both = None if hold is None or hold_unseen is None else (hold, hold_unseen)
    cloud = make_cloud(columns, ratio, subject.ranked.metadata, focus, both)
    if cloud is None:
        lacking["luck"] = "no_unseen"
    return cloud


def _pair(x: Any, y: Any, ratio: Ratio) -> tuple[float, float] | None:
    if x is None or y is None or not (np.isfinite(x) and np.isfinite(y)):
        return None
    return float(x) * ratio.to_year, float(y) * ratio.to_year


def _gather_histogram(
    subject: Subject, columns: Columns, ratio: Ratio | None, to_value: float
) -> Any:
    row, box = subject.row, subject.judgement.box
    if ratio is None:
        values = np.where(columns.feasible, columns.fitness, np.nan) * to_value
        fitness = row.get("fitness")
        own = None if fitness is None else float(fitness) * to_value
        is_minimised = subject.ranked.metadata.problem.direction == "minimize"
        return make_histogram(values, is_ratio=False, is_minimised=is_minimised, focus=own)
    own = row.get(ratio.column)
    return make_histogram(
        columns.figures[ratio.column] * ratio.to_year,
        is_ratio=True,
        is_minimised=False,
        focus=None if own is None else float(own) * ratio.to_year,
        lucky=ratio.find_lucky(box),
        hold=ratio.read_hold(box)[0],
    )


def _gather_machines(subject: Subject, to_value: float) -> Any:
    ranked = subject.ranked
    counts = count_contributions(ranked)
    return make_machines(ranked.metadata, counts, ranked.metadata.complete, to_value)


def _gather_money(
    subject: Subject, params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The pictures of one row that need bars, or why there are none."""
    if subject.bars is None:
        return {}, {}
    if subject.replay is None or subject.opened is None:
        return {}, dict.fromkeys(("equity", "price", "costs", "months"), "no_bars")
    from evosearch.assemble.pages.gathering import replayed

    played = subject.replay
    n_parts = len(played.parts) if subject.shows_holdout else 1
    free = replayed.play_free(subject.opened, params)
    return {
        "spans": replayed.make_spans(played),
        "equity": replayed.make_money(played, free, n_parts),
        "price": replayed.make_prices(played, params, n_parts),
        "months": replayed.make_months(played, n_parts),
        "costs": replayed.make_fees(subject.opened, params, played, n_parts),
    }, {}
