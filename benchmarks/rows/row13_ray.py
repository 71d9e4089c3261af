"""Row 13: the same cores as independent runs, as local processes, and as a Ray cluster."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import ROOT, Row, format_s, run_row, take_turns
from benchmarks.ray_problem import Busy

N_MACHINES = 2
SMALL: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 100_000_000}
PROFILE = """
[search]
population = {population}
generations = {generations}
[problem]
name = "benchmarks.ray_problem:Busy"
"""


def start_machines() -> Any:
    """A cluster of machines with a core each, all of them here."""
    from ray.cluster_utils import Cluster

    machines = Cluster(initialize_head=True, head_node_args={**SMALL, "include_dashboard": False})
    for _ in range(N_MACHINES - 1):
        machines.add_node(**SMALL)
    return machines


def draw(n: int) -> Any:
    """Genomes of the problem."""
    return np.random.default_rng(0).uniform(-1, 1, (n, 4))


def measure_with(executor: Any, genomes: Any) -> float:
    """Seconds to measure all of them."""
    began = time.perf_counter()
    n = sum(len(rows) for rows, _ in executor.evaluate(genomes))
    elapsed = time.perf_counter() - began
    if n != len(genomes):
        raise RuntimeError(f"{n} rows came back of {len(genomes)}")
    return elapsed


def measure_throughput(row: Row, address: str, n: int) -> None:
    """One long generation: chunks of half a second."""
    from evosearch.executors.cluster.executor import Ray
    from evosearch.executors.local.processes import Processes
    from evosearch.problems.evaluator import Evaluator

    evaluator = Evaluator(Busy(), "benchmarks.ray_problem:Busy")
    genomes = draw(n)

    with Processes(evaluator, N_MACHINES) as local, Ray(evaluator, address=address) as far:
        # Once through for both: every worker has started, and knows what an evaluation takes.
        measure_with(local, genomes)
        measure_with(far, genomes)
        things = {
            "processes": lambda: measure_with(local, genomes),
            "Ray": lambda: measure_with(far, genomes),
        }
        turns = take_turns(things, n_turns=5)
    row.failures |= turns.failures
    mine, theirs = turns.median("Ray"), turns.median("processes")
    ratio = turns.ratio("processes", "Ray")
    if mine and theirs:
        row.add(f"{n:,} evaluations, warm: {N_MACHINES} processes", format_s(theirs), "")
        row.add(f"{n:,} evaluations, warm: cluster of {N_MACHINES}", format_s(mine), "")
        row.claim(
            f"cluster {n / mine:,.0f}/s",
            f"processes {n / theirs:,.0f}/s",
            ratio,
            ">= 0.9 x",
            at_least=0.9,
        )


def run_commands(folder: Path, *commands: list[str]) -> float:
    """Seconds of commands run at the same time, as machines would."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "evosearch", *command],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    for process in running:
        _, errors = process.communicate()
        if process.returncode:
            raise RuntimeError(errors)
    return time.perf_counter() - began


def measure_commands(row: Row, address: str, population: int, generations: int) -> None:
    """The same budget as independent runs and a merge, and as searches on the cluster."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        for name, n in (("one", 1), ("whole", N_MACHINES)):
            profile = PROFILE.format(population=population, generations=generations * n)
            (folder / f"{name}.toml").write_text(profile, encoding="utf-8")
        cluster = ["--backend", "ray", "--address", address]
        n_turn = iter(range(1000))

        def merged(*commands: list[str]) -> Callable[[], float]:
            def run() -> float:
                results = f"results{next(n_turn)}"
                elapsed = run_commands(
                    folder, *([*each, "--results", results] for each in commands)
                )
                return elapsed + run_commands(folder, ["merge", results, "--results", results])

            return run

        alone = [["run", "-p", "one.toml", "--seed", str(i), "--workers", "1"] for i in (1, 2)]
        things = {
            f"{N_MACHINES} independent runs, then merge": merged(*alone),
            f"{N_MACHINES} searches on the cluster, then merge": merged(
                ["run", "-p", "one.toml", "--seed", "1", "--seeds", str(N_MACHINES), *cluster]
            ),
            "one search on the cluster, then merge": merged(["run", "-p", "whole.toml", *cluster]),
        }
        turns = take_turns(things, n_turns=3)
    row.failures |= turns.failures
    base = f"{N_MACHINES} independent runs, then merge"
    for name in things:
        ratio = turns.ratio(name, base)
        row.add(name, format_s(turns.median(name)), f"{ratio:.2f} x" if ratio else "-")


def measure_loss(row: Row, n: int) -> None:
    """A machine is killed when a third is done: what the rest takes, against no loss."""
    from evosearch.executors.cluster.executor import Ray
    from evosearch.problems.evaluator import Evaluator

    evaluator = Evaluator(Busy(), "benchmarks.ray_problem:Busy")
    genomes = draw(n)
    for name in ("no machine lost", "a machine killed when a third is done"):
        machines = start_machines()
        try:
            extra = machines.add_node(**SMALL)
            with Ray(evaluator, address=machines.address) as executor:
                for _ in executor.evaluate(genomes[:500]):
                    pass
                began, done = time.perf_counter(), 0
                killer: threading.Thread | None = None
                for rows, _ in executor.evaluate(genomes):
                    done += len(rows)
                    if killer is None and done > n / 3 and name != "no machine lost":
                        killer = threading.Thread(
                            target=machines.remove_node, args=(extra, False), daemon=True
                        )
                        killer.start()
                elapsed = time.perf_counter() - began
                if killer is not None:
                    killer.join()
            row.add(
                f"{n:,} evaluations on {N_MACHINES + 1} machines, {name}", format_s(elapsed), ""
            )
        finally:
            machines.shutdown()


def measure(quick: bool) -> Row:
    """Independent runs and a merge, local processes, and a cluster, for the same budget."""
    row = Row(
        "row13",
        "Ray cluster",
        f"An objective of about a millisecond of Python, on {N_MACHINES} cores of this machine: as "
        "worker processes, as a Ray cluster of that many raylets, and as independent runs with "
        "one worker each. Whole commands include the start of Python, the joining of the cluster "
        "and the merge. Each raylet costs some 300 MB and a little of the same cores, which "
        "separate machines would not share.",
    )
    row.columns = ["", "seconds", "of independent runs"]
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    # Ray gives its workers the lowest priority but four; beside processes of the usual one, any
    # other program on this machine would slow only Ray down.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 (its name)
    machines = start_machines()
    try:
        measure_throughput(row, machines.address, 3_000 if quick else 20_000)
        measure_commands(row, machines.address, 100 if quick else 400, 10 if quick else 20)
    finally:
        machines.shutdown()
    measure_loss(row, 6_000 if quick else 40_000)
    return row


if __name__ == "__main__":
    run_row(measure)
