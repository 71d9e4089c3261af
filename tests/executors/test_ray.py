"""The Ray executor on a real cluster of two machines (raylets), both here."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'evosearch[ray]'")

import evosearch
from evosearch import Int, Space
from evosearch.assemble.searching.many import plan_searches, run_many
from evosearch.errors import UsageError, WorkerLost
from evosearch.executors import Limits
from evosearch.executors.cluster.machines import Cluster
from evosearch.population import Status
from evosearch.problems.evaluation import evaluate_genomes
from evosearch.problems.evaluator import Evaluator
from evosearch.problems.loading import load_problem
from tests.contracts.executor import (
    ExecutorContract,
    assert_equal_results,
    draw,
    gather,
    make_executor,
)
from tests.executors.test_executors import Unready
from tests.executors.test_faults import CULPRIT, HOWS, genomes_where
from tests.fakes import Heavy, Plain, Slow, Trusted, Unpicklable
from tests.misbehaviours import OUTCOMES, Misbehaving
from tests.problems import test_neighbours as neighbours

pytestmark = pytest.mark.ray

SMALL = {"num_cpus": 1, "object_store_memory": 100_000_000}


@pytest.fixture(scope="module")
def machines():
    """A cluster of two machines with a CPU each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        from ray.cluster_utils import Cluster as Machines

        machines = Machines(
            initialize_head=True, head_node_args={**SMALL, "include_dashboard": False}
        )
        machines.add_node(**SMALL)
        patch.setenv("RAY_ADDRESS", machines.address)
        # Held for all tests of this file: joining costs more than most of them.
        held = Cluster.join(None)
        yield machines
        held.leave()
        machines.shutdown()


@pytest.fixture(autouse=True)
def joined(machines):
    return machines


class TestRay(ExecutorContract):
    name = "ray"


@pytest.fixture(scope="module")
def executors(machines):
    """One executor with a short time limit, one with a memory limit."""
    limits = {
        Status.TIMEOUT: Limits(timeout_s=1.0),
        None: Limits(timeout_s=60.0, memory_bytes=2**29),
    }
    made = {key: make_executor("ray", Misbehaving(), limits=limit) for key, limit in limits.items()}
    yield made
    for executor in made.values():
        executor.close()


@pytest.mark.parametrize("how", HOWS)
def test_only_the_culprit_is_charged(executors, how):
    status, reason = OUTCOMES[how]
    executor = executors.get(status, executors[None])
    found, n_times = gather(executor, genomes_where(how))
    assert (n_times == 1).all()
    others = np.delete(np.arange(20), CULPRIT)
    assert (found.status[others] == Status.OK).all()
    np.testing.assert_array_equal(found.fitness[others], others)
    assert Status(found.status[CULPRIT]) is status, found.error[CULPRIT]
    assert reason is None or found.error[CULPRIT].startswith(reason)


class Fatal(Trusted):
    """Trusted, and wrongly so: one genome kills the Ray worker itself."""

    space = Space(Int("k", 0, 31))
    metrics = ("objective",)

    def evaluate_batch(self, batch):
        if (batch["k"] == 27).any():
            os.kill(os.getpid(), signal.SIGKILL)
        return batch["k"].astype(float)


def test_a_killed_ray_worker_is_halved_down_to_the_culprit():
    genomes = np.arange(32.0)[:, None]
    with make(Fatal()) as executor:
        found, n_times = gather(executor, genomes)
    assert (n_times == 1).all()
    assert np.flatnonzero(found.status != Status.OK).tolist() == [27]
    assert (found.status[27], found.error[27]) == (Status.CRASHED, "the worker process died")


def make(problem, n_workers=0, limits=None, **options):
    """The executor of a problem that is defined in this file."""
    from evosearch.executors.cluster.executor import Ray

    name = f"{type(problem).__module__}:{type(problem).__name__}"
    return Ray(Evaluator(problem, name, options), n_workers, limits)


def test_trusted_problems_keep_their_limits_too():
    limits = Limits(timeout_s=20.0)
    with make(Fatal(), limits=limits) as executor:
        found, _ = gather(executor, np.arange(20.0, 30.0)[:, None])
    assert found.status.tolist() == [Status.OK] * 7 + [Status.CRASHED] + [Status.OK] * 2
    assert found.error[7] == "killed by SIGKILL"


def test_large_arrays_are_read_only_on_the_cluster_too():
    problem = Heavy(n_columns=2000)  # 16 MB
    with make_executor("ray", problem, options={"n_columns": 2000}) as executor:
        found, _ = gather(executor, np.arange(200.0)[:, None])
    np.testing.assert_array_equal(found.metrics[:, 0], problem.table[:200].sum(axis=1))
    assert (found.metrics[:, 1] == 0).all()


def test_a_problem_that_cannot_be_pickled_is_built_again_on_the_worker():
    problem = Unpicklable(offset=0.5)
    genomes = draw(problem, 20)
    with make_executor("ray", problem, options={"offset": 0.5}) as executor:
        found, _ = gather(executor, genomes)
    assert_equal_results(found, evaluate_genomes(problem, genomes))


def test_a_problem_that_no_machine_can_prepare_ends_the_run_with_its_reason():
    problem = Unready()
    evaluator = Evaluator(problem, "tests.executors.test_executors:Unready")
    from evosearch.executors.cluster.executor import Ray

    with Ray(evaluator) as executor, pytest.raises(WorkerLost, match="no database"):
        gather(executor, draw(problem, 5))


@pytest.mark.parametrize("extra", ["", "        self.held = open(__file__)\n"])
def test_the_users_file_and_its_neighbours_travel_along(tmp_path, extra):
    home = tmp_path / "home"
    home.mkdir()
    (home / "near.py").write_text("def cost(k):\n    return 2.0 * k\n")
    (home / "late.py").write_text("OFFSET = 1.0\n")
    (home / "mine.py").write_text(
        "from near import cost\n"
        "from evosearch import Int, Problem, Space\n"
        "class Mine(Problem):\n"
        "    space = Space(Int('k', 0, 99))\n"
        "    direction = 'maximize'\n"
        "    def __init__(self):\n"
        "        self.factor = 3\n" + extra + "    def evaluate(self, params):\n"
        "        import late\n"
        "        return self.factor * cost(params['k']) + late.OFFSET\n"
    )
    problem = load_problem("mine.py:Mine", {}, (home,))
    from evosearch.executors.cluster.executor import Ray

    with Ray(Evaluator(problem, "mine.py:Mine", {}, (home,))) as executor:
        executor._cluster.put(executor.evaluator, executor.limits)
        home.rename(tmp_path / "elsewhere")  # no worker can read it where it was
        found, _ = gather(executor, np.arange(30.0)[:, None])
    assert found.error.tolist() == [None] * 30
    np.testing.assert_array_equal(found.fitness, 6.0 * np.arange(30) + 1)


def test_a_machine_with_another_evosearch_uses_ours(machines, tmp_path):
    (tmp_path / "evosearch").mkdir()
    (tmp_path / "evosearch" / "__init__.py").write_text("raise ImportError('an old version')\n")
    node = machines.add_node(**SMALL, env_vars={"PYTHONPATH": str(tmp_path)})
    try:
        problem, seen = Slow(), set()
        genomes = draw(problem, 400)
        with make_executor("ray", problem, n_workers=0) as executor:
            hear = executor._cluster.hear
            executor._cluster.hear = lambda identity: (seen.add(identity), hear(identity))
            executor.n_workers = wait_for_cpus(executor, 3)
            found, _ = gather(executor, genomes)
            del executor._cluster.hear
        assert_equal_results(found, evaluate_genomes(Plain(), genomes))
        assert node.node_id in seen
    finally:
        machines.remove_node(node)


def wait_for_cpus(executor, n):
    deadline = time.monotonic() + 120  # a busy machine starts nodes slowly
    while executor._cluster.count_cpus() != n and time.monotonic() < deadline:
        time.sleep(0.2)
        executor._cluster.look()
    assert executor._cluster.count_cpus() == n
    return n


def test_a_machine_with_another_numpy_is_left_out_and_costs_nothing(machines, tmp_path):
    info = tmp_path / "numpy-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.1\n")
    node = machines.add_node(**SMALL, env_vars={"PYTHONPATH": str(tmp_path)})
    try:
        problem = Slow()
        genomes = draw(problem, 400)
        with make_executor("ray", problem, n_workers=0) as executor:
            wait_for_cpus(executor, 3)
            found, n_times = gather(executor, genomes)
            assert "0.1 is installed" in executor._unfit[node.node_id]
        assert (n_times == 1).all()
        assert_equal_results(found, evaluate_genomes(Plain(), genomes))
    finally:
        machines.remove_node(node)


def test_a_machine_killed_in_the_middle_costs_nothing_but_time(machines):
    node = machines.add_node(**SMALL)
    problem = Slow()
    genomes = draw(problem, 1500)
    announced = []
    with make_executor(
        "ray", problem, n_workers=0, announce=lambda kind, n: announced.append(n)
    ) as executor:
        wait_for_cpus(executor, 3)
        killer = threading.Timer(1.5, machines.remove_node, (node, False))
        killer.start()
        found, n_times = gather(executor, genomes)
        killer.join()
        wait_for_cpus(executor, 2)
        gather(executor, genomes[:10])
    assert (n_times == 1).all()
    assert_equal_results(found, evaluate_genomes(Plain(), genomes))
    assert announced[-1] == 2


SCRIPT = """
import sys
import evosearch
from evosearch import Int, Problem, Space

class Scripted(Problem):
    space = Space(Int("k", 0, 999))
    direction = "maximize"
    version = "1"
    def evaluate(self, params):
        return params["k"]

if __name__ == "__main__":
    found = evosearch.run(problem=Scripted(), population=20, generations=3, seed=1,
                          backend="ray", address=sys.argv[1], results=sys.argv[2])
    print(found.n_evaluated, found.n_not_ok)
"""


def test_a_problem_of_a_script_travels_by_value(machines, tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py", machines.address, str(tmp_path / "results")],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["60", "0"]


def test_a_whole_run_gives_the_rows_of_a_local_one(machines, tmp_path):
    def rows(backend, **more):
        profile = evosearch.load_profile(
            "demo", seed=5, backend=backend, results=tmp_path / backend, **more
        )
        frame = evosearch.run(profile).to_frame().sort_values(["generation", "index"])
        return frame.drop(columns=["run_id", "evaluated_at_utc", "evaluation_s"]).reset_index(
            drop=True
        )

    pd.testing.assert_frame_equal(rows("ray", address=machines.address), rows("serial"))


def test_several_searches_share_a_cluster_and_equal_themselves_alone(machines, tmp_path):
    def plan(backend):
        profile = evosearch.load_profile(
            "demo", seed=5, backend=backend, results=tmp_path / backend
        )
        return plan_searches([profile], 3)

    together = run_many(plan("ray"))
    alone = run_many(plan("serial"))
    assert [each.profile.seed for each in together] == [5, 6, 7]
    for a, b in zip(together, alone, strict=True):
        keys = ["genome_id", "fitness", "generation", "index"]
        pd.testing.assert_frame_equal(
            a.result.to_frame()[keys].sort_values("genome_id", ignore_index=True),
            b.result.to_frame()[keys].sort_values("genome_id", ignore_index=True),
        )
    assert Cluster._joined.n_searches == 0


def test_one_process_joins_one_cluster(machines):
    with pytest.raises(UsageError, match="has joined the Ray cluster at"):
        Cluster.join("10.1.2.3:6379")


def test_signals_stay_with_whoever_had_them(machines, tmp_path):
    code = (
        "import signal, sys; from evosearch.executors.cluster.machines import Cluster;"
        "mine = lambda *a: None; signal.signal(signal.SIGTERM, mine);"
        "Cluster.join(sys.argv[1]); assert signal.getsignal(signal.SIGTERM) is mine"
    )
    subprocess.run([sys.executable, "-c", code, machines.address], check=True)


def test_no_file_beside_a_problem_hides_what_workers_need(machines, tmp_path):
    folder = neighbours.make(tmp_path, neighbours.NAMES, backend="ray")
    neighbours.check(neighbours.SCRIPT, folder)
