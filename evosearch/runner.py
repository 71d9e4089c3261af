"""The loop: ask, evaluate, tell, record. The only one there is.

It knows algorithms, executors and recorders by their promises and nothing of trading, Parquet
or terminals. What happens is announced as events; whoever wants to print them listens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evosearch.algorithms import Algorithm, Proposal
from evosearch.events import (
    EvaluationsFinished,
    GenerationFinished,
    Listener,
    RunFinished,
)
from evosearch.executors import Executor
from evosearch.population import Population, Status

if TYPE_CHECKING:
    import pandas as pd


class Recorder(Protocol):
    """What the loop needs of whoever keeps the rows."""

    paths: list[Path]

    def reserve(self, n: int) -> Population:
        """Rows for n individuals, to be filled in place and then kept."""

    def keep(self, is_measured: NDArray[np.bool_]) -> None:
        """Keep those of the rows reserved last that were measured."""

    def seal(self) -> None:
        """Publish what is kept."""


@dataclass(frozen=True)
class RunResult:
    """What a run left behind.

    Attributes
    ----------
    run_id : str
    reason : str
        Why it ended: ``"budget"``, ``"exhausted"`` or ``"stopped"``.
    paths : tuple of Path
        Its shards.
    n_evaluated, n_not_ok, n_feasible, n_duplicates : int
    best : dict
        The best row: genome id, fitness, feasibility and metrics by name; empty for no rows.
    elapsed_s : float
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
    n_generations : int
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
        n_generations: int,
        listen: Listener,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self._run_id = run_id
        self._algorithm, self._executor, self._recorder = algorithm, executor, recorder
        self._metrics, self._int_metrics = tuple(metrics), int_metrics
        self._n_generations = n_generations
        self._listen = listen
        self._should_stop = should_stop or (lambda: False)
        self._n_evaluated = self._n_not_ok = self._n_feasible = self._n_duplicates = 0
        self._best: Population | None = None

    def run(self) -> RunResult:
        """Search until the budget is spent, the space is exhausted, or somebody says stop."""
        started = time.monotonic()
        reason = "budget"
        while self._algorithm.generation < self._n_generations:
            proposal = self._algorithm.ask()
            if not len(proposal):
                reason = "exhausted"
                break
            rows, is_measured = self._measure(proposal)
            self._recorder.keep(is_measured)
            if not is_measured.all():
                reason = "stopped"
                break
            self._algorithm.tell(proposal, rows.evaluations)
            self._take_stock(proposal, rows, time.monotonic() - started)
            if self._should_stop():
                reason = "stopped"
                break
        self._recorder.seal()
        result = RunResult(
            run_id=self._run_id,
            reason=reason,
            paths=tuple(self._recorder.paths),
            n_evaluated=self._n_evaluated,
            n_not_ok=self._n_not_ok,
            n_feasible=self._n_feasible,
            n_duplicates=self._n_duplicates,
            best=self._describe_best(),
            elapsed_s=time.monotonic() - started,
        )
        self._listen(
            RunFinished(result.run_id, reason, result.paths, result.n_evaluated, result.elapsed_s)
        )
        return result

    def _measure(self, proposal: Proposal) -> tuple[Population, NDArray[np.bool_]]:
        """Measure a proposal; results are placed by row, never by arrival."""
        rows = self._recorder.reserve(len(proposal))
        rows.genomes[:] = proposal.genomes
        rows.genome_ids[:] = proposal.genome_ids
        rows.generation[:] = proposal.generation
        rows.index[:] = np.arange(len(proposal))
        is_measured = np.zeros(len(proposal), np.bool_)
        for places, part in self._executor.evaluate(proposal.genomes):
            where = _as_slice(places)
            rows.evaluations.place(where, part)
            is_measured[where] = True
            self._n_evaluated += len(places)
            self._listen(EvaluationsFinished(proposal.generation, self._n_evaluated))
            if self._should_stop():
                break
        return rows, is_measured

    def _take_stock(self, proposal: Proposal, rows: Population, elapsed_s: float) -> None:
        found = rows.evaluations
        self._n_not_ok += int(np.count_nonzero(found.status != Status.OK))
        self._n_feasible += int(np.count_nonzero(found.feasible))
        self._n_duplicates += proposal.n_duplicates
        best = rows.take(np.array([rows.find_best()]))
        if self._best is not None:
            both = Population.concatenate([self._best, best])
            best = both.take(np.array([both.find_best()]))
        self._best = best
        self._listen(
            GenerationFinished(
                generation=proposal.generation,
                n_evaluated=self._n_evaluated,
                n_not_ok=self._n_not_ok,
                n_feasible=self._n_feasible,
                n_duplicates=self._n_duplicates,
                best=self._describe_best(),
                elapsed_s=elapsed_s,
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


def _as_slice(places: NDArray[np.intp]) -> NDArray[np.intp] | slice:
    """Consecutive places as a slice, which copies several times faster."""
    first, n = int(places[0]), len(places)
    if int(places[-1]) - first == n - 1 and (n < 3 or bool((np.diff(places) == 1).all())):
        return slice(first, first + n)
    return places
