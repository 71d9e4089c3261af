"""A search in a process of its own, for tests that kill it: python -m tests.executors.searching.

Its two workers and whatever they start carry ``EVOSEARCH_MARK``, by which a test finds them.
"""

import sys

import numpy as np

from evosearch.executors import Limits
from tests.contracts.executor import gather, make_executor
from tests.misbehaviours import MISBEHAVIOURS, Misbehaving


def main(how, timeout_s):
    genomes = np.zeros((4, 2))
    genomes[:, 0] = np.arange(4)
    limits = Limits(timeout_s=float(timeout_s) or None)
    with make_executor("processes", Misbehaving(), limits=limits) as executor:
        gather(executor, genomes)  # both workers are up
        print("ready", flush=True)
        sys.stdin.readline()  # when told
        genomes[:, 1] = 1 + list(MISBEHAVIOURS).index(how)
        gather(executor, genomes)
        sys.stdin.read()  # for ever: whoever told us ends us


if __name__ == "__main__":
    main(*sys.argv[1:])
