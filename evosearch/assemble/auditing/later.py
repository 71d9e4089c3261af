"""The leaders of a ranking on newer bars: what is read first, and what is measured at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.audit_records import AuditFile
from evosearch.assemble.auditing.forward import join_bars, look_forward
from evosearch.assemble.auditing.prices import open_problem
from evosearch.assemble.auditing.sources import find_sources
from evosearch.assemble.auditing.whole import choose_leaders
from evosearch.assemble.judging.bench import Bench
from evosearch.report.audits.facts import Forward

if TYPE_CHECKING:
    from evosearch.shards.reading.ranked import Ranked


def open_newer(
    ranked: Ranked, place: Mapping[str, Any], top: int, file: str, trials_before: int = 0
) -> Callable[[AuditFile, Path], Forward]:
    """Read newer bars, and return what measures the leaders on them.

    Parameters
    ----------
    ranked : Ranked
    place : mapping
        Options that load the ranking's bars.
    top : int
    file : str
        With the newer bars.
    trials_before : int
        What was tried elsewhere.

    Returns
    -------
    callable
        Given the audit of the ranking and its results folder.

    Raises
    ------
    DataError
        The bars cannot be used.
    """
    problem = open_problem(ranked.metadata, find_sources(ranked.metadata), place)
    newer = join_bars(problem.bars, file, problem.options.reading)

    def measure(audit: AuditFile, results: Path) -> Forward:
        leaders, rows = choose_leaders(ranked, audit.rows_sha256, place, top)
        known = [ranked.path] if ranked.path is not None else []
        court = Bench.of(ranked.metadata, results, trials_before, known).court
        assert court is not None
        court = replace(court, audit=audit)
        cases = [court.make_case(row, 0) for row in rows]
        return look_forward(leaders.problem, newer, leaders.genomes, rows, cases, results)

    return measure
