"""Whether a problem keeps the promise of its base class."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from evosearch.errors import ProblemError, did_you_mean
from evosearch.genome.space import Space
from evosearch.problems.base import COLUMN_NAMES, VIOLATION, Problem
from evosearch.problems.evidence import SharpeEvidence


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
    evidence = problem.evidence
    if evidence is not None and not isinstance(evidence, SharpeEvidence):
        faults.append("its `evidence` must be an evosearch.SharpeEvidence, or None.")
    elif evidence is not None:
        roles = evidence.to_plain().items()
        for role, name in roles:
            if name not in names and (name or role != "behaviour"):
                faults.append(f"its `evidence` has {role} = {name!r}, which is no metric of it.")
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
