"""Measure strategies given by their parameters, as safely as in a search."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from evosearch.assemble.holdout import find_holdouts
from evosearch.assemble.one_by_one import OneByOne, keep_end, show_end
from evosearch.assemble.reasons import explain_measured
from evosearch.assemble.searching.parts import make_evaluator, make_executor
from evosearch.assemble.searching.search import load_problem
from evosearch.assemble.settings.loading import load_profile
from evosearch.assemble.settings.prices import remember_bars
from evosearch.errors import ProblemError, WorkerLost
from evosearch.executors import find_executor
from evosearch.executors.output import log_path
from evosearch.population import STATUS_NAMES, Evaluations
from evosearch.problems.base import Problem
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.problems.identity.fingerprint import Identity, identify
from evosearch.problems.identity.state import Unhashable
from evosearch.profiles.loaded import LoadedProfile
from evosearch.profiles.tables import Profile
from evosearch.report.sentences import word
from evosearch.shards.disk.files import explain_os_errors
from evosearch.shards.disk.spill import open_spill
from evosearch.system.machine import count_cores

if TYPE_CHECKING:
    from evosearch.days import Days
    from evosearch.problems.evaluator import Evaluator

_LOOK_S = 0.25


@dataclass(frozen=True)
class Measured:
    """What measuring some genomes gave.

    Attributes
    ----------
    rows : list of dict
        As `evaluate` returns them.
    data : dict
        `Problem.data_summary`.
    notes : tuple of str
        What a person has to know about the problem's identity.
    prepared : str or None
        What workers printed before their first genome: its end.
    holdouts : tuple of Days
        By these a look at the hold-out is counted; empty without a hold-out.
    """

    rows: list[dict[str, Any]]
    data: dict[str, Any]
    notes: tuple[str, ...]
    prepared: str | None = None
    holdouts: tuple[Days, ...] = ()


def evaluate(
    profile: LoadedProfile | str, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Measure strategies given as parameters, also outside the profile's search ranges.

    A problem that is not trusted is measured in worker processes on this machine, with any
    backend the profile names, with the profile's ``workers``, ``timeout_s`` and ``memory_gib``.

    Parameters
    ----------
    profile : Profile or str
    rows : sequence of mappings
        Gene name to value, with or without ``param_`` before the name; other keys with a
        shard's column names are passed over, so that a shard's row can be given as it is.

    Returns
    -------
    list of dict
        One for each row, in their order: ``genome_id``, ``fitness``, ``feasible``,
        ``violation``, ``status`` (``ok``, ``failed``, ``timeout`` or ``crashed``), ``error``
        (the reason, None when ok), ``metrics``, ``params``, ``outside`` (what lies outside the
        searched ranges), ``words``, ``reasons`` (which constraints it breaks, as far as the
        problem can say), and ``printed`` (the end of what the objective printed,
        with the traceback of what it raised; None when that is nothing).

    Raises
    ------
    SpaceError
        Parameters that are not a genome, all faults at once.
    WorkerLost
        The problem cannot be prepared in a worker process.

    Examples
    --------
    >>> rows = evaluate("recipe", [{"x": 1.0}, {"x": 2.0}])  # doctest: +SKIP
    >>> [row["error"] for row in rows if row["status"] != "ok"]  # doctest: +SKIP
    """
    return measure(profile, rows).rows


def measure(
    profile: LoadedProfile | str,
    rows: Sequence[Mapping[str, Any]],
    tell_slow: Callable[[int, float], None] = lambda row, elapsed_s: None,
) -> Measured:
    """As `evaluate`, with what a person wants to know beside the rows.

    Parameters
    ----------
    profile, rows
    tell_slow : callable
        Told the row and the seconds of an evaluation that has run for a minute, and again each
        time that has doubled.
    """
    from evosearch.genome.canonical import canonicalise, make_layout
    from evosearch.genome.identity import compute_genome_ids, format_genome_id

    profile = load_profile(profile) if isinstance(profile, str) else profile
    problem = load_problem(profile)
    known = remember_bars(problem)
    rows = [_gene_values(row) for row in rows]
    space, outside = problem.space.widened(rows)
    identity, notes = _identify(problem, profile)
    if any(outside):
        problem = problem.with_space(space)
    layout = make_layout(space)
    genomes = space.encode(rows)
    genomes = canonicalise(layout, genomes, np.zeros_like(genomes))
    ids = compute_genome_ids(layout, genomes)
    printed: list[str | None] = [None] * len(rows)
    prepared = None
    is_limited = profile.run.timeout_s is not None or profile.run.memory_gib is not None
    if problem.is_trusted and not is_limited:
        problem.setup()
        found = evaluate_genomes(problem, genomes)
    else:
        wider = problem.space if any(outside) else None
        evaluator = make_evaluator(problem, profile, identity, profile.problem["name"], wider)
        found, printed, prepared = _measure_apart(profile, evaluator, genomes, tell_slow)
    results = []
    for number, params in enumerate(space.decode(genomes)):
        metrics = zip(problem.metric_names, found.metrics[number].tolist(), strict=True)
        results.append(
            {
                "genome_id": format_genome_id(ids[number]),
                "fitness": _plain(float(found.fitness[number])),
                "feasible": bool(found.feasible[number]),
                "violation": float(found.violation[number]),
                "status": STATUS_NAMES[found.status[number]],
                "error": found.error[number],
                "metrics": {key: _plain(v, key in problem.int_metrics) for key, v in metrics},
                "params": params,
                "outside": outside[number],
                "words": _describe(problem, params),
                "printed": printed[number],
            }
        )
    holdouts, data = find_holdouts(problem, identity), problem.data_summary()
    for row in results:
        row["reasons"] = explain_measured(problem, row, data)
    return Measured(results, data, (*notes, *known), prepared, holdouts)


def _plain(value: float, is_whole: bool = False) -> float | None:
    if np.isnan(value):
        return None
    return int(value) if is_whole else value


def _gene_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """The genes of a row, whether it is a genome or a whole row of a shard."""
    prefixed = {key[6:]: value for key, value in row.items() if key.startswith("param_")}
    return prefixed or dict(row)


def _describe(problem: Problem, params: Mapping[str, Any]) -> list[str]:
    """A genome in words; the plain ones where the problem's own cannot be had."""
    try:
        if type(problem).describe is not Problem.describe:
            return [str(line) for line in problem.describe(params)]
        options, data = dict(problem.constructor_options), problem.data_summary()
        return [word(each, "en") for each in problem.state_row(params, options, data)]
    except Exception:
        return Problem.describe(problem, params)


def _identify(problem: Problem, profile: LoadedProfile) -> tuple[Identity | None, tuple[str, ...]]:
    """The identity that a run would record, None where it would refuse to, and notes on it."""
    try:
        identity = identify(problem, profile.folders)
    except ProblemError as error:
        if not isinstance(error.__cause__, Unhashable):
            raise
        return None, (f"evosearch run would refuse this problem. {error}".replace("\n", " "),)
    return identity, identity.notes


def _measure_apart(
    profile: Profile,
    evaluator: Evaluator,
    genomes: NDArray[np.float64],
    tell_slow: Callable[[int, float], None],
) -> tuple[Evaluations, list[str | None], str | None]:
    """Measure in worker processes: the rows, what each printed, and what was printed before."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        # A worker reads a script anew that has no guard around this call: the search for the
        # reason begins where that worker is missed, and its message names the remedy.
        raise SystemExit(1)
    n = len(genomes)
    found = Evaluations.empty(n, evaluator.n_metrics)
    numbered = np.column_stack([genomes, np.arange(n)])
    with explain_os_errors(Path("the folder for temporary files")):
        beside = Path(tempfile.gettempdir())
    # As a merge has one: removed at the end, or by the next one if this process is killed.
    with open_spill(beside) as scratch:
        logs, common = scratch / "rows", scratch / "workers"
        looked = time.monotonic()
        try:
            here, alone = _on_this_machine(profile, n), cast(Any, OneByOne(evaluator, logs))
            with make_executor(here, alone, common) as executor:
                executor.tell_slow = tell_slow
                for places, part in executor.evaluate(numbered):
                    found.place(places, part)
                    if time.monotonic() - looked > _LOOK_S and logs.is_dir():
                        looked = time.monotonic()
                        for path in logs.iterdir():
                            keep_end(path)
        except WorkerLost as error:
            said = _show_common(common)
            raise WorkerLost(f"{error}\nIt printed:\n{said}" if said else str(error)) from None
        printed = [show_end(log_path(str(logs), number)) for number in range(n)]
        return found, printed, _show_common(common)


def _on_this_machine(profile: Profile, n_rows: int) -> Profile:
    """The profile with worker processes here, no more than there are rows."""
    run = profile.run
    is_counted = run.workers in ("auto", 0) or find_executor(run.backend).is_remote
    n_workers = count_cores() if is_counted else int(run.workers)
    here = {"backend": "processes", "workers": max(1, min(n_workers, n_rows)), "address": None}
    return profile.model_copy(update={"run": run.model_copy(update=here)})


def _show_common(folder: Path) -> str | None:
    """What workers printed outside of evaluations, each line once: each of them prints the same."""
    texts = [show_end(path) or "" for path in sorted(folder.glob("worker-*.log"))]
    return "\n".join(dict.fromkeys("\n".join(texts).split("\n"))).strip("\n") or None
