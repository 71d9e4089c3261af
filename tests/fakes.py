"""Problems that behave and misbehave, importable by worker processes."""

import time

import numpy as np

from evosearch import Categorical, Float, Int, Problem, Space
from evosearch.executors.serial import Serial


class Plain(Problem):
    """One evaluation at a time, with a metric besides the objective."""

    space = Space(Float("x", -1, 1), Int("k", 0, 9), Categorical("c", ["a", "b"]))
    direction = "minimize"
    metrics = ("objective", "distance", "n_steps")
    int_metrics = frozenset({"n_steps"})
    version = "1"

    def evaluate(self, params):
        distance = abs(params["x"]) + params["k"]
        return {"objective": distance**2, "distance": distance, "n_steps": params["k"]}


class Batched(Plain):
    """The same measurements, a whole batch at a time."""

    def evaluate_batch(self, batch):
        distance = np.abs(batch["x"]) + batch["k"]
        return {"objective": distance**2, "distance": distance, "n_steps": batch["k"]}


class Trusted(Batched):
    """The same, safe to run inside the main process."""

    is_trusted = True
    releases_gil = True


class Slow(Plain):
    """Takes a while, more for some genomes than for others."""

    def evaluate(self, params):
        time.sleep(0.002 * (1 + params["k"] % 3))
        return super().evaluate(params)


class Heavy(Problem):
    """Carries a large array that workers must share, not copy, and cannot write to."""

    space = Space(Int("row", 0, 999))
    direction = "maximize"
    version = "1"
    metrics = ("objective", "is_writeable")

    def __init__(self, n_columns=1000):
        self.table = np.arange(1000.0 * n_columns).reshape(1000, n_columns)

    def evaluate(self, params):
        total = float(self.table[params["row"]].sum())
        return {"objective": total, "is_writeable": float(self.table.flags.writeable)}


class Unpicklable(Plain):
    """Holds what no pickle can carry; workers build their own."""

    def __init__(self, offset=0.0):
        self.offset = offset
        self.action = lambda value: value + self.offset

    def evaluate(self, params):
        distance = self.action(abs(params["x"]))
        return {"objective": distance, "distance": distance}


class OneByOne(Serial):
    """Gives each evaluation back by itself, so that a run can be ended after any of them."""

    def evaluate(self, genomes):
        for row in range(len(genomes)):
            yield np.array([row]), self.evaluator.evaluate(genomes[row : row + 1])
