"""Problems that behave and misbehave, importable by worker processes."""

import os
import signal
import sys
import time

import numpy as np

from evosearch import Categorical, Float, Int, Problem, Space


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


class Unloadable(Exception):
    """Cannot be unpickled: its constructor wants two arguments."""

    def __init__(self, a, b):
        super().__init__(f"{a} {b}")


# What an objective can do to its process, by name.
MISBEHAVIOURS = {}


def misbehaviour(function):
    MISBEHAVIOURS[function.__name__] = function
    return function


@misbehaviour
def raises():
    raise ValueError("on purpose")


@misbehaviour
def raises_what_cannot_be_unpickled():
    raise Unloadable(1, 2)


@misbehaviour
def raises_system_exit():
    sys.exit(3)


@misbehaviour
def raises_keyboard_interrupt():
    raise KeyboardInterrupt


@misbehaviour
def raises_with_a_long_text():
    raise ValueError("x" * 10_000_000)


@misbehaviour
def recurses():
    recurses()


@misbehaviour
def returns_nan():
    return float("nan")


@misbehaviour
def returns_infinity():
    return float("inf")


@misbehaviour
def returns_none():
    return None


@misbehaviour
def returns_text():
    return "1.0"


@misbehaviour
def returns_complex():
    return 1j


@misbehaviour
def returns_an_array():
    return np.zeros(3)


@misbehaviour
def exits_quietly():
    os._exit(0)


@misbehaviour
def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)


@misbehaviour
def segfaults():
    os.kill(os.getpid(), signal.SIGSEGV)


@misbehaviour
def stops_itself():
    os.kill(os.getpid(), signal.SIGSTOP)


@misbehaviour
def loops():
    while True:
        pass


@misbehaviour
def sleeps():
    time.sleep(1000)


@misbehaviour
def holds_the_interpreter_lock():
    import re

    re.match(r"(a+)+$", "a" * 60 + "b")


@misbehaviour
def eats_memory():
    held = []
    while True:
        held.append(np.ones(2**22))
        time.sleep(0.01)


class Misbehaving(Problem):
    """20 genomes of which number 5 misbehaves as told."""

    space = Space(Int("k", 0, 19))
    direction = "maximize"
    version = "1"

    def __init__(self, how="raises"):
        self.how = how

    def evaluate(self, params):
        if params["k"] == 5:
            return MISBEHAVIOURS[self.how]()
        return float(params["k"])
