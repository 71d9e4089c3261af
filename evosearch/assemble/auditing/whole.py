"""The whole audit of a ranking of prices: its leaders, and the searches that found them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from evosearch.assemble.audit_records import AuditFile, Check
from evosearch.assemble.auditing import strategies
from evosearch.assemble.auditing.prices import make_problem, open_problem
from evosearch.assemble.auditing.repeats import Repeater
from evosearch.assemble.auditing.rows import choose_rows, find_tolerance, join_rows, split
from evosearch.assemble.auditing.sources import Sources, find_sources
from evosearch.problems.evidence import SharpeEvidence
from evosearch.trading.problem import Trading

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked

Listener = Callable[[str, int, int], None]
_LIMIT = 0.05


def audit_prices(
    ranked: Ranked,
    wanted: AuditFile,
    place: Mapping[str, Any],
    top: int,
    n_surrogates: int,
    listen: Listener,
) -> AuditFile:
    """Make every check of a ranking of prices.

    Parameters
    ----------
    ranked : Ranked
    wanted : AuditFile
        Its digest and what was asked for.
    place : mapping
        Options that load the ranking's bars.
    top, n_surrogates : int
    listen : callable
    """
    sources, name = find_sources(ranked.metadata), wanted.rows_sha256
    found, rows = choose_leaders(ranked, name, place, top)
    problem, evidence = found.problem, get_evidence(found.problem)
    listen("same_numbers", 0, len(rows))
    numbers = found.measure_again()
    listen("same_numbers", len(rows), len(rows))
    # A row that is not what it says ends there: nothing else about it would be true.
    same = [place for place, check in enumerate(numbers) if check.passed is not False]
    others = dict(zip(same, found.take(same).check(listen), strict=True))
    checks = [[check, *others.get(place, [])] for place, check in enumerate(numbers)]
    ranking: list[Check] = []
    values: tuple[float | None, ...] = ()
    best = rows[0] if rows and rows[0]["feasible"] else {}
    ours = best.get(evidence.sharpe)
    if sources.searches:
        repeater = Repeater(
            sources.searches, lambda source: make_problem(source.options, place), name
        )
        if n_surrogates and ours is not None:
            made = strategies.search_surrogates(
                problem, repeater, n_surrogates, name, evidence.sharpe, listen
            )
            values = tuple(value for value, _ in made)
            found_by = replace(wanted, surrogates=values)
            ranking.append(_judge_surrogates(found_by, ours, [n for _, n in made], sources))
        elif n_surrogates:
            why = "no_sharpe" if best else "infeasible"
            ranking.append(Check("surrogates", None, None, {"why": why}))
        ranking.append(strategies.walk_forward(problem, repeater, listen))
    return replace(
        wanted,
        rows=join_rows(rows, checks),
        ranking=tuple(ranking),
        surrogates=values,
        is_at_least=sources.is_at_least,
        days_per_year=float(problem.bars.days_per_year),
        hold=problem.measure_data().get("hold") or {},
    )


def choose_leaders(
    ranked: Ranked, name: str, place: Mapping[str, Any], top: int
) -> tuple[strategies.Strategies, list[dict[str, Any]]]:
    """The best strategies on bars of this machine, and their whole rows.

    Parameters
    ----------
    ranked : Ranked
    name : str
        The digest of its rows.
    place : mapping
        Options that load its bars.
    top : int
    """
    problem = open_problem(ranked.metadata, find_sources(ranked.metadata), place)
    behaviour = get_evidence(problem).behaviour
    rows = choose_rows(ranked, top, behaviour)
    pairs = [split(ranked, row) for row in rows]
    space, _ = problem.space.widened([params for _, params in pairs])
    problem = problem.with_space(space)
    found = strategies.Strategies(
        problem,
        strategies.encode(problem, [params for _, params in pairs]),
        [
            # Rows of an older version lack the behaviour; whatever else is null was undefined.
            {"rank": row["rank"]} | {k: v for k, v in metrics.items() if k != behaviour or v}
            for row, (metrics, _) in zip(rows, pairs, strict=True)
        ],
        [find_tolerance(ranked.metadata, row) for row in rows],
        name,
    )
    return found, rows


def get_evidence(problem: Trading) -> SharpeEvidence:
    """The names of the columns that are evidence."""
    evidence = type(problem).evidence
    assert evidence is not None
    return evidence


def _judge_surrogates(
    found: AuditFile, ours: float, n_genomes: Sequence[int], sources: Sources
) -> Check:
    """How often a search on bars without direction found as good a strategy."""
    known = [value for value in found.surrogates if value is not None]
    facts: dict[str, Any] = {
        "n": len(found.surrogates),
        "n_as_good": sum(value >= ours for value in known),
        "ours": ours,
        "best": max(known, default=None),
        "n_genomes_least": min(n_genomes),
        "n_genomes_most": max(n_genomes),
        "is_at_least": sources.is_at_least,
        "n_missing": len(sources.missing),
        "limit": _LIMIT,
    }
    p = found.compute_p(ours)
    if p is None:
        return Check("surrogates", None, None, facts | {"why": "too_few"})
    return Check("surrogates", p <= _LIMIT, p, facts)
