"""Pools that spread a Python objective over workers.

Each pool keeps its workers between generations and starts them before the clock does.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.spin import Spin, load, work, work_on_file

N_WORKERS = 2

# Measures every row of a population; to be closed afterwards.
Pool: TypeAlias = tuple[Callable[[NDArray[np.float64]], Any], Callable[[], None]]


def evosearch_pool(table: NDArray[np.float64], path: Path, seconds: float) -> Pool:
    """The executor for problems that are not trusted."""
    from evosearch.executors.local.processes import Processes
    from evosearch.problems.evaluator import Evaluator

    executor = Processes(Evaluator(Spin(table, seconds)), N_WORKERS)

    def measure(x: NDArray[np.float64]) -> int:
        return sum(len(rows) for rows, _ in executor.evaluate(x))

    return measure, executor.close


def halves_pool(table: NDArray[np.float64], path: Path, seconds: float) -> Pool:
    """One message to each worker with its share: what this machine gives without dispatch."""
    import functools

    pool = multiprocessing.Pool(N_WORKERS, load, (str(path),))
    function = functools.partial(work_on_file, str(path), seconds)

    def measure(x: NDArray[np.float64]) -> list[float]:
        return pool.map(function, x, chunksize=-(-len(x) // N_WORKERS))

    return measure, pool.terminate


def process_pool(table: NDArray[np.float64], path: Path, seconds: float) -> Pool:
    """`ProcessPoolExecutor.map` in chunks of about 20 ms, at most a fourth of a worker's share."""
    import functools

    pool = ProcessPoolExecutor(N_WORKERS, initializer=load, initargs=(str(path),))
    function = functools.partial(work_on_file, str(path), seconds)

    def measure(x: NDArray[np.float64]) -> list[float]:
        size = max(1, min(round(0.02 / seconds), len(x) // (4 * N_WORKERS)))
        return list(pool.map(function, x, chunksize=size))

    return measure, pool.shutdown


def joblib_pool(table: NDArray[np.float64], path: Path, seconds: float) -> Pool:
    """Joblib over loky, chunks left to its own measure; the table mapped by each worker."""
    import joblib

    parallel = joblib.Parallel(n_jobs=N_WORKERS, backend="loky")
    parallel.__enter__()
    function = joblib.delayed(work_on_file)

    def measure(x: NDArray[np.float64]) -> Any:
        return parallel(function(str(path), seconds, row) for row in x)

    return measure, lambda: parallel.__exit__(None, None, None)


def joblib_memmap_pool(table: NDArray[np.float64], path: Path, seconds: float) -> Pool:
    """Joblib given the array itself, which it maps into memory for its workers."""
    import joblib

    parallel = joblib.Parallel(n_jobs=N_WORKERS, backend="loky", mmap_mode="r")
    parallel.__enter__()
    function = joblib.delayed(work)

    def measure(x: NDArray[np.float64]) -> Any:
        return parallel(function(table, float(row[0]), seconds) for row in x)

    return measure, lambda: parallel.__exit__(None, None, None)


def pymoo_pool(table: NDArray[np.float64], path: Path, seconds: float) -> Pool:
    """`StarmapParallelization` as pymoo documents it, the table kept by each worker."""
    return _pymoo(_make_pymoo(None, path, seconds))


def pymoo_problem_pool(table: NDArray[np.float64], path: Path, seconds: float) -> Pool:
    """As pymoo documents it, the table in the problem."""
    return _pymoo(_make_pymoo(table, path, seconds))


def _pymoo(make: Callable[[Any], Any]) -> Pool:
    from pymoo.parallelization.starmap import StarmapParallelization

    pool = multiprocessing.Pool(N_WORKERS)
    problem = make(StarmapParallelization(pool.starmap))

    def measure(x: NDArray[np.float64]) -> Any:
        return problem.evaluate(x, return_values_of=["F"])

    return measure, pool.terminate


def _make_pymoo(
    table: NDArray[np.float64] | None, path: Path, seconds: float
) -> Callable[[Any], Any]:
    from benchmarks.dispatch_pymoo import PymooSpin

    return lambda runner: PymooSpin(table, str(path), seconds, runner)


POOLS: dict[str, Callable[[NDArray[np.float64], Path, float], Pool]] = {
    "evosearch": evosearch_pool,
    "equal halves, no dispatch": halves_pool,
    "ProcessPoolExecutor, chunked": process_pool,
    "joblib/loky": joblib_pool,
    "joblib/loky, array passed": joblib_memmap_pool,
    "pymoo starmap": pymoo_pool,
    "pymoo starmap, array in problem": pymoo_problem_pool,
}
