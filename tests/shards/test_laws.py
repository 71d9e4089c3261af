"""The laws of the merge, over files: against plain Python, in any order, tree, memory and number of
threads, with rows in any order and row groups of any size."""

import itertools
import math
import os

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from evosearch import merge
from evosearch.population import Status
from evosearch.shards.format.conflicts import Conflict, Reading
from evosearch.shards.format.digest import RowsDigest
from evosearch.shards.format.schema import make_schema, make_table
from evosearch.shards.merging import engine, scan
from evosearch.shards.merging import merge as merging
from evosearch.shards.writing import store
from tests.shards.helpers import (
    INT_METRICS,
    METRICS,
    SPACE,
    make_population,
    reference_merge,
    write_foreign,
    write_shard,
)

# A few files each: more of them with EVOSEARCH_LAW_EXAMPLES=500.
N_EXAMPLES = int(os.environ.get("EVOSEARCH_LAW_EXAMPLES", "20"))
SCHEMA = make_schema(SPACE, METRICS, INT_METRICS)
FITNESS = [-0.0, 0.0, 5e-324, -1.0, 1.0, 1.7e308, 0.1, 0.1 + 2e-17, math.nan]
STATUSES = [Status.OK, Status.OK, Status.OK, Status.FAILED, Status.TIMEOUT]
rows = st.tuples(
    st.integers(0, 12),
    st.sampled_from(FITNESS),
    st.booleans(),
    st.sampled_from([0.5, 1.0, math.inf]),
    st.sampled_from(STATUSES),
).map(lambda row: (row[0], row[1], row[2] and not math.isnan(row[1]), *row[3:]))
shards = st.tuples(
    st.lists(rows, max_size=12),
    st.sampled_from("abc"),
    st.integers(0, 2),
    st.sampled_from([1, 2, 100]),
    st.booleans(),
)
lists = st.lists(shards, min_size=1, max_size=5)
settings.register_profile(
    "files", parent=settings.get_profile("evosearch"), max_examples=N_EXAMPLES, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],  # shrinking what takes files takes minutes
)  # fmt: skip
numbers = itertools.count()


@pytest.fixture(autouse=True)
def small_heads(monkeypatch):
    """Merged files of a few rows have several row groups too."""
    monkeypatch.setattr(store, "HEAD_ROWS", 3)


def make_files(folder, drawn):
    """Each shard drawn as a file: sorted by the house, or as it stands by a stranger."""
    paths = []
    for part, (some, run, generation, row_group_size, is_sorted) in enumerate(drawn):
        population = make_population(some, generation)
        order = population.order_best_first() if is_sorted else None
        table = make_table(population, SCHEMA, SPACE, f"run-{run}", order)
        path = folder / f"{next(numbers)}.parquet"
        paths.append(write_foreign(path, table, row_group_size, part=part))
    return paths


def plain(paths):
    """What a merge of shards should be, in plain Python."""
    return clean(reference_merge([parquet.read_table(path) for path in paths]))


def clean(found):
    return [
        {k: "nan" if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
        for row in found
    ]


def merged(folder, inputs, **options):
    return merge(inputs, output=folder / f"m{next(numbers)}.parquet", **options)


def content(result):
    """All that a merge promises: the file's rows, and its metadata but for who was skipped."""
    metadata = {key: value for key, value in result.metadata.to_plain().items() if key != "skipped"}
    telemetry = result.table.select(["run_id", "evaluated_at_utc"]).to_pylist()
    return result.rows_sha256, telemetry, metadata, result.conflicts, result.n_conflicts


@given(drawn=lists)
@settings(settings.get_profile("files"), max_examples=2 * N_EXAMPLES)
def test_the_merge_is_the_plain_one(tmp_path, drawn):
    paths = make_files(tmp_path, drawn)
    result = merged(tmp_path, paths)
    assert clean(result.table.to_pylist()) == plain(paths)
    assert clean(parquet.read_table(result.path).to_pylist()) == plain(paths)
    assert result.n_rows_in == sum(len(shard[0]) for shard in drawn)


@given(drawn=lists, random=st.randoms(use_true_random=False))
@settings(settings.get_profile("files"))
def test_order_names_and_repetition_do_not_matter(tmp_path, drawn, random):
    paths = make_files(tmp_path, drawn)
    whole = merged(tmp_path, paths)
    folder = tmp_path / f"other{next(numbers)}"
    folder.mkdir()
    names = random.sample(range(100), len(paths))
    moved = [folder / f"{name}.parquet" for name in names]
    for old, new in zip(paths, moved, strict=True):
        new.write_bytes(old.read_bytes())
    assert content(merged(tmp_path, [*moved, *paths])) == content(whole)


@given(drawn=st.lists(shards, min_size=2, max_size=5), data=st.data())
@settings(settings.get_profile("files"))
def test_any_tree_of_merges_over_any_overlapping_parts_is_the_merge(tmp_path, drawn, data):
    paths = make_files(tmp_path, drawn)
    whole = merged(tmp_path, paths)
    parts = [*paths, *data.draw(st.lists(st.sampled_from(paths), max_size=3))]
    while len(parts) > 1:
        size = data.draw(st.integers(2, len(parts)))
        chosen = data.draw(st.permutations(range(len(parts))))[:size]
        result = merged(tmp_path, [parts[k] for k in chosen])
        parts = [part for k, part in enumerate(parts) if k not in chosen] + [result.path]
    assert content(merged(tmp_path, parts)) == content(whole)
    some = data.draw(st.lists(st.sampled_from(paths), max_size=3))
    assert content(merged(tmp_path, [whole.path, *some])) == content(whole)


@given(drawn=lists, n_threads=st.integers(1, 8), data=st.data())
@settings(settings.get_profile("files"))
def test_threads_and_memory_do_not_matter(tmp_path, drawn, n_threads, data):
    paths = make_files(tmp_path, drawn)
    whole = merged(tmp_path, paths, n_threads=1)
    with pytest.MonkeyPatch.context() as patch:
        # So little that every run is cut into pieces, keys and rows are spilled, runs are merged
        # in groups, and contradictory genomes are looked at in several passes.
        patch.setattr(engine, "MIN_BATCH_ROWS", data.draw(st.integers(2, 5)))
        patch.setattr(engine, "MIN_FAN_IN", 2)
        patch.setattr(merging, "ALONE_ROWS", 0)
        patch.setattr(scan, "SCAN_ROWS", 3)
        little = merged(tmp_path, paths, n_threads=n_threads, memory_bytes=data.draw(
            st.sampled_from([1000, 4000, 20_000])))  # fmt: skip
    assert content(little) == content(whole)


@given(drawn=st.lists(shards, min_size=1, max_size=4), top=st.integers(1, 14), data=st.data())
@settings(settings.get_profile("files"))
def test_the_top_of_tops_is_the_top_of_all(tmp_path, drawn, top, data):
    paths = make_files(tmp_path, drawn)
    wanted = plain(paths)[:top]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_FEW_ROWS", data.draw(st.integers(1, 4)))
        patch.setattr(engine, "MIN_FAN_IN", data.draw(st.integers(2, 4)))
        options = {"top": top, "memory_bytes": data.draw(st.sampled_from([1000, 2**30]))}
        split = data.draw(st.integers(0, len(paths)))
        halves = [half for half in (paths[:split], paths[split:]) if half]
        tops = [merged(tmp_path, half, **options).path for half in halves]
        for inputs in (paths, tops, [*tops, *paths]):
            found = clean(merged(tmp_path, inputs, **options).table.to_pylist())
            # Who found a genome with a worse measurement, and a conflict, is not known to a top.
            for row, other in zip(found, wanted, strict=True):
                assert set(row.pop("found_by")) <= set(other["found_by"])
                assert row.pop("conflict") <= other["conflict"]
                assert row == {k: v for k, v in other.items() if k not in ("found_by", "conflict")}


@given(a=shards, b=shards)
@settings(settings.get_profile("files"))
def test_adding_a_shard_never_makes_the_best_worse_or_a_total_smaller(tmp_path, a, b):
    one, two = make_files(tmp_path, [a, b])
    before, after = merged(tmp_path, [one]), merged(tmp_path, [one, two])
    assert after.n_rows >= before.n_rows
    assert after.n_rows_in >= before.n_rows_in
    if before.n_feasible:
        assert after.table.column("fitness")[0].as_py() >= before.table.column("fitness")[0].as_py()


def test_a_hundred_thousand_equal_fitness_values_keep_one_order(tmp_path):
    n = 100_000
    keys = np.random.default_rng(0).permutation(n).tolist()
    drawn = [(key, 1.0, True, 0.0, Status.OK) for key in keys]
    halves = [
        write_shard(tmp_path, half, run)
        for half, run in ((drawn[: n // 2], "run-a"), (drawn[n // 2 :], "run-b"))
    ]
    result = merged(tmp_path, halves, memory_bytes=2**20)
    ids = result.table.column("genome_id").to_pylist()
    assert ids == sorted(ids)
    assert len(ids) == n
    assert merged(tmp_path, halves[::-1]).rows_sha256 == result.rows_sha256


def test_one_genome_that_fills_whole_files_is_one_row(tmp_path):
    drawn = [(7, 1.0, True, 0.0, Status.OK)] * 20_000
    paths = [write_shard(tmp_path, drawn, run) for run in ("run-a", "run-b")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "MIN_BATCH_ROWS", 100)
        result = merged(tmp_path, paths, memory_bytes=1)
    assert result.table.column("found_by").to_pylist() == [["run-a", "run-b"]]
    assert result.n_rows_in == 40_000


def test_nothing_merges_to_nothing(tmp_path):
    paths = make_files(tmp_path, [([], "a", 0, 1, True)])
    result = merged(tmp_path, paths)
    assert (result.n_rows, len(result.table)) == (0, 0)


@pytest.mark.parametrize(
    ("other", "is_conflict"), [(1.0, False), (1.0 + 1e-12, False), (1.1, True)]
)
def test_a_genome_with_two_fitness_values_is_a_conflict(tmp_path, other, is_conflict):
    a = write_shard(tmp_path, [(3, 1.0, True, 0, Status.OK)], "run-a")
    b = write_shard(tmp_path, [(3, other, True, 0, Status.OK)], "run-b")
    found = merge([a, b])
    assert len(found.table) == 1
    assert found.table.column("fitness")[0].as_py() == max(1.0, other)
    assert found.table.column("found_by").to_pylist() == [["run-a", "run-b"]]
    readings = (Reading(other, "run-b"), Reading(1.0, "run-a"))
    expected = (Conflict(f"{3:016x}{3:016x}", "fitness", readings),) if is_conflict else ()
    assert found.conflicts == expected
    assert found.n_conflicts == len(expected)
    assert found.table.column("conflict").to_pylist() == [is_conflict]


def test_a_failed_and_a_measured_genome_are_no_conflict(tmp_path):
    a = write_shard(tmp_path, [(3, 0, True, 0, Status.TIMEOUT)], "run-a")
    b = write_shard(tmp_path, [(3, 1.0, True, 0, Status.OK)], "run-b")
    found = merge([a, b])
    assert found.conflicts == ()
    assert found.notes.n_not_ok == 1
    assert found.table.column("status").to_pylist() == ["ok"]
    assert found.table.column("found_by").to_pylist() == [["run-a", "run-b"]]


def test_an_infeasible_genome_with_two_fitness_values_is_a_conflict_too(tmp_path):
    a = write_shard(tmp_path, [(3, 1.0, False, 0.5, Status.OK)], "run-a")
    b = write_shard(tmp_path, [(3, 2.0, False, 0.5, Status.OK)], "run-b")
    readings = (Reading(1.0, "run-a"), Reading(2.0, "run-b"))
    assert merge([a, b]).conflicts == (Conflict(f"{3:016x}{3:016x}", "fitness", readings),)


def test_the_digest_does_not_depend_on_chunks():
    table = make_table(
        make_population([(k, float(k), True, 0, Status.OK) for k in range(9)]), SCHEMA, SPACE, "r"
    )
    one, many = RowsDigest(), RowsDigest()
    one.update(table)
    many.update(pa.concat_tables([table.slice(k, 2) for k in range(0, 9, 2)]))
    assert one.hexdigest() == many.hexdigest()


def test_a_top_keeps_the_better_measurement_where_the_worse_one_comes_first(tmp_path):
    drawn = [(3, -1.0, False, 1.0, Status.OK), (3, 1.7e308, True, 0.5, Status.OK)]
    (path,) = make_files(tmp_path, [(drawn, "a", 0, 100, False)])
    assert merged(tmp_path, [path], top=1).table.column("fitness").to_pylist() == [1.7e308]


def test_a_number_is_remembered_when_the_best_row_has_none(tmp_path):
    blank = ([(1, math.nan, False, 0.5, Status.OK)], "b", 0, 100, True)
    worse = ([(1, 5.0, False, 1.0, Status.OK)], "a", 0, 100, True)
    other = ([(1, -1.0, False, 2.0, Status.OK)], "c", 0, 100, True)
    paths = make_files(tmp_path, [blank, worse, other])
    half = merged(tmp_path, paths[:2])
    assert content(merged(tmp_path, [half.path, paths[2]])) == content(merged(tmp_path, paths))
