"""The Ray executor on a real cluster: one head and one more machine (raylet), both here."""

import numpy as np
import psutil
import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'evosearch[ray]'")

from evosearch.executors import Limits
from evosearch.executors.ray_cluster import Cluster
from evosearch.population import Status
from tests.contracts.executor import (
    ExecutorContract,
    gather,
    make_executor,
)
from tests.executors.test_executors import OUTCOMES
from tests.fakes import MISBEHAVIOURS, Misbehaving

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


def below_ray():
    """Processes that measure for a Ray worker."""
    return [p for p in psutil.process_iter() if "spawn_main" in " ".join(cmdline(p))]


def cmdline(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.parametrize("how", MISBEHAVIOURS)
def test_only_the_culprit_is_charged(how):
    status, reason = OUTCOMES[how]
    limits = Limits(
        timeout_s=1.0 if status is Status.TIMEOUT else 20.0,
        memory_bytes=2**29 if how == "eats_memory" else None,
    )
    genomes = np.arange(20.0)[:, None]
    with make_executor("ray", Misbehaving(how), limits=limits, options={"how": how}) as executor:
        found, n_times = gather(executor, genomes)
    assert (n_times == 1).all()
    others = np.delete(np.arange(20), 5)
    assert (found.status[others] == Status.OK).all()
    np.testing.assert_array_equal(found.fitness[others], others)
    assert Status(found.status[5]) is status
    assert found.error[5].startswith(reason)
