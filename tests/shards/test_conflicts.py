"""Copies of one genome that were measured differently: what stands, what is noted, what is kept."""

import json
import math
import os
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from evosearch import merge
from evosearch.cli.ranking.merge_conflicts import print_conflicts
from evosearch.population import Status
from evosearch.shards.format import conflicts
from evosearch.shards.format.conflicts import (
    Conflict,
    Memory,
    Reading,
    describe_conflicts,
    is_apart,
    parse_memory,
    round_values,
)
from evosearch.shards.format.metadata import ShardMetadata
from evosearch.shards.format.schema import make_schema, make_table
from evosearch.shards.merging import copies, engine
from tests.shards.helpers import (
    SPACE,
    is_blank,
    make_population,
    reference_conflicts,
    reference_merge,
    reference_rounding,
    write_foreign,
)

N_EXAMPLES = int(os.environ.get("EVOSEARCH_LAW_EXAMPLES", "20"))
METRICS = ("objective", "n_steps", "cost")
MEASURED = ("cost", "feasible", "fitness", "n_steps", "status", "violation")
SCHEMA = make_schema(SPACE, METRICS, {"n_steps"})
ONE = "0" * 15 + "1" + "0" * 15 + "1"
GOOD = {"fitness": 1.0, "violation": 0.0, "status": Status.OK, "n_steps": 3.0, "cost": 2.0}


def make_copies(rows, run_id, generation=0):
    """A table of (key, cost, n_steps, fitness, violation, status); a row with a violation is
    infeasible, one that is not ok has nothing."""
    plain = [(key, fitness, violation == 0, violation, status)
             for key, _, _, fitness, violation, status in rows]  # fmt: skip
    population = make_population(plain, generation)
    metrics = np.array([(row[3], row[2], row[1]) for row in rows], float).reshape(len(rows), 3)
    metrics[population.evaluations.status != Status.OK] = math.nan
    evaluations = replace(population.evaluations, metrics=metrics)
    population = replace(population, evaluations=evaluations)
    return make_table(population, SCHEMA, SPACE, run_id, population.order_best_first())


def write_copy(folder, run_id, part=0, **changes):
    """A shard of one row of genome 1 that differs in some columns."""
    row = GOOD | changes
    order = ("cost", "n_steps", "fitness", "violation", "status")
    table = make_copies([(1, *(row[name] for name in order))], run_id)
    return write_foreign(folder / f"{run_id}.parquet", table, part=part)


def merge_to(folder, inputs, **options):
    folder.mkdir(exist_ok=True)
    return merge(inputs, output=folder / f"m{len(list(folder.iterdir()))}.parquet", **options)


CHANGES = [
    ({"cost": 2.5}, ["cost"]),
    ({"n_steps": 4.0}, ["n_steps"]),
    ({"fitness": 1.5}, ["fitness"]),
    ({"violation": 0.5}, ["feasible", "violation"]),
    ({"cost": math.inf}, ["cost"]),
    ({"cost": 2.0 + 5e-9}, ["cost"]),
    ({"cost": 2.0 + 1e-9}, []),
    ({"cost": np.nextafter(2.0, 3)}, []),
    ({"fitness": np.nextafter(1.0, 2)}, []),
    ({"cost": math.nan}, []),
    ({"status": Status.FAILED}, []),
    ({"status": Status.TIMEOUT}, []),
]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_each_column_in_which_two_copies_differ_is_noted(tmp_path, number):
    changes, columns = CHANGES[number]
    # The one that differs comes before the other by name, or after it.
    names = ("run-a", "run-b")[:: 1 if number % 2 else -1]
    one, two = (write_copy(tmp_path, names[0]), write_copy(tmp_path, names[1], **changes))
    results = [merge_to(tmp_path / "out", inputs) for inputs in ([one, two], [two, one])]
    for result in results:
        assert result.rows_sha256 == results[0].rows_sha256
        assert [found.column for found in result.conflicts] == columns
        assert result.n_conflicts == bool(columns)
        assert result.table.column("conflict").to_pylist() == [bool(columns)]
        for found in result.conflicts:
            assert {reading.run_id for reading in found.readings} == {*names}
    # What merges are made of the merged file does not matter.
    again = merge_to(tmp_path / "out", [results[0].path])
    assert (again.conflicts, again.n_conflicts) == (results[0].conflicts, results[0].n_conflicts)
    notes = results[0].notes
    lacks = math.isnan(changes.get("cost", 0.0))
    assert notes.blanks == ({"cost": 1} if lacks else {})
    assert notes.n_not_ok == ("status" in changes)
    if lacks:  # the copy that knows it stands
        assert results[0].table.column("cost").to_pylist() == [2.0]
    if "cost" in changes and columns:
        values = [reading.value for reading in results[0].conflicts[0].readings]
        assert values == [2.0, changes["cost"]]


def test_a_value_that_is_lost_to_a_blank_is_counted(tmp_path):
    # The better fitness stands, whole, though it lacks a value that the other has.
    one = write_copy(tmp_path, "run-a", cost=math.nan, fitness=float(np.nextafter(1, 2)))
    two = write_copy(tmp_path, "run-b")
    result = merge([one, two])
    assert result.table.column("cost").to_pylist() == [None]
    assert (result.notes.blanks, result.notes.lost) == ({"cost": 1}, {"cost": 1})
    # It is remembered: a third copy that says otherwise is a conflict in any tree.
    three = write_copy(tmp_path, "run-c", cost=5.0, fitness=0.5)
    half = merge_to(tmp_path / "out", [one, two])
    for inputs in ([one, two, three], [half.path, three]):
        found = merge(inputs)
        cost, fitness = found.conflicts
        assert [cost.column, fitness.column] == ["cost", "fitness"]
        assert cost.readings == ((2.0, "run-b"), (5.0, "run-c"))


def test_a_metric_that_only_a_newer_version_has_is_no_conflict(tmp_path):
    old = make_copies([(1, 2.0, 3.0, 1.0, 0.0, Status.OK)], "run-a").drop_columns(["cost"])
    one = write_foreign(tmp_path / "old.parquet", old)
    two = write_copy(tmp_path, "run-b")
    for inputs in ([one, two], [two, one]):
        result = merge(inputs, strict=True)
        assert result.table.column("cost").to_pylist() == [2.0]
        assert (result.n_conflicts, result.notes.blanks) == (0, {"cost": 1})


def test_whole_numbers_and_floats_are_one_value(tmp_path):
    table = make_copies([(1, 2.0, 3.0, 1.0, 0.0, Status.OK)], "run-a")
    place = table.column_names.index("n_steps")
    floats = table.set_column(place, "n_steps", table.column("n_steps").cast(pa.float64()))
    one = write_foreign(tmp_path / "a.parquet", floats)
    result = merge([one, write_copy(tmp_path, "run-b")], strict=True)
    assert (result.n_conflicts, result.n_rows) == (0, 1)


NEAR = [1.0, 1 + 6e-10, 1 + 1.2e-9, float(np.nextafter(1, 2)), 1 + 2**-37, -1.0]
values = st.sampled_from([*NEAR, *NEAR, 0.0, -0.0, 1e-17, 0.9e-12, -0.9e-12, 3e300, math.nan])
rows = st.tuples(
    st.integers(0, 4),
    st.one_of(values, st.just(math.inf)),
    st.sampled_from([1.0, 1.0, 2.0, math.nan]),
    values,
    st.sampled_from([0.0, 0.0, 0.5, 0.5 + 1e-12, math.inf]),
    st.sampled_from([Status.OK] * 5 + [Status.FAILED, Status.CRASHED]),
).map(lambda row: row if not math.isnan(row[3]) or row[4] else (*row[:4], 0.5, row[5]))
shards = st.tuples(
    st.lists(rows, max_size=6), st.sampled_from("abc"), st.integers(0, 1), st.booleans()
)
settings.register_profile(
    "copies", parent=settings.get_profile("evosearch"), max_examples=N_EXAMPLES, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip


def content(result):
    # Whether rows may be missing is said of a merged file, not of each of its parts.
    metadata = result.metadata.to_plain()
    metadata = {k: v for k, v in metadata.items() if k not in ("skipped", "complete")}
    plain = [
        {k: "blank" if is_blank(v) else v for k, v in row.items()}
        for row in result.table.to_pylist()
    ]
    return result.rows_sha256, plain, metadata, result.conflicts, result.n_conflicts


def write_all(folder, drawn):
    folder.mkdir(exist_ok=True)
    n, paths = len(list(folder.iterdir())), []
    for part, (some, run, generation, lacks) in enumerate(drawn):
        table = make_copies(some, f"run-{run}", generation)
        if lacks:
            table = table.drop_columns(["cost"])
        paths.append(write_foreign(folder / f"{n + part}.parquet", table, part=part))
    return paths


@given(drawn=st.lists(shards, min_size=2, max_size=5), data=st.data())
@settings(settings.get_profile("copies"), max_examples=N_EXAMPLES * 3 // 5)
def test_any_tree_over_shards_merged_files_and_tops_finds_the_same(tmp_path, drawn, data):
    paths = write_all(tmp_path / "in", drawn)
    out = tmp_path / "out"
    whole = merge_to(out, paths)
    # Against plain Python.
    tables = [parquet.read_table(path) for path in paths]
    if not all(lacks for *_, lacks in drawn):
        tables = [
            table if "cost" in table.column_names
            else table.append_column("cost", pa.nulls(len(table), pa.float64()))
            for table in tables
        ]  # fmt: skip
        wanted = reference_conflicts([row for t in tables for row in t.to_pylist()], MEASURED)
        found = {(bytes.fromhex(c.genome_id), c.column): c.readings for c in whole.conflicts}
        assert found == {key: tuple(value) for key, value in wanted.items()}
        assert whole.n_conflicts == len({genome_id for genome_id, _ in wanted})
        for row, other in zip(
            whole.table.to_pylist(), reference_merge(tables, MEASURED), strict=True
        ):
            assert all(row[k] == v or is_blank(row[k]) == is_blank(v) for k, v in other.items())
            assert (row["genome_id"], row["run_id"], row["conflict"], row["found_by"]) == tuple(
                other[k] for k in ("genome_id", "run_id", "conflict", "found_by")
            )
    # A top is one more input; what it knew is not lost.
    if data.draw(st.booleans()):
        some = data.draw(st.lists(st.sampled_from([*paths, whole.path]), min_size=1, max_size=3))
        paths.append(merge_to(out, some, top=data.draw(st.integers(1, 4))).path)
        whole = merge_to(out, paths)
    parts = [*paths, *data.draw(st.lists(st.sampled_from(paths), max_size=2))]
    options = {"memory_bytes": data.draw(st.sampled_from([1000, 2**30]))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copies, "_COPIES", data.draw(st.sampled_from([4, 400])))
        patch.setattr(engine, "MIN_FAN_IN", 2)
        while len(parts) > 1:
            size = data.draw(st.integers(2, len(parts)))
            chosen = data.draw(st.permutations(range(len(parts))))[:size]
            result = merge_to(out, [parts[k] for k in chosen], **options)
            parts = [part for k, part in enumerate(parts) if k not in chosen] + [result.path]
    assert content(merge_to(out, parts)) == content(whole)


def test_more_conflicts_than_are_listed_are_counted_in_any_tree(tmp_path, monkeypatch):
    monkeypatch.setattr(conflicts, "MAX_GENOMES", 7)
    keys = range(1, 40)
    runs = [
        [(k, 2.0 + (k % 3 == n), 3.0, 1.0, 0.0, Status.OK) for k in keys if k % 5 != n]
        for n in range(3)
    ]
    paths = write_all(tmp_path / "in", [(r, "abc"[n], 0, False) for n, r in enumerate(runs)])
    out = tmp_path / "out"
    whole = merge_to(out, paths)
    costs = {k: {row[1] for run in runs for row in run if row[0] == k} for k in keys}
    assert whole.n_conflicts == sum(len(found) > 1 for found in costs.values()) > 20
    assert len(whole.conflicts) == 7
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        half = merge_to(out, [paths[a], paths[b]])
        for inputs in ([half.path, paths[c]], [paths[c], half.path, paths[a]]):
            assert content(merge_to(out, inputs)) == content(whole)
    top = merge_to(out, [whole.path], top=5)
    assert top.n_conflicts == sum(len(costs[k]) > 1 for k in top.table["param_k"].to_pylist())
    assert merge([top.path]).n_conflicts == top.n_conflicts


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=20))
def test_rounding_is_that_of_plain_python_and_keeps_the_order(numbers):
    numbers = sorted(numbers)
    found = round_values(np.array(numbers))
    assert found.tolist() == [reference_rounding(number) for number in numbers]
    assert (np.diff(found[np.isfinite(found)]) >= 0).all()
    assert not is_apart(found, found).any()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_last_bits_are_never_a_conflict(number):
    pair = np.array([number, math.nextafter(number, math.inf)])
    low, high = round_values(pair)
    if math.isfinite(high):  # the largest of all numbers round to infinity
        assert not is_apart(np.array([low]), np.array([high])).any()


def test_what_is_remembered_is_read_as_it_was_written(tmp_path):
    paths = [write_copy(tmp_path, f"run-{k}", cost=c) for k, c in enumerate([2.0, -math.inf, 7.0])]
    memory = merge(paths).metadata.measured
    text = json.dumps(memory.to_plain(), allow_nan=False)
    assert parse_memory(json.loads(text)) == memory
    assert [copy.run_id for copy in memory.copies[ONE]] == ["run-1", "run-2"]
    assert memory.columns == MEASURED


def memory_of(**changes):
    return {"columns": ["cost", "status"], "copies": {ONE: [["r", 0, 1, 2.5, "ok"]]}} | changes


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "measured: "),
        (memory_of(columns=3), "measured.columns"),
        (memory_of(columns=["status", "cost"]), "measured.columns"),
        (memory_of(columns=["cost"]), "measured.columns"),
        (memory_of(copies=[]), "measured.copies"),
        (memory_of(copies={"x": []}), "measured.copies.x"),
        (memory_of(copies={ONE: []}), f"measured.copies.{ONE}"),
        (memory_of(copies={ONE: [[]]}), f"measured.copies.{ONE}"),
        (memory_of(copies={ONE: [[1, 0, 1, 2.5, "ok"]]}), "run"),
        (memory_of(copies={ONE: [["\x1b[2J", 0, 1, 2.5, "ok"]]}), "run"),
        (memory_of(copies={ONE: [["r", 0, 2**31, 2.5, "ok"]]}), "32 bits"),
        (memory_of(copies={ONE: [["r", 0, True, 2.5, "ok"]]}), "32 bits"),
        (memory_of(copies={ONE: [["r", 0, 1, "x", "ok"]]}), "cost"),
        (memory_of(copies={ONE: [["r", 0, 1, [], "ok"]]}), "cost"),
        (memory_of(copies={ONE: [["r", 0, 1, 2.5, "banana"]]}), "status"),
        (memory_of(copies={ONE: [["r", 0, 1, 2.5, 99]]}), "status"),
        (memory_of(copies={ONE: [["r", 0, 1, 2.5, "inf"]]}), "status"),
        (memory_of(copies={ONE: [["r", 0, 1, 10**400, "ok"]]}), "cost"),
        ({ONE: [[1.0, "a"]]}, ONE),
        ({ONE: [[1.0, "a"], ["x", "b"]]}, ONE),
        ({ONE[:-1]: [[1.0, "a"], [2.0, "b"]]}, "id of a genome"),
    ],
)
def test_memories_of_a_stranger_are_read_with_care(value, says):
    with pytest.raises(ValueError, match=says):
        parse_memory(value)


def test_what_version_1_remembered_counts(tmp_path):
    """A merged file of schema version 1 knows the extremes of fitness alone, and no column."""
    shard = write_copy(tmp_path, "run-b", fitness=2.0)
    result = merge_to(tmp_path / "out", [shard])
    plain = result.metadata.to_plain() | {
        "schema_version": 1,
        "n_rows": 1,
        "rows_sha256": result.rows_sha256,
        "measured": {ONE: [[1.0, "run-a"], [2.0, "run-b"]]},
    }
    record = ShardMetadata.of_document(plain)
    assert isinstance(record.measured, Memory)
    from evosearch.shards.format.envelope import encode_metadata

    table = parquet.read_table(result.path).drop_columns(["conflict"])
    path = tmp_path / "v1.parquet"
    parquet.write_table(table.replace_schema_metadata(encode_metadata(plain)), path)
    better = write_copy(tmp_path, "run-c", fitness=3.0)
    out = tmp_path / "out"
    for inputs, high in (([path], (2.0, "run-b")), ([path, better], (3.0, "run-c"))):
        found = merge_to(out, inputs)
        (conflict,) = found.conflicts
        assert (conflict.column, conflict.readings) == ("fitness", (high, (1.0, "run-a")))
        assert (found.n_conflicts, found.n_rows) == (1, 1)
        assert found.table.column("conflict").to_pylist() == [True]
        assert merge([found.path]).conflicts == found.conflicts
    half = merge_to(out, [path])
    assert content(merge_to(out, [half.path, better])) == content(merge_to(out, [path, better]))


def test_a_conflict_in_the_hold_out_is_named_without_its_figures(capsys):
    pair = (Reading(0.1234, "one"), Reading(0.5678, "two"))
    found = [Conflict("a" * 32, "steps", pair), Conflict("b" * 32, "steps_oos", pair)]
    text = describe_conflicts(found, 2)
    measured = [{"profile": "p", "host": "h", "run_id": r, "value": v} for v, r in pair]
    conflicts = [
        {"genome_id": c.genome_id, "column": c.column, "measured": measured} for c in found
    ]
    print_conflicts(
        {"conflicts": conflicts, "counts": {"conflicts": 2}, "path": "m.parquet"}, "candidate"
    )
    for said in (text, capsys.readouterr().err):
        assert said.count("0.1234") == said.count("0.5678") == 1
        assert "steps_oos" in said
        assert "not shown" in said
