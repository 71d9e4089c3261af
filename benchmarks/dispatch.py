"""A Python objective of known length over a large array, and pools that spread it over workers.

The objective spins until its time is up, so that the ideal time is known exactly: work / workers.
Each pool keeps its workers between generations and starts them before the clock does.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evosearch.problems.base import Problem
from evosearch.space import Float, Space

N_GENES, N_WORKERS = 5, 2
TABLE_BYTES = 50_000_000

# Measures every row of a population; to be closed afterwards.
Pool: TypeAlias = tuple[Callable[[NDArray[np.float64]], Any], Callable[[], None]]

# The array of the pools that can keep one in each worker.
_kept: dict[str, NDArray[np.float64]] = {}


def make_table() -> NDArray[np.float64]:
    """50 MB that every evaluation reads from."""
    return np.random.default_rng(1).random(TABLE_BYTES // 8)


def work(table: NDArray[np.float64], x: float, seconds: float) -> float:
    """Read here and there in the table, and keep the processor busy until the time is up."""
    until = time.perf_counter() + seconds
    place = int(abs(x) * 1e6) % 4096
    total = float(table[place::65_536].sum())
    while time.perf_counter() < until:
        pass
    return total


class Spin(Problem):
    """The objective as evosearch takes it, the table in the problem."""

    direction = "minimize"
    version = "1"

    def __init__(self, table: NDArray[np.float64], seconds: float) -> None:
        self.space = Space(*(Float(f"x{k}", -1.0, 1.0) for k in range(N_GENES)))
        self.table, self.seconds = table, seconds

    def evaluate(self, params: Mapping[str, Any]) -> float:
        """As in the base class."""
        return work(self.table, params["x0"], self.seconds)


def load(path: str) -> NDArray[np.float64]:
    """The table in this worker: mapped once, then kept."""
    if path not in _kept:
        _kept[path] = np.load(path, mmap_mode="r")
    return _kept[path]


def work_on_file(path: str, seconds: float, row: Any) -> float:
    """`work` for pools whose workers keep the table."""
    return work(load(path), float(row[0]), seconds)


def evosearch_pool(table: NDArray[np.float64], path: Path, seconds: float) -> Pool:
    """The executor for problems that are not trusted."""
    from evosearch.executors.processes import Processes
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
