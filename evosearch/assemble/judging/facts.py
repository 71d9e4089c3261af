"""The facts of the box under a ranking, collected from where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.judging.case import find_days_per_year, is_wide
from evosearch.evidence.sharpe import min_backtest_years
from evosearch.evidence.sketch import estimate_distinct
from evosearch.problems.loading import BUILT_IN
from evosearch.report.verdict import BoxFacts
from evosearch.texts import find_unit, quote_path

if TYPE_CHECKING:
    from evosearch.assemble.judging.bench import Bench
    from evosearch.evidence.verdict import Verdict


def describe_facts(
    bench: Bench,
    state: str,
    row: Mapping[str, Any] | None = None,
    verdict: Verdict | None = None,
    n_looks: int = 0,
    is_look_recorded: bool = True,
    path: Path | None = None,
) -> BoxFacts:
    """The facts about one row and its ranking.

    Parameters
    ----------
    bench : Bench
    state : str
        One of `evosearch.report.verdict.STATES`.
    row : mapping, optional
    verdict : Verdict, optional
    n_looks : int
        This one included; 0 without a hold-out.
    is_look_recorded : bool
    path : Path, optional
        The merged file.
    """
    metadata, trials = bench.metadata, bench.trials
    about: dict[str, Any] = {}
    if row is not None:
        about = _describe_row(bench, row, is_open=state not in ("unmerged", "no_rows"))
    sketch, counted = (metadata.behaviours, metadata.trials) if metadata.complete else (None, None)
    n_behaviours = None
    if sketch is not None and counted is not None and sketch.n:
        # An estimate may exceed what there is.
        n_behaviours = min(estimate_distinct(sketch.n, sketch.kth or 0), counted.n)
    return BoxFacts(
        state=state,
        verdict=verdict,
        n_trials=trials.n,
        n_is_bound=trials.is_bound or state == "unmerged",
        n_machines=trials.n_machines,
        by_profile=trials.by_profile,
        n_elsewhere=trials.elsewhere.n_trials,
        n_files_elsewhere=trials.elsewhere.n_files,
        n_before=trials.n_before,
        n_looks=n_looks,
        is_look_recorded=is_look_recorded,
        n_behaviours=n_behaviours,
        objective=metadata.problem.objective,
        # A problem of a user does not say whether it is.
        is_deterministic=True if metadata.problem.name in BUILT_IN else None,
        next_command=_find_next(bench, state, path),
        is_wide=is_wide(metadata),
        is_older=trials.is_older,
        unit=find_unit(metadata.problem.plain.get("data")),
        **about,
    )


def _describe_row(bench: Bench, row: Mapping[str, Any], is_open: bool) -> dict[str, Any]:
    metadata, court = bench.metadata, bench.court
    run = metadata.sources.get(str(row.get("run_id")))
    best = row.get(metadata.problem.objective, row.get("fitness"))
    facts: dict[str, Any] = {
        "best": float(best) if isinstance(best, (int, float)) else None,
        "found": f"{run.profile_name}@{run.host}" if run is not None else "",
    }
    if court is None:
        return facts
    days_per_year, searched = find_days_per_year(metadata), court.read_searched(row)
    hold, hold_unseen = court.read_hold()
    facts |= {
        "days_searched": searched.n_days,
        "days_per_year": days_per_year,
        "searched": searched,
        "hold": hold,
        "years_here": None if searched.n_days is None else searched.n_days / days_per_year,
        "years_for_one": min_backtest_years(bench.trials.n),
        "audit": court.read_audit(row),
    }
    if is_open:
        unseen = court.read_unseen(row)
        days = None if unseen is None else unseen.n_days
        facts |= {"unseen": unseen, "hold_unseen": hold_unseen, "days_unseen": days}
    return facts


def _find_next(bench: Bench, state: str, path: Path | None) -> str:
    """Return the command that says more: an audit until there is one."""
    if state == "unmerged":
        return "evosearch merge"
    where = "" if path is None else f" {quote_path(path)}"
    is_audited = bench.court is not None and bench.court.audit is not None
    return f"evosearch show 1{where}" if is_audited else f"evosearch audit{where}"
