"""A problem packed so that an executor can use it here, in a thread or in another process.

Executors know nothing of problems; they take an evaluator. It is sent to each worker once, with
its large arrays out of band, so that workers share one read-only copy of them.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.space import Space
from evosearch.population import Evaluations
from evosearch.problems.base import Problem
from evosearch.problems.code.importing import file_of_module, import_module
from evosearch.problems.code.pinned import verify_files
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.problems.loading import BUILT_IN, load_problem
from evosearch.problems.shipping import Sources, collect_sources


class _Module:
    """Imports a user's module on the other side before anything of it is unpickled."""

    def __init__(self, load: Callable[..., ModuleType], *arguments: Any) -> None:
        self._load, self._arguments = load, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self._load, self._arguments


class Evaluator:
    """A problem with the way to rebuild it elsewhere.

    Parameters
    ----------
    problem : Problem
    name : str or None
        As in a profile; None for a problem that was passed in as an object.
    options : mapping
    folders : tuple of Path
    files : mapping of str to (str, str)
        The problem's own source files as the run found them, as of `pin_files`; a worker that
        would import others does not start.
    code : mapping of str to str
        The code that the run was identified by; a worker that finds another, because a script
        changed a module after its import, does not start.
    space : Space, optional
        The space of `problem` where it is not the one that its name gives.
    """

    def __init__(
        self,
        problem: Problem,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
        folders: tuple[Path, ...] = (Path(),),
        files: Mapping[str, tuple[str, str]] | None = None,
        code: Mapping[str, str] | None = None,
        space: Space | None = None,
    ) -> None:
        self._space = space
        self._pinned = dict(files or {}), dict(code or {})
        self.problem = problem
        self.n_genes, self.n_metrics = len(problem.space), len(problem.metric_names)
        self.is_trusted, self.is_batched = problem.is_trusted, problem.is_batched
        self.releases_gil = problem.releases_gil
        self._recipe = (name, dict(options or {}), tuple(path.absolute() for path in folders))
        self._is_set_up = False
        self._takes_code_along = False

    def for_other_machines(self) -> Evaluator:
        """The same, which takes the user's own source files along when pickled."""
        other = copy.copy(self)
        other._takes_code_along, other._is_set_up = True, False
        return other

    def setup(self) -> None:
        """Prepare for evaluations in this process, once."""
        if not self._is_set_up:
            self.problem.setup()
            self._is_set_up = True

    def evaluate(
        self,
        genomes: NDArray[np.float64],
        found: Evaluations | None = None,
        before: Callable[[int], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> Evaluations:
        """As `evaluate_genomes`."""
        return evaluate_genomes(self.problem, genomes, found, before, on_error)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        name, _, folders = self._recipe
        module, pinned, metrics = None, self._pinned, self.problem.metric_names
        loaded = file_of_module(type(self.problem).__module__)
        if self._takes_code_along:
            sources = collect_sources(self.problem, name, folders)
            module = sources and _Module(Sources.unpack, sources)
            pinned = {}, {}  # they stand elsewhere there
        elif name is not None and name not in BUILT_IN:
            module = _Module(import_module, name.rpartition(":")[0], folders)
        elif name is None and loaded is not None:
            module = _Module(import_module, loaded.name, (loaded.parent,))
        try:
            pickle.dumps(self.problem, protocol=5, buffer_callback=lambda buffer: None)
        except Exception:
            if name is None:
                raise
            # Open files, locks, lambdas: the worker builds its own from the recipe.
            return _rebuild, (module, self._recipe, pinned, metrics, self._space)
        return _unpack, (module, self.problem, self._recipe, pinned, metrics)


def _unpack(
    module: Any, problem: Problem, recipe: Any, pinned: Any, metrics: tuple[str, ...]
) -> Evaluator:
    files, code = pinned
    verify_files(files)
    if code:
        from evosearch.problems.identity.fingerprint import verify_code

        verify_code(problem, code, recipe[-1])
    return Evaluator(problem.with_metrics(metrics), *recipe, *pinned)


def _rebuild(
    module: Any, recipe: Any, pinned: Any, metrics: tuple[str, ...], space: Space | None
) -> Evaluator:
    problem = load_problem(*recipe)
    problem = problem if space is None else problem.with_space(space)
    return _unpack(module, problem, recipe, pinned, metrics)
