"""The loop: ask, evaluate, tell, record. The only one there is.

It knows algorithms, executors and recorders by their interfaces, and nothing of trading, Parquet
or terminals. It announces what happens as events; a listener may print them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evosearch.algorithms.base import Algorithm, Proposal
from evosearch.errors import EvosearchError, ObjectiveFails
from evosearch.executors import Executor
from evosearch.loop import events
from evosearch.loop.budget import Budget
from evosearch.loop.health import Health
from evosearch.loop.result import RunResult, attach_result
from evosearch.population import Population, as_slice
from evosearch.provenance import RunPlan
from evosearch.tally import Tally


class Recorder(Protocol):
    """What the loop needs of the keeper of rows."""

    n_known: int  # rows that earlier sessions have left on disk

    @property
    def is_resumable(self) -> bool:
        """Whether the run can be continued; asked after its end."""

    def reserve(self, n: int) -> Population:
        """Rows for n individuals, to be filled in place and then kept."""

    def recall(self, rows: Population) -> NDArray[np.bool_]:
        """Fill in what an interrupted run knew of the rows reserved last; True where it did."""

    def note(self, is_measured: NDArray[np.bool_]) -> None:
        """Some of the rows reserved last are measured; save them if it is time."""

    def keep(self, is_measured: NDArray[np.bool_]) -> None:
        """Keep those of the rows reserved last that were measured."""

    def seal(self, is_complete: bool) -> None:
        """Publish what is kept; an incomplete run can be resumed."""

    def abandon(self, is_measured: NDArray[np.bool_] | None) -> None:
        """Save as much of what is measured as possible: something failed."""

    def list_shards(self) -> list[Path]:
        """All shards of the run, those of earlier sessions too."""

    def count(self, tally: Tally) -> int:
        """Take in the run's rows as they are on disk; how many of them are in no shard."""


class Runner:
    """One run of one algorithm.

    Parameters
    ----------
    plan : RunPlan
    algorithm : Algorithm
    executor : Executor
    recorder : Recorder
    budget : Budget
    listen : callable
        Told every event.
    should_stop : callable, optional
        Asked between pieces of work; True ends the run with everything kept.
    """

    def __init__(
        self,
        plan: RunPlan,
        algorithm: Algorithm,
        executor: Executor,
        recorder: Recorder,
        budget: Budget,
        listen: events.Listener,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self._plan = plan
        self._algorithm, self._executor, self._recorder = algorithm, executor, recorder
        self._budget, self._listen = budget, listen
        self._should_stop = should_stop or (lambda: False)
        algorithm.should_stop = lambda: self._find_interruption() is not None
        self._tally = Tally(plan.metrics, plan.int_metrics, plan.objective)
        self._n_duplicates = self._n_stagnant = self._n_generations = 0
        self._rises: list[tuple[int, float]] = []
        # The generation under way, and which of its rows are measured.
        self._pending: tuple[Population, NDArray[np.bool_]] | None = None
        self._health = Health(executor.n_workers)
        self._started: float | None = None  # of the clock: with the first evaluation

    def run(self) -> RunResult:
        """Search until the budget is spent, the space is exhausted, or `should_stop` is true.

        Raises
        ------
        ObjectiveFails
            All rows are published.
        BaseException
            Whatever ended the search; rows are committed if the disk lets them. Both kinds carry
            a `RunResult` as their attribute ``result``.
        """
        failure: ObjectiveFails | None = None
        try:
            try:
                reason = self._search()
            except ObjectiveFails as error:
                failure, reason = error, "failed"
                self._keep_measured()
            self._recorder.seal(is_complete=reason != "stopped")
        except BaseException as error:
            # Keeping what was measured matters more than a clean exit.
            with contextlib.suppress(EvosearchError):
                self._recorder.abandon(None if self._pending is None else self._pending[1])
            reason = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
            attach_result(error, self._finish(reason, is_sealed=False))
            raise
        result = self._finish(reason, is_sealed=True)
        if failure is not None:
            attach_result(failure, result)
            raise failure
        return result

    def _search(self) -> str:
        reason = None
        while reason is None:
            reason = self._find_end() or self._step()
        return reason

    def _find_end(self) -> str | None:
        return self._budget.find_end(
            self._algorithm.generation,
            self._tally.n_evaluated,
            self._tally.best_fitness,
            self._n_stagnant,
        )

    def _step(self) -> str | None:
        """One generation; why the run ends with it, if it does."""
        proposal = self._algorithm.ask()
        self._n_duplicates += proposal.n_duplicates
        if len(proposal) < self._algorithm.population and (ending := self._find_interruption()):
            return ending  # perhaps cut short: another session must ask for the whole proposal
        if not len(proposal):
            return "exhausted" if self._algorithm.has_seen_all else "duplicates"
        if self._budget.n_evaluations is not None:
            proposal = proposal.cut(self._budget.n_evaluations - self._tally.n_evaluated)
        rows, reason = self._measure(proposal)
        if self._keep_measured():
            self._algorithm.tell(proposal, rows.evaluations)
            told, look = self._describe(self._tally), self._algorithm.look
            self._listen(events.GenerationFinished(proposal.generation, look=look, **told))
            self._health.end_generation()
            # A run that is stopped with its last row is complete.
            return reason and (self._find_end() or reason)
        return reason

    def _keep_measured(self) -> bool:
        """Keep and count what is measured of this generation; return whether it is complete."""
        if self._pending is None:
            return False
        rows, is_measured = self._pending
        is_whole = bool(is_measured.all())
        is_first = self._tally.best is None
        is_better = self._tally.take(rows if is_whole else rows.take(is_measured)) is not None
        self._n_stagnant = 0 if is_better and not is_first else self._n_stagnant + 1
        if is_measured.any():
            self._note_rise(int(rows.generation[0]))
        self._recorder.keep(is_measured)
        self._pending = None
        return is_whole

    def _note_rise(self, generation: int) -> None:
        """Keep when the best feasible row became better."""
        self._n_generations = generation + 1
        fitness = self._tally.best_fitness
        if fitness is not None and (not self._rises or fitness > self._rises[-1][1]):
            self._rises.append((generation, fitness))

    def _measure(self, proposal: Proposal) -> tuple[Population, str | None]:
        """Measure a proposal; results are placed by row, never by arrival."""
        rows = self._recorder.reserve(len(proposal))
        rows.genomes[:] = proposal.genomes
        rows.genome_ids[:] = proposal.genome_ids
        rows.generation[:] = proposal.generation
        rows.index[:] = np.arange(len(proposal))
        is_measured = self._recorder.recall(rows)
        self._pending = rows, is_measured
        todo = np.flatnonzero(~is_measured)
        self._executor.tell_slow = lambda row, elapsed_s: self._listen(
            events.EvaluationOverdue(proposal.generation, int(todo[row]), elapsed_s)
        )
        n_known = len(proposal) - len(todo)
        n_evaluated = self._tally.n_evaluated + n_known
        if n_known:
            self._health.take(rows.evaluations.take(is_measured))
        reason = self._find_interruption() or self._start(len(todo), n_evaluated)
        if len(todo) and reason is None:
            genomes = proposal.genomes[todo] if n_known else proposal.genomes
            for places, part in self._executor.evaluate(genomes):
                if len(places):
                    where = as_slice(todo[places] if n_known else places)
                    rows.evaluations.place(where, part)
                    is_measured[where] = True
                    n_evaluated += len(places)
                    self._health.take(part)
                    self._listen(events.EvaluationsFinished(proposal.generation, n_evaluated))
                self._recorder.note(is_measured)
                if (reason := self._find_interruption()) is not None:
                    break
        return rows, reason

    def _find_interruption(self) -> str | None:
        if self._should_stop():
            return "stopped"
        return "time" if self._elapsed_s() > (self._budget.time_s or float("inf")) else None

    def _start(self, n: int, n_known: int) -> str | None:
        """Prepare workers and start the clock; return why the run ends meanwhile, or None."""
        if n and self._started is None:
            if any(self._should_stop() for _ in self._executor.prepare(n)):
                return "stopped"
            self._started = time.monotonic() - self._executor.waited_s
            self._listen(events.SearchStarted(n_known))
        return None

    def _elapsed_s(self) -> float:
        """Seconds of this session's search, without the wait for workers to start."""
        if self._started is None:
            return 0.0
        return time.monotonic() - self._executor.waited_s - self._started

    def _describe(self, tally: Tally) -> dict[str, Any]:
        """What is told of a run after each generation and at its end."""
        return {
            "n_evaluated": tally.n_evaluated,
            "n_not_ok": tally.n_not_ok,
            "n_feasible": tally.n_feasible,
            "n_duplicates": self._n_duplicates,
            "best": tally.describe_best(),
            "elapsed_s": self._elapsed_s(),
        }

    def _finish(self, reason: str, is_sealed: bool) -> RunResult:
        """The result of a run that has ended.

        Rows are counted on disk where it may hold others: those of earlier sessions that this one
        did not reach, and those of this one that could not be written.
        """
        tally, n_committed = self._tally, 0
        if self._recorder.n_known or not is_sealed:
            plan = self._plan
            tally = Tally(plan.metrics, plan.int_metrics, plan.objective)
            n_committed = self._recorder.count(tally)
        result = RunResult(
            run_id=self._plan.run_id,
            reason=reason,
            paths=tuple(self._recorder.list_shards()),
            n_recalled=self._recorder.n_known,
            n_committed=n_committed,
            is_resumable=self._recorder.is_resumable,
            n_generations=self._n_generations,
            rises=tuple(self._rises),
            **self._describe(tally),
        )
        self._listen(events.RunFinished(result))
        return result
