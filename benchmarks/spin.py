"""A Python objective of known length over a large array.

It spins until its time is up, so that the ideal time is known exactly: work / workers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evosearch.genome.space import Float, Space
from evosearch.problems.base import Problem

N_GENES = 5
TABLE_BYTES = 50_000_000

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
