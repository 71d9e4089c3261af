"""The whole command on two hosts: machines killed, cut off and joining in the middle."""

import json
import subprocess
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'evosearch[ray]'")

from tests import runs
from tests.executors.ray_hosts import BIN, Hosts, quiet_environment, why_not

pytestmark = [pytest.mark.ray, pytest.mark.slow]

# About 0.03 s each: 600 of them keep two CPUs busy for ten seconds, time enough for an accident;
# while a file stands in its way, ten times that.
PROBLEM = """
import os, time
from evosearch import Float, Int, Problem, Space
from recipe_helper import cost

class Recipe(Problem):
    space = Space(Float("x", -1, 1), Int("k", 0, 9))
    direction = "minimize"
    metrics = ("objective", "twice")

    def evaluate(self, params):
        time.sleep(0.3 if os.path.exists("{folder}/slow") else 0.03)
        return {"objective": cost(params), "twice": 2 * params["k"]}
"""
HELPER = "def cost(params):\n    return params['x'] ** 2 + params['k']\n"
PROFILE = """
seed = 7
[search]
population = 60
generations = 10
[problem]
name = "recipe.py:Recipe"
"""
KEPT = ["genome_id", "fitness", "feasible", "violation", "status", "error", "generation", "index"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hosts")
    (folder / "recipe.py").write_text(PROBLEM.replace("{folder}", str(folder)))
    (folder / "recipe_helper.py").write_text(HELPER)
    (folder / "recipe.toml").write_text(PROFILE)
    return folder


@pytest.fixture(scope="module")
def local(folder):
    return finish(start(None, folder, "local", "-p", "recipe.toml", "--workers", "2"))


@pytest.fixture(scope="module")
def all_hosts():
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with Hosts(n_workers=2) as hosts:
        hosts.head.start_ray(hosts.head.address)
        hosts.wait_for(1)
        yield hosts


@pytest.fixture
def hosts(all_hosts):
    """The head and one worker, whatever the test before did to them."""
    first, second = all_hosts.workers
    second.stop()
    all_hosts.plug_in(first)
    if not first.is_whole():
        first.stop()
        all_hosts.wait_for(1, timeout_s=150)
        first.start_ray(all_hosts.head.address)
    all_hosts.wait_for(2, timeout_s=150)
    return all_hosts


def start(hosts, folder, results, *words):
    """`evosearch run` (or another command) on the head of some hosts, or here."""
    words = words if words[0] == "resume" else ("run", *words)
    command = [BIN / "evosearch", *words, "--results", folder / results, "--json"]
    more = {
        "cwd": folder,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "env": quiet_environment(),
    }
    if hosts is None:
        return subprocess.Popen([*map(str, command)], **more)
    return hosts.head.run(*command, "--backend", "ray", "--address", hosts.address, **more)


def finish(process, timeout_s=180):
    """The rows of all shards in the folder of a run that ended well."""
    out, errors = process.communicate(timeout=timeout_s)
    assert process.returncode == 0, errors
    assert errors == ""  # Ray keeps off the terminal
    folder = Path(json.loads(out)["data"]["paths"][0]).parent
    return rows_of(folder.glob("*.parquet"))


def rows_of(paths):
    frame = pd.concat(pd.read_parquet(path) for path in paths)
    names = [name for name in frame if name in KEPT or name.startswith("param_")]
    names += ["objective", "twice"] if "objective" in frame else ["sharpe_daily", "net_profit"]
    return frame.sort_values(["generation", "index"])[names].reset_index(drop=True)


def test_two_hosts_give_the_rows_of_one(hosts, folder, local):
    pd.testing.assert_frame_equal(finish(start(hosts, folder, "two", "-p", "recipe.toml")), local)


def test_the_bundled_prices_give_the_rows_of_a_local_run(hosts, folder):
    words = ("-p", "pro", "--seed", "11")
    here = finish(start(None, folder, "pro-here", *words))
    there = finish(start(hosts, folder, "pro-there", *words))
    pd.testing.assert_frame_equal(there, here)


def test_a_raylet_killed_in_the_middle_costs_nothing_but_time(hosts, folder, local):
    process = start(hosts, folder, "killed", "-p", "recipe.toml")
    runs.wait_for_commit(folder, "killed")
    assert process.poll() is None
    assert hosts.workers[0].kill("/raylet") == 1
    began = time.monotonic()
    rows = finish(process)
    print(f"finished {time.monotonic() - began:.1f} s after the kill")
    pd.testing.assert_frame_equal(rows, local)


def test_a_pulled_cable_costs_nothing_but_time(hosts, folder, local):
    process = start(hosts, folder, "pulled", "-p", "recipe.toml")
    runs.wait_for_commit(folder, "pulled")
    assert process.poll() is None
    hosts.pull_cable(hosts.workers[0])
    began = time.monotonic()
    rows = finish(process)
    print(f"finished {time.monotonic() - began:.1f} s after the cable was pulled")
    pd.testing.assert_frame_equal(rows, local)


def test_a_machine_that_joins_is_used(hosts, folder, local):
    process = start(hosts, folder, "joined", "-p", "recipe.toml")
    runs.wait_for_commit(folder, "joined")
    (folder / "slow").touch()  # until it has joined, however long that takes
    assert process.poll() is None
    hosts.workers[0].kill("/raylet")
    hosts.workers[1].start_ray(hosts.head.address)
    began = time.monotonic()
    seen = False
    while not seen and process.poll() is None and time.monotonic() - began < 120:
        seen = any("spawn_main" in command(pid) for pid in hosts.workers[1].processes())
        time.sleep(0.2)
    print(f"at work {time.monotonic() - began:.1f} s after it was started")
    (folder / "slow").unlink()
    rows = finish(process)
    assert seen, "no work ran on the machine that joined"
    pd.testing.assert_frame_equal(rows, local)


def command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def test_a_driver_killed_in_the_middle_is_resumed_on_the_cluster(hosts, folder, local):
    process = start(hosts, folder, "driver", "-p", "recipe.toml")
    runs.wait_for_commit(folder, "driver")
    assert process.poll() is None
    kill_below(process)
    process.communicate()
    pd.testing.assert_frame_equal(finish(start(hosts, folder, "driver", "resume")), local)


def test_a_lost_head_is_said_plainly_and_the_run_resumed_here(hosts, folder, local):
    process = start(hosts, folder, "headless", "-p", "recipe.toml")
    runs.wait_for_commit(folder, "headless")
    # What is out is finished without the head: there must be more of it than patience.
    (folder / "slow").touch()
    assert process.poll() is None
    assert hosts.head.kill("/gcs_server") == 1
    began = time.monotonic()
    _, errors = process.communicate(timeout=120)
    (folder / "slow").unlink()
    print(f"ended {time.monotonic() - began:.1f} s after the head was lost")
    assert process.returncode == 5, errors
    assert "head of the Ray cluster" in errors
    assert len(errors.splitlines()) < 4
    rows = finish(start(None, folder, "headless", "resume", "--backend", "processes"))
    pd.testing.assert_frame_equal(rows, local)


def kill_below(process):
    """Kill -9 the command itself, not just the `ip` that started it."""
    for each in [*psutil.Process(process.pid).children(recursive=True)]:
        if "evosearch" in " ".join(each.cmdline()):
            each.kill()
    process.kill()
