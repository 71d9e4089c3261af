"""Row 7: a Python objective of 0.1, 1 and 10 ms on two workers, against ideal and other pools."""

from __future__ import annotations

import contextlib
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.dispatch import N_GENES, N_WORKERS, POOLS, Pool, Spin, make_table
from benchmarks.harness import Row, Turns, run_row, take_turns

OURS = "evosearch"
# Seconds of one evaluation, and how many make a generation.
CASES = ((0.0001, 2_000), (0.001, 1_000), (0.01, 100))


def time_pool(pool: Pool, x: NDArray[np.float64], n_generations: int) -> float:
    """Seconds that generations take, one after another as in a search."""
    measure, _ = pool
    began = time.perf_counter()
    for _ in range(n_generations):
        measure(x)
    return time.perf_counter() - began


def time_run(problem: Spin, n: int, n_generations: int) -> float:
    """Seconds of a whole search: start of workers, breeding and shard included."""
    from evosearch.assemble import run

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run(
            problem=problem,
            population=n,
            generations=n_generations,
            workers=N_WORKERS,
            results=folder,
            seed=1,
        )
        return time.perf_counter() - began


def measure(quick: bool) -> Row:
    """Dispatch of a Python objective to two workers."""
    warnings.simplefilter("ignore")
    row = Row(
        "row07",
        "Dispatch",
        f"A Python objective that spins 0.1, 1 or 10 ms and reads from a 50 MB array, on "
        f"{N_WORKERS} workers, in generations of {', '.join(f'{n:,}' for _, n in CASES)}: share of "
        "the ideal (work / workers). Workers are up and the array is with them before the clock "
        "starts, but where pymoo or joblib is given the array as it would be by most.",
        ["", *(f"{1000 * s:g} ms, of ideal" for s, _ in CASES)],
    )
    table = make_table()
    names = [*POOLS, "evosearch, whole run"]
    found: list[Turns] = []
    ideals: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.npy"
        np.save(path, table)
        for seconds, n in CASES:
            n_generations = 1 if quick else max(1, round(1.0 / (n * seconds / N_WORKERS)))
            x = np.random.default_rng(2).uniform(-1.0, 1.0, (n, N_GENES))
            ideals.append(n * n_generations * seconds / N_WORKERS)
            with contextlib.ExitStack() as stack:
                things: dict[str, Callable[[], float]] = {}
                for name, make in POOLS.items():
                    try:
                        pool = make(table, path, seconds)
                        stack.callback(pool[1])
                        pool[0](x[: 4 * N_WORKERS])
                    except Exception as error:
                        row.fail(f"{name}, {1000 * seconds:g} ms", error)
                        continue
                    things[name] = lambda pool=pool, x=x, k=n_generations: time_pool(pool, x, k)
                things["evosearch, whole run"] = lambda s=seconds, n=n, k=n_generations: time_run(
                    Spin(table, s), n, k
                )
                found.append(take_turns(things, 1 if quick else 5, budget_s=45.0))
            for name, reason in found[-1].failures.items():
                row.fail(f"{name}, {1000 * seconds:g} ms", reason)

    def share(name: str, case: int) -> float | None:
        median = found[case].median(name)
        return None if median is None else ideals[case] / median

    for name in names:
        shares = [share(name, case) for case in range(len(CASES))]
        row.add(name, *("failed" if s is None else f"{100 * s:.1f} %" for s in shares))
    for case, (seconds, _) in enumerate(CASES):
        label, ours = f"{1000 * seconds:g} ms", share(OURS, case)
        is_asked = seconds == 0.001
        row.claim(
            f"{label}: " + ("-" if ours is None else f"{100 * ours:.1f} %"),
            "ideal",
            ours,
            ">= 95 % (0.95 x)" if is_asked else "(asked at 1 ms)",
            at_least=0.95 if is_asked else None,
        )
        for name in list(POOLS)[1:]:
            theirs = share(name, case)
            row.claim(
                f"{label}: " + ("-" if ours is None else f"{100 * ours:.1f} %"),
                name if theirs is None else f"{name} {100 * theirs:.1f} %",
                found[case].ratio(name, OURS),
                "ahead (> 1 x)",
                at_least=1.0,
            )
    row.notes.append(
        "The whole run starts its workers anew, imports included, and writes its shard."
    )
    return row


if __name__ == "__main__":
    run_row(measure)
