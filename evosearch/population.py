"""Genomes with their results, as arrays of one length.

A `Population` holds n genomes beside their identities, their place in the run and, once they
are evaluated, their `Evaluations`. Everything that loops over individuals loops over these
arrays; one individual exists only where a person looks at it.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from evosearch.ranking import compute_rank_keys, find_best, order_best_first


class Status(enum.IntEnum):
    """How an evaluation ended; the names are the texts in a shard."""

    OK = 0
    FAILED = 1
    TIMEOUT = 2
    CRASHED = 3


# As plain numbers: numpy looks at an enum for longer than at the array, and an interrupt that
# arrives meanwhile is lost in it.
_OK, _FAILED = int(Status.OK), int(Status.FAILED)
STATUS_NAMES = tuple(status.name.lower() for status in Status)


class Columns:
    """Dataclasses whose fields are arrays with one row per individual."""

    __match_args__: tuple[str, ...]  # names of the fields; `dataclasses.fields` searches for them

    def __len__(self) -> int:
        return len(getattr(self, self.__match_args__[0]))

    def take(self, rows: NDArray[Any] | slice) -> Self:
        """The chosen rows, in the order chosen."""
        # Numpy's `take` is several times as fast as an index; it knows neither slices nor masks.
        is_list = not isinstance(rows, slice) and rows.dtype != np.bool_

        def choose(value: Any) -> Any:
            if isinstance(value, Columns):
                return value.take(rows)
            return value.take(rows, axis=0) if is_list else value[rows]

        return type(self)(*map(choose, self._values()))

    def place(self, rows: NDArray[Any] | slice, part: Self) -> None:
        """Write another record's rows into this one's."""
        for mine, theirs in zip(self._values(), part._values(), strict=True):
            if isinstance(mine, Columns):
                mine.place(rows, theirs)
            else:
                mine[rows] = theirs

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """All rows of all parts, one after another; at least one part."""
        return cls(
            *(
                type(values[0]).concatenate(values)
                if isinstance(values[0], Columns)
                else np.concatenate(values)
                for values in zip(*(part._values() for part in parts), strict=True)
            )
        )

    def _values(self) -> list[Any]:
        return [getattr(self, name) for name in self.__match_args__]


@dataclass(frozen=True)
class Evaluations(Columns):
    """What n evaluations gave.

    Attributes
    ----------
    status : ndarray of uint8, shape (n,)
        Codes of `Status`.
    fitness : ndarray of float64, shape (n,)
        Higher is better; NaN where there is none.
    feasible : ndarray of bool, shape (n,)
    violation : ndarray of float64, shape (n,), >= 0
        By how much the constraints are missed; 0 when feasible.
    metrics : ndarray of float64, shape (n, n_metrics)
        In the order of the problem's metrics; NaN where undefined. Each metric's values stand
        together in memory (Fortran order): they are produced and written column by column.
    error : ndarray of object, shape (n,)
        Short text, or None when ok.
    evaluated_at_us : ndarray of int64, shape (n,)
        Microseconds since 1970 UTC.
    evaluation_s : ndarray of float64, shape (n,)
    """

    status: NDArray[np.uint8]
    fitness: NDArray[np.float64]
    feasible: NDArray[np.bool_]
    violation: NDArray[np.float64]
    metrics: NDArray[np.float64]
    error: NDArray[np.object_]
    evaluated_at_us: NDArray[np.int64]
    evaluation_s: NDArray[np.float64]

    @property
    def is_ok(self) -> NDArray[np.bool_]:
        """Which evaluations ended well, shape (n,)."""
        result: NDArray[np.bool_] = self.status == _OK
        return result

    @classmethod
    def empty(cls, n: int, n_metrics: int) -> Evaluations:
        """Room for n evaluations, each failed until something else is written there."""
        return cls(
            status=np.full(n, _FAILED, np.uint8),
            fitness=np.full(n, np.nan),
            feasible=np.zeros(n, np.bool_),
            violation=np.zeros(n),
            metrics=np.full((n, n_metrics), np.nan, order="F"),
            error=np.full(n, None, object),
            evaluated_at_us=np.zeros(n, np.int64),
            evaluation_s=np.zeros(n),
        )


@dataclass(frozen=True)
class Population(Columns):
    """n evaluated individuals.

    Attributes
    ----------
    genomes : ndarray of float64, shape (n, n_genes)
        Canonical codes.
    genome_ids : ndarray of uint64, shape (n, 2)
    generation, index : ndarray of int32, shape (n,)
        Where in the run each was created.
    evaluations : Evaluations
    """

    genomes: NDArray[np.float64]
    genome_ids: NDArray[np.uint64]
    generation: NDArray[np.int32]
    index: NDArray[np.int32]
    evaluations: Evaluations

    @classmethod
    def allocate(cls, n: int, n_genes: int, n_metrics: int) -> Population:
        """Room for n individuals, with nothing meaningful in it yet."""
        return cls(
            genomes=np.empty((n, n_genes)),
            genome_ids=np.empty((n, 2), np.uint64),
            generation=np.empty(n, np.int32),
            index=np.empty(n, np.int32),
            evaluations=Evaluations(
                status=np.empty(n, np.uint8),
                fitness=np.empty(n),
                feasible=np.empty(n, np.bool_),
                violation=np.empty(n),
                metrics=np.empty((n, n_metrics), order="F"),
                error=np.empty(n, object),
                evaluated_at_us=np.empty(n, np.int64),
                evaluation_s=np.empty(n),
            ),
        )

    def order_best_first(self) -> NDArray[np.intp]:
        """Row numbers in the order of ranking, for individuals of one run."""
        return order_best_first(*self._rank_keys(), self.genome_ids)

    def find_best(self) -> int:
        """The row that ranks first, for one individual or more of one run."""
        return find_best(*self._rank_keys(), self.genome_ids)

    def _rank_keys(self) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        found = self.evaluations
        return compute_rank_keys(found.is_ok, found.feasible, found.fitness, found.violation)


def as_slice(places: NDArray[np.intp]) -> NDArray[np.intp] | slice:
    """Consecutive places as a slice, which copies several times faster.

    Examples
    --------
    >>> as_slice(np.array([3, 4, 5]))
    slice(3, 6, None)
    >>> as_slice(np.array([3, 5]))
    array([3, 5])
    """
    first, n = int(places[0]), len(places)
    if int(places[-1]) - first == n - 1 and (n < 3 or bool((np.diff(places) == 1).all())):
        return slice(first, first + n)
    return places
