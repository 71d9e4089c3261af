"""What a problem is: a space, a direction, and a way to measure genomes.

A user's problem is a subclass with ``space``, ``direction`` and ``evaluate``; everything else
has a default. A constructor that takes ``folders`` is given the places where relative files are
looked for. Nothing here depends on the number of workers or on how results are stored.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.space import Space, Value
from evosearch.problems.code.definitions import remember_texts
from evosearch.problems.evidence import SharpeEvidence
from evosearch.problems.worded import Worded

VIOLATION = "violation"
# Columns that every shard or merged file has: no metric may be called so.
COLUMN_NAMES = frozenset(
    {
        "genome_id", "fitness", "feasible", "violation", "status", "error", "run_id", "generation",
        "index", "evaluated_at_utc", "evaluation_s", "conflict", "rank", "found_by",
    }
)  # fmt: skip


class Batch(Mapping[str, NDArray[Any]]):
    """Many genomes at once: gene name to the values of that gene, shape (n,).

    Values are in their external form; an inactive gene is None (NaN for a float gene).
    ``batch.genomes`` holds the codes, shape (n, n_genes), for spaces whose codes are their
    values (floats and ints).
    """

    def __init__(self, space: Space, genomes: NDArray[np.float64]) -> None:
        self.space = space
        self.genomes = genomes

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.space.column(self.genomes, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.space.names)

    def __len__(self) -> int:
        return len(self.space)


class Problem(Worded):
    """Base of every problem; what it says of a shard's rows is in `Worded`.

    Attributes
    ----------
    space : Space
        What is searched.
    direction : "maximize" or "minimize"
        Which way the objective improves.
    objective : str
        The metric that is optimised; ``"objective"`` unless renamed.
    metrics : tuple of str
        Every number recorded, the objective included. A problem whose ``evaluate`` returns a
        plain float needs none; one that returns a dict names its keys here.
    int_metrics : frozenset of str
        Those metrics that are whole numbers.
    version : str
        Declared, it stands for the code in the evaluation fingerprint: raise it when the same
        genome would measure differently. Left empty, the code itself counts: the class, its
        bases, and the functions, values and own modules that they use.
    inputs : tuple of str or Path
        Input files, relative ones beside the problem's file; their content counts.
    constructor_options : mapping
        What a profile gave the constructor; filled in by the loader.
    reads_prices : bool
        Its option ``data`` is a file of prices: without one it is given EVOSEARCH_DATA, or what
        ``evosearch data use`` set for this machine.
    is_trusted : bool
        Evaluation cannot hang or crash, draws from no global generator and changes nothing in its
        process: it may run inside the main process and in threads, generators are not seeded for
        it, and nothing is put back after it.
    releases_gil : bool
        Evaluation runs in parallel in threads.
    evidence : SharpeEvidence or None
        Which of its metrics tell skill from luck; None if none does.
    is_wide : bool
        The space is wider than those on which luck was measured: breeding climbs higher there.
    kernels, array_kernels : tuple of str
        Of a problem of this package: its files of compiled code, for example ``trading/rules``;
        the second, those that are called with large arrays, which workers share read-only.
    """

    space: Space
    direction: Literal["maximize", "minimize"]
    objective: str = "objective"
    metrics: tuple[str, ...] = ()
    int_metrics: frozenset[str] = frozenset()
    _recorded_metrics: tuple[str, ...] = ()
    version: str = ""
    constructor_options: Mapping[str, Any] = MappingProxyType({})
    reads_prices: ClassVar[bool] = False
    is_trusted: ClassVar[bool] = False
    releases_gil: ClassVar[bool] = False
    evidence: ClassVar[SharpeEvidence | None] = None
    kernels: ClassVar[tuple[str, ...]] = ()
    array_kernels: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        remember_texts(cls.__module__)

    def setup(self) -> None:
        """Prepare a worker; called once in each, before the first evaluation."""

    def warm_up(self) -> None:
        """Compile the code that evaluations call, before the clock of a search runs.

        Called in the main process before workers start; they load that code from the disk.
        By default nothing is compiled.
        """

    def evaluate(self, params: Mapping[str, Value | None]) -> float | Mapping[str, float]:
        """Measure one genome.

        Parameters
        ----------
        params : mapping of gene name to value
            None for an inactive gene.

        Returns
        -------
        float or mapping
            The objective, or metrics by name. The key ``violation`` (>= 0, in any unit) marks
            an infeasible genome; an infeasible one may have NaN for an objective.
        """
        raise NotImplementedError

    def evaluate_batch(self, batch: Batch) -> NDArray[Any] | Mapping[str, Any]:
        """Measure many genomes at once: as `evaluate`, with an array (n,) for each number."""
        raise NotImplementedError

    @classmethod
    def settle_options(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Constructor options as profiles and shards record them; called before `check_options`.

        A value that cannot be converted stays as it is: `check_options` says why.
        """
        return dict(options)

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Faults of constructor options, as (key, message), without building the problem."""
        return []

    @classmethod
    def fill_options(cls, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Options with defaults that the constructor's signature does not show, for shards.

        Parameters
        ----------
        options : mapping
            As given, checked.

        Returns
        -------
        values : dict
            Every such option; the others are read from the signature.
        follows : dict of str to str
            Of those, the ones that follow from another option, and from which.
        """
        return {}, {}

    def with_space(self, space: Space) -> Self:
        """The same problem over another space, to measure genomes outside the searched ranges.

        Raises
        ------
        SpaceError
            The problem cannot measure all of that space.
        """
        other = copy.copy(self)
        other.space = space
        return other

    def with_metrics(self, names: Sequence[str]) -> Self:
        """The same problem, of whose metrics only these are recorded, in this order.

        A run keeps the columns that it began with when the problem measures more by now.
        """
        if tuple(names) == self.metric_names:
            return self
        other = copy.copy(self)
        other._recorded_metrics = tuple(names)
        return other

    def fingerprint_options(self) -> dict[str, Any]:
        """What else changes the fitness of a genome, as plain data; never search bounds.

        If a problem overrides this, its attributes do not count.
        """
        return dict(self.constructor_options)

    def data_summary(self) -> dict[str, Any]:
        """The input data in a few plain facts, for people and for shards."""
        return {}

    def describe(self, params: Mapping[str, Value | None]) -> list[str]:
        """A genome in words, a sentence each."""
        return [f"{name} = {value}" for name, value in params.items() if value is not None]

    def measure_data(self) -> dict[str, Any]:
        """What shards state of the data besides `data_summary`; asked once, when a run begins.

        ``hold`` and ``days``, each for ``in``, what is searched, and ``oos``, the hold-out or
        None: the figures of buy and hold by the names of `evidence`, and `evosearch.days.Days`
        as plain data.
        """
        return {}

    @property
    def is_wide(self) -> bool:
        """Whether the space is wide, see above; a problem that does not say has a wide one."""
        return self.is_wide_space(self.space.to_dict())

    @classmethod
    def is_wide_space(cls, space: Mapping[str, Any]) -> bool:
        """The same of a space as a shard states it, not checked; asked of built-in problems."""
        return True

    def foresee(self) -> list[str]:
        """Why no genome can be feasible, a sentence each with its remedy; empty if some may be.

        Asked before a search begins.
        """
        return []

    @property
    def is_batched(self) -> bool:
        """Whether the problem measures whole batches itself."""
        return type(self).evaluate_batch is not Problem.evaluate_batch

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The recorded metrics, the objective among them."""
        return self._recorded_metrics or self.metrics or (self.objective,)
