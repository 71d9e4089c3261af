"""Runs in processes of their own, to be killed, resumed and held against an uninterrupted one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from pyarrow import parquet

from evosearch.shards.format.schema import TELEMETRY

ROOT = Path(__file__).parent.parent
# How long a test waits for what should have come long before: a bound for what hangs, no measure.
PATIENCE_S = 300

PROBLEM = """
import os, time
from evosearch import Categorical, Float, Int, Problem, Space

class Made(Problem):
    space = Space(Float("x", -1, 1), Int("k", 0, 9), Categorical("c", ["a", "b"]))
    direction = "minimize"
    metrics = ("objective", "n_steps")
    int_metrics = frozenset({"n_steps"})
    version = "1"

    def __init__(self, pause_s: float = 0.0):
        self.pause_s = pause_s

    def evaluate(self, params):
        while os.path.exists("hold"):  # a test takes its time
            time.sleep(0.01)
        if self.pause_s and not os.path.exists("hurry"):
            time.sleep(self.pause_s * (1 + params["k"] % 3))
        if params["k"] == 7 and params["c"] == "b":
            raise ValueError("seven b")
        return {"objective": abs(params["x"]) + params["k"], "n_steps": params["k"]}

class Fast(Made):
    is_trusted = True
"""

PROFILE = """
seed = {seed}
[search]
population = {population}
generations = {generations}
[problem]
name = "made.py:{kind}"
pause_s = {pause_s}
[run]
backend = "{backend}"
workers = {workers}
"""


def make_project(folder, kind="Made", pause_s=0.0, backend="serial", workers=1, **more):
    """A folder with a problem and the profile ``made``; runs write to results/ in it.

    While a file ``hold`` is there no evaluation ends; with ``hurry``, none pauses any more.
    """
    values = {"seed": 11, "population": 10, "generations": 6} | more
    (folder / "profiles").mkdir(parents=True)
    (folder / "made.py").write_text(PROBLEM)
    text = PROFILE.format(kind=kind, pause_s=pause_s, backend=backend, workers=workers, **values)
    (folder / "profiles" / "made.toml").write_text(text)
    return folder


def environment(**more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("EVOSEARCH")}
    return kept | {"PYTHONPATH": str(ROOT)} | more


def evosearch(folder, *arguments, **more):
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "evosearch", *arguments],
        cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip


def start(folder, *arguments, **more):
    """Start the command line in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "evosearch", *arguments],
        cwd=folder, env=environment(**more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def wait_for(condition, patience_s=PATIENCE_S):
    """Wait until something is so; a slow machine is no failure."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


def wait_for_commit(folder, results="results"):
    """Wait until a run in this folder has committed something."""
    wait_for(lambda: list((folder / results).glob(".evosearch/*/0*.parquet")))


def finish(folder, **more):
    """Resume until nothing is left to resume; how often that took."""
    for n in range(50):
        found = json.loads(evosearch(folder, "status", "--json").stdout or "{}")
        runs = found.get("data", {}).get("runs", [])
        if not any(run["state"] == "interrupted" for run in runs):
            return n
        done = evosearch(folder, "resume", "-q", **more)
        assert done.returncode == 0, done.stderr
    raise AssertionError("it never ends")


def read_rows(folder):
    """All published rows of a folder as a set-like dict, without what may differ between sittings."""
    rows = {}
    for path in sorted((folder / "results").glob("*.parquet")):
        for row in parquet.read_table(path).to_pylist():
            plain = {key: value for key, value in row.items() if key not in TELEMETRY}
            key = (row["generation"], row["index"])
            assert rows.get(key, plain) == plain, "one place, two rows"
            rows[key] = plain
    return rows


def kill_tree(process, which="all"):
    """SIGKILL a run: its parent, one of its workers, or everything."""
    try:
        parent = psutil.Process(process.pid)
        children = [
            child
            for child in parent.children(recursive=True)
            if "spawn_main" in " ".join(child.cmdline())
        ]
        victims = {"parent": [parent], "worker": children[:1], "all": [parent, *children]}[which]
        for victim in victims:
            victim.send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        pass


def leftovers(folder):
    """Torn files under final names, and state that should be gone."""
    results = folder / "results"
    return [path.name for path in results.rglob("*") if path.name.startswith(".tmp-")] + [
        path.name for path in (results / ".evosearch").glob("*")
    ]
