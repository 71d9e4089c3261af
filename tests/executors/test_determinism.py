"""The same rows, whatever the workers, the chunks, the delays, the start method, the hash seed."""

import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest
from pyarrow import parquet

from evosearch import Categorical, Float, Int, Problem, Space
from evosearch.population import Evaluations
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.shards.format.schema import TELEMETRY
from tests.conftest import ROOT
from tests.contracts.executor import assert_equal_results, draw, gather, make_executor
from tests.runs import evosearch


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


@pytest.mark.posix
def test_the_start_method_does_not_matter():
    with make_executor("processes", Noisy(), start_method="forkserver") as executor:
        found, _ = gather(executor, GENOMES)
    assert_equal_results(found, REFERENCE)


def test_the_executor_does_not_matter():
    with make_executor("serial", Noisy()) as executor:
        found, _ = gather(executor, GENOMES)
    assert_equal_results(found, REFERENCE)


class NoisyBatch(Noisy):
    """Draws as well, for a batch as a whole."""

    def evaluate_batch(self, batch):
        n = len(batch.genomes)
        noise = np.array([random.gauss(0, 1) for _ in range(n)])
        return {"objective": batch["x"], "noise": noise, "numpy_noise": np.random.normal(size=n)}


def test_rows_of_a_batch_that_draws_do_not_depend_on_the_batch():
    reference = evaluate_genomes(NoisyBatch(), GENOMES)
    assert len(np.unique(reference.metrics[:, 2])) > 100
    backwards = evaluate_genomes(NoisyBatch(), GENOMES[::-1].copy())
    assert_equal_results(backwards.take(np.arange(129, -1, -1)), reference)
    for size in (1, 7):
        pieces = [GENOMES[at : at + size] for at in range(0, 130, size)]
        parts = [evaluate_genomes(NoisyBatch(), piece) for piece in pieces]
        assert_equal_results(Evaluations.concatenate(parts), reference)


class SeededBatch(Noisy):
    """Seeds the generators itself, and draws one number for each row of the batch."""

    def evaluate_batch(self, batch):
        np.random.seed(3)
        noise = np.random.normal(size=len(batch.genomes))
        return {"objective": batch["x"] + noise, "noise": noise}


def test_rows_of_a_batch_that_seeds_its_draws_do_not_depend_on_the_batch():
    found = evaluate_genomes(SeededBatch(), GENOMES)
    assert len(np.unique(found.metrics[:, 1])) == 1
    assert_equal_results(evaluate_genomes(SeededBatch(), GENOMES[50:]), found.take(slice(50, 130)))


def test_what_a_search_draws_inside_an_objective_is_not_felt_outside(monkeypatch):
    monkeypatch.setattr("multiprocessing.process._parent_process", object())  # in a worker
    random.seed(5)
    evaluate_genomes(Noisy(), GENOMES[:1])
    drawn = random.random()
    random.seed(5)
    assert random.random() == drawn


SIZES = []


class Seeded(Noisy):
    """Seeds the generators itself, so that all genomes share one noise."""

    def evaluate_batch(self, batch):
        SIZES.append(len(batch.genomes))
        np.random.seed(3)
        noise = np.random.normal()
        return {"objective": batch["x"] + noise, "noise": 0 * batch["x"] + noise}


def test_a_batch_that_seeds_its_noise_stays_a_batch():
    SIZES.clear()
    found = evaluate_genomes(Seeded(), GENOMES)
    assert len(np.unique(found.metrics[:, 1])) == 1
    assert SIZES == [130, 1, 129]


# Rows of a matrix as large as numeric libraries share among threads, whose sums then round
# otherwise, and draws from both generators.
RUN = """
import random
import numpy as np
from evosearch import Float, Problem, Space

class Made(Problem):
    space = Space(Float("x", -1, 1))
    direction = "minimize"

    def evaluate(self, p):
        a = np.sin(np.arange(500.0 * 500).reshape(500, 500) * p["x"])
        return float((a @ a.T @ a).sum()) + random.random() + float(np.random.randn())
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "profiles").mkdir()
    (tmp_path / "made.py").write_text(RUN)
    profile = (
        'seed = 3\n[search]\npopulation = 4\ngenerations = 2\n[problem]\nname = "made.py:Made"\n'
    )
    (tmp_path / "profiles" / "made.toml").write_text(profile)
    return tmp_path


@pytest.mark.slow
def test_runs_on_every_backend_are_the_same_rows(project):
    found = {}
    for backend, n_workers, threads in [
        ("serial", 1, {}),
        ("processes", 1, {}),
        ("processes", 2, {"OMP_NUM_THREADS": "4"}),
        ("processes", 5, {}),
        ("auto", 2, {}),
    ]:
        place = f"{backend}-{n_workers}-{len(threads)}"
        words = ["-p", "made", "-q", "--backend", backend, "-w", str(n_workers), "--results", place]
        done = evosearch(project, "run", *words, **threads)
        assert done.returncode == 0, done.stderr
        (shard,) = (project / place).glob("*.parquet")
        found[place] = parquet.read_table(shard).drop_columns([*TELEMETRY])
    for place, table in found.items():
        assert table.equals(found["serial-1-0"]), place


@pytest.mark.slow
def test_what_cannot_be_kept_is_refused_before_anything_is_written(project):
    both = ["--set", "run.timeout_s=60", "--set", "run.memory_gib=64"]
    for backend, limits, named in (
        ("serial", both, "timeout_s and memory_gib cannot"),
        ("threads", both[2:], "memory_gib cannot"),
    ):
        done = evosearch(project, "run", "-p", "made", "--backend", backend, *limits)
        assert done.returncode == 2
        assert f'{named} be kept by backend = "{backend}"' in done.stderr
    done = evosearch(project, "run", "-p", "made", "--backend", "threads")
    assert done.returncode == 2
    assert 'cannot be measured by backend = "threads"' in done.stderr
    assert not (project / "results").exists()
    assert evosearch(project, "run", "-p", "made", "-q", "-w", "2", *both).returncode == 0
    (run,) = {path.name.rsplit("-", 2)[0] for path in (project / "results").glob("*.parquet")}
    before = sorted((project / "results").rglob("*"))
    done = evosearch(project, "resume", run, "--generations", "4", "--backend", "threads")
    assert done.returncode == 2
    assert 'cannot be measured by backend = "threads"' in done.stderr
    assert sorted((project / "results").rglob("*")) == before


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
