"""Shards as a long search would write them, for the rows about the merge.

Everything about an individual follows from the number of its genome, so that a genome that two
shards hold was measured alike, as a deterministic objective does.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evosearch.genome.space import Boolean, Categorical, Float, Int, Space
from evosearch.population import Evaluations, Population, Status
from evosearch.shards.format.metadata import make_shard_metadata
from evosearch.shards.format.schema import make_schema, make_table
from evosearch.shards.writing.store import write_table

SPACE = Space(
    Int("fast_bars", 2, 60),
    Int("slow_bars", 10, 400),
    Float("threshold", 0.0, 1.0),
    Float("stop_loss_frac", 0.001, 0.2),
    Float("take_profit_frac", 0.001, 0.5),
    Categorical("entry_rule", ["cross", "breakout", "reversal", "none"]),
    Boolean("is_trailing"),
    Int("hold_bars", 1, 500),
)
METRICS = ("objective", "return_frac", "max_drawdown_frac", "sharpe", "n_trades", "win_frac",
           "exposure_frac")  # fmt: skip
INT_METRICS = frozenset({"n_trades"})
SCHEMA = make_schema(SPACE, METRICS, INT_METRICS)  # 26 columns
PROBLEM = {
    "name": "benchmark", "version": "1", "objective": "objective", "direction": "maximize",
    "fingerprint": "b" * 32, "parts": {}, "data": {}, "options": {},
}  # fmt: skip


def _mix(values: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    """Splitmix64, a reversible scramble (Steele, Lea and Flood 2014, fig. 17)."""
    with np.errstate(over="ignore"):
        z = values + np.uint64(0x9E3779B97F4A7C15) * np.uint64(salt + 1)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def _unit(keys: NDArray[np.uint64], salt: int) -> NDArray[np.float64]:
    return (_mix(keys, salt) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def make_individuals(keys: NDArray[np.uint64], seed: int) -> Population:
    """Individuals of the genomes with these numbers, about 2 % failed and 8 % infeasible."""
    n = len(keys)
    units = [_unit(keys, salt) for salt in range(2, 2 + len(METRICS))]
    is_failed, is_feasible = units[5] < 0.02, units[6] < 0.92
    fitness = units[0] + units[1] + units[2] - 1.5
    metrics = np.column_stack([fitness, *units[:3], np.floor(units[3] * 900), *units[4:6]])
    metrics[is_failed] = np.nan
    rng = np.random.default_rng(seed)
    found = Evaluations.empty(n, len(METRICS))
    found.status[:] = np.where(is_failed, Status.FAILED, Status.OK)
    found.fitness[:] = np.where(is_failed, np.nan, fitness)
    found.feasible[:] = is_feasible & ~is_failed
    found.violation[:] = np.where(is_feasible | is_failed, 0.0, units[4])
    found.metrics[:] = metrics
    found.error[is_failed] = "ZeroDivisionError: float division by zero"
    found.evaluation_s[:] = rng.random(n) * 1e-3
    found.evaluated_at_us[:] = 1_700_000_000_000_000 + np.cumsum(rng.integers(1, 2000, n))
    genes = [
        np.clip(np.round(gene.low + unit * (gene.high - gene.low)), gene.low, gene.high)
        if isinstance(gene, Int)
        else gene.low + unit * (gene.high - gene.low)
        if isinstance(gene, Float)
        else np.floor(unit * (4 if isinstance(gene, Categorical) else 2))
        for gene, unit in (
            (gene, _unit(keys, 20 + place)) for place, gene in enumerate(SPACE.genes)
        )
    ]
    return Population(
        genomes=np.column_stack(genes),
        genome_ids=np.column_stack([_mix(keys, 0), _mix(keys, 1)]),
        generation=(np.arange(n) // 1000).astype(np.int32),
        index=(np.arange(n) % 1000).astype(np.int32),
        evaluations=found,
    )


def write_shards(
    folder: Path, n_shards: int, n_rows: int, duplicate_frac: float = 0.2, seed: int = 0
) -> list[Path]:
    """Shards of n_rows each; that part of all rows is a genome that stands in another shard."""
    n_fresh = round(n_rows * (1 - duplicate_frac))

    def write(number: int) -> Path:
        rng = np.random.default_rng((seed, number))
        fresh = np.arange(number * n_fresh, (number + 1) * n_fresh, dtype=np.uint64)
        known = rng.integers(0, n_shards * n_fresh, n_rows - n_fresh).astype(np.uint64)
        keys = np.concatenate([fresh, known])[rng.permutation(n_rows)]
        population = make_individuals(keys, seed=number)
        run_id = f"bench-host{number % 5}-20260101t000000z-{number:06d}"
        table = make_table(population, SCHEMA, SPACE, run_id, population.order_best_first())

        def finish(rows_sha256: str, n: int) -> dict[str, object]:
            run = {
                "run_id": run_id, "profile_name": "bench", "seed": number,
                "machine": {"host": f"host{number % 5}"}, "versions": {},
                "started_utc": "2026-01-01T00:00:00Z", "parents": [],
            }  # fmt: skip
            facts = {"rows_sha256": rows_sha256, "n_rows": n, "elapsed_s": 10.0}
            facts["generations"] = [0, max(0, n - 1) // 1000]
            manifest = {"run": run, "problem": PROBLEM, "space": SPACE.to_dict()}
            manifest["profile_toml"] = "name = 'bench'\n"
            return make_shard_metadata(manifest, 0, facts)

        path, _ = write_table(folder, f"{run_id}-0000-{{sha}}.parquet", SCHEMA, [table], finish)
        return path

    pa.set_cpu_count(2)
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(write, range(n_shards)))
