"""The same rows, whatever the workers, the chunks, the delays, the start method, the hash seed."""

import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest

from evosearch import Categorical, Float, Int, Problem, Space
from evosearch.problems.evaluation import evaluate_genomes
from tests.conftest import ROOT
from tests.contracts.executor import assert_equal_results, draw, gather, make_executor


class Noisy(Problem):
    """Draws from the global generators, fails now and then, and takes as long as it likes."""

    space = Space(Float("x", -1, 1), Int("k", 0, 9), Categorical("c", ["a", "b"]))
    direction = "minimize"
    version = "1"
    metrics = ("objective", "noise", "numpy_noise")

    def evaluate(self, params):
        if params["k"] == 7:
            raise ValueError(f"seven, {random.random()}")
        time.sleep(random.SystemRandom().random() * 0.002)
        noise, other = random.gauss(0, 1), np.random.normal()
        return {"objective": params["x"] + noise, "noise": noise, "numpy_noise": other}


GENOMES = draw(Noisy(), 130)
REFERENCE = evaluate_genomes(Noisy(), GENOMES)


@pytest.mark.parametrize(("n_workers", "chunk_size"), [(1, 1), (1, 64), (2, 7), (5, 1), (5, 64)])
def test_workers_and_chunks_do_not_matter(n_workers, chunk_size):
    with make_executor("processes", Noisy(), n_workers, chunk_size=chunk_size) as executor:
        found, n_times = gather(executor, GENOMES)
    assert (n_times == 1).all()
    assert_equal_results(found, REFERENCE)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can only spawn")
def test_the_start_method_does_not_matter():
    with make_executor("processes", Noisy(), start_method="forkserver") as executor:
        found, _ = gather(executor, GENOMES)
    assert_equal_results(found, REFERENCE)


def test_the_executor_does_not_matter():
    with make_executor("serial", Noisy()) as executor:
        found, _ = gather(executor, GENOMES)
    assert_equal_results(found, REFERENCE)


def test_the_order_of_genomes_does_not_matter():
    backwards = evaluate_genomes(Noisy(), GENOMES[::-1].copy())
    assert_equal_results(backwards.take(np.arange(129, -1, -1)), REFERENCE)


def test_noise_differs_between_genomes():
    assert len(np.unique(REFERENCE.metrics[REFERENCE.status == 0, 1])) > 100


def test_hash_seed_does_not_matter():
    code = (
        "from tests.executors.test_determinism import *; import hashlib\n"
        "if __name__ == '__main__':\n"
        "    with make_executor('processes', Noisy(), 2) as executor:\n"
        "        found = gather(executor, GENOMES)[0]\n"
        "    print(hashlib.sha256(found.metrics.tobytes() + repr(found.error).encode()).hexdigest())"
    )
    seen = set()
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        seen.add(done.stdout)
    assert len(seen) == 1


def test_measuring_here_leaves_the_generators_of_the_user_alone():
    random.seed(3)
    np.random.seed(3)
    wanted = random.random(), np.random.random()
    random.seed(3)
    np.random.seed(3)
    evaluate_genomes(Noisy(), GENOMES[:5])
    assert (random.random(), np.random.random()) == wanted
