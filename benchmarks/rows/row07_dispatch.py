"""Row 7: a Python objective of 0.1, 1 and 10 ms on two workers, against ideal and other pools."""

from __future__ import annotations

import contextlib
import functools
import math
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.dispatch import N_WORKERS, POOLS, Pool
from benchmarks.harness import Row, Turns, run_row, take_turns
from benchmarks.spin import N_GENES, Spin, make_table

OURS, BARE, NAIVE = "evosearch", "equal halves, no dispatch", "pymoo starmap, array in problem"
WHOLE = "evosearch, whole run"
RIVALS = [name for name in POOLS if name not in (OURS, BARE)]
# Seconds of one evaluation, and how many make a generation.
CASES = ((0.0001, 2_000), (0.001, 1_000), (0.01, 100))
ASKED_S = 0.001
ENOUGH_S = 0.8


def time_pool(pool: Pool, x: NDArray[np.float64], n_generations: int) -> float:
    """Seconds an evaluation over generations that follow one another as in a search."""
    measure, _ = pool
    began = time.perf_counter()
    for _ in range(n_generations):
        measure(x)
    return (time.perf_counter() - began) / (n_generations * len(x))


def time_run(problem: Spin, n: int, n_generations: int) -> float:
    """Seconds an evaluation in a whole search: start of workers, breeding and shard included."""
    from evosearch import run

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
        return (time.perf_counter() - began) / (n * n_generations)


def time_case(row: Row, table: NDArray[np.float64], case: tuple[float, int], quick: bool) -> Turns:
    """Every pool in turn, for one length of the objective."""
    seconds, n = case
    n_generations = 1 if quick else max(1, round(ENOUGH_S / (n * seconds / N_WORKERS)))
    x = np.random.default_rng(2).uniform(-1.0, 1.0, (n, N_GENES))
    things: dict[str, Callable[[], float]] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        path = Path(folder) / "table.npy"
        np.save(path, table)
        for name, make in POOLS.items():
            try:
                pool = make(table, path, seconds)
                stack.callback(pool[1])
                pool[0](x[: 4 * N_WORKERS])
            except Exception as error:
                row.fail(f"{name}, {1000 * seconds:g} ms", error)
                continue
            # 50 MB with every chunk takes long enough to measure at once.
            count = 1 if name == NAIVE else n_generations
            things[name] = functools.partial(time_pool, pool, x, count)
        if seconds == ASKED_S:
            problem = Spin(table, seconds)
            things[WHOLE] = functools.partial(time_run, problem, n, 6 * n_generations)
        turns = take_turns(things, 1 if quick else 5, warm_up=not quick, budget_s=40.0)
    for name, reason in turns.failures.items():
        row.fail(f"{name}, {1000 * seconds:g} ms", reason)
    return turns


def measure(quick: bool) -> Row:
    """Dispatch of a Python objective to two workers."""
    warnings.simplefilter("ignore")
    row = Row(
        "row07",
        "Dispatch",
        f"A Python objective that spins 0.1, 1 or 10 ms and reads from a 50 MB array, on "
        f"{N_WORKERS} workers, in generations of {', '.join(f'{n:,}' for _, n in CASES)}: share of "
        "the ideal (work / workers). Workers are up and hold the array before the clock starts, "
        "but where joblib or pymoo is given it as most would give it. One message with half of a "
        "generation to each worker shows what the machine itself gave meanwhile.",
        ["", *(f"{1000 * s:g} ms, of ideal" for s, _ in CASES)],
    )
    table = make_table()
    found = [time_case(row, table, case, quick) for case in CASES]

    def share(name: str, case: int) -> float | None:
        median = found[case].median(name)
        return None if median is None else CASES[case][0] / N_WORKERS / median

    def text(name: str, case: int) -> str:
        value = share(name, case)
        return "-" if value is None else f"{100 * value:.1f} %"

    for name in [*POOLS, WHOLE]:
        row.add(name, *(text(name, case) for case in range(len(CASES))))
    for case, (seconds, _) in enumerate(CASES):
        ours = f"{1000 * seconds:g} ms: {text(OURS, case)}"
        is_asked = seconds == ASKED_S
        row.claim(
            ours,
            "ideal",
            share(OURS, case),
            ">= 95 % (0.95 x)" if is_asked else "(asked at 1 ms)",
            at_least=0.95 if is_asked else None,
        )
        row.claim(ours, f"{BARE}: {text(BARE, case)}", found[case].ratio(BARE, OURS), "(not asked)")
        known = {name: found[case].median(name) or math.inf for name in RIVALS}
        best = min(known, key=lambda name: known[name])
        row.claim(
            ours,
            f"best of {len(RIVALS)}: {best} {text(best, case)}",
            found[case].ratio(best, OURS),
            "ahead of each (> 1 x)",
            at_least=1.0,
        )
    row.notes.append(
        "The whole run is a search, six times as long, that starts its workers, imports included, "
        "breeds, and writes its shard."
    )
    return row


if __name__ == "__main__":
    run_row(measure)
