"""One sitting of a run: from a checked profile and a problem to its result.

A run may take several sittings. What all of them share is the manifest: it is written to the
run's journal at the start, and every shard of the run carries it too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.searching.leftovers import sweep_leftovers
from evosearch.assemble.searching.parts import (
    identify_problem,
    make_algorithm,
    make_budget,
    make_executor,
)
from evosearch.assemble.searching.room import note_room
from evosearch.errors import (
    EnvironmentFailed,
    IncomparableShards,
    ProblemError,
    WorkerLost,
)
from evosearch.loop.events import Listener, RunStarted, ShardPublished
from evosearch.profiles.durations import parse_duration
from evosearch.profiles.tables import Profile
from evosearch.provenance import describe_machine
from evosearch.texts import name_results, quote

if TYPE_CHECKING:
    from evosearch.loop.result import RunResult
    from evosearch.problems.base import Problem
    from evosearch.shards.writing.journal import Journal
    from evosearch.shards.writing.recall import Recall


def run_session(
    profile: Profile,
    problem: Problem,
    is_given: bool,
    run_id: str,
    open_journal: Callable[[], Journal],
    listen: Listener,
    should_stop: Callable[[], bool] | None,
    recall: Recall | None = None,
    first_part: int = 0,
    profile_file: Path | None = None,
    notes: tuple[str, ...] = (),
) -> RunResult:
    """Search until the run ends or is interrupted.

    Parameters
    ----------
    profile : Profile
        With its seed.
    problem : Problem
    is_given : bool
        The problem is a Python object that workers cannot build from the profile.
    run_id : str
    open_journal : callable
        Gives the run's journal; closed afterwards.
    listen, should_stop
        As in `run`.
    recall : Recall, optional
        What earlier sittings measured.
    first_part : int
        Number of the next shard.
    profile_file : Path, optional
        The file of this machine that says what is measured, to be named at the start.
    notes : tuple of str
        What is known of its data on this machine.

    Raises
    ------
    EnvironmentFailed
        With the command that continues the run. This, ObjectiveFails and KeyboardInterrupt
        carry a `RunResult` as ``result`` when the search had begun.
    """
    from evosearch.executors.output import sweep_logs
    from evosearch.loop.result import attach_result
    from evosearch.loop.runner import Runner
    from evosearch.problems.code.pinned import pin_files
    from evosearch.problems.evaluator import Evaluator
    from evosearch.problems.identity.fingerprint import keep_identity
    from evosearch.problems.words import list_summarised
    from evosearch.shards.writing.journal import STATE_FOLDER
    from evosearch.shards.writing.recorder import Recorder

    identity = identify_problem(problem, profile)
    evaluator = Evaluator(
        problem,
        None if is_given else profile.problem["name"],
        profile.problem_options,
        profile.folders,
        pin_files(identity.files),
        identity.parts.get("code"),
    )
    results = Path(profile.run.results)
    # Apart from the journal, which ends with the run: what a user's objective printed is kept.
    logs = results / STATE_FOLDER / "logs" / run_id
    made = [place for place in (results, *results.parents) if not os.path.lexists(place)]
    sweep_leftovers(results)
    try:
        journal = open_journal()
    except BaseException:
        _remove_empty(made)
        raise
    manifest = journal.manifest
    is_under_way = recall is not None
    result: RunResult | None = None

    data = _summarise_data(problem, manifest)

    def complete(result: RunResult) -> RunResult:
        output = logs if logs.is_dir() else None
        return replace(result, output=output, data=data, notes=(*identity.notes, *notes))

    try:
        with make_executor(profile, evaluator, logs, listen) as executor:
            recorder = Recorder(
                folder=results,
                run=manifest["run"],
                problem=manifest["problem"],
                space=problem.space,
                metrics=problem.metric_names,
                int_metrics=problem.int_metrics,
                profile_toml=manifest["profile_toml"],
                publish=lambda path, n_rows: listen(ShardPublished(path, n_rows)),
                journal=journal,
                recall=recall,
                first_part=first_part,
                folders=profile.folders,
                summarised=list_summarised(),
            )
            about = _describe(profile, problem, manifest) | {"data": data}
            about |= {"n_workers": executor.n_workers, "backend": executor.kind}
            about["notes"] = (*identity.notes, *notes)
            about["n_known"] = recall.n_rows if recall is not None else 0
            about["profile_file"] = profile_file
            about["notes"] = (*about["notes"], *note_room(profile, problem, about["n_known"]))
            listen(RunStarted(run_id, about, profile.n_evaluations))
            is_under_way = True
            result = Runner(
                run_id=run_id,
                algorithm=make_algorithm(profile, problem),
                executor=executor,
                recorder=recorder,
                metrics=problem.metric_names,
                int_metrics=problem.int_metrics,
                budget=make_budget(profile, problem),
                listen=listen,
                should_stop=should_stop,
            ).run()
        # Also what an earlier sitting with workers left empty.
        sweep_logs(str(logs))
        return complete(result)
    except IncomparableShards as error:
        # What was published is all there is: a finished run stays finished.
        journal.is_over = journal.is_over or not journal.commits()
        attach_result(error, None)  # of a run that cannot go on there is nothing to say
        raise
    except BaseException as error:
        # One who does not wait for the workers' end has the result of the search all the same.
        measured: RunResult | None = getattr(error, "result", None) or result
        if measured is not None:
            sweep_logs(str(logs))
            attach_result(error, complete(measured))
        is_resumable = is_under_way if measured is None else measured.is_resumable
        # A worker found other code than the run was identified by: what is measured is kept.
        is_changed = isinstance(error, ProblemError) and measured is not None and is_resumable
        if not (is_changed or (isinstance(error, EnvironmentFailed) and is_under_way)):
            raise
        if not is_resumable:
            advice = "Nothing was measured, so nothing is kept: begin again when that is mended."
        else:
            elsewhere = ""
            if profile.run.backend == "ray":  # it may be gone for good
                elsewhere = " --backend processes\n(without --backend it joins the cluster again)"
            advice = (
                "What was committed is kept. When that is mended, continue with:  "
                f"{describe_resume(run_id, results)}{elsewhere}"
            )
        kind = WorkerLost if is_changed else type(error)
        told = kind(f"{error}\n{advice}")
        attach_result(told, getattr(error, "result", None))
        raise told from error
    finally:
        keep_identity(problem, identity, profile.folders)
        # What workers printed goes first: until the journal ends, somebody comes back to it.
        with contextlib.suppress(OSError):
            logs.parent.rmdir()  # only when nothing is left in it
        # If there was nowhere to evaluate, no run has begun.
        journal.is_over = journal.is_over or not is_under_way
        journal.close()
        _remove_empty([logs.parent.parent, *made])  # only when nothing was measured


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders that this session made, innermost first, up to one that is in use."""
    with contextlib.suppress(OSError):
        for folder in folders:
            if folder.exists():
                folder.rmdir()


def describe_resume(run_id: str, results: Path) -> str:
    """The command that continues a run."""
    return f"evosearch resume {quote(run_id)}{name_results(results)}"


def _describe(profile: Profile, problem: Problem, manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **manifest["run"],
        # Where it runs now; the manifest says where it was begun.
        "machine": describe_machine(profile.run.machine),
        "population": profile.search.population,
        "generations": profile.n_generations,
        "objective": problem.objective,
        "direction": problem.direction,
        "problem": profile.problem["name"],
        "timeout_s": profile.run.timeout_s,
        "budget_s": None if profile.run.budget is None else parse_duration(profile.run.budget),
    }


def _summarise_data(problem: Problem, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The data as they are here, in the window that the run was asked for.

    A run that goes on may read its bars out of a file that has more by now.
    """
    data, recorded = problem.data_summary(), manifest["problem"].get("data")
    if not isinstance(recorded, Mapping) or data.get("hash") != recorded.get("hash"):
        return data
    return data | {key: recorded.get(key) for key in ("since", "until") if key in data}
