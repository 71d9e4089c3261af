"""Row 4: a million distinct strategies in one run, against what the bare kernel could do."""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet

from benchmarks.harness import Row, describe_data, format_s, run_row, take_turns
from benchmarks.rows.row01_kernel import draw
from evosearch import load_profile, run
from evosearch.problems.base import Batch
from evosearch.system.machine import count_cores
from evosearch.trading.problem import Trading


def measure(quick: bool) -> Row:
    """`run` with population 10,000 x 100 generations, everything included."""
    options, data = describe_data()
    population, generations = (2000, 10) if quick else (10_000, 100)
    n, cores = population * generations, count_cores()
    row = Row(
        "row04",
        "Sustained run",
        f"One run of population {population:,} x {generations} generations = {n:,} distinct "
        f"strategies over {data}, default profile: breeding, canonical form, duplicate check, "
        "evaluation, shards on disk. Against the kernel alone, as in row 1: random strategies, "
        f"one thread, times {cores} cores.",
        ["", "a strategy", "strategies/s", "/ kernel x cores"],
    )
    problem = Trading(risk="medium", **options)
    batch = Batch(problem.space, draw(problem, 4000))
    halves = [Batch(problem.space, draw(problem, 4000)) for _ in range(cores)]
    pool = ThreadPoolExecutor(cores)
    facts: dict[str, Any] = {}

    def kernel() -> float:
        """Seconds a strategy if every core ran the kernel undisturbed."""
        repeats = 5
        began = time.perf_counter()
        for _ in range(repeats):
            problem.evaluate_batch(batch)
        return (time.perf_counter() - began) / repeats / len(batch.genomes) / cores

    def kernel_in_threads() -> float:
        began = time.perf_counter()
        for _ in range(5):
            list(pool.map(problem.evaluate_batch, halves))
        return (time.perf_counter() - began) / 5 / sum(len(half.genomes) for half in halves)

    def sustained(generations: int = generations) -> float:
        with tempfile.TemporaryDirectory() as folder:
            profile = load_profile(
                "pro",
                [
                    f"search.population={population}",
                    f"search.generations={generations}",
                    f"problem.last_bars={options['last_bars']}",
                ],
                data=options["data"],
                results=folder,
                seed=1,
            )
            began = time.perf_counter()
            result = run(profile)
            elapsed = time.perf_counter() - began
            if result.n_evaluated != population * generations:
                raise RuntimeError(f"{result.n_evaluated} evaluated: the space ran out")
            facts.update(_inspect(result.paths))
            return elapsed / result.n_evaluated

    sustained(2)  # everything compiled and loaded
    turns = take_turns(
        {"kernel x cores": kernel, "kernel in threads": kernel_in_threads, "run": sustained},
        1 if quick else 3,
        warm_up=False,
        budget_s=90.0,
    )
    pool.shutdown()
    row.failures |= turns.failures
    for name in turns.seconds:
        median, ratio = turns.median(name), turns.ratio("kernel x cores", name)
        assert median is not None and ratio is not None
        row.add(name, format_s(median), f"{1 / median:,.0f}", f"{100 * ratio:.0f} %")
    ratio = turns.ratio("kernel x cores", "run")
    run_s, kernel_s = turns.median("run"), turns.median("kernel x cores")
    if run_s and kernel_s and facts:
        own_s = facts["evaluation_s"] / facts["n_rows"]
        row.add("run, time inside evaluate", format_s(own_s / cores), "-", "-")
        row.notes.append(
            f"{n:,} strategies in {run_s * n:.1f} s, {facts['n_shards']} shards of together "
            f"{facts['bytes'] / 2**20:.0f} MiB. The strategies that a search breeds trade more or "
            f"less than random ones: inside the run one took {format_s(own_s)} of a thread, and "
            f"evaluation filled {100 * own_s / cores / run_s:.0f} % of all cores' time."
        )
    row.claim(
        "-" if run_s is None else f"{1 / run_s:,.0f}/s",
        "-" if kernel_s is None else f"kernel x {cores} cores {1 / kernel_s:,.0f}/s",
        ratio,
        ">= 50 % (0.5 x)",
        at_least=0.5,
    )
    return row


def _inspect(paths: tuple[Path, ...]) -> dict[str, Any]:
    columns = [parquet.read_table(path, columns=["evaluation_s"])["evaluation_s"] for path in paths]
    return {
        "n_shards": len(paths),
        "bytes": sum(path.stat().st_size for path in paths),
        "n_rows": sum(len(column) for column in columns),
        "evaluation_s": sum(float(column.to_numpy().sum()) for column in columns),
    }


if __name__ == "__main__":
    run_row(measure)
