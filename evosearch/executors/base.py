"""The contract of every executor: it measures all genomes, each exactly once.

Results come back in pieces and in any order, each piece with its row numbers; the caller places
them. They never depend on the executor, the number of workers or the chunking. Tests check this
for every executor.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import UsageError
from evosearch.population import Evaluations

Part: TypeAlias = tuple[NDArray[np.intp], Evaluations]

# Long enough that dispatch does not show, short enough that a person sees it move.
CHUNK_S = 0.05


class Evaluator(Protocol):
    """What executors need to know of a problem.

    Attributes
    ----------
    n_genes, n_metrics : int
        Columns of a genome and of the metrics.
    is_trusted : bool
        Evaluation cannot hang, crash the process or change it, nor draw from its generators.
    is_batched : bool
        Evaluation is of whole batches: no single row can be watched.
    releases_gil : bool
        Evaluation runs in parallel in threads.
    """

    n_genes: int
    n_metrics: int
    is_trusted: bool
    is_batched: bool
    releases_gil: bool

    def setup(self) -> None:
        """Prepare this process, once."""

    def evaluate(
        self,
        genomes: NDArray[np.float64],
        found: Evaluations | None = None,
        before: Callable[[int], None] | None = None,
    ) -> Evaluations:
        """Measure genomes in this process."""

    def for_other_machines(self) -> Evaluator:
        """One that takes the user's code along when pickled."""


@dataclass(frozen=True)
class Limits:
    """What one evaluation and one worker may use.

    Attributes
    ----------
    timeout_s : float or None
        Longest time one evaluation may take. None, the default, sets no limit: only the user
        knows how long an objective may take. `Executor.tell_slow` reports long evaluations.
    memory_bytes : int or None
        Most resident memory of a worker and the processes that it started. With None, a worker
        is ended only when the machine runs out of memory and it holds more than its share.
    log_folder : str or None
        Where workers' own output goes: one capped file for each worker, removed when empty. None
        discards it.
    """

    timeout_s: float | None = None
    memory_bytes: int | None = None
    log_folder: str | None = None


class Executor(ABC):
    """Base of every executor; a context manager that leaves no process behind.

    Parameters
    ----------
    evaluator : Evaluator
    n_workers : int, >= 1
    limits : Limits, optional
    n_expected : int
        Evaluations the whole run will ask for.
    announce : callable, optional
        Called with kind and number of workers when evaluation moves elsewhere.

    Attributes
    ----------
    tell_slow : callable
        Called with the row and the seconds of an evaluation that has run for a minute, and
        again each time this has doubled. Set by the caller.
    waited_s : float
        Seconds spent so far waiting for workers to start, with no evaluation under way.
    """

    kind = ""
    # Whether an evaluation can be ended: only where it has a process of its own.
    keeps_limits: ClassVar[bool] = True
    # Whether it evaluates on other machines, which compile there and whose cores count.
    is_remote: ClassVar[bool] = False
    # Keys of ``[run]`` that its constructor and `hold` take beside what all executors take.
    takes: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        evaluator: Evaluator,
        n_workers: int = 1,
        limits: Limits | None = None,
        n_expected: int = 0,
        announce: Callable[[str, int], None] | None = None,
    ) -> None:
        self.evaluator = evaluator
        self.n_workers = n_workers
        self.limits = limits or Limits()
        self.refuse(evaluator.is_trusted, self.limits)
        self.n_expected = n_expected
        self.announce = announce or (lambda kind, n: None)
        self.tell_slow: Callable[[int, float], None] = lambda row, elapsed_s: None
        self.waited_s = 0.0

    @classmethod
    def refuse(cls, is_trusted: bool, limits: Limits) -> None:
        """Raise if this kind of executor cannot keep the limits, or measure the same rows.

        Parameters
        ----------
        is_trusted : bool
            As of the problem.
        limits : Limits

        Raises
        ------
        UsageError
            What is refused, why, and what to choose instead.
        """
        wanted = {"timeout_s": limits.timeout_s, "memory_gib": limits.memory_bytes}
        names = " and ".join(name for name, value in wanted.items() if value is not None)
        if names and not cls.keeps_limits:
            raise UsageError(
                f'{names} cannot be kept by backend = "{cls.kind}": it evaluates inside the main '
                "process, where no evaluation can be ended. Choose --backend processes or auto, or "
                f"leave {names} out."
            )

    @classmethod
    @contextlib.contextmanager
    def hold(cls, **settings: Any) -> Iterator[None]:
        """Keep open what searches share, such as a connection.

        Parameters
        ----------
        **settings
            Those of `takes`.

        Raises
        ------
        UsageError, EnvironmentFailed
            It cannot be opened, and why.
        """
        yield

    @classmethod
    def has_workers(cls, is_limited: bool, can_use_threads: bool) -> bool:
        """Whether processes of this machine may evaluate: they share large arrays, read-only.

        Parameters
        ----------
        is_limited : bool
            Time or memory of an evaluation is.
        can_use_threads : bool
            The problem can be measured in threads.
        """
        return False

    def prepare(self, n: int) -> Iterator[None]:
        """Start the workers that so many genomes keep busy.

        Yields
        ------
        None
            A sign of life, as in `evaluate`.

        Raises
        ------
        EnvironmentFailed
            They cannot be started.
        """
        yield from ()  # most have nothing to start

    @abstractmethod
    def evaluate(self, genomes: NDArray[np.float64]) -> Iterator[Part]:
        """Measure genomes.

        Parameters
        ----------
        genomes : ndarray of float64, shape (n, n_genes), canonical

        Yields
        ------
        rows : ndarray of intp, shape (k,)
            Row numbers in `genomes`. An empty piece is a sign of life, several times a second
            while evaluations take long, so that the caller may do other things or break off.
        evaluations : Evaluations
            k rows, in the order of `rows`.

        Raises
        ------
        EnvironmentFailed
            The machine cannot go on; a genome is never the reason.
        """

    def close(self) -> None:  # noqa: B027 (most have nothing to end)
        """Shut down all workers. The executor cannot be reused."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


@dataclass
class Pace:
    """How many evaluations make a chunk of about `CHUNK_S`, learnt from those before.

    Attributes
    ----------
    first : int
        Evaluations of the first chunk.
    cost_s : float or None
        Seconds one evaluation takes, as far as known.
    """

    first: int = 1
    cost_s: float | None = None

    def learn(self, n: int, elapsed_s: float) -> None:
        """Take in how long n evaluations took."""
        cost_s = max(elapsed_s / max(1, n), 1e-9)
        self.cost_s = cost_s if self.cost_s is None else 0.5 * (self.cost_s + cost_s)

    def chunk_size(self, n_left: int, n_workers: int, most: int) -> int:
        """The size of the next chunk, smaller near the end so that no worker waits long.

        Parameters
        ----------
        n_left : int
            Evaluations not yet handed out.
        n_workers : int
        most : int
            Never more than this.
        """
        wanted = self.first if self.cost_s is None else int(CHUNK_S / self.cost_s)
        fair = -(-n_left // (2 * n_workers)) if n_workers > 1 else n_left
        return max(1, min(wanted, fair, most, n_left))
