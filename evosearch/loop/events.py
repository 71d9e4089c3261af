"""What happens in a run, as frozen records; progress displays, logs and tests listen to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias


@dataclass(frozen=True)
class RunPreparing:
    """A run is about to load its data and its compiled code; told before either.

    Attributes
    ----------
    notices : tuple of str
        What a person must know first, one sentence each.
    """

    notices: tuple[str, ...]


@dataclass(frozen=True)
class RunStarted:
    """A run begins.

    Attributes
    ----------
    run_id : str
    facts : dict
        Profile, seed, machine, data: what a person wants to see first.
    n_evaluations : int
        The budget.
    """

    run_id: str
    facts: dict[str, Any]
    n_evaluations: int


@dataclass(frozen=True)
class SearchStarted:
    """Everything is prepared, workers too: the first evaluation begins, and the clock with it.

    Attributes
    ----------
    n_evaluated : int
        What earlier sittings had measured.
    """

    n_evaluated: int


@dataclass(frozen=True)
class EvaluationsFinished:
    """Some genomes of the present generation are measured."""

    generation: int
    n_evaluated: int  # in the whole run so far


@dataclass(frozen=True)
class EvaluationOverdue:
    """One evaluation takes very long; told again each time that has doubled.

    Attributes
    ----------
    generation, index : int
        Which individual it is.
    elapsed_s : float
        So far.
    """

    generation: int
    index: int
    elapsed_s: float


@dataclass(frozen=True)
class GenerationFinished:
    """One generation is measured and learnt from.

    Attributes
    ----------
    generation : int
    n_evaluated, n_not_ok, n_feasible, n_duplicates : int
        In the whole run so far; duplicates were bred and thrown away, never evaluated.
    best : dict
        The best row so far: fitness, feasibility and metrics by name.
    elapsed_s : float
    """

    generation: int
    n_evaluated: int
    n_not_ok: int
    n_feasible: int
    n_duplicates: int
    best: dict[str, Any]
    elapsed_s: float


@dataclass(frozen=True)
class WorkersStarted:
    """Evaluation moved from this process to several workers."""

    n_workers: int
    kind: str


@dataclass(frozen=True)
class ShardPublished:
    """A shard stands under its final name."""

    path: Path
    n_rows: int


@dataclass(frozen=True)
class RunFinished:
    """A run ended, well or not.

    Attributes
    ----------
    run_id : str
    reason : str
        As in `RunResult`.
    paths : tuple of Path
        All its shards.
    n_evaluated, n_not_ok, n_feasible, n_duplicates : int
        As in `RunResult`.
    best : dict
        The row that ranks first.
    elapsed_s : float
        Of this session.
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


Event: TypeAlias = (
    RunPreparing
    | RunStarted
    | SearchStarted
    | EvaluationsFinished
    | EvaluationOverdue
    | GenerationFinished
    | WorkersStarted
    | ShardPublished
    | RunFinished
)
Listener: TypeAlias = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listen to nothing."""
