"""The ten different ones: rows of which none resembles another, each with the money it made.

With bars, rows whose daily returns go up and down together are one. Without bars, rows that are
known to behave alike are one; where nothing is known of that, rows with nearly the same genes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.judging.ratio import Ratio
from evosearch.assemble.pages.gathering.columns import Columns, read_columns
from evosearch.assemble.pages.subject import Subject
from evosearch.report.page.rows_data import Idea, Ideas
from evosearch.report.rows import list_finders, list_params
from evosearch.shards.reading.ranked import Ranked
from evosearch.shards.viewing.exports import plain_rows

if TYPE_CHECKING:
    from evosearch.report.page.money_data import Curve

N_IDEAS = 10
# Ideas are counted up to so many.
MAX_COUNTED = 200
# Only the best are compared, so that a merge of any size takes as long.
MAX_COMPARED = 10_000
# Genes that differ by less than this share of their ranges, on average.
NEAR = 0.05
_N_COLUMNS = 120


def find_different(subject: Subject, ratio: Ratio | None, to_value: float) -> Ideas | None:
    """The different ones; None without a feasible row.

    Parameters
    ----------
    subject : Subject
    ratio : Ratio, optional
    to_value : float
        What a fitness is multiplied with to be shown.
    """
    head = _take_head(subject.ranked)
    below, opened = None, subject.opened
    n_ideas, is_at_least = None, False
    if opened is not None:
        from evosearch.assemble.strategies.ideas import BELOW, choose_ideas

        found = choose_ideas(head, opened, MAX_COUNTED, BELOW)
        n_ideas, is_at_least = len(found.ideas), found.is_at_least
        chosen = [(idea.rank, idea.n_alike + 1) for idea in found.ideas[:N_IDEAS]]
        n_compared, below = found.n_rows, found.below
    else:
        name = "" if ratio is None else ratio.behaviour
        columns = read_columns(head, [name] if name else [])
        chosen, n_compared = choose_by_columns(columns, name)
    if not chosen:
        return None
    ideas = tuple(_make_idea(subject, head, rank, n, opened, ratio, to_value) for rank, n in chosen)
    return Ideas(ideas, n_compared, below, opened is None and ratio is None, n_ideas, is_at_least)


def _take_head(ranked: Ranked) -> Ranked:
    if ranked.n_rows <= MAX_COMPARED and ranked.table is not None:
        return ranked
    return Ranked.of_table(ranked.rows(0, min(MAX_COMPARED, ranked.n_rows)), ranked.metadata)


def choose_by_columns(columns: Columns, behaviour: str) -> tuple[list[tuple[int, int]], int]:
    """Ranks and for how many rows each stands, and how many rows were compared."""
    rows = np.flatnonzero(columns.feasible & np.isfinite(columns.fitness))
    known = columns.figures.get(behaviour)
    if known is not None:
        _, first, counts = np.unique(known[rows], return_index=True, return_counts=True)
        order = np.argsort(first)[:N_IDEAS]
        ranks = columns.ranks[rows][first[order]]
        return list(zip(ranks.tolist(), counts[order].tolist(), strict=True)), len(rows)
    points, is_choice = _scale(columns, rows)
    left, found = np.ones(len(rows), np.bool_), list[tuple[int, int]]()
    while left.any() and len(found) < N_IDEAS:
        first_left = int(np.argmax(left))
        near = left & (_measure_distances(points, is_choice, first_left) < NEAR)
        near[first_left] = True
        found.append((int(columns.ranks[rows][first_left]), int(near.sum())))
        left &= ~near
    return found, len(rows)


def _scale(
    columns: Columns, rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Genes as shares of their ranges, shape (n, n_genes), and which of them are choices."""
    points = np.column_stack([gene.values[rows] for gene in columns.genes] or [np.zeros(len(rows))])
    is_choice = np.array([bool(gene.labels) for gene in columns.genes] or [False])
    used = np.isfinite(points)
    low = np.where(used, points, np.inf).min(axis=0, initial=np.inf)
    high = np.where(used, points, -np.inf).max(axis=0, initial=-np.inf)
    size = np.where((high > low) & np.isfinite(high), high - low, 1.0)
    return np.where(is_choice, points, points / size), is_choice


def _measure_distances(
    points: NDArray[np.float64], is_choice: NDArray[np.bool_], place: int
) -> NDArray[np.float64]:
    """The mean distance of all rows to one: 1 where a choice differs or only one uses a gene."""
    own, unused = points[place], np.isnan(points)
    apart = np.abs(points - own)
    apart = np.where(is_choice, apart > 0, apart).astype(np.float64)
    apart[unused & np.isnan(own)] = 0.0
    apart[unused != np.isnan(own)] = 1.0
    found: NDArray[np.float64] = apart.mean(axis=1)
    return found


def _make_idea(
    subject: Subject,
    head: Ranked,
    rank: int,
    n_alike: int,
    opened: Any,
    ratio: Ratio | None,
    to_value: float,
) -> Idea:
    row = plain_rows(head.rows(rank - 1, 1))[0]
    params = list_params(row)
    returned = None if ratio is None else row.get(ratio.return_column)
    return Idea(
        rank=rank,
        genome_id=str(row["genome_id"]),
        n_alike=n_alike,
        value=float(row["fitness"]) * to_value,
        returned=None if returned is None else float(returned),
        found_by=tuple(list_finders(subject.ranked, row)),
        curve=None if opened is None else _draw_curve(opened, params),
        words=_state(subject, params),
    )


def _draw_curve(opened: Any, params: Mapping[str, Any]) -> Curve:
    from evosearch.assemble.pages.gathering.replayed import to_ms
    from evosearch.assemble.pages.gathering.thin import thin

    played = opened.replay(params)
    part = played.parts[0]
    return thin(to_ms(played.bars)[part.begin : part.end], part.equity, _N_COLUMNS)


def _state(subject: Subject, params: Mapping[str, Any]) -> Sequence[Any]:
    from evosearch.problems.words import state_row

    rounded = {
        name: float(f"{value:.6g}") if isinstance(value, float) else value
        for name, value in params.items()
    }
    # Without its data a rule is told in bars alone: short enough for a row of a table.
    return tuple(state_row({**subject.ranked.metadata.problem.plain, "data": {}}, rounded))
