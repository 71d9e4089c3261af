"""What happens in a run, as frozen records for progress displays, logs and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from evosearch.loop.result import RunResult
from evosearch.statements import Statement

if TYPE_CHECKING:
    from evosearch.algorithms.vigour import Vigour


class Event:
    """What is told to listeners."""


@dataclass(frozen=True)
class RunPreparing(Event):
    """A run is about to load its data and its compiled code; told before either.

    Attributes
    ----------
    notices : tuple of str
        What a person must know first, one sentence each.
    """

    notices: tuple[str, ...]


@dataclass(frozen=True)
class RunFacts:
    """What a person wants to see of a run before it begins.

    Attributes
    ----------
    seed, population, generations : int
    problem, objective, direction : str
    machine : mapping
        As `provenance.describe_machine` gives it, of the machine where it runs now.
    data : mapping or None
        `Problem.data_summary`.
    n_workers : int
    backend : str
    timeout_s, budget_s : float or None
    n_known : int
        Rows that earlier sessions left on disk.
    profile_file : Path or None
        The file of this machine that says what is measured, where the run is another's.
    notes : tuple of str
        What a person has to know about the problem, its data and the disk.
    noun : str
        `Problem.noun`.
    feasible : Statement or None
        `Problem.describe_feasible`.
    """

    seed: int
    population: int
    generations: int
    problem: str
    objective: str
    direction: str
    machine: Mapping[str, Any]
    data: Mapping[str, Any] | None
    n_workers: int
    backend: str
    timeout_s: float | None = None
    budget_s: float | None = None
    n_known: int = 0
    profile_file: Path | None = None
    notes: tuple[str, ...] = ()
    noun: str = "candidate"
    feasible: Statement | None = None


@dataclass(frozen=True)
class RunStarted(Event):
    """A run begins.

    Attributes
    ----------
    run_id : str
    facts : RunFacts
    n_evaluations : int
        The budget.
    """

    run_id: str
    facts: RunFacts
    n_evaluations: int


@dataclass(frozen=True)
class SearchStarted(Event):
    """Workers are ready; the first evaluation begins, and the clock with it.

    Attributes
    ----------
    n_evaluated : int
        What earlier sessions measured.
    """

    n_evaluated: int


@dataclass(frozen=True)
class EvaluationsFinished(Event):
    """Some genomes of the present generation are measured."""

    generation: int
    n_evaluated: int  # in the whole run so far


@dataclass(frozen=True)
class EvaluationOverdue(Event):
    """One evaluation takes very long. Told again each time that its duration has doubled.

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


def _look_away() -> Vigour:
    from evosearch.algorithms.vigour import Vigour  # loads numpy

    return Vigour()


@dataclass(frozen=True)
class GenerationFinished(Event):
    """One generation is measured and learnt from.

    Attributes
    ----------
    generation : int
    n_evaluated, n_not_ok, n_feasible, n_duplicates : int
        In the whole run so far. Duplicates were bred and dropped, never evaluated.
    best : dict
        The best row so far: fitness, feasibility and metrics by name.
    elapsed_s : float
    look : callable
        How lively the search is: worked out when it is called, while this is told.
    """

    generation: int
    n_evaluated: int
    n_not_ok: int
    n_feasible: int
    n_duplicates: int
    best: dict[str, Any]
    elapsed_s: float
    look: Callable[[], Vigour] = field(default=_look_away, compare=False)


@dataclass(frozen=True)
class WorkersStarted(Event):
    """Evaluation moved from this process to several workers."""

    n_workers: int
    kind: str


@dataclass(frozen=True)
class ShardPublished(Event):
    """A shard has its final name."""

    path: Path
    n_rows: int


@dataclass(frozen=True)
class RunFinished(Event):
    """A run ended, well or not."""

    result: RunResult


Listener: TypeAlias = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listen to nothing."""
