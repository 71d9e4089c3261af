"""One session of a run: from a checked profile and a problem to its result.

A run may take several sessions. They share its manifest, which is written to the run's journal at
the start and is part of every shard.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.assemble.reasons import explain_best, explain_run, find_feasible
from evosearch.assemble.searching import parts
from evosearch.assemble.searching.leftovers import sweep_leftovers
from evosearch.assemble.searching.room import note_room
from evosearch.errors import EnvironmentFailed, IncomparableShards, ProblemError, WorkerLost
from evosearch.executors import Executor, find_executor
from evosearch.executors.output import sweep_logs
from evosearch.loop.events import Listener, RunFacts, RunStarted, ShardPublished
from evosearch.loop.result import RunResult, attach_result
from evosearch.problems.base import Problem
from evosearch.problems.identity.fingerprint import identify, keep_identity
from evosearch.problems.words import list_summarised
from evosearch.profiles.loaded import LoadedProfile
from evosearch.provenance import RunPlan, describe_machine
from evosearch.texts import describe_resume

if TYPE_CHECKING:
    from evosearch.problems.evaluator import Evaluator
    from evosearch.shards.writing.journal import Journal
    from evosearch.shards.writing.recall import Recall


@dataclass
class Session:
    """Searches until the run ends or is interrupted; used once.

    Attributes
    ----------
    profile : LoadedProfile
        With its seed.
    problem : Problem
    is_given : bool
        The problem is a Python object that workers cannot build from the profile.
    open_journal : callable
        Gives the run's journal; closed afterwards.
    listen, should_stop
        As in `run`.
    recall : Recall, optional
        What earlier sessions measured.
    profile_file : Path, optional
        The file of this machine that says what is measured, to be named at the start.
    notes : tuple of str
        What is known of its data on this machine.
    """

    profile: LoadedProfile
    problem: Problem
    is_given: bool
    open_journal: Callable[[], Journal]
    listen: Listener
    should_stop: Callable[[], bool] | None
    recall: Recall | None = None
    profile_file: Path | None = None
    notes: tuple[str, ...] = ()

    def run(self) -> RunResult:
        """Search, and clean up after it.

        Raises
        ------
        EnvironmentFailed
            With the command that continues the run. This, ObjectiveFails and KeyboardInterrupt
            carry a `RunResult` as ``result`` when the search had begun.
        """
        profile = self.profile
        identity = identify(self.problem, profile.folders)
        name = None if self.is_given else profile.problem["name"]
        evaluator = parts.make_evaluator(self.problem, profile, identity, name)
        results = Path(profile.run.results)
        made = [place for place in (results, *results.parents) if not os.path.lexists(place)]
        sweep_leftovers(results)
        try:
            journal = self.open_journal()
        except BaseException:
            _remove_empty(made)
            raise
        self._is_under_way = self.recall is not None
        self._plan = RunPlan(
            manifest=journal.manifest,
            space=self.problem.space,
            metrics=self.problem.metric_names,
            int_metrics=self.problem.int_metrics,
            results=results,
            folders=profile.folders,
            summarised=list_summarised(),
            objective=self.problem.objective,
        )
        self._data = _summarise_data(self.problem, journal.manifest)
        self.notes = (*identity.notes, *self.notes)
        try:
            return self._search(evaluator, journal)
        finally:
            keep_identity(self.problem, identity, profile.folders)
            # What workers printed goes first: a later session needs it until the journal ends.
            with contextlib.suppress(OSError):
                self._logs.parent.rmdir()  # only when nothing is left in it
            # Without a place to evaluate, no run has begun.
            journal.is_over = journal.is_over or not self._is_under_way
            journal.close()
            # Only when nothing was measured.
            _remove_empty([self._logs.parent.parent, *made])

    @property
    def _logs(self) -> Path:
        """What the objective printed. It is kept, so it lies apart from the journal."""
        from evosearch.shards.writing.journal import STATE_FOLDER

        return self._plan.results / STATE_FOLDER / "logs" / self._plan.run_id

    def _search(self, evaluator: Evaluator, journal: Journal) -> RunResult:
        from evosearch.loop.runner import Runner
        from evosearch.shards.writing.recorder import Recorder

        result: RunResult | None = None
        try:
            with parts.make_executor(self.profile, evaluator, self._logs, self.listen) as executor:
                recorder = Recorder(
                    self._plan,
                    publish=lambda path, n_rows: self.listen(ShardPublished(path, n_rows)),
                    journal=journal,
                    recall=self.recall,
                )
                facts = self._describe(executor)
                self.listen(RunStarted(self._plan.run_id, facts, self.profile.n_evaluations))
                self._is_under_way = True
                result = Runner(
                    plan=self._plan,
                    algorithm=parts.make_algorithm(self.profile, self.problem),
                    executor=executor,
                    recorder=recorder,
                    budget=parts.make_budget(self.profile, self.problem),
                    listen=self.listen,
                    should_stop=self.should_stop,
                ).run()
            return self._complete(result)
        except IncomparableShards as error:
            # What was published is all there is: a finished run stays finished.
            journal.is_over = journal.is_over or not journal.commits()
            attach_result(error, None)  # there is nothing to say of a run that cannot go on
            raise
        except BaseException as error:
            # An interruption while workers end leaves the result of the search.
            measured: RunResult | None = getattr(error, "result", None) or result
            if measured is not None:
                attach_result(error, self._complete(measured))
            told = self._explain(error, measured)
            if told is None:
                raise
            attach_result(told, getattr(error, "result", None))
            raise told from error

    def _complete(self, result: RunResult) -> RunResult:
        """The result, with what only this session knows."""
        sweep_logs(str(self._logs))  # also empty ones of earlier sessions
        output = self._logs if self._logs.is_dir() else None
        reasons = explain_run(self.problem, result, self._data)
        return replace(
            result,
            output=output,
            data=self._data,
            notes=self.notes,
            reasons=reasons,
            shortfall=explain_best(self.problem, result.best, self._data),
            noun=self.problem.noun,
            feasible=find_feasible(self.problem),
        )

    def _explain(self, error: BaseException, measured: RunResult | None) -> BaseException | None:
        """The error with what to do next; None where there is nothing to add."""
        is_resumable = self._is_under_way if measured is None else measured.is_resumable
        # A worker found code other than that of the run: what is measured is kept.
        is_changed = isinstance(error, ProblemError) and measured is not None and is_resumable
        if not (is_changed or (isinstance(error, EnvironmentFailed) and self._is_under_way)):
            return None
        advice = "Nothing was measured, so nothing is kept: begin again when that is mended."
        if is_resumable:
            advice = (
                "What was committed is kept. When that is mended, continue with:  "
                f"{describe_resume(self._plan.run_id, self._plan.results)}"
            )
            if find_executor(self.profile.run.backend).is_remote:  # it may be gone for good
                advice += " --backend processes\n(without --backend it joins the cluster again)"
        kind = WorkerLost if is_changed else type(error)
        return kind(f"{error}\n{advice}")

    def _describe(self, executor: Executor) -> RunFacts:
        profile, problem = self.profile, self.problem
        n_known = self.recall.n_rows if self.recall is not None else 0
        return RunFacts(
            seed=self._plan.manifest["run"]["seed"],
            # Where it runs now; the manifest says where it was begun.
            machine=describe_machine(profile.run.machine),
            population=profile.search.population,
            generations=profile.n_generations,
            objective=problem.objective,
            direction=problem.direction,
            problem=profile.problem["name"],
            timeout_s=profile.run.timeout_s,
            budget_s=profile.run.budget_s,
            data=self._data,
            n_workers=executor.n_workers,
            backend=executor.kind,
            notes=(*self.notes, *note_room(profile, problem, n_known)),
            n_known=n_known,
            profile_file=self.profile_file,
            noun=problem.noun,
            feasible=find_feasible(problem),
        )


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders of this session, innermost first, until one is in use."""
    with contextlib.suppress(OSError):
        for folder in folders:
            if folder.exists():
                folder.rmdir()


def _summarise_data(problem: Problem, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The data as they are here, in the window that the run was asked for.

    A resumed run may read its bars from a file that has more of them now.
    """
    data, recorded = problem.data_summary(), manifest["problem"].get("data")
    if not isinstance(recorded, Mapping) or data.get("hash") != recorded.get("hash"):
        return data
    return data | {key: recorded.get(key) for key in ("since", "until") if key in data}
