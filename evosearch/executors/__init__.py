"""Executors: where genomes are measured.

Read `base` for the contract, `serial` for the shortest one, `processes` for the one that survives
everything. A new one is a file here and a line in `EXECUTORS`, which names it by import path so
that its libraries are imported only when it is used.
"""

from evosearch.executors.base import Evaluator, Executor, Limits

EXECUTORS = {
    "auto": "evosearch.executors.auto:Auto",
    "serial": "evosearch.executors.serial:Serial",
    "threads": "evosearch.executors.threads:Threads",
    "processes": "evosearch.executors.local.processes:Processes",
    "ray": "evosearch.executors.cluster.executor:Ray",
}

__all__ = ["EXECUTORS", "Evaluator", "Executor", "Limits"]
