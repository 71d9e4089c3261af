"""Row 5: what a genetic algorithm costs besides its objective: a sphere of 20 genes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

from benchmarks import engines
from benchmarks.harness import Row, Turns, format_s, run_row, take_turns

SIZES = (100, 1_000, 10_000)
OURS = "evosearch"
ENGINES: dict[str, Callable[[int], engines.Generations]] = {
    OURS: engines.evosearch_engine,
    "pymoo GA": engines.pymoo_ga,
    "pymoo GA, no duplicate check": engines.pymoo_unchecked,
    "DEAP": engines.deap_simple,
    "PyGAD, batch": engines.pygad_batch,
    "Nevergrad TwoPointsDE": engines.nevergrad_de,
    "evosax SimpleGA, jitted": engines.evosax_ga,
    "bare numpy loop": engines.numpy_loop,
}
# What the target compares with, besides evosax.
RIVALS = [name for name in ENGINES if name.startswith(("pymoo", "DEAP", "PyGAD", "Nevergrad"))]


def clock(make: Callable[[int], engines.Generations], n: int, enough_s: float) -> float:
    """Seconds for each offspring, over enough generations to last `enough_s`."""
    generations = make(n)
    generations(1)
    began = time.perf_counter()
    generations(1)
    once = time.perf_counter() - began
    if once > enough_s:
        return once / n
    count = max(1, min(round(enough_s / max(once, 1e-6)), 100_000 // n + 10))
    if make is engines.evosax_ga:
        generations(count)  # compiles for this many
    began = time.perf_counter()
    generations(count)
    return (time.perf_counter() - began) / (count * n)


def measure(quick: bool) -> Row:
    """Engine overhead for each offspring at populations of 100, 1,000 and 10,000."""
    warnings.simplefilter("ignore")
    sizes = SIZES[:2] if quick else SIZES
    row = Row(
        "row05",
        "GA engine",
        "Sphere of 20 genes, objective over whole populations: seconds for each offspring, "
        "breeding, evaluation and survival together. evosearch also canonicalises, hashes and "
        "proves every offspring new to the run; of the others only pymoo compares offspring, and "
        "with its own population only. evosax computes in 32 bits, all others in 64.",
        ["", *(f"population {n:,}" for n in sizes), *(f"/ evosearch, {n:,}" for n in sizes)],
    )
    found: dict[int, Turns] = {}
    for n in sizes:
        things = {
            name: (lambda make=make, n=n: clock(make, n, 0.05 if quick else 0.4))
            for name, make in ENGINES.items()
        }
        found[n] = take_turns(things, 2 if quick else 5, warm_up=n == sizes[0], budget_s=40.0)
        for name, reason in found[n].failures.items():
            row.fail(f"{name}, population {n:,}", reason)
    for name in ENGINES:
        costs = [format_s(found[n].median(name)) for n in sizes]
        ratios = [found[n].ratio(name, OURS) for n in sizes]
        row.add(name, *costs, *("-" if r is None else f"{r:.3g}" for r in ratios))
    for n in sizes:
        turns, asked = found[n], n == 1_000
        ours = turns.median(OURS)
        medians = {name: turns.median(name) for name in RIVALS}
        costs_s = {name: cost for name, cost in medians.items() if cost is not None}
        if not costs_s or ours is None:
            row.claim("-", "pymoo, DEAP, PyGAD, Nevergrad", None, ">= 20 x", at_least=20.0)
            continue
        best = min(costs_s, key=lambda name: costs_s[name])
        row.claim(
            f"{1 / ours:,.0f} offspring/s at {n:,}",
            f"best of four: {best} {1 / costs_s[best]:,.0f}/s",
            turns.ratio(best, OURS),
            ">= 20 x" if asked else "(asked at 1,000)",
            at_least=20.0 if asked else None,
        )
        evosax = turns.median("evosax SimpleGA, jitted")
        row.claim(
            f"{1 / ours:,.0f} offspring/s at {n:,}",
            "evosax" if evosax is None else f"evosax {1 / evosax:,.0f}/s",
            turns.ratio("evosax SimpleGA, jitted", OURS),
            ">= 0.5 x" if asked else "(asked at 1,000)",
            at_least=0.5 if asked else None,
        )
    return row


if __name__ == "__main__":
    run_row(measure)
