"""Evaluation on one worker of a cluster, supervised as on a single machine.

A trusted problem is measured in Ray's own worker process, over arrays that all workers of the
machine share. Any other problem, and one with limits, is measured in a supervised child process.
So a crash, a hang or a flood of memory gives the same rows as in a local run.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
import time
from collections import OrderedDict
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evosearch.errors import EvosearchError
from evosearch.executors.base import Evaluator, Executor, Limits
from evosearch.executors.local.processes import Processes
from evosearch.population import Evaluations

# Several searches may share a worker; each problem that stays may hold a child process.
_MOST_STATIONS = 4
_STATIONS: OrderedDict[str, Station] = OrderedDict()


def measure(node: str, parcel: dict[str, Any], genomes: NDArray[np.float64]) -> tuple[Any, ...]:
    """Measure genomes in this worker; the answer as `boot.measure` gives it."""
    digest = parcel["digest"]
    if digest not in _STATIONS:
        while len(_STATIONS) >= _MOST_STATIONS:
            _STATIONS.popitem(last=False)[1].close()
        try:
            _STATIONS[digest] = Station(parcel)
        except EvosearchError as error:
            return "unfit", node, str(error)
        except Exception as error:  # the user's code, of any kind
            return "unfit", node, f"{type(error).__name__}: {error}"
    _STATIONS.move_to_end(digest)
    try:
        began = time.perf_counter()
        found = _STATIONS[digest].evaluate(genomes)
        elapsed_s = time.perf_counter() - began
    except EvosearchError as error:
        _forget(digest)
        return "unfit", node, str(error)
    except BaseException:
        # A cancelled chunk may have left its child in the middle of something.
        _forget(digest)
        raise
    return "done", node, elapsed_s, _columns(found)


class Station:
    """One problem, ready to be measured in this worker.

    Parameters
    ----------
    parcel : dict
        As `parcel.pack_evaluator` makes it.
    """

    def __init__(self, parcel: dict[str, Any]) -> None:
        self._child: Executor | None = None
        self._evaluator = _open(parcel["payload"], parcel["buffers"])
        limits = Limits(*parcel["limits"])
        if self._evaluator.is_trusted and limits == Limits():
            self._evaluator.setup()
            return
        # A spawned child imports its parent's main file again; Ray's would only cost it time.
        with contextlib.suppress(AttributeError):
            del sys.modules["__main__"].__file__
        carried = _Carried(self._evaluator, parcel["payload"], parcel["buffers"])
        self._child = Processes(cast(Evaluator, carried), 1, limits)

    def evaluate(self, genomes: NDArray[np.float64]) -> Evaluations:
        """Measure genomes."""
        if self._child is None:
            return self._evaluator.evaluate(genomes)
        found = Evaluations.empty(len(genomes), self._evaluator.n_metrics)
        for rows, part in self._child.evaluate(genomes):
            found.place(rows, part)
        return found

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.close()


class _Carried:
    """An evaluator that passes its parcel on unopened: only that holds the user's files."""

    def __init__(self, evaluator: Evaluator, payload: Any, buffers: list[Any]) -> None:
        self._evaluator, self._payload, self._buffers = evaluator, payload, buffers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._evaluator, name)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _open, (self._payload, self._buffers)


def _open(payload: Any, buffers: list[Any]) -> Evaluator:
    """The evaluator in a parcel, its arrays being views of the parcel's."""
    read_only = [memoryview(buffer).toreadonly() for buffer in buffers]
    return pickle.loads(payload, buffers=read_only)  # type: ignore[no-any-return] # noqa: S301


def _forget(digest: str) -> None:
    station = _STATIONS.pop(digest, None)
    if station is not None:
        with contextlib.suppress(Exception):
            station.close()


def _columns(found: Evaluations) -> dict[str, Any]:
    """The arrays of an `Evaluations` by name, small on the wire."""
    columns = dict(vars(found))
    if all(text is None for text in found.error):
        columns["error"] = None
    return columns


def read_columns(columns: dict[str, Any]) -> Evaluations:
    """The inverse, in the driver."""
    if columns["error"] is None:
        columns["error"] = np.full(len(columns["status"]), None, object)
    return Evaluations(**columns)
