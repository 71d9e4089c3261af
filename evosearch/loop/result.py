"""What a run left, as counted in its own shards."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evosearch.statements import Statement

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RunResult:
    """What a run left.

    Counts and best row are those of its shards, earlier sessions included. A run that failed, or
    was stopped at once, has not published its last rows. Those in its journal are counted too;
    `n_committed` is their number.

    Attributes
    ----------
    run_id : str
    reason : str
        What ended it: ``"generations"`` (all of them ran), ``"evaluations"``, ``"time"``,
        ``"target"``, ``"stagnation"``, ``"exhausted"`` (the whole space is evaluated),
        ``"duplicates"`` (no new genome in a million draws, though the space may have some),
        ``"stopped"`` or ``"failed"``.
    paths : tuple of Path
        All its shards.
    n_evaluated, n_not_ok, n_feasible : int
        Rows, rows whose status is not ok, and feasible rows.
    n_duplicates : int
        Genomes that were bred and dropped because the run knew them already. They are neither
        evaluated nor rows. Generations in which the run ended count too.
    best : dict
        The row that ranks first: genome id, status, fitness, feasibility and metrics by name,
        without those of a hold-out, which a merge judges; empty for no rows.
    elapsed_s : float
        Of this session.
    n_recalled : int
        Those of the evaluated that earlier sessions had measured.
    n_committed : int
        Those of the evaluated that are in no shard yet; `resume` publishes them.
    is_resumable : bool
        It did not come to its end; `resume` continues it by its name alone.
    output : Path or None
        Folder with what workers printed, if they printed anything.
    data : dict
        What was measured on: `Problem.data_summary`.
    notes : tuple of str
        What a person has to know about the problem and its data.
    reasons : tuple of str
        Why no row is feasible, as far as the problem can say; empty if one is.
    shortfall : tuple of str or Statement
        Which constraints the best row breaks, as far as the problem can say.
    noun : str
        `Problem.noun`: what was measured.
    feasible : Statement or None
        `Problem.describe_feasible`: what those are that keep to all constraints.
    n_generations : int
        Generations that this session measured or found on disk, the last one perhaps in part.
    rises : tuple of (int, float)
        Of them: generation and fitness, each time a feasible row was better than all before.
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
    n_committed: int = 0
    is_resumable: bool = False
    output: Path | None = None
    data: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    shortfall: tuple[str | Statement, ...] = ()
    noun: str = "candidate"
    feasible: Statement | None = None
    n_generations: int = 0
    rises: tuple[tuple[int, float], ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Every row in the run's shards as a pandas frame, best first within each shard."""
        from evosearch.shards.viewing.frames import read_frame

        return read_frame(self.paths)


def attach_result(error: BaseException, result: RunResult | None) -> None:
    """Attach what the run had measured to an exception, as its attribute ``result``."""
    error.__dict__["result"] = result
