"""What comparing every recorded value costs: merges of this checkout and of another, in turn.

    python -m benchmarks.compare_merge OLD_CHECKOUT [--turns 15] [--rows 500000]

Two shards of 30 metrics share a fifth of their genomes: copies alike, all of them with other last
bits, and a tenth of all rows in true conflict. Each merge is a process of its own, so that none
inherits another's memory; what counts is CPU time of the merge itself, which others on the
machine disturb least.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shards import PROBLEM, SPACE, make_individuals
from evosearch.population import Population, Status
from evosearch.shards.format.metadata import make_shard_metadata
from evosearch.shards.format.schema import make_schema, make_table
from evosearch.shards.writing.store import write_table

N_METRICS = 30
SHARED, IN_CONFLICT = 0.2, 0.1
LIMITS = {"alike": 1.15, "last bits": 1.3, "conflict": 2.0}
METRICS = ("objective", *(f"metric_{number:02d}" for number in range(1, N_METRICS)))
_MERGE = """
import sys, time
from evosearch import merge
warm, *paths = sys.argv[1:]
merge([warm], output=sys.argv[2] + ".warm", use_cache=False)
output, *paths = paths
started = time.process_time()
merge(paths, output=output, use_cache=False)
print(time.process_time() - started)
"""


def make_rows(keys: np.ndarray, seed: int) -> Population:
    """Individuals with 30 metrics, the same for the same keys."""
    plain = make_individuals(keys, seed)
    base = plain.evaluations.metrics
    more = [base[:, 1 + k % 3] * (k + 1) + base[:, 0] for k in range(N_METRICS - base.shape[1])]
    metrics = np.column_stack([base, *more])
    return replace(plain, evaluations=replace(plain.evaluations, metrics=metrics))


def change(population: Population, rows: np.ndarray, kind: str, n_conflicts: int) -> None:
    """Make some rows measured otherwise than in the other shard."""
    found = population.evaluations
    rows = rows[found.status[rows] == Status.OK]
    if kind == "last bits":
        found.metrics[rows] = np.nextafter(found.metrics[rows], np.inf)
        found.fitness[rows] = found.metrics[rows, 0]
    elif kind == "conflict":
        found.metrics[rows[:n_conflicts], 7:12] += 0.01


def write_pair(folder: Path, kind: str, n_rows: int) -> list[Path]:
    """Two shards that share a fifth of their genomes."""
    schema, paths = make_schema(SPACE, METRICS, ()), []
    n_shared = int(n_rows * SHARED)
    for number in range(2):
        first = number * (n_rows - n_shared)
        population = make_rows(np.arange(first, first + n_rows, dtype=np.uint64), number)
        if number == 1:
            change(population, np.arange(n_shared), kind, int(n_rows * IN_CONFLICT))
        run_id = f"run-{number}"
        table = make_table(population, schema, SPACE, run_id, population.order_best_first())
        run = {"run_id": run_id, "profile_name": "made", "seed": 1, "machine": {"host": run_id}}

        def finish(rows_sha256: str, n: int, run: dict[str, Any] = run) -> dict[str, Any]:
            facts = {"rows_sha256": rows_sha256, "n_rows": n, "generations": [0, n // 1000]}
            return make_shard_metadata(run, PROBLEM, SPACE.to_dict(), "", 0, facts)

        name = f"{kind.replace(' ', '-')}-{number}.parquet"
        paths.append(write_table(folder, name, schema, [table], finish)[0])
    return paths


def measure(checkout: Path, paths: list[Path], folder: Path) -> float:
    """CPU seconds of one merge by the code of a checkout."""
    output = folder / "merged.parquet"
    done = subprocess.run(
        [sys.executable, "-c", _MERGE, str(folder / "warm.parquet"), str(output), *map(str, paths)],
        env={**os.environ, "PYTHONPATH": str(checkout)}, cwd=folder, check=True,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return float(done.stdout)


def main() -> None:
    """Print one line for each kind: fastest and median of both, and the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--rows", type=int, default=500_000)
    chosen = parser.parse_args()
    here = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory(prefix="evosearch-compare-") as name:
        folder = Path(name)
        write_pair(folder, "alike", 1000)[0].rename(folder / "warm.parquet")
        for kind, limit in LIMITS.items():
            paths = write_pair(folder, kind, chosen.rows)
            turns = [
                (measure(chosen.old, paths, folder), measure(here, paths, folder))
                for _ in range(chosen.turns)
            ]
            old, new = (sorted(times) for times in zip(*turns, strict=True))
            ratio = statistics.median(new) / statistics.median(old)
            print(
                f"{kind:9}  old {old[0]:.2f} s, median {statistics.median(old):.2f}; new "
                f"{new[0]:.2f} s, median {statistics.median(new):.2f}; ratio {ratio:.2f} "
                f"(at most {limit}); of the fastest {new[0] / old[0]:.2f}",
                flush=True,
            )
            for path in paths:
                path.unlink()


if __name__ == "__main__":
    main()
