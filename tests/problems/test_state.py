"""Values: each its own bytes, equal ones the same, what cannot be read refused."""

import collections
import copy
import ctypes
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import mmap
import pickle
import random
import re
import socket
import sqlite3
import threading
import types
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evosearch import Float, Problem, Space
from evosearch.errors import ProblemError
from evosearch.problems.identity.fingerprint import identify


class Holder(Problem):
    space = Space(Float("x", 0, 1))
    direction = "minimize"

    def __init__(self, held):
        self.held = held

    def evaluate(self, params):
        return 0.0


class Kind(enum.Enum):
    A = 1
    B = 2


@dataclasses.dataclass
class Data:
    x: int = 1
    y: list = dataclasses.field(default_factory=list)


class Slotted:
    __slots__ = ("u", "v")

    def __init__(self, u, v):
        self.u, self.v = u, v


class Lazy:
    def __init__(self, k):
        self.k = k

    @functools.cached_property
    def twice(self):
        return self.k * 2


class Chosen:
    def __init__(self, k):
        self.k, self.cache = k, {}

    def __getstate__(self):
        return {"k": self.k}


Pair = collections.namedtuple("Pair", "a b")


def circle(k):
    node = types.SimpleNamespace(k=k)
    node.me = [node]
    return node


def adder(k):
    return lambda x: x + k


def hold(value):
    return identify(Holder(value)).parts


PAIRS, TEXTS = [("a", 1), ("b", 2)], np.array(["a", "bc"])
VALUES = [
    None, True, 1, 1.0, "1", b"1", 1j, 0.0, -0.0, float("inf"), 2**70, "é", "\ud800",
    (1,), [1], {1}, [[1], 2], [1, 2], [[1, 2]], {}, {1: 1}, {"1": 1}, {1: 1.0}, {1: {1: 1}},
    np.float64(1), np.int64(1), np.float32(1), np.arange(3), np.arange(3.0), np.zeros((2, 3)),
    np.zeros((3, 2)), TEXTS, np.array([None, 1]), np.array([1, None]), np.datetime64("2020"),
    np.array(PAIRS, dtype=[("n", "U1"), ("v", "i4")]), np.ma.array([1, 2], mask=[0, 1]),
    pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"b": [1, 2]}), pd.DataFrame({"a": [1, 3]}),
    pd.DataFrame({"a": [1, 2]}, index=[1, 2]), pd.Series([1, 2]), pd.Series(["x", None]),
    pd.Series(["x", "y"], dtype="category"), pd.date_range("2020", periods=2),
    pd.date_range("2020", periods=2, tz="UTC"), pd.Timestamp("2020"),
    decimal.Decimal("1"), decimal.Decimal("1.0"), fractions.Fraction(1, 2),
    datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), datetime.timedelta(1),
    datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), datetime.time(1),
    Kind.A, Kind.B, Data(), Data(2), Data(1, [1]), Slotted(1, 2), Slotted(1, 3), Lazy(1), Lazy(2),
    Pair(1, 2), Pair(1, 3), circle(1), circle(2), Path("a"), Path("b"), re.compile("a"),
    re.compile("a", re.I), functools.partial(adder(1), 2), functools.partial(adder(1), 3),
    functools.partial(adder(2), 2), adder(1), adder(2), np.sin, np.cos, len, "ab".upper,
    Lazy(1).__init__, Lazy(2).__init__, np.random.default_rng(1), np.random.default_rng(2),
    random.Random(1), random.Random(2), range(3), range(4), collections.Counter("aab"),
    collections.deque([1]), collections.deque([1], maxlen=3), np.poly1d([1, 2]), Lazy, Slotted,
    np.random, types.MappingProxyType({3: 3}), np.dtype("f8"), Holder(1), Holder(2),
    collections.defaultdict(list, {1: [2]}), (lambda: 1), (lambda: 2), Space(Float("y", 0, 1)),
    functools.lru_cache(adder(3)), functools.lru_cache(adder(4)),
]  # fmt: skip


def test_each_value_is_its_own():
    found = {}
    for place, value in enumerate(VALUES):
        parts = hold(value)
        key = repr((parts["arguments"], parts["code"]))
        assert hold(value) == parts, value
        assert key not in found, (value, VALUES[found[key]])
        found[key] = place


def test_copies_are_the_same():
    for value in VALUES:
        try:
            other = pickle.loads(pickle.dumps(copy.deepcopy(value)))
        except (pickle.PicklingError, AttributeError, TypeError):
            continue
        assert hold(other) == hold(value), value


def test_order_layout_caches_and_nan_do_not_count():
    table = np.arange(6).reshape(2, 3)
    lazy, chosen = Lazy(1), Chosen(1)
    assert lazy.twice == 2
    chosen.cache["k"] = 1
    for one, two in [
        ({1, 2, "a", "b"}, {"b", "a", 2, 1}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (float("nan"), float("nan")),
        ([float("nan"), {1: float("nan")}], [float("nan"), {1: float("nan")}]),
        (table.T, np.ascontiguousarray(table.T)),
        (table, np.asfortranarray(table)),
        (np.arange(3, dtype=">i8"), np.arange(3, dtype="<i8")),
        (pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"b": [2], "a": [1]})[["a", "b"]]),
        (lazy, Lazy(1)),
        (chosen, Chosen(1)),
        (threading.Lock(), threading.Lock()),
    ]:
        assert hold(one) == hold(two), one


@pytest.mark.parametrize(
    "make",
    [
        Path(__file__).open, lambda: (x for x in "a"), socket.socket, lambda: memoryview(b"a"),
        lambda: sqlite3.connect(":memory:"), lambda: ctypes.c_int(3), lambda: ctypes.CDLL(None),
        lambda: weakref.ref(Lazy), lambda: mmap.mmap(-1, 10), lambda: compile("1", "", "eval"),
    ],
)  # fmt: skip
def test_what_has_no_state_to_read_is_refused_where_it_lies(make):
    value = make()
    try:
        with pytest.raises(ProblemError, match=r"(?s)held \(in \.k in \[1\] in \['a'\]\).*options"):
            hold({"a": [0, Lazy(value)]})
    finally:
        getattr(value, "close", lambda: None)()


def test_nesting_without_end_is_refused():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ProblemError, match="nested too deeply"):
        hold(value)


def test_entries_stay_short_and_few():
    problem = Holder(0)
    problem.__dict__ |= {f"k{k}": "x" * 1000 for k in range(1000)}
    arguments = identify(problem).parts["arguments"]
    assert len(arguments) < 300
    assert all(len(key) <= 130 and len(text) <= 130 for key, text in arguments.items())
    then = dict(arguments)
    problem.k999 = "y"
    assert identify(problem).parts["arguments"] != then


def test_paths_below_the_problems_folder_count_from_there_and_others_as_they_are(tmp_path):
    here = Path(__file__).parent
    one, two = Holder(here / "a.csv"), Holder(tmp_path / "a.csv")
    assert identify(one, (here,)).parts == identify(two, (tmp_path,)).parts
    assert hold(tmp_path / "a.csv") != hold(tmp_path / "b.csv")
