"""What a problem is: a space, a direction, and a way to measure genomes.

A user's problem is a subclass with ``space``, ``direction`` and ``evaluate``; everything else
has a default. A constructor that takes ``folders`` is given the places where relative files are
looked for. Nothing here depends on the number of workers or on how results are stored.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import ProblemError, did_you_mean
from evosearch.genome.space import Space, Value
from evosearch.problems.code.definitions import remember_texts
from evosearch.problems.metric import Metric

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


class Problem:
    """Base of every problem.

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
    metric_records : tuple of Metric
        How the metrics of a built-in problem are shown.
    option_words : mapping of str to (str, str)
        What the options of a built-in problem mean, each with an example in TOML.
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
    kernels, array_kernels : tuple of str
        Of a problem of this package: its files of compiled code, for example ``trading/rules``;
        the second, those that are called with large arrays, which workers share read-only.
    """

    space: Space
    direction: Literal["maximize", "minimize"]
    objective: str = "objective"
    metrics: tuple[str, ...] = ()
    int_metrics: frozenset[str] = frozenset()
    metric_records: ClassVar[tuple[Metric, ...]] = ()
    option_words: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType({})
    _recorded_metrics: tuple[str, ...] = ()
    version: str = ""
    constructor_options: Mapping[str, Any] = MappingProxyType({})
    reads_prices: ClassVar[bool] = False
    is_trusted: ClassVar[bool] = False
    releases_gil: ClassVar[bool] = False
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
        return Problem.describe_row(params, {})

    @classmethod
    def describe_row(cls, params: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
        """A genome in words, from what a shard states alone; asked of built-in problems.

        Parameters
        ----------
        params : mapping
        options : mapping
            Of the problem, not checked. Whatever is raised because of them is no error.
        """
        return [f"{name} = {value}" for name, value in params.items() if value is not None]

    @classmethod
    def list_doubts(cls, row: Mapping[str, Any]) -> list[str]:
        """What speaks against a row, from its metrics alone; asked of built-in problems."""
        return []

    @property
    def is_batched(self) -> bool:
        """Whether the problem measures whole batches itself."""
        return type(self).evaluate_batch is not Problem.evaluate_batch

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The recorded metrics, the objective among them."""
        return self._recorded_metrics or self.metrics or (self.objective,)


def check_problem(problem: Problem, label: str) -> None:
    """Refuse a problem that does not keep the promise of the base class.

    Raises
    ------
    ProblemError
        With every fault, one a line.
    """
    faults = []
    if not isinstance(getattr(problem, "space", None), Space):
        faults.append("it needs `space`, an evosearch.Space.")
    if getattr(problem, "direction", None) not in ("maximize", "minimize"):
        faults.append('it needs `direction = "maximize"` or `direction = "minimize"`.')
    if type(problem).evaluate is Problem.evaluate and not problem.is_batched:
        faults.append(
            "it needs a method `evaluate(self, params)` or `evaluate_batch(self, batch)`."
        )
    for wanted in ("evaluate", "evaluate_batch"):
        fault = _find_arity_fault(getattr(problem, wanted))
        if fault:
            faults.append(f"its method `{wanted}` must take one argument: {fault}.")
    names = problem.metric_names
    if problem.objective not in names:
        faults.append(
            f"`objective = {problem.objective!r}` is not among its metrics. "
            f"{did_you_mean(problem.objective, names)}"
        )
    bad = [name for name in names if not name.isidentifier() or name == VIOLATION]
    bad += [name for name in names if name.startswith("param_")]
    if bad or len(set(names)) != len(names):
        faults.append(f"its metrics need distinct plain names, other than 'violation': {names}.")
    taken = sorted({*names} & COLUMN_NAMES - {VIOLATION})
    if taken:
        faults.append(f"its metrics {taken} need other names: every shard has columns called so.")
    if faults:
        raise ProblemError("\n".join(f"Problem {label}: {fault}" for fault in faults))


def _find_arity_fault(method: Callable[..., Any]) -> str | None:
    """Why a method cannot be called with one argument."""
    try:
        inspect.signature(method).bind(None)
    except TypeError as error:
        return str(error)
    except ValueError:  # a builtin without a signature
        pass
    return None
