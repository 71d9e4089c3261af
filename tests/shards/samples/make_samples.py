"""Make the sample files of the current schema version; run once for each version, then keep them.

    python -m tests.shards.samples.make_samples

Two machines search one problem and measure the same genomes where they meet; their merge is the
third file. Nothing here may ever be changed for a version whose samples are committed: what a
later evosearch makes of them is what the tests want to know.
"""

import math
from pathlib import Path

from evosearch.genome.space import Boolean, Categorical, Float, Int, Ordinal, Space
from evosearch.population import Status
from evosearch.provenance import RunPlan
from evosearch.shards.format.schema import SCHEMA_VERSION
from evosearch.shards.writing.recorder import Recorder
from tests.shards.helpers import INT_METRICS, METRICS, describe_problem, make_population

FOLDER = Path(__file__).parent


def make_space(low, high):
    """Every kind of gene; the range of one differs between the machines."""
    return Space(
        Int("k", 0, 999),
        Float("x", low, high),
        Categorical("c", ["plain", "=1+1"]),
        Ordinal("o", [5, 10, 20]),
        Boolean("b"),
        Float("y", 1e-4, 1.0, log=True, when={"c": "plain"}),
    )


def make_rows(first):
    """Nine rows: (key, fitness, feasible, violation, status); a genome measures alike everywhere."""
    return [
        (key, 100.0 / key, key % 4 > 0, 0.25 * key, Status.FAILED if key == 13 else Status.OK)
        for key in range(first, first + 9)
    ]


def write_sample(folder, run_id, host, space, first, started):
    run = {
        "run_id": run_id,
        "profile_name": run_id.split("-")[0],
        "seed": first,
        "machine": {"host": host, "system": "Linux 6", "cpu": "any", "n_cores": 2},
        "versions": {"evosearch": "0.1.0", "python": "3.11.7", "numpy": "2.0.0"},
        "started_utc": started,
        "parents": [],
    }
    toml = f'name = "{run_id}"\n'
    manifest = {"run": run, "problem": describe_problem(), "profile_toml": toml}
    recorder = Recorder(RunPlan(manifest, space, METRICS, INT_METRICS, folder))
    recorder.record(_with_all_genes(make_population(make_rows(first))))
    recorder.seal()
    return recorder.paths[0]


def _with_all_genes(population):
    import dataclasses

    import numpy as np

    k, x, c = population.genomes.T
    y = np.where(c == 0, 0.001 * (1 + k), math.nan)
    genomes = np.column_stack([k, x, c, k % 3, k % 2, y])
    return dataclasses.replace(population, genomes=genomes)


def main():
    from evosearch import merge

    folder = FOLDER / f"v{SCHEMA_VERSION}"
    shards = [
        write_sample(folder, "pro-sample-20261123t000000z-aaaaaa", "macbook-pro",
                     make_space(0.0, 1.0), 1, "2026-11-23T00:00:00.000000Z"),
        write_sample(folder, "air-sample-20261123t000000z-bbbbbb", "macbook-air",
                     make_space(0.0, 2.0), 5, "2026-11-23T00:00:01.000000Z"),
    ]  # fmt: skip
    merge(shards, output=folder / "merged.parquet")


if __name__ == "__main__":
    main()
