"""One connection to a cluster, shared by all searches of this process, and its machines.

A machine may join, vanish, fall silent without Ray noticing for minutes, or prove unable to
measure. Fresh work goes wherever Ray likes until one of the last two happens; from then on it is
pinned to the others.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from evosearch.errors import EnvironmentFailed, UsageError, WorkerLost
from evosearch.executors.base import Evaluator, Limits
from evosearch.executors.cluster.boot import measure
from evosearch.executors.cluster.connect import check_listening, connect
from evosearch.executors.cluster.parcel import pack_code, pack_evaluator

_LOOK_EVERY_S = 1.0
_HEAD_GONE_S = 15.0
# A machine that fell silent gets no work for so long; by then Ray has noticed, or it is back.
_SUSPECT_S = 60.0
_NO_CPU_S = 300.0


@dataclass(frozen=True)
class Node:
    """One machine: its Ray id, address and CPUs."""

    identity: str
    ip: str
    n_cpus: int


class Cluster:
    """A joined cluster.

    Attributes
    ----------
    n_searches : int
        Executors that are measuring right now; they share the CPUs fairly.
    lost_at : float
        When a machine was last seen to be gone, on the monotonic clock.
    """

    _joined: Cluster | None = None
    _lock = threading.RLock()

    def __init__(self, address: str | None) -> None:
        self.ray, self.address, self._is_ours = connect(address)
        self.n_searches = 0
        self.lost_at = float("-inf")
        self._n_holders = 0
        self._nodes: dict[str, Node] = {}
        self._heard: dict[str, float] = {}
        self._suspects: dict[str, float] = {}
        self._parcels: dict[str, Any] = {}
        self._looked = float("-inf")
        self._head_seen = self._cpus_seen = time.monotonic()
        self._turn = 0
        self.look()
        if not self.count_cpus() and not self._patience_s():
            self._end()
            raise EnvironmentFailed(
                f"The Ray cluster at {self.address} has no CPUs to work with. Start workers with "
                f"`ray start --address={self.address}`, or, if it grows when there is work, say "
                "how long to wait: EVOSEARCH_RAY_WAIT_S=600."
            )
        self._code = self.ray.put(pack_code())
        # Failures are counted here, where it is known which rows were out; Ray retries nothing.
        self._task = self.ray.remote(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")(
            _by_value(measure)
        )

    @classmethod
    def join(cls, address: str | None) -> Cluster:
        """The connection of this process, made at the first call."""
        with cls._lock:
            if cls._joined is None:
                cls._joined = Cluster(address)
            elif address and address != cls._joined.address:
                raise UsageError(
                    f"This process has joined the Ray cluster at {cls._joined.address}; it cannot "
                    f"join {address} as well. Run that search in a process of its own."
                )
            cls._joined._n_holders += 1
            return cls._joined

    def leave(self) -> None:
        """Give it back; the last one ends it."""
        with Cluster._lock:
            self._n_holders -= 1
            if not self._n_holders:
                Cluster._joined = None
                self._end()

    def put(self, evaluator: Evaluator, limits: Limits) -> Any:
        """Send an evaluator to the cluster once; what to give to `submit`."""
        parcel = pack_evaluator(evaluator, limits)
        with Cluster._lock:
            # Searches that differ in their seeds measure the same problem.
            if parcel["digest"] not in self._parcels:
                self._parcels[parcel["digest"]] = self.ray.put(parcel)
            return self._parcels[parcel["digest"]]

    def submit(
        self, parcel: Any, genomes: Any, unfit: Collection[str] = (), is_copy: bool = False
    ) -> Any:
        """Have genomes measured.

        Parameters
        ----------
        parcel : as from `put`
        genomes : ndarray of float64
        unfit : collection of str
            Machines that cannot measure this problem.
        is_copy : bool
            Elsewhere than where it was sent before, on a machine heard of lately. Also such a
            task is queued apart from those that wait for a machine that is gone.
        """
        task = self._task
        if is_copy or self._suspects or unfit:
            from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

            node = self._pick(unfit, is_copy)
            if node is not None:
                pin = NodeAffinitySchedulingStrategy(node_id=node.identity, soft=True)
                task = task.options(scheduling_strategy=pin)
        return task.remote(self._code, parcel, genomes)

    def count_cpus(self, unfit: Collection[str] = ()) -> int:
        """CPUs of the machines that are of use."""
        return sum(node.n_cpus for node in self._useful(unfit))

    def look(self) -> None:
        """See which machines there are, at most once a second.

        Raises
        ------
        EnvironmentFailed
            The head is gone, or all workers are and none came back.
        """
        with Cluster._lock:
            now = time.monotonic()
            if now - self._looked < _LOOK_EVERY_S:
                return
            self._looked = now
            # Asking Ray about a head that is gone would block, and then end this process.
            if not self._head_answers(now):
                return
            nodes = {
                each["NodeID"]: Node(
                    each["NodeID"],
                    each["NodeManagerAddress"],
                    int(each["Resources"].get("CPU", 0)),
                )
                for each in self.ray.nodes()
                if each["Alive"]
            }
            if set(self._nodes) - set(nodes):
                self.lost_at = now
            self._nodes = nodes
            known: dict[str, Any]
            for known in (self._suspects, self._heard):
                for identity in set(known) - set(nodes):
                    del known[identity]
            for identity in [i for i, until in self._suspects.items() if until < now]:
                del self._suspects[identity]
            if any(node.n_cpus for node in nodes.values()):
                self._cpus_seen = now
            elif now - self._cpus_seen > max(_NO_CPU_S, self._patience_s()):
                raise EnvironmentFailed(
                    f"The Ray cluster at {self.address} has had no CPUs for "
                    f"{now - self._cpus_seen:.0f} s. What was evaluated is kept."
                )

    def hear(self, identity: str) -> None:
        """A machine has answered."""
        self._heard[identity] = time.monotonic()
        self._suspects.pop(identity, None)

    def suspect_silent(self, since: float) -> None:
        """Send nothing more, for a while, to machines that have not answered since then."""
        now = time.monotonic()
        silent = [
            node.identity for node in self._useful() if self._heard.get(node.identity, 0.0) < since
        ]
        if len(silent) < len(self._useful()):
            self._suspects |= dict.fromkeys(silent, now + _SUSPECT_S)

    def check_left(self, unfit: Mapping[str, str]) -> None:
        """Whether some machine can still measure a problem.

        Parameters
        ----------
        unfit : mapping of str to str
            Machines that cannot, and why.

        Raises
        ------
        WorkerLost
            None can.
        """
        if all(node.identity in unfit for node in self._nodes.values() if node.n_cpus):
            known = self._nodes
            lines = [f"  {known[i].ip if i in known else i}: {why}" for i, why in unfit.items()]
            raise WorkerLost(
                "No machine of the Ray cluster can measure this problem:\n" + "\n".join(lines)
            )

    def _useful(self, unfit: Collection[str] = ()) -> list[Node]:
        return [
            node
            for node in self._nodes.values()
            if node.n_cpus and node.identity not in self._suspects and node.identity not in unfit
        ]

    def _pick(self, unfit: Collection[str], is_copy: bool) -> Node | None:
        """Pick a node in proportion to its CPUs; for a copy, the node heard from most recently."""
        useful = self._useful(unfit)
        if not useful:
            return None
        self._turn += 1
        if is_copy:
            useful.sort(key=lambda node: -self._heard.get(node.identity, 0.0))
            return useful[self._turn % max(1, len(useful) // 2)]
        seats = [node for node in useful for _ in range(node.n_cpus)]
        return seats[self._turn % len(seats)]

    def _head_answers(self, now: float) -> bool:
        try:
            check_listening(self.address, timeout_s=1.0)
        except EnvironmentFailed:
            if now - self._head_seen > _HEAD_GONE_S:
                raise EnvironmentFailed(
                    f"The head of the Ray cluster at {self.address} has not answered for "
                    f"{now - self._head_seen:.0f} s; without it the cluster is lost. What was "
                    "evaluated is kept."
                ) from None
            return False
        self._head_seen = now
        return True

    def _end(self) -> None:
        if self._is_ours:
            with contextlib.suppress(Exception):
                self.ray.shutdown()

    @staticmethod
    def _patience_s() -> float:
        try:
            return float(os.environ.get("EVOSEARCH_RAY_WAIT_S", "0"))
        except ValueError:
            return 0.0


def _by_value(function: Any) -> Any:
    """A function that Ray sends with its code, not as a name to import from us."""
    cloudpickle: Any = importlib.import_module("ray.cloudpickle")
    cloudpickle.register_pickle_by_value(sys.modules[function.__module__])
    return function
