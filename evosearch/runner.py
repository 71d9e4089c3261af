"""The loop: ask, evaluate, tell, record. The only one there is.

It knows algorithms, executors and recorders by their promises and nothing of trading, Parquet
or terminals. What happens is announced as events; whoever wants to print them listens.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evosearch.algorithms import Algorithm, Proposal
from evosearch.budget import Budget
from evosearch.errors import EvosearchError, ObjectiveFails
from evosearch.events import (
    EvaluationOverdue,
    EvaluationsFinished,
    GenerationFinished,
    Listener,
    RunFinished,
)
from evosearch.executors import Executor
from evosearch.health import Health
from evosearch.population import Population, Status, as_slice

if TYPE_CHECKING:
    import pandas as pd


class Recorder(Protocol):
    """What the loop needs of whoever keeps the rows."""

    paths: list[Path]

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
        """Save what is measured as best one can: something failed."""


@dataclass(frozen=True)
class RunResult:
    """What a run left behind.

    Attributes
    ----------
    run_id : str
    reason : str
        Why it ended: ``"budget"``, ``"target"``, ``"stagnation"``, ``"time"``, ``"exhausted"`` or
        ``"stopped"``.
    paths : tuple of Path
        Its shards.
    n_evaluated, n_not_ok, n_feasible, n_duplicates : int
        In the whole run, earlier sessions included.
    n_recalled : int
        Those of the evaluated that earlier sessions had measured.
    best : dict
        The best row: genome id, fitness, feasibility and metrics by name; empty for no rows.
    elapsed_s : float
    output : Path or None
        Folder with what workers printed, if they printed anything.
    """

    run_id: str
    reason: str
    paths: tuple[Path, ...]
    n_evaluated: int
    n_not_ok: int
    n_feasible: int
    n_duplicates: int
    best: dict[str, Any]
    elapsed_s: float
    n_recalled: int = 0
    output: Path | None = None

    def to_frame(self) -> pd.DataFrame:
        """Every row of the run as a pandas frame, best first within each shard."""
        from evosearch.shards.frames import read_frame

        return read_frame(self.paths)


class Runner:
    """One run of one algorithm.

    Parameters
    ----------
    run_id : str
    algorithm : Algorithm
    executor : Executor
    recorder : Recorder
    metrics : sequence of str
        Names of the metric columns.
    int_metrics : frozenset of str
        Those that are whole numbers.
    budget : Budget
    listen : callable
        Told every event.
    should_stop : callable, optional
        Asked between pieces of work; True ends the run with everything kept.
    """

    def __init__(
        self,
        run_id: str,
        algorithm: Algorithm,
        executor: Executor,
        recorder: Recorder,
        metrics: Sequence[str],
        int_metrics: frozenset[str],
        budget: Budget,
        listen: Listener,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self._run_id = run_id
        self._algorithm, self._executor, self._recorder = algorithm, executor, recorder
        self._metrics, self._int_metrics = tuple(metrics), int_metrics
        self._budget, self._listen = budget, listen
        self._should_stop = should_stop or (lambda: False)
        self._n_evaluated = self._n_recalled = self._n_not_ok = 0
        self._n_feasible = self._n_duplicates = self._n_stagnant = 0
        self._best: Population | None = None
        self._is_measured: NDArray[np.bool_] | None = None
        self._health = Health(executor.n_workers)
        self._started = time.monotonic()

    def run(self) -> RunResult:
        """Search until the budget is spent, the space is exhausted, or somebody says stop."""
        self._started = time.monotonic()
        reason = None
        try:
            while reason is None:
                reason = self._find_end() or self._step()
            self._recorder.seal(is_complete=reason != "stopped")
        except ObjectiveFails:
            self._keep_measured()
            self._recorder.seal(is_complete=True)
            raise
        except BaseException:
            # Whatever it is, what was measured is worth more than a clean exit.
            with contextlib.suppress(EvosearchError):
                self._recorder.abandon(self._is_measured)
            raise
        result = RunResult(
            run_id=self._run_id,
            reason=reason,
            paths=tuple(self._recorder.paths),
            n_evaluated=self._n_evaluated,
            n_recalled=self._n_recalled,
            n_not_ok=self._n_not_ok,
            n_feasible=self._n_feasible,
            n_duplicates=self._n_duplicates,
            best=self._describe_best(),
            elapsed_s=time.monotonic() - self._started,
        )
        self._listen(
            RunFinished(result.run_id, reason, result.paths, result.n_evaluated, result.elapsed_s)
        )
        return result

    def _find_end(self) -> str | None:
        fitness = None
        if self._best is not None and self._best.evaluations.feasible[0]:
            fitness = float(self._best.evaluations.fitness[0])
        return self._budget.find_end(
            self._algorithm.generation, self._n_evaluated, fitness, self._n_stagnant
        )

    def _step(self) -> str | None:
        """One generation; why the run ends with it, if it does."""
        proposal = self._algorithm.ask()
        if not len(proposal):
            return "exhausted"
        if self._budget.n_evaluations is not None:
            n_left = self._budget.n_evaluations - self._n_evaluated
            proposal = replace(
                proposal, genomes=proposal.genomes[:n_left], genome_ids=proposal.genome_ids[:n_left]
            )
        rows, reason = self._measure(proposal)
        if self._keep_measured():
            self._algorithm.tell(proposal, rows.evaluations)
            self._take_stock(proposal, rows)
            self._health.end_generation()
        return reason

    def _keep_measured(self) -> bool:
        """Keep what is measured of the generation under way; whether that is all of it."""
        is_measured, self._is_measured = self._is_measured, None
        if is_measured is None:
            return False
        self._recorder.keep(is_measured)
        return bool(is_measured.all())

    def _measure(self, proposal: Proposal) -> tuple[Population, str | None]:
        """Measure a proposal; results are placed by row, never by arrival."""
        rows = self._recorder.reserve(len(proposal))
        rows.genomes[:] = proposal.genomes
        rows.genome_ids[:] = proposal.genome_ids
        rows.generation[:] = proposal.generation
        rows.index[:] = np.arange(len(proposal))
        self._is_measured = is_measured = self._recorder.recall(rows)
        todo = np.flatnonzero(~is_measured)
        self._executor.tell_slow = lambda row, elapsed_s: self._listen(
            EvaluationOverdue(proposal.generation, int(todo[row]), elapsed_s)
        )
        n_known = len(proposal) - len(todo)
        self._n_recalled += n_known
        if n_known:
            self._health.take(rows.evaluations.take(is_measured))
        self._n_evaluated += n_known
        reason = self._find_interruption()
        if len(todo) and reason is None:
            genomes = proposal.genomes[todo] if n_known else proposal.genomes
            for places, part in self._executor.evaluate(genomes):
                if len(places):
                    where = as_slice(todo[places] if n_known else places)
                    rows.evaluations.place(where, part)
                    is_measured[where] = True
                    self._n_evaluated += len(places)
                    self._health.take(part)
                    self._listen(EvaluationsFinished(proposal.generation, self._n_evaluated))
                self._recorder.note(is_measured)
                reason = self._find_interruption()
                if reason is not None:
                    break
        return rows, reason

    def _find_interruption(self) -> str | None:
        if self._should_stop():
            return "stopped"
        elapsed_s = time.monotonic() - self._started
        return "time" if elapsed_s > (self._budget.time_s or float("inf")) else None

    def _take_stock(self, proposal: Proposal, rows: Population) -> None:
        found = rows.evaluations
        self._n_not_ok += int(np.count_nonzero(~found.is_ok))
        self._n_feasible += int(np.count_nonzero(found.feasible))
        self._n_duplicates += proposal.n_duplicates
        best = rows.take(np.array([rows.find_best()]))
        self._n_stagnant += 1
        if self._best is not None:
            both = Population.concatenate([self._best, best])
            place = both.find_best()
            self._n_stagnant *= place == 0
            best = both.take(np.array([place]))
        self._best = best
        self._listen(
            GenerationFinished(
                generation=proposal.generation,
                n_evaluated=self._n_evaluated,
                n_not_ok=self._n_not_ok,
                n_feasible=self._n_feasible,
                n_duplicates=self._n_duplicates,
                best=self._describe_best(),
                elapsed_s=time.monotonic() - self._started,
            )
        )

    def _describe_best(self) -> dict[str, Any]:
        if self._best is None:
            return {}
        found = self._best.evaluations
        plain = {
            "genome_id": self._best.genome_ids[0].astype(">u8").tobytes().hex(),
            "status": Status(found.status[0]).name.lower(),
            "feasible": bool(found.feasible[0]),
            "fitness": _plain(found.fitness[0]),
            "violation": float(found.violation[0]),
            "generation": int(self._best.generation[0]),
        }
        return plain | {
            name: _plain(value, name in self._int_metrics)
            for name, value in zip(self._metrics, found.metrics[0], strict=True)
        }


def _plain(value: np.float64, is_whole: bool = False) -> float | None:
    if np.isnan(value):
        return None
    return int(value) if is_whole else float(value)
