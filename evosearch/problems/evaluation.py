"""Measure genomes of a problem in this process; an exception becomes a failed row."""

from __future__ import annotations

import contextlib
import functools
import math
import time
from collections.abc import Callable, Mapping
from multiprocessing import parent_process
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import ProblemError
from evosearch.genome.space import Value
from evosearch.population import Evaluations, Status
from evosearch.problems.base import VIOLATION, Batch, Problem
from evosearch.problems.draws import measure_apart, own_generators, seed_generators

MAX_ERROR_BYTES = 200
# Looking up a member of an enum costs more than storing it.
_OK, _FAILED = int(Status.OK), int(Status.FAILED)


def evaluate_genomes(
    problem: Problem,
    genomes: NDArray[np.float64],
    found: Evaluations | None = None,
    before: Callable[[int], None] | None = None,
    on_error: Callable[[BaseException], None] | None = None,
) -> Evaluations:
    """Measure genomes in this process.

    Parameters
    ----------
    problem : Problem
    genomes : ndarray of float64, shape (n, n_genes), canonical
    found : Evaluations, optional
        n rows to write into, row after row; made anew when not given.
    before : callable, optional
        Told the row number before each single evaluation; not called for whole batches.
    on_error : callable, optional
        Called with the exception of a single evaluation, for debugging.

    Returns
    -------
    Evaluations
        A row for each genome. An exception, and a result that is no finite number, is a failed
        row with its reason; it never ends the search.
    """
    if found is None:
        found = Evaluations.empty(len(genomes), len(problem.metric_names))
    started = time.perf_counter()
    if problem.is_batched:
        measure = functools.partial(_evaluate_batch, problem, on_error=on_error)
        if problem.is_trusted:
            measure(genomes, found)
        else:
            measure_apart(measure, problem.space, genomes, found)
        found.evaluation_s[:] = (time.perf_counter() - started) / max(1, len(genomes))
        found.evaluated_at_us[:] = time.time_ns() // 1000
        return found
    with contextlib.nullcontext() if problem.is_trusted else own_generators():
        for row, params in enumerate(problem.space.decode(genomes)):
            if before:
                before(row)
            if not problem.is_trusted:
                seed_generators(params)
            started = time.perf_counter()
            _evaluate_one(problem, params, row, found, on_error)
            found.evaluation_s[row] = time.perf_counter() - started
            found.evaluated_at_us[row] = time.time_ns() // 1000
    return found


def _evaluate_one(
    problem: Problem,
    params: Mapping[str, Value | None],
    row: int,
    found: Evaluations,
    on_error: Callable[[BaseException], None] | None,
) -> None:
    try:
        result = problem.evaluate(params)
        measured = result if isinstance(result, Mapping) else {problem.objective: result}
        values = {name: _real(name, value) for name, value in measured.items()}
        _check_names(problem, values)
        violation = values.pop(VIOLATION, 0.0)
        if not violation >= 0:
            raise ValueError(f"violation must be 0 or more, got {violation!r}")
        objective = values[problem.objective]
        is_finite = math.isfinite(objective)
        if not is_finite and violation == 0:
            raise ValueError(f"objective is {objective!r}, not a finite number")
    except BaseException as error:
        if _is_our_interrupt(error):
            raise
        if on_error:
            on_error(error)
        found.error[row] = describe_exception(error)
        return
    # What `_settle` does for whole batches, number by number: for one row its arrays would cost
    # more than dispatching it does.
    for place, name in enumerate(problem.metric_names):
        found.metrics[row, place] = values.get(name, math.nan) + 0.0
    sign = 1.0 if problem.direction == "maximize" else -1.0
    found.violation[row] = violation
    found.feasible[row] = violation == 0 and is_finite
    found.fitness[row] = sign * objective + 0.0 if is_finite else math.nan
    found.status[row] = _OK


def _evaluate_batch(
    problem: Problem,
    genomes: NDArray[np.float64],
    found: Evaluations,
    on_error: Callable[[BaseException], None] | None,
) -> None:
    n = len(genomes)
    try:
        result = problem.evaluate_batch(Batch(problem.space, genomes))
    except BaseException as error:
        if _is_our_interrupt(error):
            raise
        if n == 1:
            if on_error:
                on_error(error)
            found.error[0] = describe_exception(error)
            return
        # One genome must not take its whole batch along: halve until the culprit stands alone.
        for half in (slice(0, n // 2), slice(n // 2, n)):
            _evaluate_batch(problem, genomes[half], found.take(half), on_error)
        return
    try:
        measured = result if isinstance(result, Mapping) else {problem.objective: result}
        columns = {name: np.asarray(value) for name, value in measured.items()}
        for name, column in columns.items():
            if column.shape != (n,) or column.dtype.kind not in "biuf":
                raise ValueError(
                    f"evaluate_batch gave {name!r} as {column.dtype} of shape {column.shape}, "
                    f"expected {n} numbers"
                )
        _check_names(problem, columns)
    except (ValueError, TypeError) as error:
        found.error[:] = describe_exception(error)
        return
    violation = np.zeros(n) + columns.pop(VIOLATION, 0.0)
    for place, name in enumerate(problem.metric_names):
        if name in columns:
            found.metrics[:, place] = columns[name]
    _settle(problem, violation, found)


def _settle(problem: Problem, violation: NDArray[np.float64], found: Evaluations) -> None:
    """Turn metrics and violation into fitness, feasibility and status."""
    metrics = found.metrics
    metrics += 0.0  # -0.0 and 0.0 are one value in a file too
    objective = metrics[:, problem.metric_names.index(problem.objective)]
    is_finite, is_valid = np.isfinite(objective), violation >= 0
    found.violation[:] = np.where(is_valid, violation, 0.0)
    found.feasible[:] = (violation == 0) & is_finite
    has_result = is_valid & (is_finite | (violation > 0))
    found.status[:] = np.where(has_result, _OK, _FAILED)
    sign = 1.0 if problem.direction == "maximize" else -1.0
    found.fitness[:] = np.where(is_finite & is_valid, sign * objective + 0.0, np.nan)
    if not has_result.all():
        for row in np.flatnonzero(~has_result):
            reason = f"objective is {float(objective[row])!r}, not a finite number"
            if not is_valid[row]:
                reason = f"violation must be 0 or more, got {float(violation[row])!r}"
            found.error[row] = f"ValueError: {reason}"


def _real(name: str, value: Any) -> float:
    if type(value) is float:
        return value
    if isinstance(value, (str, bytes, complex, type(None))) or np.size(value) != 1:
        raise TypeError(f"{name} is {type(value).__name__} {str(value)[:60]!r}, not a number")
    return float(np.asarray(value).reshape(-1)[0])


def _check_names(problem: Problem, measured: Mapping[str, Any]) -> None:
    # A run that began with fewer metrics records those alone.
    declared = problem.metrics or problem.metric_names
    allowed = {*declared, VIOLATION}
    unknown = [name for name in measured if name not in allowed]
    if unknown:
        wanted = tuple(dict.fromkeys([*declared, *unknown]))
        raise ProblemError(
            f"metrics {unknown} are not declared; write in the class: metrics = {wanted!r}"
        )
    if problem.objective not in measured:
        raise ProblemError(f"the result holds no {problem.objective!r}, the objective")


def _is_our_interrupt(error: BaseException) -> bool:
    """Whether Ctrl-C was pressed; workers ignore it, so there it can only be the objective's."""
    return isinstance(error, KeyboardInterrupt) and parent_process() is None


def describe_exception(error: BaseException) -> str:
    """An exception as one short line of plain text, safe to store and to show."""
    try:
        text = f"{type(error).__name__}: {error}".rstrip(": ")
    except Exception:
        text = type(error).__name__
    return shorten(text)


def shorten(text: str) -> str:
    """One printable line of at most 200 bytes."""
    line = " ".join(text.split())
    line = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in line)
    return line.encode("utf-8", "backslashreplace")[:MAX_ERROR_BYTES].decode("utf-8", "ignore")
