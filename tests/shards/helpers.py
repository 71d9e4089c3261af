"""Shards made by hand, and the merge in forty lines of plain Python to hold the real one against."""

import math

import numpy as np
from pyarrow import parquet

from evosearch.genome.space import Categorical, Float, Int, Space
from evosearch.population import Evaluations, Population, Status
from evosearch.provenance import RunPlan
from evosearch.shards.format.digest import RowsDigest
from evosearch.shards.format.envelope import encode_metadata
from evosearch.shards.format.metadata import make_shard_metadata
from evosearch.shards.format.schema import make_schema, make_table
from evosearch.shards.writing.recorder import Recorder

SPACE = Space(Int("k", 0, 999), Float("x", 0, 1), Categorical("c", ["a", "b"]))
METRICS = ("objective", "n_steps")
INT_METRICS = frozenset({"n_steps"})


def make_population(rows, generation=0):
    """Individuals from (key, fitness, feasible, violation, status) tuples; one key, one genome."""
    n = len(rows)
    keys = np.array([row[0] for row in rows], np.uint64)
    found = Evaluations.empty(n, len(METRICS))
    for place, (_, fitness, feasible, violation, status) in enumerate(rows):
        found.status[place] = status
        is_ok = status == Status.OK
        found.fitness[place] = fitness if is_ok else math.nan
        found.feasible[place] = feasible and is_ok
        found.violation[place] = violation if is_ok and not feasible else 0.0
        found.metrics[place] = (fitness if is_ok else math.nan, float(keys[place]))
        found.error[place] = None if is_ok else f"because {place}"
        found.evaluated_at_us[place] = 1_700_000_000_000_000 + place
    genomes = np.column_stack([keys % 1000, (keys % 7) / 7, keys % 2]).astype(float)
    return Population(
        genomes=genomes,
        genome_ids=np.column_stack([keys, keys]),
        generation=np.full(n, generation, np.int32),
        index=np.arange(n, dtype=np.int32),
        evaluations=found,
    )


def describe_problem(fingerprint="f" * 32, **more):
    problem = {
        "name": "made", "version": "1", "objective": "objective", "direction": "maximize",
        "fingerprint": fingerprint, "parts": {"options": {"fee": 1}}, "data": {}, "options": {},
    }  # fmt: skip
    return problem | more


def make_recorder(folder, run_id="run-a", **more):
    run = {
        "run_id": run_id, "profile_name": run_id.split("-")[0], "seed": 1,
        "machine": {"host": more.pop("host", "here")}, "versions": {}, "started_utc": "2026-01-01", "parents": [],
    }  # fmt: skip
    manifest = {
        "run": run,
        "problem": more.pop("problem", describe_problem()),
        "profile_toml": more.pop("profile_toml", 'name = "made"\n'),
    }
    space, first = more.pop("space", SPACE), more.pop("first_part", 0)
    recorder = Recorder(RunPlan(manifest, space, METRICS, INT_METRICS, folder), **more)
    recorder._part = first
    return recorder


def write_shard(folder, rows, run_id="run-a", **more):
    """One shard of one generation; its path."""
    recorder = make_recorder(folder, run_id, **more)
    recorder.record(make_population(rows))
    recorder.seal()
    return recorder.paths[0]


def is_number(value):
    return value is not None and math.isfinite(value)


def write_foreign(path, table, row_group_size=None, **more):
    """A shard as somebody else's program might write it: rows as they stand, its own options."""
    digest = RowsDigest()
    digest.update(table)
    run_ids = table.column("run_id").unique().to_pylist() or ["run-a"]
    run = {"run_id": run_ids[0], "profile_name": "made", "seed": 1, "machine": {"host": "here"}}
    facts = {"rows_sha256": digest.hexdigest(), "n_rows": len(table), "generations": [0, 0]}
    problem, part = more.pop("problem", describe_problem()), more.pop("part", 0)
    manifest = {"run": run, "problem": problem, "space": SPACE.to_dict(), "profile_toml": ""}
    metadata = make_shard_metadata(manifest, part, facts)
    table = table.replace_schema_metadata(encode_metadata(metadata))
    parquet.write_table(table, path, row_group_size=row_group_size or max(1, len(table)), **more)
    return path


def is_blank(value):
    return value is None or (isinstance(value, float) and math.isnan(value))


MEASURED = ("feasible", "fitness", "n_steps", "status", "violation")


def reference_order(row, measured=MEASURED):
    """A row's place in the total order, up to what only its file decides."""
    fitness = row["fitness"]
    if row["status"] != "ok":
        tier, key = 2, 0.0
    elif row["feasible"]:
        tier, key = 0, -fitness + 0.0
    else:
        tier, key = 1, row["violation"]
    values = [row[name] for name in measured]
    listed = [(is_blank(v), 0.0 if is_blank(v) else v) for v in values]
    place = (row["run_id"], row["generation"], row["index"], row["evaluated_at_utc"])
    return (tier, key, row["genome_id"], sum(map(is_blank, values)), listed, place)


def reference_merge(tables, measured=MEASURED):
    """One row per genome: the minimum in the total order, and everyone who found it."""

    def order(row):
        return reference_order(row, measured)

    best, finders = {}, {}
    for table in tables:
        for row in table.to_pylist():
            row.pop("rank", None)
            names = row.pop("found_by", None) or [row["run_id"]]
            key = row["genome_id"]
            finders.setdefault(key, set()).update(names)
            if key not in best or order(row) < order(best[key]):
                best[key] = row
    ranked = sorted(best.values(), key=order)
    rows = [row for table in tables for row in table.to_pylist()]
    conflicts = reference_conflicts(rows, measured)
    in_conflict = {genome_id for genome_id, _ in conflicts}
    return [
        row
        | {
            "conflict": row["genome_id"] in in_conflict,
            "rank": rank,
            "found_by": sorted(finders[row["genome_id"]]),
        }
        for rank, row in enumerate(ranked, start=1)
    ]


def reference_rounding(value):
    """Thirty-six binary digits of a number, multiples of 2**-46 near zero."""
    if math.isinf(value):
        return value
    if abs(value) < 2.0**6:
        value = round(value * 2.0**46) / 2.0**46
    mantissa, exponent = math.frexp(value)
    # Half a unit goes away from zero.
    steps = math.floor(abs(mantissa) * 2**36 + 0.5)
    try:
        return math.copysign(math.ldexp(steps, exponent - 36), value)
    except OverflowError:
        return math.copysign(math.inf, value)


def reference_conflicts(rows, measured=MEASURED):
    """Genome and column of all conflicts: the two values, that of the better copy first."""
    copies = {}
    for row in sorted(rows, key=lambda row: reference_order(row, measured)):
        copies.setdefault(row["genome_id"], []).append(row)
    found = {}
    for genome_id, same in copies.items():
        for name in measured:
            if name == "status":
                continue
            with_value = [
                (reference_rounding(float(row[name])), place)
                for place, row in enumerate(same)
                if not is_blank(row[name])
                and (row["status"] == "ok" or name not in ("feasible", "violation"))
            ]
            if not with_value:
                continue
            low = min(with_value)
            high = min(with_value, key=lambda item: (-item[0], item[1]))
            gap = max(1e-9 * max(abs(low[0]), abs(high[0])), 1e-12)
            if low[0] < high[0] and (math.isinf(gap) or high[0] - low[0] > gap):
                places = sorted([low[1], high[1]])
                found[genome_id, name] = [
                    (float(same[place][name]), same[place]["run_id"]) for place in places
                ]
    return found


__all__ = [
    "SPACE",
    "describe_problem",
    "make_population",
    "make_recorder",
    "make_schema",
    "make_shard_metadata",
    "make_table",
    "reference_merge",
    "write_foreign",
    "write_shard",
]
