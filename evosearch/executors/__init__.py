"""Executors: where genomes are measured.

Read `base` for the contract, `serial` for the shortest one, `local` for the one that survives
everything. A new one is a file here and a line in `EXECUTORS`. That names it by import path, so
its libraries are imported only when it is used. The class states its limits and settings.
"""

import pkgutil

from evosearch.executors.base import Evaluator, Executor, Limits

EXECUTORS = {
    "auto": "evosearch.executors.auto:Auto",
    "serial": "evosearch.executors.serial:Serial",
    "threads": "evosearch.executors.threads:Threads",
    "processes": "evosearch.executors.local.processes:Processes",
    "ray": "evosearch.executors.cluster.executor:Ray",
}


def find_executor(name: str) -> type[Executor]:
    """The class of an executor."""
    kind: type[Executor] = pkgutil.resolve_name(EXECUTORS[name])
    return kind


__all__ = ["EXECUTORS", "Evaluator", "Executor", "Limits", "find_executor"]
